"""How far networks are connected: their states, the steps that people took, what probes found."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from chassis.data.database import UnitOfWork
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.domain.connecting import PROBED
from datashare_svc.domain.model import SERVING, Connection, NetworkLevel
from datashare_svc.store.connection_tables import connection_steps, probes
from datashare_svc.store.tables import networks, units

Record = dict[str, Any]
"""A row by column name."""
SIZE = sa.bindparam("size", type_=sa.Integer)
_OF_NETWORK = networks.c.network == sa.bindparam("wanted")
_STATES = sa.select(networks.c.network, networks.c.state).where(
    networks.c.network.in_(sa.bindparam("wanted", expanding=True))
)


async def states(connection: AsyncConnection, wanted: Iterable[str]) -> dict[str, Connection]:
    """Return the states of those networks that there are, by their keys."""
    keys = sorted(set(wanted))
    if not keys:
        return {}
    return {row.network: Connection(row.state) for row in await connection.execute(_STATES, {"wanted": keys})}


_LOCKED = sa.select(networks).where(_OF_NETWORK).with_for_update()


async def lock_network(connection: AsyncConnection, network: str) -> Record | None:
    """Return a network's row, locked until the transaction ends."""
    row = (await connection.execute(_LOCKED, {"wanted": network})).mappings().first()
    return dict(row) if row else None


_MOVE = (
    networks.update()
    .where(_OF_NETWORK, networks.c.state == sa.bindparam("former"))
    .values(state=sa.bindparam("after"), state_since=sa.bindparam("now"), version=networks.c.version + 1)
    .returning(networks.c.version)
)


async def move(
    connection: AsyncConnection, network: str, former: Connection, after: Connection, now: datetime
) -> int | None:
    """Bring a network from one state to another; return the number of this change, None if it is not in that state."""
    given = {"wanted": network, "former": former.value, "after": after.value, "now": now}
    version = (await connection.execute(_MOVE, given)).scalar()
    return None if version is None else int(version)


def add_step(work: UnitOfWork, row: Record) -> None:
    """Add a step that somebody took."""
    work.add(connection_steps, row)


_STEPS = (
    sa.select(connection_steps)
    .where(connection_steps.c.network == sa.bindparam("wanted"))
    .order_by(connection_steps.c.step_id.desc())
    .limit(SIZE)
)


async def steps_of(connection: AsyncConnection, network: str, *, size: int) -> list[Record]:
    """Return the last steps that people took for a network, the newest first."""
    return [dict(row) for row in (await connection.execute(_STEPS, {"wanted": network, "size": size})).mappings()]


_TO_PROBE = (
    sa.select(networks.c.network)
    .where(networks.c.state.in_([one.value for one in sorted(PROBED)]))
    .order_by(networks.c.place)
)


async def networks_to_probe(connection: AsyncConnection) -> list[str]:
    """Return the networks that are probed, if they have an address."""
    return list((await connection.execute(_TO_PROBE)).scalars())


def add_probe(work: UnitOfWork, row: Record) -> None:
    """Add a probe's outcome."""
    work.add(probes, row)


_PROBES = (
    sa.select(probes).where(probes.c.network == sa.bindparam("wanted")).order_by(probes.c.probe_id.desc()).limit(SIZE)
)
_PROBES_ON = _PROBES.where(probes.c.probe_id < sa.bindparam("before"))


async def list_probes(connection: AsyncConnection, network: str, *, before: str, size: int) -> list[Record]:
    """Return the outcomes of a network's probes, the newest first; on before one."""
    given = {"wanted": network, "size": size, "before": before}
    return [dict(row) for row in (await connection.execute(_PROBES_ON if before else _PROBES, given)).mappings()]


_UPTIME = sa.select(sa.func.count(), sa.func.sum(sa.case((probes.c.ok, 1), else_=0))).where(
    probes.c.network == sa.bindparam("wanted"), probes.c.at >= sa.bindparam("since")
)


async def probes_since(connection: AsyncConnection, network: str, since: datetime) -> tuple[int, int]:
    """Return how often a network was probed since a moment, and how often it answered."""
    count, well = (await connection.execute(_UPTIME, {"wanted": network, "since": since})).one()
    return int(count), int(well or 0)


_NAME = sa.select(units.c.name).where(units.c.unit_code == networks.c.unit).scalar_subquery()
_UNCONNECTED = (
    sa.select(*networks.columns, sa.func.coalesce(_NAME, "").label("unit_name"))
    .where(
        networks.c.level == NetworkLevel.MUNICIPAL.value,
        networks.c.state.not_in([one.value for one in sorted(SERVING)]),
    )
    .order_by(networks.c.unit, networks.c.place)
)
_OF_THE_CITY = sa.select(sa.func.count()).where(networks.c.level == NetworkLevel.MUNICIPAL.value)


async def unconnected(connection: AsyncConnection) -> list[Record]:
    """Return the city's own networks that serve no case, unit by unit, with the units' names."""
    return [dict(row) for row in (await connection.execute(_UNCONNECTED)).mappings()]


async def count_municipal(connection: AsyncConnection) -> int:
    """Return how many networks of the city's own there are."""
    return int((await connection.execute(_OF_THE_CITY)).scalar_one())
