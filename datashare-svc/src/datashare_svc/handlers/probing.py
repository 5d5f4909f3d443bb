"""Probing: each connected network is asked whether it works, and what that comes to is kept and judged.

One process of a database probes. Networks are asked at the same time and each outcome is written by itself, so that a
slow one holds up none.
"""

import asyncio

from chassis.base import processes, telemetry
from chassis.base.works import moving
from chassis.data import leases
from chassis.data.database import DatabaseUnavailable

from datashare_svc.domain.connecting import SYSTEM, THRESHOLDS, judged
from datashare_svc.domain.model import Connection
from datashare_svc.errors import NetworkOut
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.connections import PROBE_SECONDS, change_state
from datashare_svc.store import connections

LEASE = "probes"
LONGEST_REASON = 200


async def keep_probed(datashare: Datashare, *, every: float) -> None:
    """Probe every so many seconds until cancelled; an outage of the database is waited out."""
    holder = processes.new_name()
    while True:
        moving(within=2 * every + 120)
        try:
            await probe_in_turn(datashare, holder, every=every)
        except DatabaseUnavailable as outage:
            telemetry.log.warning("probes_wait", reason=type(outage).__name__)
        await asyncio.sleep(every)


async def probe_in_turn(datashare: Datashare, holder: str, *, every: float) -> int:
    """Probe unless another holder does it these days; return how many networks were probed."""
    if await leases.acquire(datashare.database, LEASE, holder, seconds=2 * every) is None:
        return 0
    return await probe_all(datashare)


async def probe_all(datashare: Datashare) -> int:
    """Probe each connected network that has an address, all at the same time; return how many."""
    async with datashare.database.asking() as connection:
        wanted = await connections.networks_to_probe(connection)
    asked = [network for network in wanted if datashare.networks.has(network)]
    outcomes = await asyncio.gather(*(probe_one(datashare, network) for network in asked), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return len(asked)


async def probe_one(datashare: Datashare, network: str) -> None:
    """Probe a network, keep what came of it, and judge the network by its last probes."""
    began, reason = datashare.clock.now(), ""
    try:
        async with asyncio.timeout(PROBE_SECONDS + 1):
            await datashare.networks.probe(network, PROBE_SECONDS)
    except (NetworkOut, TimeoutError) as out:
        reason = (str(out) or type(out).__name__)[:LONGEST_REASON]
    now = datashare.clock.now()
    ms = max(round((now - began).total_seconds() * 1000), 0)
    async with datashare.database.unit_of_work() as work:
        row = await connections.lock_network(work.connection, network)
        if row is None:
            return
        probe = {"probe_id": work.ids(), "network": network, "at": now, "ok": not reason, "ms": ms, "reason": reason}
        connections.add_probe(work, probe)
        await work.write()
        last = await connections.list_probes(work.connection, network, before="", size=THRESHOLDS.looked_at)
        state = Connection(row["state"])
        after = judged(state, [one["ok"] for one in last])
        if after is not state:
            await change_state(work, row, after, by=SYSTEM)
