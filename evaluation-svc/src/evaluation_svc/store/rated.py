"""Ratings as rows: each thing rated once and a second time at most, listed for whoever rated."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store.cases import case_files
from evaluation_svc.store.rating_tables import invitations, known_staff, ratings, unjudged, visits

Record = dict[str, Any]
"""A row by column name."""
_SIZE = sa.bindparam("size", type_=sa.Integer)
_ADD = insert(ratings).on_conflict_do_nothing(index_elements=["rated_key", "number"]).returning(ratings.c.rating_id)
_OF_KEY = sa.select(ratings.c.is_default).where(
    ratings.c.rated_key == sa.bindparam("of_key"), ratings.c.number == sa.bindparam("of_number", type_=sa.Integer)
)
_COUNT = sa.select(sa.func.count()).select_from(ratings).where(ratings.c.application_id == sa.bindparam("wanted"))
_OWN_CASE = sa.select(case_files).where(
    case_files.c.application_id == sa.bindparam("wanted"), case_files.c.applicant_id == sa.bindparam("applicant")
)
_VISITED = visits.join(case_files, case_files.c.application_id == visits.c.application_id)
_OWN_VISIT = (
    sa.select(visits)
    .select_from(_VISITED)
    .where(visits.c.visit_id == sa.bindparam("wanted"), case_files.c.applicant_id == sa.bindparam("applicant"))
)
_INVITE = insert(invitations).on_conflict_do_nothing(index_elements=["rated_key"]).returning(invitations.c.rated_key)
_INVITATION = sa.select(invitations).where(invitations.c.rated_key == sa.bindparam("of_key"))
_END = (
    invitations.update()
    .where(invitations.c.rated_key == sa.bindparam("of_key"), invitations.c.ended_at.is_(None))
    .values(ended_at=sa.bindparam("now", type_=UtcDateTime))
)
_KNOW = insert(known_staff).on_conflict_do_nothing()
_TO_JUDGE = insert(unjudged).on_conflict_do_nothing(index_elements=["key"])


async def add_rating(connection: AsyncConnection, row: Mapping[str, Any]) -> bool:
    """Write a rating; tell whether it is the first of its number: one that is there stays as it is."""
    return (await connection.execute(_ADD, row)).scalar() is not None


async def is_default_rating(connection: AsyncConnection, rated_key: str, number: int) -> bool | None:
    """Tell whether what is kept of a thing is silence; None where nothing is."""
    return (await connection.execute(_OF_KEY, {"of_key": rated_key, "of_number": number})).scalar()


_OWN_OF_KEY = _OF_KEY.where(ratings.c.rater_id == sa.bindparam("rater"))


async def own_is_default(connection: AsyncConnection, rated_key: str, rater: str) -> bool | None:
    """Tell whether what is kept of somebody's own thing is silence; None where nothing is, or it is another's."""
    given = {"of_key": rated_key, "of_number": 1, "rater": rater}
    return (await connection.execute(_OWN_OF_KEY, given)).scalar()


async def ratings_in(connection: AsyncConnection, application_id: str) -> int:
    """Return how many ratings a case has, its visits' and silence counted."""
    return (await connection.execute(_COUNT, {"wanted": application_id})).scalar_one()


async def find_own_case(connection: AsyncConnection, application_id: str, applicant: str) -> Any | None:
    """Return an applicant's case; None for another's."""
    return (await connection.execute(_OWN_CASE, {"wanted": application_id, "applicant": applicant})).first()


async def find_own_visit(connection: AsyncConnection, visit_id: str, applicant: str) -> Any | None:
    """Return a visit in an applicant's case; None for another's."""
    return (await connection.execute(_OWN_VISIT, {"wanted": visit_id, "applicant": applicant})).first()


async def invite(connection: AsyncConnection, row: Mapping[str, Any]) -> bool:
    """Keep that something may be rated; tell whether that is new."""
    return (await connection.execute(_INVITE, {"visit_id": None, "ended_at": None, **row})).scalar() is not None


async def find_invitation(connection: AsyncConnection, rated_key: str) -> Any | None:
    """Return an invitation, open or ended."""
    return (await connection.execute(_INVITATION, {"of_key": rated_key})).first()


async def end_invitation(connection: AsyncConnection, rated_key: str, now: datetime) -> bool:
    """End an invitation that is open; tell whether it was."""
    return bool((await connection.execute(_END, {"of_key": rated_key, "now": now})).rowcount)


async def know_staff(connection: AsyncConnection, subject: str | None, unit: str | None) -> None:
    """Keep that somebody worked for a unit; nothing where either is not told."""
    if subject and unit:
        await connection.execute(_KNOW, {"subject": subject, "unit": unit})


async def leave_to_judge(
    connection: AsyncConnection, key: str, kind: str, *, at: datetime, working_minutes: int | None = None
) -> None:
    """Note that the rules of exclusion must rule on a rating or a case."""
    row = {"key": key, "kind": kind, "working_minutes": working_minutes, "noted_at": at}
    await connection.execute(_TO_JUDGE, row)


_NUMBER = (
    sa.select(case_files.c.application_number)
    .where(case_files.c.application_id == ratings.c.application_id)
    .scalar_subquery()
)
_SHOWN = sa.select(ratings, sa.func.coalesce(_NUMBER, "").label("application_number"))
_MINE = (ratings.c.rater_id == sa.bindparam("rater"), ratings.c.is_default.is_(False))
_OWN = _SHOWN.where(ratings.c.rating_id == sa.bindparam("wanted"), *_MINE)


async def find_own_rating(connection: AsyncConnection, rating_id: str, rater: str) -> Record | None:
    """Return a rating of somebody's own, with its case's number."""
    row = (await connection.execute(_OWN, {"wanted": rating_id, "rater": rater})).mappings().first()
    return None if row is None else dict(row)


@cache
def _list_own(*, on: bool) -> sa.Select[Any]:
    place = sa.tuple_(ratings.c.rated_at, ratings.c.rating_id)
    before = sa.tuple_(sa.bindparam("at", type_=UtcDateTime), sa.bindparam("before", type_=sa.String))
    order = (ratings.c.rated_at.desc(), ratings.c.rating_id.desc())
    return _SHOWN.where(*_MINE, *([place < before] if on else [])).order_by(*order).limit(_SIZE)


async def list_own_ratings(
    connection: AsyncConnection, *, rater: str, after: tuple[datetime, str] | None, size: int
) -> list[Record]:
    """Return a page of somebody's own ratings, the newest first."""
    at, before = after or (None, "")
    given = {"rater": rater, "at": at, "before": before, "size": size + 1}
    return [dict(row) for row in (await connection.execute(_list_own(on=after is not None), given)).mappings()]
