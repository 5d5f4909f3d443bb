"""Rows that a use case only adds, sent together at its end: round trips and the building of statements are the cost.

On PostgreSQL one statement adds them all, each table's in a data-modifying CTE; on SQLite one statement after the
other. The statement of a set of tables and columns is built once.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

Gathered = dict[sa.Table, list[Mapping[str, Any]]]
Shape = tuple[tuple[sa.Table, tuple[str, ...]], ...]
"""Tables, each with the names of the columns that its rows give."""
WAITING = "yiwang_waiting"
"""In a connection's `info`: what waits to be written in its transaction, and cannot be read in it."""
SHAPES = 512


class UnlikeRows(ValueError):  # noqa: N818  named after the fact
    """Rows that are added to a table together name different columns."""


def gather(gathered: Gathered, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep rows for the end of the transaction; tables are written in the order in which they came first."""
    if rows:
        gathered.setdefault(table, []).extend(rows)


def is_one_statement(connection: AsyncConnection) -> bool:
    """Tell whether all that was gathered is written by one statement, whatever its tables."""
    return connection.dialect.name == "postgresql"


async def write(connection: AsyncConnection, gathered: Gathered) -> None:
    """Write all rows; nothing waits afterwards. Raises IntegrityError, UnlikeRows."""
    parts = list(gathered.items())
    gathered.clear()
    shape = tuple((table, _names(table, rows)) for table, rows in parts)
    if is_one_statement(connection):
        columns = {
            _parameter(number, name): [row[name] for row in rows]
            for number, ((_, names), (_, rows)) in enumerate(zip(shape, parts, strict=True))
            for name in names
        }
        await connection.execute(_together(shape), columns)
        return
    for table, rows in parts:
        await connection.execute(_one(table), rows)


def _names(table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    names = rows[0].keys()
    if any(row.keys() != names for row in rows):
        raise UnlikeRows(table.name)
    return tuple(names)


@lru_cache(SHAPES)
def _one(table: sa.Table) -> sa.Insert:
    return table.insert()


@lru_cache(SHAPES)
def _together(shape: Shape) -> sa.Insert:
    *before, last = (_from_arrays(number, table, names) for number, (table, names) in enumerate(shape))
    return last.add_cte(*(insert.cte(f"added_{number}") for number, insert in enumerate(before)))


def _from_arrays(number: int, table: sa.Table, names: tuple[str, ...]) -> sa.Insert:
    """Return the INSERT of rows that come column by column, an array each, in their order."""
    arrays = [
        sa.bindparam(_parameter(number, name), type_=ARRAY(table.c[name].type, dimensions=1), unique=False)
        for name in names
    ]
    columns = [sa.column(name, table.c[name].type) for name in names]
    rows = sa.func.unnest(*arrays).table_valued(*columns, with_ordinality="nth_").render_derived(f"rows_{number}")
    return table.insert().from_select(list(names), sa.select(*(rows.c[name] for name in names)).order_by(rows.c.nth_))


def _parameter(number: int, name: str) -> str:
    return f"p{number}_{name}"
