"""Every list and look-up among many rows walks its index on both databases, before anything was analysed and after."""

import inspect
from collections.abc import Iterator
from functools import partial
from types import ModuleType

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.testing.plans import Plan, plans_of
from chassis.testing.plugin import OpenDatabase
from lists import ASKED_OTHERWISE, FILLS, GROWING, STORES, Look

ROWS = {"sqlite": 300, "postgresql": 20_000}
"""SQLite plans by the schema alone; PostgreSQL by how large the tables are, which it sees without being told."""


def wrong(look: Look, plans: list[Plan], dialect: str) -> Iterator[str]:
    """Say what of a question's plans is not as its row in the table says.

    Which of two indexes PostgreSQL prefers depends on guesses while a table is small: there it may not scan or sort.
    """
    walked = frozenset[str]().union(*(plan.indexes for plan in plans))
    for wanted in look.indexes if dialect == "sqlite" else ():
        if walked.isdisjoint(wanted.split("|")):
            yield f"{look.name}: {wanted} is not walked but {sorted(walked)}"
    for plan in plans:
        if plan.scanned & GROWING:
            yield f"{look.name}: scans {sorted(plan.scanned & GROWING)}\n{plan.words}"
        if plan.sorts and not look.sorts:
            yield f"{look.name}: sorts\n{plan.words}"


async def held(database: Database, looks: Iterator[Look]) -> list[str]:
    """Return all that is wrong."""
    found: list[str] = []
    for look in looks:
        async with database.unit_of_work() as work:  # some lock what they find
            plans = await plans_of(work.connection, look.ask, sorts=look.sorts)
            found += wrong(look, plans, database.dialect)
    return found


@pytest.mark.parametrize("package", FILLS)
async def test_what_is_found_among_many_rows_walks_its_index(package: str, open_database: OpenDatabase) -> None:
    database = await open_database(package)
    fill, looks = FILLS[package]
    count = ROWS[database.dialect]
    async with database.unit_of_work() as work:
        await fill(work.connection, count)
    assert await held(database, looks(count)) == []
    if database.dialect == "sqlite":
        async with database.unit_of_work() as work:
            await work.connection.execute(sa.text("ANALYZE"))
        assert await held(database, looks(count)) == []


def finders(store: ModuleType) -> Iterator[str]:
    """Name the functions of a store that find several rows, or tell whether there are any."""
    rows = ("list[", "dict[", "set[")
    for name, function in inspect.getmembers(store, inspect.iscoroutinefunction):
        told = str(inspect.signature(function).return_annotation)
        several = (told.startswith(rows) and not told.endswith("None")) or name.startswith(("any_", "count_"))
        if function.__module__ == store.__name__ and several and not name.startswith("_"):
            yield name


def test_every_list_and_search_says_by_which_index_it_is_found() -> None:
    asked = {
        getattr(look.ask.func, "__name__", "") if isinstance(look.ask, partial) else look.ask.__name__
        for _, looks in FILLS.values()
        for look in looks(100)
    }
    missing = {f"{store.__name__}.{name}" for store in STORES for name in finders(store) if name not in asked}
    assert missing == set(ASKED_OTHERWISE), "a list needs its row in tests/lists.py"
