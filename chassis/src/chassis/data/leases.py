"""Leases in the database: one holder at a time, with a token that only ever grows (fencing)."""

from datetime import timedelta

import sqlalchemy as sa

from chassis.base.processes import is_dead
from chassis.data.database import Database, insert
from chassis.data.schema import lease


async def acquire(database: Database, name: str, holder: str, *, seconds: float) -> int | None:
    """Take the lease if it is free, lapsed, or its holder dead or this one; return its token, None while it is held.

    `holder` is a name of `chassis.base.processes`, so that no other process, whatever its settings, is taken for this
    one. What a dead process of this machine held is taken over at once; of another machine, when it lapses.
    """
    async with database.unit_of_work() as work:
        now = work.clock.now()
        held = (await work.connection.execute(sa.select(lease.c.holder).where(lease.c.name == name))).scalar()
        gone = held if held is not None and is_dead(held) else holder
        until = now + timedelta(seconds=seconds)
        first = insert(lease).values(name=name, holder=holder, token=1, expires_at=until)
        take = first.on_conflict_do_update(
            index_elements=[lease.c.name],
            set_={"holder": holder, "token": lease.c.token + 1, "expires_at": until},
            where=(lease.c.expires_at < now) | lease.c.holder.in_([holder, gone]),
        ).returning(lease.c.token)
        token = (await work.connection.execute(take)).scalar_one_or_none()
    return None if token is None else int(token)


async def renew(database: Database, name: str, token: int, *, seconds: float) -> bool:
    """Prolong a lease that is still held under this token; tell whether it was."""
    async with database.unit_of_work() as work:
        until = work.clock.now() + timedelta(seconds=seconds)
        prolong = lease.update().where(lease.c.name == name, lease.c.token == token).values(expires_at=until)
        return bool((await work.connection.execute(prolong)).rowcount)


async def release(database: Database, name: str, token: int) -> None:
    """Let the lease lapse now, if it is still held under this token; the next holder need not wait."""
    async with database.unit_of_work() as work:
        lapsed = work.clock.now() - timedelta(seconds=1)
        lapse = lease.update().where(lease.c.name == name, lease.c.token == token).values(expires_at=lapsed)
        await work.connection.execute(lapse)


async def let_go(database: Database, name: str, holder: str) -> None:
    """Let the lease lapse now, if it is this holder's, whatever its token; the next one need not wait."""
    async with database.unit_of_work() as work:
        lapsed = work.clock.now() - timedelta(seconds=1)
        lapse = lease.update().where(lease.c.name == name, lease.c.holder == holder).values(expires_at=lapsed)
        await work.connection.execute(lapse)
