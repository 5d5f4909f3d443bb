"""The figures as they are counted live, page by page, and as they are built anew: the same numbers, never none."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database, UnitOfWork
from chassis.service import Service
from chassis.testing.builders import ManualClock
from chassis.testing.client import deliver
from evaluation_svc import store
from evaluation_svc.events import read
from evaluation_svc.handlers import Evaluation, count_page
from evaluation_svc.handlers.journal import About, note_own
from evaluation_svc.handlers.rebuilding import begin_rebuild, rebuild, rebuild_page, show_rebuilt
from evaluation_svc.store.generations import standing, sweep_figures
from evaluation_svc.store.journalling import append_entry
from evaluation_svc.store.tallying import tallied

MARCH = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
Tell = Callable[..., Awaitable[None]]
LEVELS = ("VERY_SATISFIED", "SATISFIED", "BASICALLY_SATISFIED", "DISSATISFIED", "VERY_DISSATISFIED")


async def counted_all(evaluation: Evaluation) -> None:
    while await count_page(evaluation):
        pass


async def city(database: Database, first: str = "2026-03", last: str = "2026-03") -> dict[str, int]:
    async with database.reading() as connection:
        return (await tallied(connection, "city", first, last)).get("", {})


async def every_row(database: Database) -> list[list[Any]]:
    """Return all rows of the generation that is shown, but for its number and the numbers of marks."""
    async with database.reading() as connection:
        current = (await standing(connection)).current
        rows = []
        for table in (store.marks, store.tallies, store.late_notes):
            columns = [column for column in table.c if column.name not in {"generation", "nth"}]
            shown = sa.select(*columns).where(table.c.generation == current, table.c.amount != 0)
            rows.append(sorted(tuple(row) for row in await connection.execute(shown)))
    return rows


def write(work: UnitOfWork, chance: Random, number: int) -> None:
    """Write something that happened to one of some cases into the journal."""
    key = f"case-{chance.randrange(12)}"
    at = MARCH + timedelta(hours=chance.randrange(2000))
    data: dict[str, Any] = {"unit": chance.choice(("U09", "U23")), "matter_code": "newborn", "region": "410105"}
    happened = chance.choice(("submitted", "closed", "rated", "rated", "voided", "item"))
    about = About.CASE
    if happened == "submitted":
        type_, data = "intake.application.submitted", {**data, "submitted_at": at.isoformat(), "channel": "ONLINE"}
    elif happened == "closed":
        type_, data = "workflow.case.closed", {**data, "closed_at": at.isoformat(), "outcome": "granted"}
    elif happened == "rated":
        rating = {"rating_id": f"r{chance.randrange(40)}", "level": chance.choice(LEVELS), "number": 1}
        type_, data = "evaluation.rating.submitted", {**data, **rating}
    elif happened == "voided":
        type_, data = "evaluation.rating.voided", {"rating_id": f"r{chance.randrange(40)}"}
    else:
        about, key, type_ = About.ITEM, f"item-{chance.randrange(5)}", "catalog.item.published"
        data = {"item": key, "unit": data["unit"], "is_applied_for": True, "online_handle_depth": chance.choice("ⅠⅢⅣ")}
        data |= {"statutory": None, "limit_scene_num": chance.randrange(3)}
    note_own(work, about, key, type_=type_, version=number, at=at, data=data)


async def happens(database: Database, clock: ManualClock, chance: Random, number: int) -> None:
    clock.advance(hours=chance.randrange(96))
    async with database.unit_of_work() as work:
        for of_batch in range(5):
            write(work, chance, 10 * number + of_batch)


async def test_what_is_told_of_a_case_is_in_the_figures(tell: Tell, evaluation: Evaluation, database: Database) -> None:
    await tell(read.ApplicationSubmitted, tasks=["birth_registration"])
    await tell(read.CaseOpened)
    assert await city(database) == {}
    await counted_all(evaluation)
    await tell(read.TaskDecided)
    await tell(read.CaseClosed)
    await counted_all(evaluation)
    assert await city(database) == {
        **dict.fromkeys(("cases", "cases_closed", "cases_granted", "cases_on_time"), 1),
        **dict.fromkeys(("tasks_decided", "tasks_granted", "tasks_on_time"), 1),
        "invitations": 1,
        "cases_working_minutes": 840,
        **dict.fromkeys(("closed_within_5_workdays", "closed_within_100_workdays"), 1),
    }
    async with database.reading() as connection:
        by_unit = await tallied(connection, "unit", "2026-03", "2026-03")
    assert by_unit["U23"]["cases"] == by_unit["U09"]["tasks_decided"] == 1
    assert "cases" not in by_unit["U09"]


async def test_a_flow_is_of_its_months_and_a_stock_of_the_end(evaluation: Evaluation, database: Database) -> None:
    said: dict[str, Any] = {"unit": "U30", "is_applied_for": True, "online_handle_depth": "Ⅳ", "statutory": None}
    async with database.unit_of_work() as work:
        for number, month in enumerate((3, 3, 5)):
            at, key = datetime(2026, month, 9, tzinfo=UTC), f"i{number}"
            told = {"item": key, **said}
            note_own(work, About.ITEM, key, type_="catalog.item.published", version=1, at=at, data=told)
            visit = {"unit": "U30"}
            note_own(work, About.CASE, key, type_="evaluation.visit.made", version=1, at=at, data=visit)
    await counted_all(evaluation)
    for first, last, online, visits in (
        ("2026-02", "2026-02", 0, 0),
        ("2026-03", "2026-03", 2, 2),
        ("2026-04", "2026-04", 2, 0),
        ("2026-04", "2026-06", 3, 1),
    ):
        told = await city(database, first, last)
        assert (told.get("items_online", 0), told.get("visits", 0)) == (online, visits)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_rebuild_gives_the_same_rows_as_counting_live(
    seed: int, evaluation: Evaluation, database: Database, clock: ManualClock
) -> None:
    chance = Random(seed)
    for number in range(40):
        await happens(database, clock, chance, number)
        if chance.random() < 0.5:
            await count_page(evaluation)
    await counted_all(evaluation)
    live = await every_row(database)
    assert all(live), "marks, tallies and notes"
    rebuilt = await rebuild(database)
    assert (rebuilt.entries, rebuilt.lost, rebuilt.gained) == (200, [], [])
    assert await every_row(database) == live
    async with database.reading() as connection:
        rows = [await connection.scalar(sa.select(sa.func.count()).where(t.c.generation == 1)) for t in TABLES]
    assert rows == [0, 0, 0]


TABLES = (store.marks, store.tallies, store.late_notes)


async def test_what_happens_during_a_rebuild_is_in_it_wherever_it_comes(
    evaluation: Evaluation, database: Database, clock: ManualClock
) -> None:
    chance = Random(7)
    for number in range(20):
        await happens(database, clock, chance, number)
    await counted_all(evaluation)
    await begin_rebuild(database)
    number = 20
    while await rebuild_page(database, entries=9):
        number += 1
        await happens(database, clock, chance, number)
        if number % 2:
            await counted_all(evaluation)
        assert await city(database, "2026-01", "2026-12")
    await counted_all(evaluation)
    while (rebuilt := await show_rebuilt(database)) is None:
        while await rebuild_page(database):
            pass
    assert (rebuilt.lost, rebuilt.gained) == ([], [])
    built = await every_row(database)
    await rebuild(database)
    assert await every_row(database) == built


async def test_a_rebuild_mends_what_somebody_changed_and_says_what_it_was(
    evaluation: Evaluation, database: Database, clock: ManualClock
) -> None:
    await happens(database, clock, Random(5), 0)
    await counted_all(evaluation)
    right = await every_row(database)
    forge = store.tallies.update().where(store.tallies.c.dimension == "city").values(amount=77)
    async with database.unit_of_work() as work:
        await work.connection.execute(forge)
    rebuilt = await rebuild(database)
    assert {row["amount"] for row in rebuilt.lost} == {77}
    assert {row["dimension"] for row in (*rebuilt.lost, *rebuilt.gained)} == {"city"}
    assert await every_row(database) == right


async def test_a_rebuild_that_was_broken_off_is_gone_on_with_or_begun_anew(
    evaluation: Evaluation, database: Database, clock: ManualClock
) -> None:
    chance = Random(9)
    for number in range(20):
        await happens(database, clock, chance, number)
    await counted_all(evaluation)
    right = await every_row(database)
    await begin_rebuild(database)
    assert await rebuild_page(database, entries=20)
    assert await every_row(database) == right, "the old figures are shown"
    rebuilt = await rebuild(database)
    assert (rebuilt.generation, rebuilt.entries, rebuilt.lost) == (2, 100, [])
    await begin_rebuild(database)
    assert await rebuild_page(database, entries=20)
    rebuilt = await rebuild(database, anew=True)
    assert (rebuilt.generation, rebuilt.entries) == (4, 100)
    assert await every_row(database) == right
    await sweep_figures(database)
    async with database.reading() as connection:
        left = {row.generation for t in TABLES for row in await connection.execute(sa.select(t.c.generation))}
    assert left == {4}


async def test_what_cannot_be_counted_holds_nothing_else_up(
    tell: Tell, evaluation: Evaluation, database: Database
) -> None:
    async with database.unit_of_work() as work:
        bad = {"closed_at": "yesterday", "outcome": "granted"}
        note_own(work, About.CASE, "bad", type_="workflow.case.closed", version=1, at=MARCH, data=bad)
    await tell(read.ApplicationSubmitted, tasks=[])
    await counted_all(evaluation)
    assert (await city(database))["cases"] == 1
    assert await count_page(evaluation) == 0


async def test_an_entry_that_commits_late_is_counted(evaluation: Evaluation, database: Database) -> None:
    """An id that sorts before what was counted long ago is found, since it is not counted."""
    made = {"unit": "U30"}
    for entry_id in ("0b", "0a"):
        async with database.unit_of_work() as work:
            told: dict[str, Any] = {"type_": "evaluation.visit.made", "version": 1, "at": MARCH, "key": entry_id}
            append_entry(work, entry_id=entry_id, kind="case", data=made, **told)
        await counted_all(evaluation)
    assert (await city(database))["visits"] == 2


async def test_two_counters_at_once_count_each_entry_once(
    evaluation: Evaluation, database: Database, clock: ManualClock
) -> None:
    for number in range(10):
        await happens(database, clock, Random(number), number)
    await asyncio.gather(*(counted_all(evaluation) for _ in range(4)))
    live = await every_row(database)
    rebuilt = await rebuild(database)
    assert (rebuilt.lost, rebuilt.gained) == ([], [])
    assert await every_row(database) == live


async def test_a_published_matter_stands_in_the_figures_and_its_tasks_stay_out_of_the_journal(
    service: Service, evaluation: Evaluation, database: Database
) -> None:
    task = {"task_key": "k", "name": "出生登记", "item": "i", "unit": "U09", "form": ["long"]}
    for version in (1, 2):
        matter = read.MatterPublished(
            matter_code="newborn", matter_version=version, name="新生儿出生", lead_unit="U23", tasks=[task]
        )
        await deliver(service, matter, subject="newborn", version=version)
    await counted_all(evaluation)
    assert await city(database) == {"matters_published": 1}
    async with database.reading() as connection:
        written = [row.data for row in await connection.execute(sa.select(store.journal.c.data))]
    assert all(set(data) == {"matter_code", "matter_version", "name", "lead_unit"} for data in written)
