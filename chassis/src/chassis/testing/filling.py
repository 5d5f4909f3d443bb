"""Fills tables with many rows by one statement each, alike on both databases; for plans and for load."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import CreateIndex, DropIndex

SERIES = {
    "postgresql": "generate_series(0::bigint, {last}) AS g(n)",
    "sqlite": "(WITH RECURSIVE g(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM g WHERE n < {last}) SELECT n FROM g)",
}
MOMENT = {
    "postgresql": "(timestamptz '2026-01-05 01:00:00+00' + n * interval '1 second')",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', '2026-01-05 01:00:00', '+' || n || ' seconds')",
}
BEGIN = datetime(2026, 1, 5, 1, tzinfo=UTC)
EMPTY = {sa.DateTime: "@n", sa.Boolean: "false", sa.Integer: "0", sa.String: "'{}'"}


def uuid(number: str) -> str:
    """Return the text of an id that reads as UUIDv7 and rises with a number, an expression over `n`."""
    return f"('01900000-0000-7000-8000-' || substr(CAST(1000000000000 + {number} AS text), 2))"


def as_uuid(number: int) -> str:
    """Return the id that `uuid` makes of a number."""
    return f"01900000-0000-7000-8000-{number:012d}"


def moment(number: int) -> datetime:
    """Return the moment that `@n` is in the row of a number."""
    return BEGIN + timedelta(seconds=number)


async def fill(connection: AsyncConnection, table: sa.Table, count: int, **columns: str) -> None:
    """Put rows into a table: of each column an expression over `n` (0, 1, 2 …), or something empty.

    `@n` in it is a moment as many seconds after a Monday morning. What may be null is. The indexes are made afterwards.
    """
    dialect = connection.dialect.name
    values = {}
    for column in table.columns:
        kept = column.nullable or column.server_default is not None or column.autoincrement is True
        if column.name in columns or not kept:
            values[column.name] = (columns.get(column.name) or _empty(column)).replace("@n", MOMENT[dialect])
    names, chosen = ", ".join(f'"{name}"' for name in values), ", ".join(values.values())
    series = SERIES[dialect].format(last=count - 1)
    for index in table.indexes:
        await connection.execute(DropIndex(index))
    await connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) SELECT {chosen} FROM {series}')
    for index in table.indexes:
        await connection.execute(CreateIndex(index))


def _empty(column: sa.Column[Any]) -> str:
    kind = getattr(column.type, "impl_instance", column.type)
    return next(text for base, text in EMPTY.items() if isinstance(kind, base))
