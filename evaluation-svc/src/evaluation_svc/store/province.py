"""What the provincial platform was told of each rating, what it answered, and what is still to be told."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from chassis.data.database import UnitOfWork
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store.cases import case_files
from evaluation_svc.store.rating_tables import ratings
from evaluation_svc.store.tables import metadata

province_pushes = sa.Table(
    "province_push",
    metadata,
    sa.Column("rating_id", sa.String(36), primary_key=True),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("provincial_eval_id", sa.String(64)),
    sa.Column("pushed_at", UtcDateTime),
    sa.Column("void_asked_at", UtcDateTime),
    sa.Column("void_told_at", UtcDateTime),
    sa.Index("province_push_of_day", "day", "rating_id"),
)
"""`day` is that of the rating in Shanghai."""

_ONE = province_pushes.c.rating_id == sa.bindparam("wanted")
_VOID = province_pushes.update().where(_ONE, province_pushes.c.void_asked_at.is_(None))
_TOLD = province_pushes.update().where(_ONE)
_FORGET = _TOLD.values(provincial_eval_id=None, pushed_at=None, void_told_at=None)
_FORGET_VOID = _TOLD.values(void_told_at=None)
_FIND = sa.select(province_pushes).where(_ONE)
_TO_TELL = (
    sa.select(
        province_pushes,
        *(
            ratings.c[name]
            for name in (
                *("application_id", "visit_id", "matter_code", "item", "region", "level", "tags", "text", "channel"),
                *("number", "rated_at"),
            )
        ),
        case_files.c.application_number,
    )
    .join(ratings, ratings.c.rating_id == province_pushes.c.rating_id)
    .outerjoin(case_files, case_files.c.application_id == ratings.c.application_id)
    .where(_ONE)
)
_OF_DAY = (
    sa.select(
        province_pushes.c.rating_id,
        province_pushes.c.provincial_eval_id,
        province_pushes.c.void_asked_at,
        ratings.c.level,
        ratings.c.number,
        ratings.c.channel,
    )
    .join(ratings, ratings.c.rating_id == province_pushes.c.rating_id)
    .where(province_pushes.c.day == sa.bindparam("of_day", type_=sa.Date))
)


def add_push(work: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Note that the province is to be told of a rating."""
    work.add(province_pushes, {name: row.get(name) for name in province_pushes.columns.keys()})  # noqa: SIM118  columns iterate as columns


async def ask_void(connection: AsyncConnection, rating_id: str, now: datetime) -> bool:
    """Note that a rating was found void; tell whether that is new, and the province is told of the rating at all."""
    return bool((await connection.execute(_VOID, {"wanted": rating_id, "void_asked_at": now})).rowcount)


async def find_push(connection: AsyncConnection, rating_id: str) -> Any | None:
    """Return how far the province was told of a rating; None where it is not to be."""
    return (await connection.execute(_FIND, {"wanted": rating_id})).first()


async def rating_to_tell(connection: AsyncConnection, rating_id: str) -> Any | None:
    """Return a rating with its case's number and how far the province was told; None where it is not to be."""
    return (await connection.execute(_TO_TELL, {"wanted": rating_id})).first()


async def keep_told(connection: AsyncConnection, rating_id: str, told: Mapping[str, Any]) -> None:
    """Keep what the province answered."""
    await connection.execute(_TOLD, {"wanted": rating_id, **told})


async def forget_told(connection: AsyncConnection, rating_id: str, *, void_alone: bool) -> None:
    """Forget that the province was told of a rating, or of its end alone, so that it is told once more."""
    await connection.execute(_FORGET_VOID if void_alone else _FORGET, {"wanted": rating_id})


async def pushes_of(connection: AsyncConnection, day: date) -> list[Any]:
    """Return the ratings of a day, with what the province answered."""
    return list(await connection.execute(_OF_DAY, {"of_day": day}))
