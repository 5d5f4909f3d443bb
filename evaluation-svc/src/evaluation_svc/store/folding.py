"""Reading the journal to count it, and keeping what was counted: marks, tallies and notes of one generation."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store.figure_tables import late_notes, marks, tallies
from evaluation_svc.store.tables import journal

AT_ONCE = 100
"""Keys that are looked up together at most."""
Row = Mapping[str, Any]
UNCOUNTED: sa.ColumnElement[bool] = sa.literal_column("NOT counted")
_KEYS: sa.BindParameter[Any] = sa.bindparam("keys", expanding=True)
_KIND = sa.bindparam("of_kind", type_=sa.String)
_SIZE = sa.bindparam("size", type_=sa.Integer)
_PLACE = sa.tuple_(journal.c.kind, journal.c.key)
_BUILT = sa.tuple_(sa.bindparam("built_kind", type_=sa.String), sa.bindparam("built_key", type_=sa.String))
_TOLD = (
    journal.c.kind,
    journal.c.key,
    journal.c.entry_id,
    journal.c.type,
    journal.c.version,
    journal.c.at,
    journal.c.received_at,
    journal.c.data,
    journal.c.counted,
)
_ANY = sa.select(journal.c.entry_id).where(UNCOUNTED).order_by(journal.c.entry_id).limit(1)
_OLDEST = sa.select(sa.func.min(journal.c.received_at)).where(UNCOUNTED)
_TOUCHED = sa.select(journal.c.kind, journal.c.key).where(UNCOUNTED).order_by(journal.c.entry_id).limit(_SIZE)
_OF_KEYS = sa.select(*_TOLD, (_PLACE <= _BUILT).label("is_built")).where(
    journal.c.kind == _KIND, journal.c.key.in_(_KEYS)
)
_AFTER = (
    sa.select(*_TOLD).where(_PLACE > _BUILT, journal.c.counted).order_by(journal.c.kind, journal.c.key).limit(_SIZE)
)
_COUNTED = journal.update().where(journal.c.entry_id == sa.bindparam("wanted")).values(counted=sa.true())
_OF_GENERATION = sa.bindparam("of_generation", type_=sa.Integer)
_MARKS = sa.select(*(column for column in marks.c if column.name != "period")).where(
    marks.c.generation == _OF_GENERATION, marks.c.kind == _KIND, marks.c.key.in_(_KEYS)
)
_NOTES = sa.select(late_notes).where(
    late_notes.c.generation == _OF_GENERATION, late_notes.c.kind == _KIND, late_notes.c.key.in_(_KEYS)
)


def _is_row(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == sa.bindparam(f"of_{column.name}") for column in table.primary_key))


_REMOVE = marks.delete().where(_is_row(marks))
_REMOVE_NOTE = late_notes.delete().where(_is_row(late_notes))
_ADD, _ADD_NOTE = marks.insert(), late_notes.insert()
_TALLY = insert(tallies)
_TALLY = _TALLY.on_conflict_do_update(
    index_elements=[column.name for column in tallies.primary_key],
    set_={"amount": tallies.c.amount + _TALLY.excluded.amount},
)


async def any_uncounted(connection: AsyncConnection) -> bool:
    """Tell whether anything in the journal is not in the figures."""
    return (await connection.execute(_ANY)).first() is not None


async def oldest_uncounted(connection: AsyncConnection) -> Any | None:
    """Return when the oldest entry came that is not in the figures; None where all are."""
    return (await connection.execute(_OLDEST)).scalar()


async def touched_keys(connection: AsyncConnection, *, size: int) -> dict[str, list[str]]:
    """Return the keys, by kind, of some entries that are not in the figures, whichever of them came late."""
    touched: dict[str, dict[str, None]] = {}
    for row in await connection.execute(_TOUCHED, {"size": size}):
        touched.setdefault(row.kind, {})[row.key] = None
    return {kind: list(keys) for kind, keys in touched.items()}


async def entries_of_keys(
    connection: AsyncConnection, kind: str, keys: Sequence[str], built: tuple[str, str]
) -> list[Any]:
    """Return all entries of these keys; `is_built` says of a key that the generation being built has passed it."""
    given = {"of_kind": kind, "keys": _filled(connection, keys), "built_kind": built[0], "built_key": built[1]}
    return list(await connection.execute(_OF_KEYS, given))


async def entries_after(connection: AsyncConnection, built: tuple[str, str], *, size: int) -> list[Any]:
    """Return counted entries of the keys after this one, key by key."""
    given = {"built_kind": built[0], "built_key": built[1], "size": size}
    return list(await connection.execute(_AFTER, given))


async def note_counted(connection: AsyncConnection, entry_ids: Iterable[str]) -> None:
    """Note that these entries are in the figures."""
    if rows := [{"wanted": entry_id} for entry_id in entry_ids]:
        await connection.execute(_COUNTED, rows)


async def marks_kept(connection: AsyncConnection, generation: int, kind: str, keys: Sequence[str]) -> list[Any]:
    """Return the marks of these keys."""
    return list(await connection.execute(_MARKS, _given(connection, generation, kind, keys)))


async def notes_kept(connection: AsyncConnection, generation: int, kind: str, keys: Sequence[str]) -> list[Any]:
    """Return the notes of these keys."""
    return list(await connection.execute(_NOTES, _given(connection, generation, kind, keys)))


async def change_marks(connection: AsyncConnection, gone: Sequence[Row], new: Sequence[Row]) -> None:
    """Take marks away by their primary keys (`of_…`), then add marks."""
    if gone:
        await connection.execute(_REMOVE, gone)
    if new:
        await connection.execute(_ADD, new)


async def change_notes(connection: AsyncConnection, gone: Sequence[Row], new: Sequence[Row]) -> None:
    """Take notes away by their primary keys (`of_…`), then add notes."""
    if gone:
        await connection.execute(_REMOVE_NOTE, gone)
    if new:
        await connection.execute(_ADD_NOTE, new)


async def add_tallies(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """Add to tallies, each of which is named once."""
    if rows:
        await connection.execute(_TALLY, rows)


def _given(connection: AsyncConnection, generation: int, kind: str, keys: Sequence[str]) -> dict[str, Any]:
    return {"of_generation": generation, "of_kind": kind, "keys": _filled(connection, keys)}


def _filled(connection: AsyncConnection, keys: Sequence[str]) -> list[str]:
    """Return as many keys as there are at most, where the database prepares a statement for each number of them."""
    more = AT_ONCE - len(keys) if connection.dialect.name == "postgresql" else 0
    return [*keys, *[keys[-1]] * more]
