"""A new calendar: what it changes is reckoned anew with a new derivation, what it does not touch stays (F22)."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from chassis.data import audit
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.client import appended
from workflow_svc import store

Tasks = Callable[[str], Awaitable[dict[str, store.Record]]]
Accept = Callable[..., Awaitable[str]]
Read = Callable[[str], Awaitable[Any]]
Decide = Callable[..., Awaitable[Reply]]
Calendar = Callable[..., Awaitable[None]]
Audited = Callable[[], Awaitable[list[Any]]]
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
    recomputed = {row.subject for row in await audited() if row.action == "deadline.recomputed"}
    assert recomputed == {case_id, certificate["task_id"]}
    assert (await audit.verify(database)).broken_at is None


async def test_a_calendar_that_touches_no_clock_changes_nothing(
    city: None, accept: Accept, tasks: Tasks, case: Read, calendar: Calendar, database: Database, audited: Audited
) -> None:
    case_id = await accept()
    before = (await tasks(case_id), await case(case_id), await audited())
    await calendar(2, work={"2026-05-09": "劳动节", "2026-10-10": "国庆节"})
    assert (await tasks(case_id), await case(case_id), await audited()) == before
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
    assert (task["provisional"], task["promised_due"]) == (True, datetime(2027, 1, 1, 9, tzinfo=UTC))
    await calendar(2, years=[2026, 2027], off={"2027-01-01": "元旦"})
    task = (await tasks(case_id))["certificate"]
    assert (task["provisional"], task["promised_due"]) == (False, datetime(2027, 1, 4, 9, tzinfo=UTC))
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
    for _ in range(205):
        await accept("certificate")
    told = len(await appended(database))
    await calendar(2, off=CLOSED)
    async with database.reading() as connection:
        dues = {row.promised_due for row in await connection.execute(store.cases.select())}
        open_dues = {row.promised_due for row in await connection.execute(store.tasks.select())}
    assert dues == open_dues == {datetime(2026, 3, 5, 9, tzinfo=UTC)}
    assert len(await appended(database)) == told
