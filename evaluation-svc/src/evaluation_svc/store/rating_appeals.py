"""Appeals of units against ratings as rows: one a rating, decided once, by another unit."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from chassis.data.keyring import Sealed
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store import tables
from evaluation_svc.store.rectifications import Record, kept_from, rectifications
from evaluation_svc.store.tables import matters, metadata

appeals = sa.Table(
    "rating_appeal",
    metadata,
    sa.Column("appeal_id", sa.String(36), primary_key=True),
    sa.Column("rectification_id", sa.String(36), nullable=False, unique=True),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("ground", sa.String(12), nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("filed_at", UtcDateTime, nullable=False),
    sa.Column("filed_by", sa.String(100), nullable=False),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("decided_by", sa.String(100)),
    sa.Column("decided_for", sa.String(8)),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("rating_appeal_in_state", "state", "filed_at", "appeal_id"),
)
"""`unit` is the rated one, which files; `decided_for` is the unit of whoever decided."""
SEALED = tuple(Sealed(appeals.c[name], (appeals.c.appeal_id,), appeals.c.appeal_id) for name in ("words", "reason"))

_ONE = appeals.c.appeal_id == sa.bindparam("of_appeal")
_NAMED = sa.func.coalesce(
    sa.select(tables.units.c.name).where(tables.units.c.unit_code == appeals.c.unit).scalar_subquery(), appeals.c.unit
).label("unit_name")
_MATTER = sa.func.coalesce(
    sa.select(sa.func.max(matters.c.name))
    .where(matters.c.matter_code == rectifications.c.matter_code)
    .scalar_subquery(),
    rectifications.c.matter_code,
).label("matter_name")
_RATING = tuple(
    rectifications.c[name] for name in ("rating_id", "matter_code", "item", "level", "tags", "is_named", "opened_at")
)
_NOT_OWN = appeals.c.unit.not_in(sa.bindparam("own_units", expanding=True))
_NOT_RATED = ~sa.exists().where(
    kept_from.c.rectification_id == appeals.c.rectification_id, kept_from.c.person == sa.bindparam("person")
)
_NOT_RATER = rectifications.c.rater_id != sa.bindparam("person")
_SHOWN = sa.select(appeals, *_RATING, _NAMED, _MATTER).select_from(
    appeals.join(rectifications, rectifications.c.rectification_id == appeals.c.rectification_id)
)
_FIND = _SHOWN.where(_ONE, _NOT_OWN, _NOT_RATED, _NOT_RATER)
_FOR_DECISION = (
    sa.select(appeals.c.rectification_id)
    .join(rectifications, rectifications.c.rectification_id == appeals.c.rectification_id)
    .where(_ONE, _NOT_OWN, _NOT_RATED, _NOT_RATER)
)
_OF_RECTIFICATION = sa.select(appeals).where(appeals.c.rectification_id == sa.bindparam("of_rectification"))
_CHANGE = appeals.update().where(appeals.c.rectification_id == sa.bindparam("of_rectification"))


async def find_appeal(
    connection: AsyncConnection, appeal_id: str, *, units: Collection[str], person: str
) -> Record | None:
    """Return an appeal of another unit's than the caller's."""
    given = {"of_appeal": appeal_id, "own_units": sorted(units), "person": person}
    row = (await connection.execute(_FIND, given)).mappings().first()
    return None if row is None else dict(row)


async def rectification_of(
    connection: AsyncConnection, appeal_id: str, *, units: Collection[str], person: str
) -> str | None:
    """Return whose rectification an appeal of another unit is about, to be decided by a person of these units."""
    given = {"of_appeal": appeal_id, "own_units": sorted(units), "person": person}
    found: str | None = (await connection.execute(_FOR_DECISION, given)).scalar()
    return found


async def appeal_of(connection: AsyncConnection, rectification_id: str) -> Record | None:
    """Return the appeal of a rectification."""
    row = (await connection.execute(_OF_RECTIFICATION, {"of_rectification": rectification_id})).mappings().first()
    return None if row is None else dict(row)


async def change_appeal(connection: AsyncConnection, rectification_id: str, changed: Mapping[str, Any]) -> None:
    """Change the appeal of a rectification that this transaction holds."""
    await connection.execute(_CHANGE, {"of_rectification": rectification_id, **changed})


@cache
def _listed(*, on: bool) -> sa.Select[Any]:
    place = sa.tuple_(appeals.c.filed_at, appeals.c.appeal_id)
    wanted = [appeals.c.state == sa.bindparam("in_state"), _NOT_OWN, _NOT_RATED, _NOT_RATER]
    if on:
        wanted.append(place > sa.tuple_(sa.bindparam("at", type_=UtcDateTime), sa.bindparam("last", type_=sa.String)))
    order = (appeals.c.filed_at, appeals.c.appeal_id)
    return _SHOWN.where(*wanted).order_by(*order).limit(sa.bindparam("size", type_=sa.Integer))


async def list_appeals(  # noqa: PLR0913  who asks, for which, from where
    connection: AsyncConnection,
    *,
    state: str,
    units: Collection[str],
    person: str,
    after: tuple[datetime, str] | None,
    size: int,
) -> list[Record]:
    """Return a page of the appeals of other units in a state, the oldest first."""
    at, last = after or (None, "")
    given = {"in_state": state, "own_units": sorted(units), "person": person, "at": at, "last": last, "size": size + 1}
    return [dict(row) for row in (await connection.execute(_listed(on=after is not None), given)).mappings()]
