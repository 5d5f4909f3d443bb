import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.data.schema import parked
from chassis.events.outbox import Event
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, clerk
from chassis.testing.client import Client, deliver
from intake_svc import store
from intake_svc.events import (
    CaseClosed,
    CaseOpened,
    DeadlineRecomputed,
    TaskCompleted,
    TaskDecided,
    TaskOpened,
    TaskTransferred,
)
from intake_svc.store.timelines import entries_of

Make = Callable[..., Awaitable[dict[str, Any]]]
CASE = "01900000-0000-7000-9000-000000000001"


@pytest.fixture
def timeline(api: Client) -> Callable[[str], Awaitable[dict[str, Any]]]:
    async def read(application_id: str) -> dict[str, Any]:
        reply = await api.get(f"/api/v1/applications/{application_id}/timeline", by=citizen())
        found: dict[str, Any] = reply.json()
        return found

    return read


@pytest.fixture
def waiting(database: Database) -> Callable[[], Awaitable[list[Any]]]:
    """Read what is parked."""

    async def read() -> list[Any]:
        async with database.reading() as connection:
            return list(await connection.execute(sa.select(parked).order_by(parked.c.version)))

    return read


def opened(application_id: str, clock: ManualClock, **overrides: Any) -> CaseOpened:
    known = {"case_id": CASE, "application_id": application_id, "tasks": 3, "promised_due": clock.now()}
    return CaseOpened(**{**known, "provisional": False, **overrides})


def task(application_id: str, key: str = "birth_certificate", unit: str = "U23") -> dict[str, str]:
    known = {"task_id": f"task-{key}", "task_key": key, "name": "签发出生医学证明", "unit": unit}
    return {"application_id": application_id, **known}


def closed(application_id: str, clock: ManualClock, outcome: str = "granted") -> CaseClosed:
    return CaseClosed(application_id=application_id, outcome=outcome, closed_at=clock.now(), elapsed_working_minutes=42)


async def test_a_step_of_her_own_is_told_with_its_time_and_way_and_stays_open_after_the_end(
    service: Service, clock: ManualClock, catalog: Any, accepted: Make, timeline: Any
) -> None:
    paying = next(task for task in catalog.guide["tasks"] if task["task_key"] == "insurance_payment")
    paying |= {"by": "APPLICANT", "help": "请在河南税务 App 缴费"}
    application_id = (await accepted())["application_id"]
    step = task(application_id, "insurance_payment", "U43") | {"name": "缴纳医保费", "by": "APPLICANT"}
    insured = task(application_id, "medical_insurance", "U30")
    events: list[Event] = [
        opened(application_id, clock, tasks=1),
        TaskOpened(**insured),
        TaskDecided(**insured, outcome="granted", not_needed=[]),
        TaskOpened(**step, promised_due=datetime(2026, 4, 1, 9, tzinfo=UTC)),
        closed(application_id, clock),
    ]
    for version, event in enumerate(events, start=1):
        await deliver(service, event, subject=CASE, version=version)
    told = await timeline(application_id)
    assert (told["state"], told["tasks_done"], told["tasks_total"]) == ("closed", 1, 1)
    assert "需要您本人完成" in told["what_next"]
    asked = told["entries"][-2]
    assert (asked["kind"], asked["task_key"], asked["unit"]) == ("step_opened", "insurance_payment", "")
    assert asked["text"] == "请您完成:缴纳医保费,请于 2026 年 4 月 1 日前(含当日)办理。请在河南税务 App 缴费"
    over = {"task_id": step["task_id"], "task_key": "insurance_payment", "name": "缴纳医保费", "unit": "U99"}
    moved = TaskTransferred(application_id=application_id, **over, from_unit="U43")
    await deliver(service, moved, subject=CASE, version=len(events) + 1)
    assert (await timeline(application_id))["entries"] == told["entries"], "no unit works on what she does herself"
    done = TaskCompleted(application_id=application_id, task_key="insurance_payment", name="缴纳医保费")
    await deliver(service, done, subject=CASE, version=len(events) + 2)
    told = await timeline(application_id)
    assert (told["state"], told["tasks_done"], told["what_next"]) == ("closed", 1, "已办结")
    assert told["entries"][-1]["text"] == "您已完成:缴纳医保费"


async def test_a_step_that_a_refusal_made_needless_counts_among_no_units_tasks(
    service: Service, clock: ManualClock, catalog: Any, accepted: Make, timeline: Any
) -> None:
    next(one for one in catalog.guide["tasks"] if one["task_key"] == "insurance_payment")["by"] = "APPLICANT"
    application_id = (await accepted())["application_id"]
    refused = TaskDecided(
        **task(application_id, "medical_insurance", "U30"), outcome="refused", not_needed=["insurance_payment"]
    )
    events: list[Event] = [opened(application_id, clock), refused]
    for version, event in enumerate(events, start=1):
        await deliver(service, event, subject=CASE, version=version)
    told = await timeline(application_id)
    assert told["tasks_done"] == 1
    assert "因此不再办理" in told["entries"][-1]["text"]


async def test_the_case_becomes_the_applicants_timeline_each_event_once(
    service: Service, clock: ManualClock, accepted: Make, timeline: Any
) -> None:
    application_id = (await accepted())["application_id"]
    events: list[Event] = [
        opened(application_id, clock, provisional=True),
        TaskOpened(**task(application_id)),
        TaskDecided(**task(application_id), outcome="granted", not_needed=[]),
        TaskOpened(**task(application_id, "birth_registration", "U09")),
        TaskDecided(**task(application_id, "birth_registration", "U09"), outcome="refused", not_needed=["card"]),
        closed(application_id, clock, "partly_granted"),
    ]
    for version, event in enumerate(events, start=1):
        clock.advance(minutes=1)
        for _ in range(2):
            await deliver(service, event, subject=CASE, version=version)
    told = await timeline(application_id)
    assert [entry["kind"] for entry in told["entries"]] == [
        "submitted",
        "accepted",
        "case_opened",
        "task_opened",
        "task_granted",
        "task_opened",
        "task_refused",
        "closed",
    ]
    assert told["entries"][3]["text"] == "郑州市卫生健康委员会开始办理:签发出生医学证明"
    assert (told["entries"][6]["unit"], told["entries"][6]["task_key"]) == ("U09", "birth_registration")
    assert [entry["at"] for entry in told["entries"]] == sorted(entry["at"] for entry in told["entries"])
    assert (told["state"], told["outcome"], told["provisional"]) == ("closed", "partly_granted", True)
    assert (told["tasks_done"], told["tasks_total"], told["elapsed_working_minutes"]) == (3, 3, 42)
    assert told["expected_finish"] == "2026-03-02T01:30:00Z"


async def test_the_applicant_sees_how_far_it_is_while_it_is_under_way(
    service: Service, clock: ManualClock, accepted: Make, timeline: Any
) -> None:
    application_id = (await accepted())["application_id"]
    assert (await timeline(application_id))["expected_finish"] is None
    await deliver(service, opened(application_id, clock), subject=CASE, version=1)
    await deliver(service, TaskOpened(**task(application_id)), subject=CASE, version=2)
    decided = TaskDecided(**task(application_id), outcome="granted", not_needed=[])
    await deliver(service, decided, subject=CASE, version=3)
    told = await timeline(application_id)
    assert (told["state"], told["tasks_done"], told["tasks_total"]) == ("accepted", 1, 3)
    assert told["expected_finish"] is not None
    assert told["what_next"] == "各部门正在并联办理"


async def test_an_event_of_an_unknown_application_waits_and_has_its_effect_later(
    service: Service, clock: ManualClock, accepted: Make, waiting: Any, database: Database, timeline: Any
) -> None:
    known, late = (await accepted())["application_id"], "01900000-0000-7000-9000-00000000000f"
    await deliver(service, opened(late, clock), subject=CASE, version=1)
    await deliver(service, TaskOpened(**task(late)), subject=CASE, version=2)
    first, second = await waiting()
    assert (first.state, first.reason) == ("waiting", f"ApplicationUnknown: {late}")
    assert second.state == "waiting"
    async with database.unit_of_work() as work:
        row = await store.find_application(work.connection, known, subject="citizen-1")
        assert row is not None
        copy = {**row._asdict(), "application_id": late, "application_number": "late", "guide": ""}
        store.add_application(work, copy, [])
    assert service.consumer is not None
    for _ in range(2):
        clock.advance(minutes=5)
        await service.consumer.retry_due()
    assert await waiting() == []
    async with database.reading() as connection:
        kinds = [entry.kind for entry in await entries_of(connection, late)]
    assert kinds == ["case_opened", "task_opened"]


async def test_a_case_cannot_end_what_was_never_accepted(
    service: Service, clock: ManualClock, submitted: Make, waiting: Any, timeline: Any
) -> None:
    application_id = (await submitted())["application_id"]
    await deliver(service, closed(application_id, clock), subject=CASE, version=1)
    (row,) = await waiting()
    assert row.reason.startswith("NotAccepted: ")
    told = await timeline(application_id)
    assert (told["state"], len(told["entries"])) == ("submitted", 1)


async def test_another_cases_events_go_on_while_one_waits(
    service: Service, clock: ManualClock, accepted: Make, timeline: Any
) -> None:
    application_id = (await accepted())["application_id"]
    unknown = opened("01900000-0000-7000-9000-00000000000f", clock)
    await deliver(service, unknown, subject="case-of-no-one", version=1)
    await deliver(service, opened(application_id, clock), subject=CASE, version=1)
    assert (await timeline(application_id))["tasks_total"] == 3


async def test_events_at_once_are_counted_and_told_one_after_another(
    service: Service, accepted: Make, timeline: Any, waiting: Any
) -> None:
    application_id = (await accepted())["application_id"]
    decided = TaskDecided(**task(application_id), outcome="granted", not_needed=[])
    await asyncio.gather(*(deliver(service, decided, subject=f"case-{n}", version=1) for n in range(10)))
    told = await timeline(application_id)
    assert await waiting() == []
    assert told["tasks_done"] == 10
    assert [entry["kind"] for entry in told["entries"]][2:] == ["task_granted"] * 10


async def test_an_unknown_unit_is_told_by_its_code(
    service: Service, clock: ManualClock, accepted: Make, timeline: Any
) -> None:
    application_id = (await accepted())["application_id"]
    await deliver(service, TaskOpened(**task(application_id, unit="U56")), subject=CASE, version=1)
    assert (await timeline(application_id))["entries"][-1]["text"].startswith("U56开始办理")


async def test_the_clerk_of_the_lead_unit_reads_the_timeline_too(api: Client, accepted: Make) -> None:
    application_id = (await accepted())["application_id"]
    reply = await api.get(f"/api/v1/applications/{application_id}/timeline", by=clerk())
    assert [entry["text"] for entry in reply.json()["entries"]] == [
        "您已提交申请,等待窗口受理",
        "郑州市卫生健康委员会窗口已受理",
    ]


def anew(old: datetime, new: datetime, **overrides: Any) -> dict[str, Any]:
    """Return what is told of a due time that was reckoned anew."""
    known = {"cause": "2027年放假安排公布", "old_promised_due": old, "promised_due": new, "provisional": False}
    return {**known, **overrides}


JANUARY_4, JANUARY_5 = (datetime(2027, 1, day, 9, tzinfo=UTC) for day in (4, 5))


async def test_an_applicant_reads_the_new_expected_finish_and_why_once_when_the_days_off_are_published(
    service: Service, clock: ManualClock, accepted: Make, timeline: Any
) -> None:
    application_id = (await accepted())["application_id"]
    await deliver(
        service, opened(application_id, clock, promised_due=JANUARY_4, provisional=True), subject=CASE, version=1
    )
    event = DeadlineRecomputed(application_id=application_id, **anew(JANUARY_4, JANUARY_5))
    for _ in range(2):
        await deliver(service, event, subject=CASE, version=2)
    told = await timeline(application_id)
    assert [(one["kind"], one["text"]) for one in told["entries"]][3:] == [
        ("deadline_recomputed", "因2027年放假安排公布,预计办结时间由2027年1月4日改为2027年1月5日")
    ]
    assert (told["expected_finish"], told["provisional"]) == ("2027-01-05T09:00:00Z", False)


async def test_an_applicant_reads_no_line_when_the_day_stays_or_only_a_task_has_another(
    service: Service, clock: ManualClock, accepted: Make, timeline: Any
) -> None:
    application_id = (await accepted())["application_id"]
    await deliver(
        service, opened(application_id, clock, promised_due=JANUARY_4, provisional=True), subject=CASE, version=1
    )
    of_task = anew(JANUARY_4, JANUARY_5, task_key="birth_certificate")
    for version, facts in enumerate((of_task, anew(JANUARY_4, JANUARY_4)), start=2):
        event = DeadlineRecomputed(application_id=application_id, **facts)
        await deliver(service, event, subject=CASE, version=version)
    told = await timeline(application_id)
    assert [one["kind"] for one in told["entries"]] == ["submitted", "accepted", "case_opened"]
    assert (told["expected_finish"], told["provisional"]) == ("2027-01-04T09:00:00Z", False)
