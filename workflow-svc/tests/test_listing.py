"""Lists narrowed in every way, in order and without a gap; also over tasks that an older release stored."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.testing.builders import ManualClock
from workflow_svc import store
from workflow_svc.domain import TaskState
from workflow_svc.handlers import fill_page
from workflow_svc.store import listing
from workflow_svc.store.listing import CaseFilter, TaskFilter

Accept = Callable[..., Awaitable[str]]
Decide = Callable[..., Awaitable[Any]]


async def pages_of_tasks(database: Database, unit: str, wanted: TaskFilter) -> list[str]:
    found: list[store.Record] = []
    after: tuple[Any, ...] | None = None
    while True:
        async with database.reading() as connection:
            rows = await listing.list_tasks(connection, unit, wanted, after=after, size=2)
        found += rows[:2]
        if len(rows) < 3:
            return [row["task_id"] for row in found]
        last = found[-1]
        after = (last["promised_due"], last["task_id"]) if wanted.by_due else (last["task_id"],)


async def all_tasks(database: Database) -> list[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(store.tasks.select()))


async def as_an_older_release_stored(database: Database, task_ids: list[str]) -> None:
    async with database.unit_of_work() as work:
        chosen = store.tasks.update().where(store.tasks.c.task_id.in_(task_ids))
        await work.connection.execute(chosen.values(matter_code=""))


@pytest.fixture
async def twelve(
    city: None, accept: Accept, decide: Decide, clock: ManualClock, matter: Callable[..., Awaitable[None]]
) -> list[str]:
    """Have twelve cases of two matters, their tasks in every state; give those of the second matter."""
    await matter(code="other")
    others = []
    for number in range(12):
        case_id = await accept(matter_code="other" if number % 2 else "newborn")
        others += [case_id] if number % 2 else []
        if number > 3:
            await decide(case_id, "certificate", "grant" if number % 3 else "refuse")
        clock.advance(hours=7)
    return others


@pytest.mark.parametrize("state", TaskState)
async def test_a_unit_lists_its_tasks_of_a_matter_in_order_whatever_release_stored_them(
    twelve: list[str], database: Database, state: TaskState
) -> None:
    rows = await all_tasks(database)
    chosen = [row for row in rows if row.unit == "U23" and row.state == state.value and row.case_id in twelve]
    by_due = state in listing.DUE_STATES
    expected = [row.task_id for row in sorted(chosen, key=lambda row: (row.promised_due if by_due else 0, row.task_id))]
    wanted = TaskFilter(state, "other")
    assert await pages_of_tasks(database, "U23", wanted) == expected
    await as_an_older_release_stored(database, [row.task_id for row in rows[::2]])
    assert await pages_of_tasks(database, "U23", wanted) == expected
    assert await fill_page(database) == len(rows[::2])
    assert await fill_page(database) == 0
    assert await pages_of_tasks(database, "U23", wanted) == expected
    matters = {row.task_id: row.matter_code for row in await all_tasks(database)}
    assert matters == {row.task_id: "other" if row.case_id in twelve else "newborn" for row in rows}


async def test_a_number_finds_the_tasks_of_its_case_in_each_state(twelve: list[str], database: Database) -> None:
    async with database.reading() as connection:
        numbers = {row.case_id: row.application_number for row in await connection.execute(store.cases.select())}
    for row in await all_tasks(database):
        number = numbers[row.case_id]
        of_case = TaskFilter(TaskState(row.state), "", number)
        assert row.task_id in await pages_of_tasks(database, row.unit, of_case)
        for matter_code in ("other", "newborn"):
            found = await pages_of_tasks(database, row.unit, TaskFilter(TaskState(row.state), matter_code, number))
            assert (row.task_id in found) == ((matter_code == "other") == (row.case_id in twelve))


@pytest.mark.parametrize("unit", ["U23", "U09", "U30", "NONE"])
async def test_staff_list_each_case_once_that_their_unit_leads_or_has_a_task_in(
    city: None, accept: Accept, database: Database, unit: str
) -> None:
    keys = [["certificate"], ["certificate", "registration"], ["registration", "insurance", "maternity"], ["card"]]
    made = [await accept(*keys[number % 4]) for number in range(12)]
    async with database.unit_of_work() as work:
        others = store.cases.update().where(store.cases.c.case_id.in_(made[::3]))
        await work.connection.execute(others.values(lead_unit="U09"))
        mine = store.tasks.c.task_key == "maternity"
        await work.connection.execute(store.tasks.update().where(mine).values(by_applicant=True))
    async with database.reading() as connection:
        leads = {row.case_id: row.lead_unit for row in await connection.execute(store.cases.select())}
    acts = {row.case_id for row in await all_tasks(database) if row.unit == unit and not row.by_applicant}
    expected = sorted((case_id for case_id in made if leads[case_id] == unit or case_id in acts), reverse=True)
    found: list[str] = []
    while True:
        async with database.reading() as connection:
            wanted = CaseFilter("reviewer-1", unit)
            rows = await listing.list_cases(connection, wanted, after=found[-1] if found else "", size=2)
        found += [row["case_id"] for row in rows[:2]]
        if len(rows) < 3:
            break
    assert found == expected
