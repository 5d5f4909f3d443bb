"""Telling which materials of each matter the networks serve, whenever that is another set than was told last."""

from chassis.data.database import UnitOfWork
from chassis.events.outbox import append

from datashare_svc.domain.served import served_of
from datashare_svc.events import SharingChanged
from datashare_svc.store import connections, serving


async def tell_served(work: UnitOfWork) -> list[str]:
    """Tell of each matter whose served materials changed, or was never told of; return their codes.

    To be called last in a transaction that brings a network into service or out of it, or loads sharing catalogues.
    """
    await work.write()
    await serving.take_telling(work.connection)
    sharings = await serving.all_sharings(work.connection)
    asked = {use.resource for sharing in sharings for use in sharing.uses if use.material}
    network_of = await serving.networks_of(work.connection, asked)
    states = await connections.states(work.connection, network_of.values())
    before = await serving.told_before(work.connection)
    changed: list[str] = []
    for sharing in sharings:
        now = served_of(sharing, network_of, states)
        if before.get(sharing.matter_code) == now:
            continue
        version = await serving.keep_told(work.connection, sharing.matter_code, now)
        event = SharingChanged(matter_code=sharing.matter_code, served=list(now.served), to_bring=list(now.to_bring))
        await append(work, event, subject=sharing.matter_code, version=version)
        changed.append(sharing.matter_code)
    return changed
