"""Licences as rows: numbered, found by holder, unit or identifier, changed under their lock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from esign_svc.domain.licences import LicenceState
from esign_svc.store.licence_tables import OPEN, licence_counters, licence_steps, licences

Record = dict[str, Any]
"""A row by column name."""
_SIZE = sa.bindparam("size", type_=sa.Integer)
_FIRST = insert(licence_counters)
_NEXT = _FIRST.on_conflict_do_update(
    index_elements=["type", "year"], set_={"last": licence_counters.c.last + 1}
).returning(licence_counters.c.last)
_OF_TASK = sa.select(licences.c.licence_id).where(licences.c.task_id == sa.bindparam("of_task")).limit(1)


async def next_number(connection: AsyncConnection, code: str, year: int) -> int:
    """Return the next number of a type in a year: of the transaction, so that none is lost."""
    return int((await connection.execute(_NEXT, {"type": code, "year": year, "last": 1})).scalar_one())


async def was_issued(connection: AsyncConnection, task_id: str) -> bool:
    """Tell whether a decision has its licence."""
    return (await connection.execute(_OF_TASK, {"of_task": task_id})).first() is not None


_OF_ID = licences.c.licence_id == sa.bindparam("of_licence")
_FIND = sa.select(licences).where(_OF_ID)
_LOCK = _FIND.with_for_update()
_OF_HOLDER = sa.select(licences).where(_OF_ID, licences.c.holder_id == sa.bindparam("of_holder"))
_IDENTIFIED = sa.select(licences).where(licences.c.identifier == sa.bindparam("named"))
_CHANGE = licences.update().where(_OF_ID)


async def find_licence(connection: AsyncConnection, licence_id: str) -> Record | None:
    """Return a licence."""
    return record((await connection.execute(_FIND, {"of_licence": licence_id})).first())


async def lock_licence(connection: AsyncConnection, licence_id: str) -> Record | None:
    """Return a licence, held until the transaction ends."""
    return record((await connection.execute(_LOCK, {"of_licence": licence_id})).first())


async def lock_of_holder(connection: AsyncConnection, licence_id: str, holder_id: str) -> Record | None:
    """Return a holder's licence, held until the transaction ends."""
    given = {"of_licence": licence_id, "of_holder": holder_id}
    return record((await connection.execute(_OF_HOLDER.with_for_update(), given)).first())


async def find_of_holder(connection: AsyncConnection, licence_id: str, holder_id: str) -> Record | None:
    """Return a holder's licence."""
    return record((await connection.execute(_OF_HOLDER, {"of_licence": licence_id, "of_holder": holder_id})).first())


async def find_identified(connection: AsyncConnection, identifier: str) -> Record | None:
    """Return the licence of an identifier."""
    return record((await connection.execute(_IDENTIFIED, {"named": identifier})).first())


async def change_licence(connection: AsyncConnection, licence_id: str, values: Mapping[str, Any]) -> None:
    """Write a licence that this transaction holds."""
    await connection.execute(_CHANGE, {"of_licence": licence_id, **values})


_EDITIONS = sa.select(licences).where(licences.c.task_id == sa.bindparam("of_task")).order_by(licences.c.edition)


async def editions_of(connection: AsyncConnection, task_id: str) -> list[Record]:
    """Return all editions of a decision's licence, the first one first: also one under way, or given up."""
    return [dict(row) for row in (await connection.execute(_EDITIONS, {"of_task": task_id})).mappings()]


_SUCCESSOR = (
    sa.select(licences.c.identifier)
    .where(
        licences.c.task_id == sa.bindparam("of_task"),
        licences.c.edition > sa.bindparam("edition"),
        licences.c.issued_at.is_not(None),
    )
    .order_by(licences.c.edition.desc())
    .limit(1)
)


async def superseded_by(connection: AsyncConnection, licence: Mapping[str, Any]) -> str | None:
    """Return the identifier of the sealed edition that took an invalid licence's place, the newest."""
    if licence["state"] != LicenceState.INVALID.value:
        return None
    given = {"of_task": licence["task_id"], "edition": licence["edition"]}
    return (await connection.execute(_SUCCESSOR, given)).scalar()


def record(row: Any | None) -> Record | None:
    """Return a row by column name."""
    return None if row is None else dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name for it


@dataclass(frozen=True, slots=True)
class LicenceFilter:
    """Which of a unit's licences are asked for; an empty text asks for all."""

    unit: str
    type: str = ""
    state: str = ""


@cache
def _listed(*, of_type: bool, in_state: bool, on: bool) -> sa.Select[Any]:
    wanted = [licences.c.unit == sa.bindparam("unit")]
    wanted += [licences.c.type == sa.bindparam("type")] if of_type else []
    wanted += [licences.c.state == sa.bindparam("state")] if in_state else []
    wanted += [licences.c.licence_id < sa.bindparam("before")] if on else []
    return sa.select(licences).where(*wanted).order_by(licences.c.licence_id.desc()).limit(_SIZE)


async def list_of_unit(connection: AsyncConnection, wanted: LicenceFilter, *, after: str, size: int) -> list[Record]:
    """Return a page of a unit's licences, the newest first."""
    query = _listed(of_type=bool(wanted.type), in_state=bool(wanted.state), on=bool(after))
    given = {"unit": wanted.unit, "type": wanted.type, "state": wanted.state, "before": after, "size": size + 1}
    return [dict(row) for row in (await connection.execute(query, given)).mappings()]


@cache
def _own(*, on: bool) -> sa.Select[Any]:
    wanted = [licences.c.holder_id == sa.bindparam("holder")]
    wanted += [licences.c.licence_id < sa.bindparam("before")] if on else []
    return sa.select(licences).where(*wanted).order_by(licences.c.licence_id.desc()).limit(_SIZE)


async def list_of_holder(connection: AsyncConnection, holder_id: str, *, after: str, size: int) -> list[Record]:
    """Return a page of a holder's licences, the newest first."""
    given = {"holder": holder_id, "before": after, "size": size + 1}
    return [dict(row) for row in (await connection.execute(_own(on=bool(after)), given)).mappings()]


_LAPSED = (licences.c.state == sa.bindparam("in_state"), licences.c.valid_until < sa.bindparam("today", type_=sa.Date))
_ANY_LAPSED = sa.select(licences.c.licence_id).where(*_LAPSED).limit(1)
_LOCK_LAPSED = (
    sa.select(licences).where(*_LAPSED).order_by(licences.c.valid_until).limit(_SIZE).with_for_update(skip_locked=True)
)


async def any_lapsed(connection: AsyncConnection, state: str, today: date) -> bool:
    """Tell whether the last day of a licence in a state is past."""
    return (await connection.execute(_ANY_LAPSED, {"in_state": state, "today": today})).first() is not None


async def lock_lapsed(connection: AsyncConnection, state: str, today: date, *, size: int) -> list[Record]:
    """Return some such licences, held until the transaction ends, none that another transaction holds."""
    given = {"in_state": state, "today": today, "size": size}
    return [dict(row) for row in (await connection.execute(_LOCK_LAPSED, given)).mappings()]


_STEPS = (
    sa.select(licence_steps)
    .where(licence_steps.c.licence_id == sa.bindparam("of_licence"))
    .order_by(licence_steps.c.step_id)
)
_OPEN_STEP = sa.select(licence_steps.c.step_id).where(licence_steps.c.licence_id == sa.bindparam("of_licence"), OPEN)
_STEP = sa.select(licence_steps).where(
    licence_steps.c.step_id == sa.bindparam("of_step"), licence_steps.c.licence_id == sa.bindparam("of_licence")
)
_END_STEP = licence_steps.update().where(licence_steps.c.step_id == sa.bindparam("of_step"), OPEN)
_CONFIRM_STEP = _END_STEP.where(licence_steps.c.proposed_by != sa.bindparam("second_person"))


async def steps_of(connection: AsyncConnection, licence_id: str) -> list[Record]:
    """Return what was done to a licence, and proposed, in order."""
    return [dict(row) for row in (await connection.execute(_STEPS, {"of_licence": licence_id})).mappings()]


async def has_open_step(connection: AsyncConnection, licence_id: str) -> bool:
    """Tell whether something that was proposed waits for its second person."""
    return (await connection.execute(_OPEN_STEP, {"of_licence": licence_id})).first() is not None


async def find_step(connection: AsyncConnection, licence_id: str, step_id: str) -> Record | None:
    """Return a step of a licence."""
    return record((await connection.execute(_STEP, {"of_licence": licence_id, "of_step": step_id})).first())


async def end_step(connection: AsyncConnection, step_id: str, values: Mapping[str, Any], *, second: str = "") -> bool:
    """End an open step; with `second` only when that is not the person who proposed it. Tell whether it was ended."""
    if second:
        given = {"of_step": step_id, "second_person": second, **values}
        return bool((await connection.execute(_CONFIRM_STEP, given)).rowcount)
    return bool((await connection.execute(_END_STEP, {"of_step": step_id, **values})).rowcount)
