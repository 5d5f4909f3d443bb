"""An application under its case: held and changed in one statement, which also counts its timeline's next place.

Whoever writes an entry has held the application in the same transaction, and knows the entry's place from there. A
change that no entry tells of leaves a gap: places only grow.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from chassis.data.database import UnitOfWork
from chassis.data.schema import Json, UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.domain.progress import BEFORE, ApplicationState, Happening
from intake_svc.store import APPLICATION, NAME_NOW, applications, brief, documents, name_of, timeline, units

# The release before counts no places: beside it a timeline may have gone further than was counted (decision 38).
_LAST = (
    sa.select(sa.func.coalesce(sa.func.max(timeline.c.place), 0))
    .where(timeline.c.application_id == applications.c.application_id)
    .scalar_subquery()
)
_NEXT = sa.case((applications.c.place >= _LAST, applications.c.place), else_=_LAST) + 1
_HOLD_ANY = applications.update().values(place=_NEXT)
_HOLD_ONE = _HOLD_ANY.where(applications.c.application_id == sa.bindparam("held"))
_MOVE_ONE = _HOLD_ONE.values(unit_name=NAME_NOW).where(applications.c.state == sa.bindparam("in_state"))
_HELD = (
    *(column for column in APPLICATION if column.name in {"guide", "guide_digest", "place", "tasks_dropped"}),
    name_of(sa.bindparam("acting", "")).label("acting_name"),
    name_of(sa.bindparam("before", "")).label("before_name"),
)


async def hold_application(
    connection: AsyncConnection, application_id: str, *, acting: str = "", before: str = ""
) -> Any | None:
    """Hold an application until the transaction ends; return its guide, its needless tasks, its next entry's place.

    With them come the names that two units have today, as far as they were told.
    """
    named = {"held": application_id, "acting": acting, "before": before}
    return (await connection.execute(_HOLD, named)).first()


_HOLD = _HOLD_ONE.returning(*_HELD)


async def follow_application(
    connection: AsyncConnection, application_id: str, values: Mapping[str, Any], *, acting: str = "", done: int = 0
) -> Any | None:
    """Hold an application, change it as workflow's events tell, and keep its unit's name as it is now; return as above.

    So many more of its tasks are done.
    """
    changed = {"held": application_id, "acting": acting, "done": done, **values}
    return (await connection.execute(_FOLLOW, changed)).first()


_FOLLOW = _HOLD_ONE.values(unit_name=NAME_NOW, tasks_done=applications.c.tasks_done + sa.bindparam("done")).returning(
    *_HELD
)


async def close_application(connection: AsyncConnection, application_id: str, values: Mapping[str, Any]) -> Any | None:
    """Hold and close an application; return as above, None when it is not in the state before."""
    chosen = {"held": application_id, "in_state": BEFORE[ApplicationState.CLOSED].value}
    return (await connection.execute(_CLOSE, {**chosen, "state": ApplicationState.CLOSED.value, **values})).first()


_CLOSE = _MOVE_ONE.returning(*_HELD)


async def accept_application(
    connection: AsyncConnection, application_id: str, unit: str, values: Mapping[str, Any]
) -> Any | None:
    """Hold and accept a unit's application; return its new row, None when it is not in the state before."""
    chosen = {"held": application_id, "of_unit": unit, "in_state": BEFORE[ApplicationState.ACCEPTED].value}
    return (await connection.execute(_ACCEPT, {**chosen, "state": ApplicationState.ACCEPTED.value, **values})).first()


_ACCEPT = (
    _MOVE_ONE.values(version=applications.c.version + 1)
    .where(applications.c.unit == sa.bindparam("of_unit"))
    .returning(*APPLICATION)
)


async def hand_over(
    connection: AsyncConnection, application_ids: Sequence[str], unit: str, unit_name: str
) -> Mapping[str, int]:
    """Hold applications and let them be another unit's; return the place of the next entry of each."""
    changed = {"held": list(application_ids), "unit": unit, "unit_name": unit_name}
    return {row.application_id: row.place for row in await connection.execute(_HAND_OVER, changed)}


_HAND_OVER = _HOLD_ANY.where(applications.c.application_id.in_(sa.bindparam("held", expanding=True))).returning(
    applications.c.application_id, applications.c.place
)


async def drop_tasks(connection: AsyncConnection, application_id: str, dropped: Sequence[str], *, done: int) -> None:
    """Keep which tasks of a held application became needless; so many of them were its units'."""
    changed = {"held": application_id, "tasks_dropped": list(dropped), "done": done}
    await connection.execute(_DROP, changed)


_DROP = (
    applications.update()
    .values(tasks_done=applications.c.tasks_done + sa.bindparam("done"))
    .where(applications.c.application_id == sa.bindparam("held"))
)


async def state_of(connection: AsyncConnection, application_id: str) -> ApplicationState | None:
    """Return an application's state."""
    found = (await connection.execute(_STATE, {"wanted": application_id})).scalar()
    return None if found is None else ApplicationState(found)


_STATE = sa.select(applications.c.state).where(applications.c.application_id == sa.bindparam("wanted"))


def tell(  # noqa: PLR0913  an entry's facts
    work: UnitOfWork,
    application_id: str,
    place: int,
    *,
    at: datetime,
    kind: Happening,
    text: str,
    unit: str = "",
    task_key: str = "",
) -> None:
    """Add an entry to the timeline of an application that is held, at its next place."""
    row = {"application_id": application_id, "place": place, "at": at, "kind": kind.value, "text": text}
    work.add(timeline, {**row, "unit": unit, "task_key": task_key})


async def entries_of(connection: AsyncConnection, application_id: str) -> list[Any]:
    """Return an application's timeline in order."""
    return list(await connection.execute(_ENTRIES, {"wanted": application_id}))


_ENTRIES = sa.select(timeline).where(timeline.c.application_id == sa.bindparam("wanted")).order_by(timeline.c.place)


async def entries_and_names(
    connection: AsyncConnection, application_id: str, unit_codes: Collection[str]
) -> tuple[list[Any], dict[str, str]]:
    """Return an application's timeline in order, and today's names of its entries' and of some other units."""
    chosen = {"wanted": application_id, "unit_codes": list(unit_codes)}
    rows = list(await connection.execute(_ENTRIES_AND_NAMES, chosen))
    names = {row.unit: row.unit_name for row in rows if row.unit_name}
    return [row for row in rows if row.place], names


_ENTRY = (timeline.c.place, timeline.c.at, timeline.c.kind, timeline.c.text, timeline.c.unit, timeline.c.task_key)
_ENTRIES_AND_NAMES = (
    sa.select(*_ENTRY, units.c.name.label("unit_name"))
    .select_from(timeline.outerjoin(units, units.c.unit_code == timeline.c.unit))
    .where(timeline.c.application_id == sa.bindparam("wanted"))
    .union_all(
        sa.select(
            sa.literal(0),
            sa.cast(sa.null(), UtcDateTime),
            sa.literal(""),
            sa.literal(""),
            units.c.unit_code,
            sa.literal(""),
            units.c.name,
        ).where(units.c.unit_code.in_(sa.bindparam("unit_codes", expanding=True)))
    )
    .order_by("place")
)


async def version_of(connection: AsyncConnection, application_id: str, owner: str) -> tuple[Any, ...] | None:
    """Return what tells one state of the owner's timeline from any other; nothing where a task was refused.

    It is all that the timeline is made from but the guide, which stays: the release before counts no places (decision
    38) and changes the row without an entry.
    """
    found = (await connection.execute(_VERSION, {"wanted": application_id, "owner": owner})).first()
    return None if found is None or found.refused else tuple(found)


_OF_ITS = timeline.c.application_id == applications.c.application_id
_VERSION = sa.select(
    *(sa.cast(column, sa.Text) if isinstance(column.type, Json) else column for column in brief(APPLICATION)),
    sa.select(sa.func.count()).select_from(timeline).where(_OF_ITS).scalar_subquery().label("entries"),
    sa.select(sa.func.coalesce(sa.func.sum(units.c.version), 0)).scalar_subquery().label("named"),
    sa.select(sa.func.count())
    .select_from(documents)
    .where(documents.c.application_id == applications.c.application_id)
    .scalar_subquery()
    .label("attached"),
    sa.exists().where(_OF_ITS, timeline.c.kind == Happening.TASK_REFUSED.value).label("refused"),
).where(applications.c.application_id == sa.bindparam("wanted"), applications.c.owner == sa.bindparam("owner"))


async def last_places(connection: AsyncConnection, application_ids: Sequence[str]) -> dict[str, int]:
    """Return how far the timelines of some applications go."""
    found = await connection.execute(_LAST_PLACES, {"wanted": list(application_ids)})
    return {row.application_id: row.place for row in found}


_LAST_PLACES = (
    sa.select(timeline.c.application_id, sa.func.max(timeline.c.place).label("place"))
    .where(timeline.c.application_id.in_(sa.bindparam("wanted", expanding=True)))
    .group_by(timeline.c.application_id)
)
