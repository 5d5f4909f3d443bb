"""Networks: what the city's list has, how far each is connected, and which are not."""

from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from itertools import groupby

from chassis.base.clock import SHANGHAI, local
from chassis.http.paging import Page, decode_cursor, encode_cursor, page

from datashare_svc.domain.connecting import missing
from datashare_svc.domain.model import Connection
from datashare_svc.domain.usage import usage_by_day
from datashare_svc.errors import NetworkNotFound
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.schemas.networks import (
    NetworkDetail,
    NetworkView,
    ProbeView,
    TakenView,
    UnconnectedOfUnit,
    UnconnectedReport,
    UnconnectedView,
    UsageView,
)
from datashare_svc.store import connections, listed, usage
from datashare_svc.store.connections import Record

STEPS_SHOWN = 50
UPTIME = timedelta(days=1)
BASIS = "实施方案第9项:对未接入郑州市政务服务网实现数据共享的市级专网,停拨运维费用"


async def list_networks(  # noqa: PLR0913  what is wanted of the list
    datashare: Datashare, *, level: str, state: str, unit: str, after: str, size: int
) -> Page[NetworkView]:
    """Return a page of the networks, in the order of the city's list."""
    last, _ = decode_cursor(after, int, str) if after else (-1, "")
    async with datashare.database.asking() as connection:
        rows = await listed.list_networks(connection, level=level, state=state, unit=unit, after=last, size=size)
    shown = [NetworkView.of(row) for row in rows[:size]]
    return Page(
        items=shown, next=encode_cursor(rows[size - 1].place, rows[size - 1].network) if len(rows) > size else None
    )


async def show_network(datashare: Datashare, network: str) -> NetworkDetail:
    """Return a network with the steps taken for it and what probes found. Raises NetworkNotFound."""
    since = datashare.clock.now() - UPTIME
    today = local(datashare.clock.now()).date()
    days = [today - timedelta(days=back) for back in reversed(range(usage.DAYS))]
    after = today + timedelta(days=1)
    async with datashare.database.reading() as connection:
        row = await listed.find_network(connection, network)
        if row is None:
            raise NetworkNotFound(network)
        steps = await connections.steps_of(connection, network, size=STEPS_SHOWN)
        last = await connections.list_probes(connection, network, before="", size=1)
        probed, well = await connections.probes_since(connection, network, since)
        counted = await usage.usage_of(connection, network, [_midnight(day) for day in (*days, after)])
    has_address = datashare.networks.has(network)
    return NetworkDetail(
        **NetworkView.of(row).model_dump(),
        has_address=has_address,
        missing=list(missing(Connection(row.state), has_address=has_address)),
        steps=[_taken(datashare, one) for one in steps],
        last_probe=_probe(last[0]) if last else None,
        probed=probed,
        uptime=well / probed if probed else None,
        usage=[UsageView(**{**asdict(one), "day": one.day.isoformat()}) for one in usage_by_day(days, counted)],
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _taken(datashare: Datashare, row: Record) -> TakenView:
    given = {name: row[name] for name in TakenView.model_fields}
    place = {"table": "connection_step", "column": "note", "row": row["step_id"]}
    return TakenView(**{**given, "note": datashare.cipher.decrypt(row["note"], **place) if row["note"] else ""})


def _probe(row: Record) -> ProbeView:
    return ProbeView(**{name: row[name] for name in ProbeView.model_fields})


async def list_probes(datashare: Datashare, network: str, *, after: str, size: int) -> Page[ProbeView]:
    """Return a page of the outcomes of a network's probes, the newest first. Raises NetworkNotFound."""
    (last,) = decode_cursor(after, str) if after else ("",)
    async with datashare.database.reading() as connection:
        row = await listed.find_network(connection, network)
        rows = await connections.list_probes(connection, network, before=last, size=size + 1)
    if row is None:
        raise NetworkNotFound(network)
    return page([_probe(one) for one in rows], size, key=lambda view: (view.probe_id,))


async def report_unconnected(datashare: Datashare) -> UnconnectedReport:
    """Return the city's own networks that serve no case, by unit: the plan stops their maintenance money."""
    now = datashare.clock.now()
    async with datashare.database.reading() as connection:
        rows = await connections.unconnected(connection)
        municipal = await connections.count_municipal(connection)

    def view(row: Record) -> UnconnectedView:
        lacks = missing(Connection(row["state"]), has_address=datashare.networks.has(row["network"]))
        given = {name: row[name] for name in ("network", "name", "state", "state_since", "status")}
        return UnconnectedView(**given, days=max((now - row["state_since"]).days, 0), missing=list(lacks))

    units = [
        UnconnectedOfUnit(unit=unit, unit_name=unit_name, networks=[view(row) for row in of_unit])
        for (unit, unit_name), of_unit in groupby(rows, key=lambda row: (row["unit"], row["unit_name"]))
    ]
    return UnconnectedReport(as_of=now, municipal=municipal, unconnected=len(rows), basis=BASIS, units=units)
