"""Ratings as their unit sees them: counted, and one by one where no rater can be told from the others."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store.cases import case_files
from evaluation_svc.store.rating_tables import ratings
from evaluation_svc.store.tables import matters

Record = dict[str, Any]
"""A row by column name."""
_OF_PERIOD = (ratings.c.unit == sa.bindparam("of_unit"), ratings.c.period == sa.bindparam("of_period"))
_ACTIVE = ratings.c.is_default.is_(False)
_CALLS = ratings.c.wants_call.is_(True)
_RATERS = (
    sa.select(ratings.c.matter_code, sa.func.count(ratings.c.rater_id.distinct()).label("raters"))
    .where(*_OF_PERIOD, _ACTIVE, sa.func.coalesce(ratings.c.wants_call, sa.false()).is_(False))
    .group_by(ratings.c.matter_code)
)
_COUNTS = sa.select(ratings.c.level, sa.func.count().label("given")).where(*_OF_PERIOD).group_by(ratings.c.level)
_TEXT = sa.select(ratings.c.rating_id, ratings.c.text, ratings.c.unit, ratings.c.application_id).where(
    ratings.c.rating_id == sa.bindparam("wanted"), _ACTIVE
)


@dataclass(frozen=True, slots=True)
class UnitRatingFilter:
    """Which of a unit's ratings are asked for; `shown` are the matters of which single ratings may be seen."""

    unit: str
    period: str
    level: str = ""
    matter: str = ""
    shown: Collection[str] = ()


async def raters_by_matter(connection: AsyncConnection, unit: str, period: str) -> dict[str, int]:
    """Return how many persons rated each matter, those left out who want to be called and so are known."""
    found = await connection.execute(_RATERS, {"of_unit": unit, "of_period": period})
    return {row.matter_code: row.raters for row in found}


async def counts_by_level(connection: AsyncConnection, unit: str, period: str) -> dict[str, int]:
    """Return how many ratings of each level there are; an empty one is silence."""
    found = await connection.execute(_COUNTS, {"of_unit": unit, "of_period": period})
    return {row.level: row.given for row in found}


_LISTED = (
    sa.select(sa.func.count())
    .select_from(ratings)
    .where(*_OF_PERIOD, _ACTIVE, sa.or_(_CALLS, ratings.c.matter_code.in_(sa.bindparam("shown", expanding=True))))
)


async def count_listed(connection: AsyncConnection, unit: str, period: str, shown: Collection[str]) -> int:
    """Return how many ratings a unit may see one by one."""
    given = {"of_unit": unit, "of_period": period, "shown": sorted(shown)}
    return (await connection.execute(_LISTED, given)).scalar_one()


@cache
def _list(*, level: bool, matter: bool, on: bool) -> sa.Select[Any]:
    number = sa.select(case_files.c.application_number).where(case_files.c.application_id == ratings.c.application_id)
    newest = sa.select(matters.c.name).where(matters.c.matter_code == ratings.c.matter_code)
    name = newest.order_by(matters.c.matter_version.desc()).limit(1).scalar_subquery()
    wanted = [*_OF_PERIOD, _ACTIVE, sa.or_(_CALLS, ratings.c.matter_code.in_(sa.bindparam("shown", expanding=True)))]
    if level:
        wanted.append(ratings.c.level == sa.bindparam("of_level"))
    if matter:
        wanted.append(ratings.c.matter_code == sa.bindparam("of_matter"))
    if on:
        wanted.append(ratings.c.rating_id > sa.bindparam("last", type_=sa.String))
    return (
        sa.select(
            *(ratings.c[one] for one in ("rating_id", "period", "matter_code", "level", "tags", "text", "number")),
            sa.func.coalesce(ratings.c.wants_call, sa.false()).label("wants_call"),
            sa.case((_CALLS, sa.func.coalesce(number.scalar_subquery(), "")), else_="").label("application_number"),
            sa.func.coalesce(name, "").label("matter_name"),
        )
        .where(*wanted)
        .order_by(ratings.c.rating_id)
        .limit(sa.bindparam("size", type_=sa.Integer))
    )


async def list_of_unit(connection: AsyncConnection, wanted: UnitRatingFilter, *, after: str, size: int) -> list[Record]:
    """Return a page of the ratings that a unit may see one by one, in the order of their random ids."""
    query = _list(level=bool(wanted.level), matter=bool(wanted.matter), on=bool(after))
    given = {
        "of_unit": wanted.unit,
        "of_period": wanted.period,
        "of_level": wanted.level,
        "of_matter": wanted.matter,
        "shown": sorted(wanted.shown),
        "last": after,
        "size": size + 1,
    }
    return [dict(row) for row in (await connection.execute(query, given)).mappings()]


async def find_text(connection: AsyncConnection, rating_id: str) -> Record | None:
    """Return the sealed text of an active rating."""
    row = (await connection.execute(_TEXT, {"wanted": rating_id})).mappings().first()
    return None if row is None else dict(row)
