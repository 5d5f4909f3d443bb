"""Rectifications as rows: one a bad rating, with its steps and the persons it is kept from, and those made public."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from chassis.data.keyring import Sealed
from chassis.data.schema import Json, UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store.tables import metadata

Record = dict[str, Any]
"""A row by column name."""
rectifications = sa.Table(
    "rectification",
    metadata,
    sa.Column("rectification_id", sa.String(36), primary_key=True),
    sa.Column("rating_id", sa.String(36), nullable=False, unique=True),
    sa.Column("application_id", sa.String(36), nullable=False),
    sa.Column("visit_id", sa.String(36), nullable=False),
    sa.Column("rater_id", sa.String(100), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("matter_code", sa.String(64), nullable=False),
    sa.Column("item", sa.String(64), nullable=False),
    sa.Column("region", sa.String(64), nullable=False),
    sa.Column("level", sa.String(24), nullable=False),
    sa.Column("tags", Json, nullable=False),
    sa.Column("is_named", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("outcome", sa.String(12)),
    sa.Column("officer", sa.String(100)),
    sa.Column("clock", sa.String(12)),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("overdue_at", UtcDateTime),
    sa.Column("overdue_count", sa.Integer, nullable=False),
    sa.Column("was_appealed", sa.Boolean, nullable=False),
    sa.Column("called_back_at", UtcDateTime),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("told", sa.Integer, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("done", sa.Text, nullable=False),
    sa.Index("rectification_of_case", "application_id", "visit_id"),
    sa.Index("rectification_of_rater", "rater_id", "opened_at", "rectification_id"),
    sa.Index("rectification_of_unit", "unit", "rank", "opened_at", "rectification_id"),
    sa.Index("rectification_of_unit_in_state", "unit", "state", "rank", "opened_at", "rectification_id"),
    sa.Index("rectification_of_all", "rank", "opened_at", "rectification_id"),
    sa.Index("rectification_of_all_in_state", "state", "rank", "opened_at", "rectification_id"),
)
"""`rank` is the urgency by which inboxes are ordered; `overdue_at` is of the clock that runs, `overdue_count` of all
in its round. `round` is 2 once the second rating was bad, too; `told` counts its events; ids do not tell when it was
rated."""
steps = sa.Table(
    "rectification_step",
    metadata,
    sa.Column("rectification_id", sa.String(36), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("action", sa.String(12), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("actor", sa.String(100), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("details", Json, nullable=False),
)
"""Each step with who took it and the state after it; `number` is the rectification's version."""
kept_from = sa.Table(
    "rectification_person",
    metadata,
    sa.Column("rectification_id", sa.String(36), primary_key=True),
    sa.Column("person", sa.String(100), primary_key=True),
)
"""The rated persons: for them it does not exist."""
published = sa.Table(
    "rectification_published",
    metadata,
    sa.Column("publication_id", sa.String(36), primary_key=True),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("matter_code", sa.String(64), nullable=False),
    sa.Column("tags", Json, nullable=False),
    sa.Column("outcome", sa.String(12), nullable=False),
    sa.Column("done", sa.Text, nullable=False),
    sa.Column("month", sa.String(7)),
    sa.Index("rectification_published_by_month", "month", "publication_id"),
    sa.Index("rectification_published_of_unit", "unit", "month", "publication_id"),
)
"""What everybody may read; without a `month` it waits until its unit has enough of them."""
SEALED = (
    *(
        Sealed(rectifications.c[name], (rectifications.c.rectification_id,), rectifications.c.rectification_id)
        for name in ("answer", "done")
    ),
    Sealed(steps.c.words, (steps.c.rectification_id,), steps.c.rectification_id),
)

_OF = rectifications.c.rectification_id == sa.bindparam("of_rectification")
_NEW = insert(rectifications).on_conflict_do_nothing(index_elements=["rating_id"])
_ADD = _NEW.returning(rectifications.c.rectification_id)
_LOCK = sa.select(rectifications).where(_OF).with_for_update()
_CHANGE = rectifications.update().where(_OF, rectifications.c.version == sa.bindparam("seen"))
_ADD_PERSON = insert(kept_from).on_conflict_do_nothing()
_RATED = sa.select(kept_from.c.person).where(kept_from.c.rectification_id == sa.bindparam("of_rectification"))
_OF_CASE = (
    sa.select(rectifications.c.rectification_id)
    .where(
        rectifications.c.application_id == sa.bindparam("of_application"),
        rectifications.c.visit_id == sa.bindparam("of_visit"),
    )
    .order_by(rectifications.c.opened_at)
    .limit(1)
)
_STEPS = sa.select(steps).where(steps.c.rectification_id == sa.bindparam("of_rectification")).order_by(steps.c.number)


async def add_rectification(connection: AsyncConnection, row: Mapping[str, Any], persons: Collection[str]) -> bool:
    """Add a rectification that the rated persons do not see; tell whether there was none of its rating."""
    if (await connection.execute(_ADD, row)).scalar() is None:
        return False
    for person in sorted(persons):
        await connection.execute(_ADD_PERSON, {"rectification_id": row["rectification_id"], "person": person})
    return True


async def lock_rectification(connection: AsyncConnection, rectification_id: str) -> Record | None:
    """Return a rectification, held until the transaction ends."""
    return _record((await connection.execute(_LOCK, {"of_rectification": rectification_id})).mappings().first())


async def save_rectification(
    connection: AsyncConnection, rectification_id: str, seen: int, changed: Mapping[str, Any]
) -> bool:
    """Change a rectification unless another transaction did since its version was seen; tell whether it was changed."""
    given = {"of_rectification": rectification_id, "seen": seen, **changed}
    return bool((await connection.execute(_CHANGE, given)).rowcount)


async def is_rated_person(connection: AsyncConnection, rectification_id: str, person: str) -> bool:
    """Tell whether a rectification is kept from a person."""
    found = await connection.execute(_RATED, {"of_rectification": rectification_id})
    return person in set(found.scalars())


async def of_case(connection: AsyncConnection, application_id: str, visit_id: str) -> str | None:
    """Return the first rectification of a case, or of a visit; None where there is none."""
    given = {"of_application": application_id, "of_visit": visit_id}
    found: str | None = (await connection.execute(_OF_CASE, given)).scalar()
    return found


async def steps_of(connection: AsyncConnection, rectification_id: str) -> Sequence[Record]:
    """Return the steps of a rectification, the first one first."""
    rows = await connection.execute(_STEPS, {"of_rectification": rectification_id})
    return [dict(row) for row in rows.mappings()]


_PUBLISH = insert(published)
_WAITING = sa.select(sa.func.count()).where(published.c.unit == sa.bindparam("of_unit"), published.c.month.is_(None))
_RELEASE = (
    published.update()
    .where(published.c.unit == sa.bindparam("of_unit"), published.c.month.is_(None))
    .values(month=sa.bindparam("in_month"))
)


async def publish(connection: AsyncConnection, row: Mapping[str, Any], month: str, *, minimum: int) -> bool:
    """Keep what becomes public together with others of its unit, once they are enough; tell whether they are now."""
    await connection.execute(_PUBLISH, {**row, "month": None})
    waiting = (await connection.execute(_WAITING, {"of_unit": row["unit"]})).scalar() or 0
    if waiting < minimum:
        return False
    await connection.execute(_RELEASE, {"of_unit": row["unit"], "in_month": month})
    return True


def _record(row: Any | None) -> Record | None:
    return None if row is None else dict(row)
