"""A task's due time is warned of once and told overdue once: never early, whoever works and whatever is killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import ManualClock
from chassis.testing.client import appended
from workflow_svc import app, store
from workflow_svc.events import LimitRead, TaskRead
from workflow_svc.handlers import Workflow, deadline_page, reckon_page, time_page, transfer_page
from workflow_svc.settings import WorkflowSettings
from workflow_svc.store import timing

Tasks = Callable[[str], Awaitable[dict[str, store.Record]]]
Accept = Callable[..., Awaitable[str]]
Decide = Callable[..., Awaitable[Reply]]
Calendar = Callable[..., Awaitable[None]]
Tell = Callable[[], Awaitable[int]]
Told = Callable[[], Awaitable[list[tuple[str, str, str]]]]
SECOND = timedelta(seconds=1)
MONDAY = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
"""2026-03-02, 09:30 in Zhengzhou."""
DUE = datetime(2026, 3, 5, 9, tzinfo=UTC)
"""Thursday, when the office closes."""
WARNS = datetime(2026, 3, 4, 1, tzinfo=UTC)
"""Wednesday, when it opens."""
LAW = datetime(2026, 3, 9, 9, tzinfo=UTC)


def _task(key: str, *after: str, days: int = 3, law: int | None = 5, **facts: Any) -> TaskRead:
    limit = {"promise": LimitRead(amount=days, unit="WORKDAY")}
    known = {"task_key": key, "name": key, "item": f"item-{key}", "unit": "U09", "unit_name": "单位", "after": [*after]}
    statutory = LimitRead(amount=law, unit="WORKDAY") if law else None
    return TaskRead.model_validate({**known, **limit, "statutory": statutory, "on_refusal": "SOFT"} | facts)


@pytest.fixture
async def one_task(calendar: Calendar, matter: Any, clock: ManualClock) -> None:
    """Publish a matter of one task: three working days by promise, five by law."""
    clock.set(MONDAY)
    await calendar()
    await matter(tasks=[_task("check")])


@pytest.fixture
def workflow(service: Service) -> Workflow:
    collaborators: Workflow = service.api.state.collaborators
    return collaborators


@pytest.fixture
def tell(workflow: Workflow) -> Tell:
    """Tell page after page until there is nothing to tell; return of how many cases."""

    async def all_pages() -> int:
        done = 0
        while page := await deadline_page(workflow):
            done += page
        return done

    return all_pages


@pytest.fixture
def told(database: Database) -> Told:
    """Read what was told of due times: warned or overdue, which clock, when it was due."""

    async def read() -> list[tuple[str, str, str]]:
        events = [one for one in await appended(database) if one["type"] in TOLD]
        return [(TOLD[one["type"]], one["data"]["kind"], one["data"]["due_at"]) for one in events]

    return read


TOLD = {"workflow.deadline.warned": "warned", "workflow.deadline.overdue": "overdue"}


def iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


@pytest.mark.usefixtures("one_task")
async def test_each_clock_of_a_task_warns_once_and_runs_out_once_and_never_a_second_early(
    accept: Accept, clock: ManualClock, tell: Tell, told: Told, database: Database
) -> None:
    case_id = await accept("check")
    promised, statutory = ("promised", iso(DUE)), ("statutory", iso(LAW))
    law_warns = datetime(2026, 3, 6, 1, tzinfo=UTC)
    expected: list[tuple[str, ...]] = []
    for moment, happens in (
        (WARNS - SECOND, ()),
        (WARNS, ("warned", *promised)),
        (DUE - SECOND, ()),
        (DUE, ("overdue", *promised)),
        (law_warns - SECOND, ()),
        (law_warns, ("warned", *statutory)),
        (LAW - SECOND, ()),
        (LAW, ("overdue", *statutory)),
        (LAW + timedelta(days=90), ()),
    ):
        clock.set(moment)
        assert await tell() == bool(happens)
        expected += [happens] if happens else []
        assert await told() == expected
    events = await appended(database)
    assert {one["subject"] for one in events} == {case_id}
    assert [one["aggregateversion"] for one in events] == list(range(1, len(events) + 1))


@pytest.mark.usefixtures("one_task")
async def test_what_is_told_names_task_unit_and_the_working_minutes_left_or_over(
    accept: Accept, clock: ManualClock, tell: Tell, database: Database, audited: Any
) -> None:
    await accept("check")
    clock.set(WARNS + timedelta(hours=1))
    await tell()
    clock.set(DUE + timedelta(hours=15, minutes=59))
    await tell()
    (warned,) = await appended(database, "workflow.deadline.warned")
    (over,) = await appended(database, "workflow.deadline.overdue")
    for event in (warned, over):
        facts = [event["data"][name] for name in ("task_key", "unit", "item", "units", "applicant_id")]
        assert facts == ["check", "U09", "item-check", ["U23", "U09"], "citizen-1"]
    assert (warned["data"]["working_minutes_left"], over["data"]["working_minutes_over"]) == (2 * 420 - 60, 0)
    rows = [row for row in await audited() if row.action.startswith("deadline.")]
    assert [(row.action, row.actor) for row in rows] == [
        ("deadline.warned", "workflow"),
        ("deadline.overdue", "workflow"),
    ]


@pytest.mark.usefixtures("one_task")
async def test_a_task_that_is_decided_a_second_before_is_not_overdue(
    accept: Accept, decide: Decide, clock: ManualClock, tell: Tell, told: Told, database: Database
) -> None:
    case_id = await accept("check")
    clock.set(WARNS)
    await tell()
    clock.set(DUE - SECOND)
    assert (await decide(case_id, "check")).status == 201
    clock.set(LAW + timedelta(days=30))
    assert await tell() == 0
    assert await told() == [("warned", "promised", iso(DUE))]
    async with database.reading() as connection:
        left = list(await connection.execute(timing.timers.select().where(timing.timers.c.next_at.is_not(None))))
    assert left == []


@pytest.mark.usefixtures("one_task")
async def test_a_warning_that_nobody_could_give_in_time_is_left_out_and_overdue_is_told_late(
    accept: Accept, clock: ManualClock, tell: Tell, told: Told
) -> None:
    await accept("check")
    clock.set(LAW + timedelta(days=1))
    await tell()
    assert sorted(await told()) == [("overdue", "promised", iso(DUE)), ("overdue", "statutory", iso(LAW))]


async def test_tasks_that_wait_or_are_not_needed_and_the_applicants_own_have_no_timer(
    calendar: Calendar, matter: Any, accept: Accept, decide: Decide, clock: ManualClock, tell: Tell, told: Told
) -> None:
    clock.set(MONDAY)
    await calendar()
    steps = [
        _task("first", law=None),
        _task("later", "first", law=None),
        _task("own", law=None, by="APPLICANT"),
    ]
    await matter(tasks=steps)
    case_id = await accept("first", "later", "own")
    clock.set(DUE - SECOND)
    await decide(case_id, "first", "refuse")
    clock.set(DUE + timedelta(days=60))
    assert await tell() == 0
    assert await told() == []


async def test_a_refusal_that_ends_the_matter_stops_the_timers_of_all_that_was_open(
    calendar: Calendar, matter: Any, accept: Accept, decide: Decide, clock: ManualClock, database: Database
) -> None:
    clock.set(MONDAY)
    await calendar()
    await matter(tasks=[_task("first", on_refusal="HARD"), _task("beside")])
    case_id = await accept("first", "beside")
    running = sa.select(sa.func.count()).where(timing.timers.c.next_at.is_not(None))
    for expected in (4, 0):
        async with database.reading() as connection:
            assert (await connection.execute(running)).scalar() == expected
        await decide(case_id, "first", "refuse")


@pytest.mark.usefixtures("one_task")
async def test_a_due_time_that_rests_on_a_year_without_a_notice_tells_nothing_until_it_is_firm(
    accept: Accept, clock: ManualClock, tell: Tell, told: Told, calendar: Calendar
) -> None:
    accepted = datetime(2026, 12, 30, 2, tzinfo=UTC)
    clock.set(accepted)
    await accept("check")
    clock.set(datetime(2027, 1, 20, 2, tzinfo=UTC))
    assert await tell() == 0
    await calendar(2, years=[2026, 2027], off={"2027-01-01": "元旦"})
    await tell()
    assert [(what, kind) for what, kind, _ in await told()] == [("overdue", "promised"), ("overdue", "statutory")]


@pytest.mark.usefixtures("one_task")
async def test_nothing_is_told_by_a_calendar_that_a_newer_one_has_replaced(
    accept: Accept, clock: ManualClock, tell: Tell, told: Told, calendar: Calendar, reckon: Tell
) -> None:
    await accept("check")
    clock.set(DUE)
    await calendar(2, off={"2026-03-04": "停业", "2026-03-05": "停业"}, reckoned=False)
    assert await tell() == 0
    await reckon()
    await tell()
    assert await told() == []
    clock.set(datetime(2026, 3, 6, 1, tzinfo=UTC))
    await tell()
    assert await told() == [("warned", "promised", iso(LAW))]


@pytest.mark.usefixtures("one_task")
async def test_a_due_time_that_moves_away_after_a_warning_warns_again_when_it_is_near_again(
    accept: Accept, clock: ManualClock, tell: Tell, told: Told, calendar: Calendar
) -> None:
    await accept("check")
    clock.set(WARNS)
    await tell()
    await calendar(2, off={"2026-03-03": "停业"})
    assert await tell() == 0
    later = DUE + timedelta(days=1)
    for moment in (WARNS + timedelta(days=1), later - SECOND, later):
        clock.set(moment)
        await tell()
    assert [one for one in await told() if one[1] == "promised"] == [
        ("warned", "promised", iso(DUE)),
        ("warned", "promised", iso(later)),
        ("overdue", "promised", iso(later)),
    ]


@pytest.mark.usefixtures("one_task")
async def test_a_due_time_that_moves_and_is_still_near_warns_anew_of_the_new_one(
    accept: Accept, clock: ManualClock, tell: Tell, told: Told, calendar: Calendar
) -> None:
    await accept("check")
    clock.set(WARNS)
    await tell()
    await calendar(2, off={"2026-03-05": "停业"})
    assert [await tell(), await tell()] == [1, 0]
    later = DUE + timedelta(days=1)
    assert await told() == [("warned", "promised", iso(DUE)), ("warned", "promised", iso(later))]


@pytest.mark.usefixtures("one_task")
async def test_a_task_that_was_overdue_and_is_no_longer_may_be_overdue_again(
    accept: Accept, clock: ManualClock, tell: Tell, told: Told, calendar: Calendar
) -> None:
    await accept("check")
    clock.set(DUE)
    await tell()
    await calendar(2, off={"2026-03-05": "停业"})
    later = DUE + timedelta(days=1)
    for moment in (DUE, later):
        clock.set(moment)
        await tell()
    assert [(what, due) for what, kind, due in await told() if kind == "promised"] == [
        ("overdue", iso(DUE)),
        ("warned", iso(later)),
        ("overdue", iso(later)),
    ]


@pytest.mark.usefixtures("one_task")
async def test_a_due_time_that_moves_and_stays_past_is_not_told_overdue_again(
    accept: Accept, clock: ManualClock, tell: Tell, told: Told, calendar: Calendar
) -> None:
    await accept("check")
    clock.set(DUE + timedelta(hours=1))
    await tell()
    clock.set(datetime(2026, 3, 7, 9, tzinfo=UTC))
    await calendar(2, off={"2026-03-05": "停业"})
    await tell()
    assert [one for one in await told() if one[1] == "promised"] == [("overdue", "promised", iso(DUE))]


@pytest.mark.usefixtures("one_task")
async def test_a_task_of_a_unit_that_has_ended_is_told_of_its_successor(
    service: Service, accept: Accept, clock: ManualClock, tell: Tell, database: Database, workflow: Workflow
) -> None:
    await accept("check")
    async with database.unit_of_work() as work:
        ended = {"unit_code": "U09", "version": 1, "name": "单位", "remedies": {}}
        heir = {"unit_code": "U10", "version": 1, "name": "后继", "remedies": {}, "valid_to": None, "successor": None}
        await work.connection.execute(
            store.units.insert(), [{**ended, "valid_to": MONDAY.date() + timedelta(days=1), "successor": "U10"}, heir]
        )
    clock.set(DUE)
    assert await transfer_page(workflow) == 1
    await tell()
    (over,) = await appended(database, "workflow.deadline.overdue")
    assert (over["data"]["unit"], over["data"]["due_at"]) == ("U10", iso(DUE))


@pytest.mark.usefixtures("one_task")
async def test_a_hundred_cases_are_told_once_each_by_several_processes_while_some_are_decided(
    settings_for: Callable[..., WorkflowSettings],
    service: Service,
    bus: Bus,
    database: Database,
    accept: Accept,
    decide: Decide,
    clock: ManualClock,
    tasks: Tasks,
) -> None:
    made = [await accept("check") for _ in range(100)]
    clock.set(DUE)
    other = Database.open(database.url, clock=clock, ids=database.ids, cipher=database.cipher)
    second = app.build(settings_for(WorkflowSettings), database=other, bus=bus)

    async def all_told(one: Service) -> None:
        while await deadline_page(one.api.state.collaborators):
            pass

    deciding = [decide(case_id, "check") for case_id in made[::10]]
    replies = await asyncio.gather(all_told(service), all_told(second), all_told(service), *deciding)
    for one in (service, second):  # what a decision held while the others looked
        await all_told(one)
    await other.close()
    assert [reply.status for reply in replies if isinstance(reply, Reply)] == [201] * 10
    over = [one["subject"] for one in await appended(database, "workflow.deadline.overdue")]
    assert len(over) == len(set(over))
    late = {case_id for case_id in made if (await tasks(case_id))["check"]["state"] == "open"}
    assert late <= set(over)
    for case_id in made:
        versions = [one["aggregateversion"] for one in await appended(database) if one["subject"] == case_id]
        assert versions == list(range(1, len(versions) + 1))


PROGRAM = """
import asyncio, sys
from chassis.base.clock import SystemClock
from chassis.base.crash import operation
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from workflow_svc.domain.near import Near
from workflow_svc.handlers import Workflow, deadline_page

async def main(url, key):
    operation.set("deadlines")
    cipher = FieldCipher.of(key)
    database = Database.open(url, cipher=cipher)
    await deadline_page(Workflow(database, SystemClock(), cipher, Near(1, 20)))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.usefixtures("one_task")
@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
async def test_a_process_that_is_killed_at_the_end_of_a_page_tells_nothing_or_all_and_never_twice(
    accept: Accept, told: Told, database: Database, data_key: str, tmp_path: Path, point: str
) -> None:
    for _ in range(3):
        await accept("check")
    armed = tmp_path / "armed"
    armed.write_text(f"{point}:deadlines", encoding="utf-8")
    command = [sys.executable, "-c", PROGRAM, database.url, data_key]
    environment = {**os.environ, "YIWANG_CRASH_FILE": str(armed)}
    killed = await asyncio.to_thread(subprocess.run, command, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    expected = [("overdue", "promised", iso(DUE)), ("overdue", "statutory", iso(LAW))] * 3
    assert sorted(await told()) == (sorted(expected) if point == "after_commit" else [])
    command = [sys.executable, "-c", PROGRAM, database.url, data_key]
    for _ in range(2):
        assert (await asyncio.to_thread(subprocess.run, command, check=False)).returncode == 0
    assert sorted(await told()) == sorted(expected)


async def _ids(connection: Any, case_id: str) -> list[str]:
    found = await connection.execute(sa.select(store.tasks.c.task_id).where(store.tasks.c.case_id == case_id))
    return [row.task_id for row in found]


@pytest.mark.usefixtures("one_task")
async def test_what_an_older_release_opened_gets_its_timers_and_is_told_once(
    accept: Accept, clock: ManualClock, tell: Tell, told: Told, workflow: Workflow, database: Database
) -> None:
    case_ids = [await accept("check") for _ in range(30)]
    async with database.unit_of_work() as work:
        await work.connection.execute(timing.timers.delete())
        await work.connection.execute(store.tasks.update().values(timed=False))
    clock.set(DUE)
    assert await tell() == 0
    assert [await time_page(workflow) for _ in range(3)] == [25, 5, 0]
    assert await tell() == len(case_ids)
    assert await told() == [("overdue", "promised", iso(DUE))] * len(case_ids)


@pytest.mark.usefixtures("one_task")
async def test_a_task_of_which_no_clock_is_stored_is_looked_at_once(
    accept: Accept, workflow: Workflow, database: Database
) -> None:
    await accept("check")
    async with database.unit_of_work() as work:
        for table in (timing.timers, store.deadlines):
            await work.connection.execute(table.delete())
        await work.connection.execute(store.tasks.update().values(timed=False))
    assert [await time_page(workflow) for _ in range(2)] == [1, 0]


@pytest.mark.usefixtures("one_task")
async def test_what_an_older_release_decides_or_moves_beside_this_one_is_not_told_wrongly(
    accept: Accept, clock: ManualClock, tell: Tell, told: Told, workflow: Workflow, database: Database
) -> None:
    decided, moved = await accept("check"), await accept("check")
    later = DUE + timedelta(days=1)
    async with database.unit_of_work() as work:
        await work.connection.execute(
            store.tasks.update().where(store.tasks.c.case_id == decided).values(state="granted")
        )
        await work.connection.execute(
            store.tasks.update().where(store.tasks.c.case_id == moved).values(promised_due=later)
        )
        of_task = store.deadlines.c.subject.in_(await _ids(work.connection, moved))
        (row,) = await store.rows_of(
            work.connection, store.deadlines.select().where(of_task, store.deadlines.c.kind == "promised")
        )
        derivation = {**row["derivation"], "at": later.isoformat()}
        newer = {**row, "number": 2, "due_at": later, "derivation": derivation}
        await work.connection.execute(store.deadlines.insert(), newer)
    clock.set(DUE)
    await tell()
    assert await time_page(workflow) == 1
    await tell()
    assert await told() == [("warned", "promised", iso(later))]
    clock.set(later)
    await tell()
    assert (await told())[1:] == [("warned", "statutory", iso(LAW)), ("overdue", "promised", iso(later))]
    assert await reckon_page(workflow) == 0
