"""A new calendar: what it changes is reckoned anew with a new derivation, what it does not touch stays (F22)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from chassis.data import audit
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.client import appended
from chassis.worktime import WorkTime
from structlog.testing import capture_logs
from workflow_svc import store
from workflow_svc.handlers import reckon_page
from workflow_svc.handlers.clocks import start_of, task_clocks
from workflow_svc.handlers.reckon import CASES_AT_ONCE
from workflow_svc.store import learned

Tasks = Callable[[str], Awaitable[dict[str, store.Record]]]
Accept = Callable[..., Awaitable[str]]
Read = Callable[[str], Awaitable[Any]]
Decide = Callable[..., Awaitable[Reply]]
Calendar = Callable[..., Awaitable[None]]
Pages = Callable[[], Awaitable[int]]
Audited = Callable[[], Awaitable[list[Any]]]
OFF_2026 = {f"2026-{day}": "节" for day in ("04-04", "04-05", "04-06", "05-01", "05-02", "05-03", "05-04", "05-05")}
OFFICE = {"default": [["09:00", "12:00"], ["13:00", "17:00"]], "units": {}}
CLOSED = {"2026-03-03": "停业", "2026-03-04": "停业"}


async def history(database: Database, subject: str, kind: str = "promised") -> list[Any]:
    query = store.deadlines.select().where(store.deadlines.c.subject == subject, store.deadlines.c.kind == kind)
    async with database.reading() as connection:
        return list(await connection.execute(query.order_by(store.deadlines.c.number)))


async def test_open_tasks_and_the_case_are_reckoned_anew_and_the_old_derivations_stay(
    city: None, accept: Accept, tasks: Tasks, case: Read, calendar: Calendar, database: Database, audited: Audited
) -> None:
    case_id = await accept()
    before = await case(case_id)
    await calendar(2, off=CLOSED)
    certificate = (await tasks(case_id))["certificate"]
    assert certificate["promised_due"] == datetime(2026, 3, 5, 9, tzinfo=UTC)
    after = await case(case_id)
    assert after.promised_due > before.promised_due
    for subject, due in ((certificate["task_id"], certificate["promised_due"]), (case_id, after.promised_due)):
        rows = await history(database, subject)
        assert [(row.number, row.cause) for row in rows] == [(1, "opened"), (2, "calendar 2026-2")]
        assert rows[1].due_at == due
        assert rows[0].due_at < due
    told = [row for row in await audited() if row.action == "deadline.recomputed"]
    assert {(row.actor, row.subject) for row in told} == {("workflow", case_id), ("workflow", certificate["task_id"])}
    assert (await audit.verify(database)).broken_at is None


async def test_clocks_start_under_the_newest_calendar_in_whatever_order_they_came(
    calendar: Calendar, matter: Calendar, accept: Accept, tasks: Tasks, case: Read
) -> None:
    await matter()
    await calendar(2, off=CLOSED, reckoned=False)
    await calendar(1, reckoned=False)
    case_id = await accept()
    assert (await tasks(case_id))["certificate"]["promised_due"] == datetime(2026, 3, 5, 9, tzinfo=UTC)
    assert (await case(case_id)).reckoned_under == 2


async def test_a_calendar_that_touches_no_clock_changes_nothing(
    city: None, accept: Accept, tasks: Tasks, case: Read, calendar: Calendar, database: Database, audited: Audited
) -> None:
    case_id = await accept()

    async def known() -> tuple[Any, ...]:
        row = (await case(case_id))._asdict()
        return await tasks(case_id), {**row, "reckoned_under": None}, await audited()

    before = await known()
    await calendar(2, work={"2026-05-09": "劳动节", "2026-10-10": "国庆节"})
    assert await known() == before
    assert len(await history(database, case_id)) == 1


async def test_a_changed_reason_is_stored_even_when_the_due_time_stays(
    city: None, accept: Accept, tasks: Tasks, calendar: Calendar, database: Database
) -> None:
    case_id = await accept(at=datetime(2026, 3, 6, 2, tzinfo=UTC))
    task = (await tasks(case_id))["certificate"]
    await calendar(2, off={"2026-03-07": "调休"})
    rows = await history(database, task["task_id"])
    assert [row.due_at for row in rows] == [task["promised_due"]] * 2
    assert "调休放假" in str(rows[1].derivation)


async def test_a_year_that_is_published_makes_its_clocks_firm(
    city: None, accept: Accept, tasks: Tasks, case: Read, calendar: Calendar
) -> None:
    case_id = await accept(at=datetime(2026, 12, 31, 2, tzinfo=UTC))
    task = (await tasks(case_id))["certificate"]
    assert (task["provisional"], task["promised_due"]) == (True, datetime(2027, 1, 4, 9, tzinfo=UTC))
    await calendar(2, years=[2026, 2027], off={"2027-01-04": "元旦"})
    task = (await tasks(case_id))["certificate"]
    assert (task["provisional"], task["promised_due"]) == (False, datetime(2027, 1, 5, 9, tzinfo=UTC))
    assert not (await case(case_id)).provisional


async def test_decided_tasks_and_closed_cases_keep_the_times_they_were_decided_under(
    city: None, accept: Accept, decide: Decide, tasks: Tasks, case: Read, calendar: Calendar
) -> None:
    closed, under_way = await accept(), await accept()
    await decide(closed, "certificate", "refuse")
    await decide(under_way, "certificate")
    kept = (await case(closed), await tasks(closed), (await tasks(under_way))["certificate"])
    await calendar(2, off=CLOSED)
    assert (await case(closed), await tasks(closed), (await tasks(under_way))["certificate"]) == kept
    assert (await tasks(under_way))["registration"]["promised_due"] == datetime(2026, 3, 6, 9, tzinfo=UTC)


async def test_what_opens_later_uses_the_newest_calendar(
    city: None, accept: Accept, decide: Decide, tasks: Tasks, calendar: Calendar
) -> None:
    case_id = await accept()
    await calendar(2, off=CLOSED)
    await decide(case_id, "certificate")
    assert (await tasks(case_id))["registration"]["promised_due"] == datetime(2026, 3, 6, 9, tzinfo=UTC)


async def test_what_opens_goes_by_a_calendar_that_another_process_stored(
    city: None, accept: Accept, decide: Decide, tasks: Tasks, database: Database
) -> None:
    case_id = await accept()
    newer = {"region": "410100", "calendar_version": "2026-2", "years": [2026], "off": CLOSED, "work": {}}
    async with database.unit_of_work() as work:
        await learned.save_calendar(work.connection, 2, {**newer, "office_hours": OFFICE})
    assert (await decide(case_id, "certificate")).status == 201
    assert (await tasks(case_id))["registration"]["promised_due"] == datetime(2026, 3, 6, 9, tzinfo=UTC)
    assert (await tasks(await accept()))["certificate"]["promised_due"] == datetime(2026, 3, 5, 9, tzinfo=UTC)


async def test_changed_office_hours_move_the_due_times_of_that_unit(
    city: None, accept: Accept, tasks: Tasks, calendar: Calendar
) -> None:
    case_id = await accept()
    office = {"default": [["09:00", "12:00"], ["13:00", "17:00"]], "units": {"U23": [["09:00", "16:00"]]}}
    await calendar(2, office_hours=office)
    assert (await tasks(case_id))["certificate"]["promised_due"] == datetime(2026, 3, 3, 8, tzinfo=UTC)


async def test_more_cases_than_are_reckoned_at_once_are_all_reckoned(
    city: None, accept: Accept, calendar: Calendar, service: Service, database: Database
) -> None:
    for _ in range(2 * CASES_AT_ONCE + 5):
        await accept("certificate")
    before = len(await appended(database))
    await calendar(2, off=CLOSED)
    async with database.reading() as connection:
        dues = {row.promised_due for row in await connection.execute(store.cases.select())}
        open_dues = {row.promised_due for row in await connection.execute(store.tasks.select())}
    assert dues == open_dues == {datetime(2026, 3, 5, 9, tzinfo=UTC)}
    assert (
        len(await appended(database, "workflow.deadline.recomputed"))
        == len(await appended(database)) - before
        == before
    )


async def dues(database: Database) -> set[datetime]:
    async with database.reading() as connection:
        return {row.promised_due for row in await connection.execute(store.tasks.select())}


async def test_the_event_only_stores_the_calendar_and_touches_no_case(
    city: None, accept: Accept, calendar: Calendar, database: Database
) -> None:
    case_id = await accept("certificate")
    if database.dialect == "postgresql":  # a decision holds the case meanwhile
        async with database.unit_of_work() as work:
            await work.connection.execute(
                store.cases.select().where(store.cases.c.case_id == case_id).with_for_update()
            )
            await calendar(2, reckoned=False, off=CLOSED)
    else:
        await calendar(2, reckoned=False, off=CLOSED)
    assert await dues(database) == {datetime(2026, 3, 3, 9, tzinfo=UTC)}
    async with database.reading() as connection:
        assert await learned.newest_calendar(connection) == 2


async def test_a_decision_goes_through_between_pages_and_every_case_ends_on_the_newest_of_two_calendars(
    city: None, accept: Accept, decide: Decide, calendar: Calendar, service: Service, database: Database, reckon: Pages
) -> None:
    made = [await accept("certificate", "registration") for _ in range(CASES_AT_ONCE + 3)]
    await calendar(2, reckoned=False, off={"2026-03-03": "停业"})
    assert await reckon_page(service.api.state.collaborators) == CASES_AT_ONCE
    assert (await decide(made[0], "certificate")).status == 201  # behind or not, it is decided
    assert (await decide(made[-1], "certificate")).status == 201
    await calendar(3, reckoned=False, off=CLOSED)
    await accept("certificate")
    assert await reckon_page(service.api.state.collaborators) == CASES_AT_ONCE
    assert await reckon() == 3
    assert await reckon() == 0
    async with database.reading() as connection:
        rows = list(await connection.execute(store.tasks.select().where(store.tasks.c.state == "open")))
        times = WorkTime.from_json(await learned.find_calendar(connection, 3) or {})
    assert len(rows) == CASES_AT_ONCE + 4
    assert all(
        row.promised_due == task_clocks(times, start_of(row._asdict(), row.opened_at, None), row._asdict()).promised.at
        for row in rows
    )


async def test_a_page_leaves_out_what_a_decision_holds_and_two_processes_take_different_cases(
    city: None, accept: Accept, calendar: Calendar, service: Service, database: Database, reckon: Pages
) -> None:
    made = [await accept("certificate") for _ in range(5)]
    await calendar(2, reckoned=False, off=CLOSED)
    if database.dialect == "postgresql":
        async with asyncio.timeout(60), database.unit_of_work() as work:
            held = store.cases.select().where(store.cases.c.case_id.in_(made[:2])).with_for_update()
            await work.connection.execute(held)
            assert await reckon() == 3
    moved = await asyncio.gather(reckon(), reckon())
    assert sum(moved) == (2 if database.dialect == "postgresql" else 5)
    assert await dues(database) == {datetime(2026, 3, 5, 9, tzinfo=UTC)}


async def test_the_running_service_reckons_by_itself(
    city: None, accept: Accept, calendar: Calendar, service: Service, database: Database
) -> None:
    await accept("certificate")
    await calendar(2, reckoned=False, off=CLOSED)
    async with asyncio.timeout(60), service.running():
        while await dues(database) != {datetime(2026, 3, 5, 9, tzinfo=UTC)}:
            await asyncio.sleep(0.05)


async def test_a_case_that_cannot_be_reckoned_holds_up_no_other_and_is_tried_again_with_the_next_calendar(
    city: None, accept: Accept, calendar: Calendar, database: Database, reckon: Pages, audited: Audited
) -> None:
    made = [await accept("certificate") for _ in range(CASES_AT_ONCE + 3)]
    bad = sorted(made)[2]
    mine = store.tasks.update().where(store.tasks.c.case_id == bad)
    async with database.unit_of_work() as work:
        sound = (await work.connection.execute(store.tasks.select().where(store.tasks.c.case_id == bad))).one()
        await work.connection.execute(mine.values(promise={"amount": 1, "unit": "FORTNIGHT"}))
    await calendar(2, reckoned=False, off=CLOSED)
    with capture_logs() as entries:
        assert await reckon() == len(made)
    assert [entry["case_id"] for entry in entries if entry["event"] == "case_not_reckoned"] == [bad]
    assert [row.subject for row in await audited() if row.action == "deadline.not_recomputed"] == [bad]
    first, second = datetime(2026, 3, 3, 9, tzinfo=UTC), datetime(2026, 3, 5, 9, tzinfo=UTC)
    async with database.reading() as connection:
        rows = {row.case_id: row.promised_due for row in await connection.execute(store.tasks.select())}
    assert rows == {case_id: first if case_id == bad else second for case_id in made}
    assert await reckon() == 0
    async with database.unit_of_work() as work:
        await work.connection.execute(mine.values(promise=sound.promise))
    await calendar(3, off=CLOSED)
    assert await dues(database) == {second}


async def told(database: Database) -> list[dict[str, Any]]:
    return [one["data"] for one in await appended(database, "workflow.deadline.recomputed")]


async def test_readers_are_told_the_old_and_the_new_due_times_of_the_case_and_of_its_tasks_and_why(
    city: None, accept: Accept, calendar: Calendar, case: Read, database: Database
) -> None:
    case_id = await accept(at=datetime(2026, 12, 31, 2, tzinfo=UTC), tasks=["certificate"])
    await calendar(2, years=[2026, 2027], off={**OFF_2026, "2027-01-04": "元旦"})
    of_case, of_task = await told(database)
    assert (of_case["task_key"], of_task["task_key"]) == (None, "certificate")
    for one in (of_case, of_task):
        assert (one["old_promised_due"], one["promised_due"]) == ("2027-01-04T09:00:00Z", "2027-01-05T09:00:00Z")
        assert (one["cause"], one["calendar_version"]) == ("2027年放假安排公布", "2026-2")
        assert (one["case_id"], one["provisional"]) == (case_id, False)
    events = [one for one in await appended(database) if one["subject"] == case_id]
    assert [one["aggregateversion"] for one in events] == [1, 2, 3, 4] == [*range(1, (await case(case_id)).version + 1)]


async def test_readers_are_told_that_a_due_time_is_certain_now_though_it_stays(
    city: None, accept: Accept, calendar: Calendar, database: Database
) -> None:
    await accept(at=datetime(2026, 12, 31, 2, tzinfo=UTC), tasks=["certificate"])
    await calendar(2, years=[2026, 2027])
    assert {(one["old_promised_due"] == one["promised_due"], one["provisional"]) for one in await told(database)} == {
        (True, False)
    }


async def test_readers_are_told_nothing_of_a_due_time_that_stays_for_another_reason(
    city: None, accept: Accept, calendar: Calendar, database: Database
) -> None:
    await accept(at=datetime(2026, 3, 6, 2, tzinfo=UTC), tasks=["certificate"])
    await calendar(2, off={**OFF_2026, "2026-03-07": "调休"})
    assert await told(database) == []


async def test_a_case_that_goes_on_after_being_reckoned_anew_numbers_its_events_on(
    city: None, accept: Accept, decide: Decide, calendar: Calendar, database: Database
) -> None:
    case_id = await accept()
    await calendar(2, off=CLOSED)
    assert (await decide(case_id, "certificate")).status == 201
    events = [one["aggregateversion"] for one in await appended(database) if one["subject"] == case_id]
    assert events == [*range(1, len(events) + 1)]
    reasons = {one["cause"] for one in await told(database)}
    assert reasons == {"工作日历更新(停业)"}
