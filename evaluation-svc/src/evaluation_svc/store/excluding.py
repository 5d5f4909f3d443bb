"""What is left out of the figures as rows, and what the rules look at to find it."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store.cases import case_files
from evaluation_svc.store.rating_tables import exclusions, known_staff, ratings, unjudged

Record = dict[str, Any]
"""A row by column name."""
_SIZE = sa.bindparam("size", type_=sa.Integer)
_NEXT = sa.select(unjudged.c.key).order_by(unjudged.c.noted_at, unjudged.c.key).limit(_SIZE)
_TAKE = sa.select(unjudged).where(unjudged.c.key == sa.bindparam("wanted")).with_for_update(skip_locked=True)
_DONE = unjudged.delete().where(unjudged.c.key == sa.bindparam("wanted"))
_RATING = sa.select(ratings).where(ratings.c.rating_id == sa.bindparam("wanted"))
_STAFF = sa.select(known_staff.c.subject).where(
    known_staff.c.subject == sa.bindparam("subject"), known_staff.c.unit == sa.bindparam("unit")
)
_SINCE, _UNTIL = sa.bindparam("since", type_=UtcDateTime), sa.bindparam("until", type_=UtcDateTime)
_LOOKED_AT = sa.select(ratings.c.rating_id, ratings.c.application_id, ratings.c.unit, ratings.c.rated_at)
_BETWEEN = (ratings.c.rated_at > _SINCE, ratings.c.rated_at <= _UNTIL)
_OF_DEVICE = _LOOKED_AT.where(ratings.c.device == sa.bindparam("mark"), *_BETWEEN).limit(_SIZE)
_AT_WINDOW = _LOOKED_AT.where(ratings.c.window_code == sa.bindparam("mark"), *_BETWEEN).limit(_SIZE)
_ALIKE = (
    sa.select(case_files.c.application_id, case_files.c.closed_at, case_files.c.lead_unit, case_files.c.unit)
    .where(
        case_files.c.applicant_id == sa.bindparam("applicant"),
        case_files.c.matter_code == sa.bindparam("matter"),
        case_files.c.closed_at > _SINCE,
        case_files.c.closed_at <= _UNTIL,
    )
    .limit(_SIZE)
)
_RULE = insert(exclusions).on_conflict_do_nothing(index_elements=["rule", "application_id", "rating_id"])
_RULE_NEW = _RULE.returning(exclusions.c.exclusion_id)
_HELD = sa.select(exclusions).where(exclusions.c.exclusion_id == sa.bindparam("wanted")).with_for_update()
_LIFT = (
    exclusions.update()
    .where(exclusions.c.exclusion_id == sa.bindparam("wanted"), exclusions.c.lifted_at.is_(None))
    .values(
        lifted_at=sa.bindparam("lift_at", type_=UtcDateTime),
        lifted_by=sa.bindparam("lifter"),
        lift_reason=sa.bindparam("because"),
    )
)
MOST = 1000
"""Of ratings of a device, or cases of an applicant, that are looked at together."""


async def next_unjudged(connection: AsyncConnection, *, size: int) -> list[str]:
    """Return the keys of some ratings and cases on which the rules have not ruled, the oldest first."""
    return list((await connection.execute(_NEXT, {"size": size})).scalars())


async def take_unjudged(connection: AsyncConnection, key: str) -> Any | None:
    """Return one of them and take it off the list; None where another transaction has it."""
    row = (await connection.execute(_TAKE, {"wanted": key})).first()
    if row is not None:
        await connection.execute(_DONE, {"wanted": key})
    return row


async def find_rating(connection: AsyncConnection, rating_id: str) -> Any | None:
    """Return a rating as it is kept."""
    return (await connection.execute(_RATING, {"wanted": rating_id})).first()


async def is_staff_of(connection: AsyncConnection, subject: str, unit: str) -> bool:
    """Tell whether somebody was seen to work for a unit."""
    return (await connection.execute(_STAFF, {"subject": subject, "unit": unit})).first() is not None


async def rated_by_device(connection: AsyncConnection, mark: str, since: datetime, until: datetime) -> list[Any]:
    """Return the ratings of a device in some time."""
    return list(await connection.execute(_OF_DEVICE, {"mark": mark, "since": since, "until": until, "size": MOST}))


async def rated_at_window(connection: AsyncConnection, mark: str, since: datetime, until: datetime) -> list[Any]:
    """Return the ratings that came by a window's code in some time."""
    return list(await connection.execute(_AT_WINDOW, {"mark": mark, "since": since, "until": until, "size": MOST}))


async def cases_alike(connection: AsyncConnection, case: Any, since: datetime) -> list[Any]:
    """Return an applicant's cases of the same matter that ended since a moment, up to this one."""
    given = {"applicant": case.applicant_id, "matter": case.matter_code, "since": since, "until": case.closed_at}
    return list(await connection.execute(_ALIKE, {**given, "size": MOST}))


async def add_exclusion(connection: AsyncConnection, row: Mapping[str, Any]) -> bool:
    """Keep that a rule leaves something out; tell whether that is new."""
    kept = {"lifted_at": None, "lifted_by": "", "lift_reason": "", **row}
    return (await connection.execute(_RULE_NEW, kept)).scalar() is not None


async def lock_exclusion(connection: AsyncConnection, exclusion_id: str) -> Record | None:
    """Return an exclusion, held until the transaction ends."""
    row = (await connection.execute(_HELD, {"wanted": exclusion_id})).mappings().first()
    return None if row is None else dict(row)


async def lift(connection: AsyncConnection, exclusion_id: str, *, at: datetime, by: str, reason: str) -> bool:
    """Lift an exclusion that is in force; tell whether it was."""
    given = {"wanted": exclusion_id, "lift_at": at, "lifter": by, "because": reason}
    return bool((await connection.execute(_LIFT, given)).rowcount)


@cache
def _list(*, rule: bool, on: bool) -> sa.Select[Any]:
    wanted = [exclusions.c.rule == sa.bindparam("of_rule")] if rule else []
    if on:
        wanted.append(exclusions.c.exclusion_id < sa.bindparam("before", type_=sa.String))
    number = sa.select(case_files.c.application_number).where(
        case_files.c.application_id == exclusions.c.application_id
    )
    return (
        sa.select(exclusions, sa.func.coalesce(number.scalar_subquery(), "").label("application_number"))
        .where(*wanted)
        .order_by(exclusions.c.exclusion_id.desc())
        .limit(_SIZE)
    )


async def list_exclusions(connection: AsyncConnection, *, rule: str, before: str, size: int) -> list[Record]:
    """Return a page of what is left out, of a rule or of all, the newest first."""
    given = {"of_rule": rule, "before": before, "size": size + 1}
    found = await connection.execute(_list(rule=bool(rule), on=bool(before)), given)
    return [dict(row) for row in found.mappings()]
