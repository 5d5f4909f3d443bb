"""Letters as rows: one of a kind, subject and addressee; drafted, approved, sealed, each once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from chassis.data.schema import Json, UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.letters import LetterState
from evaluation_svc.store.tables import metadata, units

letters = sa.Table(
    "letter",
    metadata,
    sa.Column("letter_id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("title", sa.String(100), nullable=False),
    sa.Column("paragraphs", Json, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("drafted_by", sa.String(100), nullable=False),
    sa.Column("drafted_at", UtcDateTime, nullable=False),
    sa.Column("edited_by", sa.String(100)),
    sa.Column("approved_by", sa.String(100)),
    sa.Column("approved_at", UtcDateTime),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("number", sa.String(80)),
    sa.Column("document_id", sa.String(36)),
    sa.Column("sha256", sa.String(64)),
    sa.Column("sealed_at", UtcDateTime),
    sa.UniqueConstraint("kind", "subject", "unit", name="letter_once"),
    sa.Index("letter_of_unit", "unit", "state", "letter_id"),
    sa.Index("letter_in_state", "state", "letter_id"),
)
"""`unit` is whom it is for, `subject` what it is about (a task, a ranking); `version` counts the changes of its text;
`reason` is why it was withdrawn; `number`, `document_id` and `sha256` are those of the sealed paper."""

writers = sa.Table(
    "letter_writer",
    metadata,
    sa.Column("letter_id", sa.String(36), primary_key=True),
    sa.Column("person", sa.String(100), primary_key=True),
)
"""Who changed a letter's text while it was a draft: none of them approves it."""

_OF_ID = letters.c.letter_id == sa.bindparam("of_letter")
_DRAFT = insert(letters).on_conflict_do_nothing(index_elements=["kind", "subject", "unit"])
_DRAFT_RETURNING = _DRAFT.returning(letters.c.letter_id)
_SAME = sa.select(letters.c.letter_id).where(
    letters.c.kind == sa.bindparam("of_kind"),
    letters.c.subject == sa.bindparam("of_subject"),
    letters.c.unit == sa.bindparam("of_unit"),
)
_ADD_WRITER = insert(writers).on_conflict_do_nothing()
_WRITER = sa.select(writers.c.person).where(
    writers.c.letter_id == sa.bindparam("of_letter"), writers.c.person == sa.bindparam("by")
)
_LOCK = sa.select(letters).where(_OF_ID).with_for_update()
_CHANGE = letters.update().where(_OF_ID)
_SHOWN = sa.select(letters, sa.func.coalesce(units.c.name, "").label("unit_name")).outerjoin(
    units, units.c.unit_code == letters.c.unit
)
_SEALED = letters.c.state == LetterState.SEALED.value
_FIND = _SHOWN.where(_OF_ID)
_FIND_THEIRS = _FIND.where(_SEALED, letters.c.unit.in_(sa.bindparam("mine", expanding=True)))


async def add_letter(connection: AsyncConnection, row: Mapping[str, Any]) -> tuple[str, bool]:
    """Draft a letter; return its id, and whether it is new: one of its kind, subject and unit stays as it is."""
    added = (await connection.execute(_DRAFT_RETURNING, row)).scalar()
    if added is not None:
        return str(added), True
    same = {"of_kind": row["kind"], "of_subject": row["subject"], "of_unit": row["unit"]}
    return str((await connection.execute(_SAME, same)).scalar_one()), False


async def lock_letter(connection: AsyncConnection, letter_id: str) -> Any | None:
    """Return a letter, held until the transaction ends."""
    return (await connection.execute(_LOCK, {"of_letter": letter_id})).first()


async def add_writer(connection: AsyncConnection, letter_id: str, person: str) -> None:
    """Keep that somebody changed a letter's text."""
    await connection.execute(_ADD_WRITER, {"letter_id": letter_id, "person": person})


async def is_writer(connection: AsyncConnection, letter_id: str, person: str) -> bool:
    """Tell whether somebody changed a letter's text."""
    return (await connection.execute(_WRITER, {"of_letter": letter_id, "by": person})).first() is not None


async def change_letter(connection: AsyncConnection, letter_id: str, values: Mapping[str, Any]) -> None:
    """Write a letter that this transaction holds."""
    await connection.execute(_CHANGE, {"of_letter": letter_id, **values})


async def find_letter(connection: AsyncConnection, letter_id: str) -> Any | None:
    """Return a letter with its addressee's name."""
    return (await connection.execute(_FIND, {"of_letter": letter_id})).first()


async def find_sealed_letter(connection: AsyncConnection, letter_id: str, mine: Collection[str]) -> Any | None:
    """Return a sealed letter to one of these units."""
    return (await connection.execute(_FIND_THEIRS, {"of_letter": letter_id, "mine": list(mine)})).first()


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which letters are asked for; what is empty narrows nothing."""

    kind: str = ""
    state: str = ""
    unit: str = ""


@cache
def _listed(*, kind: bool, state: bool, unit: bool, on: bool) -> sa.Select[Any]:
    wanted = [
        *([letters.c.kind == sa.bindparam("of_kind")] if kind else []),
        *([letters.c.state == sa.bindparam("in_state")] if state else []),
        *([letters.c.unit == sa.bindparam("of_unit")] if unit else []),
        *([letters.c.letter_id < sa.bindparam("before")] if on else []),
    ]
    return _SHOWN.where(*wanted).order_by(letters.c.letter_id.desc()).limit(sa.bindparam("size", type_=sa.Integer))


async def list_letters(connection: AsyncConnection, wanted: LetterFilter, *, after: str, size: int) -> list[Any]:
    """Return a page and one more of all letters, the newest first."""
    query = _listed(kind=bool(wanted.kind), state=bool(wanted.state), unit=bool(wanted.unit), on=bool(after))
    narrowed = {"of_kind": wanted.kind, "in_state": wanted.state, "of_unit": wanted.unit}
    return list(await connection.execute(query, {**narrowed, "before": after, "size": size + 1}))


_TO_UNITS = (
    _SHOWN.where(letters.c.unit.in_(sa.bindparam("mine", expanding=True)), _SEALED)
    .order_by(letters.c.letter_id.desc())
    .limit(sa.bindparam("size", type_=sa.Integer))
)
_TO_UNITS_AFTER = _TO_UNITS.where(letters.c.letter_id < sa.bindparam("before"))


async def list_letters_to(connection: AsyncConnection, mine: Collection[str], *, after: str, size: int) -> list[Any]:
    """Return a page and one more of the sealed letters to these units, the newest first."""
    given = {"mine": list(mine), "before": after, "size": size + 1}
    return list(await connection.execute(_TO_UNITS_AFTER if after else _TO_UNITS, given))
