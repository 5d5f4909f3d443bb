"""Generations of the figures: one is shown; another may be built anew beside it, and takes its place at once."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from chassis.data.database import Database, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store.figure_tables import figures, late_notes, marks, tallies

SWEPT_AT_ONCE, PAUSE_SECONDS = 2_000, 0.01
CURRENT = sa.func.coalesce(sa.select(figures.c.current).scalar_subquery(), 1)
"""The generation that is shown, inside a statement."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The generation shown, the one being built (None: none is), and up to which key and how many entries it is."""

    current: int = 1
    building: int | None = None
    built_kind: str = ""
    built_key: str = ""
    built_entries: int = 0
    begun_at: datetime | None = None

    @property
    def built(self) -> tuple[str, str]:
        """Return the last key that the generation being built has passed; empty before the first."""
        return (self.built_kind, self.built_key) if self.building is not None else ("", "")


_STANDING = sa.select(*(column for column in figures.c if column.name != "one"))
_KEEP = insert(figures)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=["one"],
    set_={column.name: _KEEP.excluded[column.name] for column in figures.columns if not column.primary_key},
)


async def standing(connection: AsyncConnection) -> Standing:
    """Return which generation is shown and which is being built."""
    row = (await connection.execute(_STANDING)).first()
    return Standing() if row is None else Standing(*row)


async def keep_standing(connection: AsyncConnection, now: Standing) -> None:
    """Keep which generation is shown and which is being built."""
    row = {name: getattr(now, name) for name in Standing.__slots__}
    await connection.execute(_KEEP, {"one": 1, **row})


_ONE, _OTHER = (sa.bindparam(name, type_=sa.Integer) for name in ("one", "other"))
_TALLY = (tallies.c.dimension, tallies.c.period, tallies.c.measure, tallies.c.key, tallies.c.amount)
_NOTE = tuple(column for column in late_notes.c if column.name not in {"generation", "received_at"})


def _only_in(columns: Any, one: Any, other: Any) -> sa.Select[Any]:
    table = columns[0].table
    mine = sa.select(*columns).where(table.c.generation == one, table.c.amount != 0)
    theirs = sa.select(*columns).where(table.c.generation == other, table.c.amount != 0)
    return sa.select(mine.except_(theirs).subquery()).limit(sa.bindparam("size", type_=sa.Integer))


_TALLIES_ONLY, _NOTES_ONLY = _only_in(_TALLY, _ONE, _OTHER), _only_in(_NOTE, _ONE, _OTHER)


async def only_in(connection: AsyncConnection, one: int, other: int, *, size: int) -> list[Mapping[str, Any]]:
    """Return tallies and notes of one generation that the other does not have just so, at most so many of each."""
    given = {"one": one, "other": other, "size": size}
    tallied = await connection.execute(_TALLIES_ONLY, given)
    return [dict(row._mapping) for row in [*tallied, *await connection.execute(_NOTES_ONLY, given)]]  # noqa: SLF001  SQLAlchemy's name


def _old(table: sa.Table) -> sa.Delete:
    key = list(table.primary_key)
    old = sa.select(*key).where(table.c.generation < CURRENT).limit(SWEPT_AT_ONCE)
    return table.delete().where(sa.tuple_(*key).in_(old))


_OLD = tuple(_old(table) for table in (marks, tallies, late_notes))


async def sweep_figures(database: Database) -> int:
    """Take away, step by step, the generations before the one that is shown; return how many rows went."""
    taken = 0
    for delete in _OLD:
        went = SWEPT_AT_ONCE
        while went == SWEPT_AT_ONCE:
            async with database.unit_of_work() as work:
                went = (await work.connection.execute(delete)).rowcount
            taken += went
            await asyncio.sleep(PAUSE_SECONDS)
    return taken
