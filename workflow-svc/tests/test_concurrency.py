"""What happens at once: the join fires once (F23), a new calendar leaves no clock behind (F22)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from chassis.data import audit
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import reviewer
from chassis.testing.client import Client, appended
from chassis.worktime import WorkTime
from workflow_svc import store
from workflow_svc.handlers.clocks import start_of, task_clocks
from workflow_svc.store import learned

Tasks = Callable[[str], Awaitable[dict[str, store.Record]]]
Accept = Callable[..., Awaitable[str]]
Read = Callable[[str], Awaitable[Any]]
Decide = Callable[..., Awaitable[Reply]]
PAIR = ("vaccination", "maternity")


async def _last_two(accept: Accept, decide: Decide) -> str:
    case_id = await accept("certificate", *PAIR)
    await decide(case_id, "certificate")
    return case_id


async def test_a_hundred_decisions_of_the_last_two_tasks_at_once_join_once(
    city: None, api: Client, accept: Accept, decide: Decide, tasks: Tasks, case: Read, service: Service
) -> None:
    case_id = await _last_two(accept, decide)
    found = await tasks(case_id)

    async def send(number: int) -> Reply:
        row = found[PAIR[number % 2]]
        who = reviewer(f"reviewer-{number}", unit=row["unit"])
        body = {"outcome": "grant"}
        return await api.post(f"/api/v1/tasks/{row['task_id']}/decisions", by=who, body=body, key=f"k{number}")

    replies = await asyncio.gather(*(send(number) for number in range(100)))
    statuses = Counter(reply.status for reply in replies)
    assert statuses == {201: 2, 409: 98}
    assert {reply.json()["code"] for reply in replies if reply.status == 409} <= {"task_not_open", "case_closed"}
    told = await appended(service.database)
    assert [one["type"] for one in told].count("workflow.case.closed") == 1
    assert [one["aggregateversion"] for one in told] == list(range(1, len(told) + 1))
    row = await case(case_id)
    assert (row.state, row.outcome, row.version) == ("closed", "granted", len(told))
    assert (await audit.verify(service.database)).broken_at is None


async def test_two_units_that_decide_the_last_tasks_in_the_same_instant_join_once_in_each_of_many_cases(
    city: None, accept: Accept, decide: Decide, case: Read, service: Service
) -> None:
    made = [await _last_two(accept, decide) for _ in range(25)]
    ways = [
        (case_id, key, "refuse" if number % 5 == 0 else "grant") for number, case_id in enumerate(made) for key in PAIR
    ]
    replies = await asyncio.gather(*(decide(*way) for way in ways))
    assert {reply.status for reply in replies} == {201}
    closed = Counter(one["subject"] for one in await appended(service.database, "workflow.case.closed"))
    assert closed == dict.fromkeys(made, 1)
    assert {(await case(case_id)).state for case_id in made} == {"closed"}


async def test_a_calendar_that_comes_amid_openings_and_decisions_leaves_no_clock_on_the_old_one(
    city: None,
    accept: Accept,
    decide: Decide,
    calendar: Callable[..., Awaitable[None]],
    reckon: Callable[[], Awaitable[int]],
    tasks: Tasks,
    database: Database,
) -> None:
    made = [await accept() for _ in range(12)]
    closed_days = {f"2026-03-{day:02d}": "停业" for day in (3, 4, 5, 6)}
    opening = [accept() for _ in range(12)]
    deciding = [decide(case_id, "certificate") for case_id in made]
    interleaved = [step for pair in zip(deciding, opening, strict=True) for step in pair]
    middle = len(interleaved) // 2
    replies = await asyncio.gather(*interleaved[:middle], calendar(2, off=closed_days), *interleaved[middle:])
    assert {reply.status for reply in replies if isinstance(reply, Reply)} == {201}
    await reckon()
    async with database.reading() as connection:
        times = WorkTime.from_json(await learned.find_calendar(connection, 2) or {})
        cases = list(await connection.execute(store.cases.select()))
    assert len(cases) == 24
    assert times.calendar.version == "2026-2"
    for row in cases:
        for task in (await tasks(row.case_id)).values():
            if task["state"] == "open":
                assert (
                    task["promised_due"]
                    == task_clocks(times, start_of(task, task["opened_at"], None), task).promised.at
                )
    assert (await audit.verify(database)).broken_at is None
