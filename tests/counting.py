"""Counts what a database is asked, in the process that asks: statements and commits, by database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event


@dataclass(slots=True)
class Count:
    """Statements, as they are sent (many rows in one are one), and what was made durable.

    That is a transaction that was committed, or a statement that writes and commits by itself.
    """

    statements: int = 0
    commits: int = 0


@contextmanager
def counting() -> Iterator[dict[str, Count]]:
    """Count by database what is asked in the block; that a transaction begins is no statement."""
    found: dict[str, Count] = {}

    def of(connection: sa.Connection) -> Count:
        return found.setdefault(PurePath(connection.engine.url.database or "").stem, Count())

    def executed(connection: sa.Connection, _cursor: Any, statement: str, *_: Any) -> None:
        of(connection).statements += not statement.startswith("BEGIN")
        alone = connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
        of(connection).commits += alone and not statement.startswith("SELECT")

    def committed(connection: sa.Connection) -> None:
        of(connection).commits += 1

    heard = (("before_cursor_execute", executed), ("commit", committed))
    for name, listener in heard:
        event.listen(sa.Engine, name, listener)
    try:
        yield found
    finally:
        for name, listener in heard:
            event.remove(sa.Engine, name, listener)
