"""A network that is asked by tables: a front database (前置库) that its owner fills and that is only read here.

A resource's service is the table's name, its fields are the columns. What a field may hold is never part of a
statement's text: names are quoted, values bound.
"""

import asyncio
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from chassis.data.sqlite import connect
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from datashare_svc.domain.answers import asked_for, checked_rows, compared
from datashare_svc.domain.canonical import writings
from datashare_svc.domain.model import Resource
from datashare_svc.errors import NetworkOut, Outage
from datashare_svc.outside.questions import Question, Told

STATEMENT_SECONDS = 5
CONNECT_SECONDS = 3
CLOSING_SECONDS = 2
READS_ONLY = ("query_only=ON", "busy_timeout=2000")
WRITINGS = 2
"""In how many ways at most a value is looked for (`writings`)."""
LONGEST = 10_000
"""Characters of a value that are read at most."""
MISSING = ("no such table", "no such column")
CANCELLED = "57014"
"""The SQLSTATE of a statement that took longer than it may."""


class TableConnector:
    """Reads one front database, over connections of its own.

    A statement goes on to its own end when whoever asked has no more time, so that no connection is left half done.
    """

    def __init__(self, url: str, *, at_once: int) -> None:
        self._engine = _engine(url, at_once)
        self._under_way: set[asyncio.Task[Any]] = set()

    async def ask(self, resource: Resource, question: Question, within: float) -> Told:
        """Return what the table has within so many seconds; values to compare are compared here. Raises NetworkOut."""
        wanted = tuple(question.compares) or question.fields
        keys = tuple(question.keys)
        statement = _statement(resource.service, asked_for(question.keys, wanted), keys, resource.at_most_rows + 1)
        told = await self._run(statement, _bound(resource, question), within)
        found = [dict(row) for row in told]
        rows = checked_rows(resource, question.keys, wanted, found)
        if question.compares:
            matches, is_known = compared(resource, question.compares, rows)
            return Told(matches=matches, is_known=is_known)
        return Told(rows=rows, is_known=bool(rows))

    async def probe(self, within: float) -> None:
        """Return once the database answered. Raises NetworkOut."""
        await self._run(_PROBE, {}, within)

    async def close(self) -> None:
        """Wait a moment for what is under way, and close the connections."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=CLOSING_SECONDS)
        await self._engine.dispose()

    async def _run(self, statement: sa.Executable, values: dict[str, Any], within: float) -> Sequence[sa.RowMapping]:
        task = asyncio.create_task(self._executed(statement, values))
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        try:
            async with asyncio.timeout(within):
                return await asyncio.shield(task)
        except TimeoutError as error:
            raise NetworkOut(why=Outage.TIMED_OUT) from error
        except OperationalError as error:
            missing = any(word in str(error.orig) for word in MISSING)
            raise NetworkOut(why=Outage.MISSING if missing else Outage.NO_ANSWER) from error
        except ProgrammingError as error:
            raise NetworkOut(why=Outage.MISSING) from error
        except (SQLAlchemyError, OSError) as error:
            is_late = getattr(getattr(error, "orig", None), "sqlstate", None) == CANCELLED
            raise NetworkOut(why=Outage.TIMED_OUT if is_late else Outage.NO_ANSWER) from error

    async def _executed(self, statement: sa.Executable, values: dict[str, Any]) -> Sequence[sa.RowMapping]:
        async with self._engine.connect() as connection:
            found: Sequence[sa.RowMapping] = (await connection.execute(statement, values)).mappings().all()
            return found

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()


_PROBE = sa.select(sa.literal(1))


@lru_cache(1000)
def _statement(service: str, fields: tuple[str, ...], keys: tuple[str, ...], limit: int) -> sa.Executable:
    """Return the statement that reads rows of a table, all values as texts."""
    columns: dict[str, sa.ColumnClause[Any]] = {
        name: sa.column(sa.sql.quoted_name(name, quote=True)) for name in (*fields, *keys)
    }
    read = [
        sa.func.substr(sa.cast(columns[name], sa.Text), 1, LONGEST).label(sa.sql.quoted_name(name, quote=True))
        for name in fields
    ]
    conditions = [
        sa.or_(*(columns[name] == sa.bindparam(f"key{place}_{way}", type_=sa.String) for way in range(WRITINGS)))
        for place, name in enumerate(keys)
    ]
    table = sa.table(sa.sql.quoted_name(service, quote=True), *columns.values())
    return sa.select(*read).select_from(table).where(*conditions).limit(limit)


def _bound(resource: Resource, question: Question) -> dict[str, str]:
    """Return the values of a statement's parameters: each key in the ways that it may be written."""
    bound: dict[str, str] = {}
    for place, (name, value) in enumerate(question.keys.items()):
        field = resource.field(name)
        ways = writings(field.kind, value) if field else (value,)
        bound |= {f"key{place}_{way}": ways[min(way, len(ways) - 1)] for way in range(WRITINGS)}
    return bound


def _engine(url: str, at_once: int) -> AsyncEngine:
    if url.startswith("sqlite"):
        file = sa.make_url(url).database or ""
        return create_async_engine(
            url,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=at_once,
            max_overflow=0,
            pool_timeout=CONNECT_SECONDS,
            async_creator=partial(connect, f"file:{quote(file)}?mode=ro", pragmas=READS_ONLY),
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )
    limits = {"statement_timeout": f"{STATEMENT_SECONDS * 1000}", "default_transaction_read_only": "on"}
    return create_async_engine(
        url,
        pool_size=at_once,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        pool_pre_ping=True,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": STATEMENT_SECONDS + 1,
            "server_settings": {**limits, "application_name": "yiwang"},
        },
    )
