"""How a database means to answer what the code asks: the statements of a call, and what each walks, scans and sorts.

Nothing need be analysed before: what is held here must hold for a database that has never seen its own statistics.
"""

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

Ask = Callable[[AsyncConnection], Awaitable[Any]]
SMALL_TABLES_WAYS = ("seqscan", "bitmapscan")
SORTING = ("sort", "incremental_sort", "hashagg", "hashjoin", "mergejoin")
"""What PostgreSQL may prefer while a table is small or unknown; without them it shows whether there is another way."""
EXPLAINED = ("SELECT", "WITH", "UPDATE", "DELETE")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a statement's plan says: which indexes it walks, which tables it scans whole, whether it sorts."""

    indexes: frozenset[str]
    scanned: frozenset[str]
    sorts: bool
    words: str


async def plans_of(connection: AsyncConnection, ask: Ask, *, sorts: bool) -> list[Plan]:
    """Return the plans of the statements that a call makes; `sorts` says that what it finds may be sorted."""
    made: list[tuple[str, Any]] = []

    def hear(*heard: Any) -> None:
        made.append((heard[2], heard[3]))

    heard_on = connection.sync_connection
    event.listen(heard_on, "before_cursor_execute", hear)
    await ask(connection)
    event.remove(heard_on, "before_cursor_execute", hear)
    if connection.dialect.name == "postgresql":
        for way in SMALL_TABLES_WAYS + (() if sorts else SORTING):
            await connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    return [await _plan(connection, *one) for one in made if one[0].startswith(EXPLAINED)]


async def _plan(connection: AsyncConnection, statement: str, parameters: Any) -> Plan:
    given = parameters[0] if isinstance(parameters, list) else parameters
    if connection.dialect.name == "sqlite":
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
        return _of_sqlite([row.detail for row in rows])
    said = (await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", given)).scalar_one()
    return _of_postgresql(json.loads(said) if isinstance(said, str) else said)


def _of_sqlite(lines: list[str]) -> Plan:
    steps = [line.split() for line in lines if line.startswith(("SEARCH ", "SCAN "))]
    by_index = [step for step in steps if "INDEX" in step]
    return Plan(
        indexes=frozenset(step[step.index("INDEX") + 1] for step in by_index),
        scanned=frozenset(_table(step[1]) for step in steps if step[0] == "SCAN" and step not in by_index),
        sorts=any("TEMP B-TREE" in line for line in lines),
        words="\n".join(lines),
    )


def _table(alias: str) -> str:
    """Return the table of a second name that SQLAlchemy gave it: `parked_1`."""
    name, _, number = alias.rpartition("_")
    return name if number.isdecimal() else alias


def _of_postgresql(said: Any) -> Plan:
    nodes = list(_nodes(said[0]["Plan"]))
    return Plan(
        indexes=frozenset(node["Index Name"] for node in nodes if "Index Name" in node),
        scanned=frozenset(node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"),
        sorts=any(node["Node Type"] in {"Sort", "Incremental Sort"} for node in nodes),
        words=json.dumps(said, ensure_ascii=False, indent=1),
    )


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)
