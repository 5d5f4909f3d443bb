import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.http.identity import HEADER, Principal, PrincipalSigner
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, clerk, reviewer
from chassis.testing.client import Client, audited, deliver
from chassis.testing.streams import HEARTBEAT, Reading, Told, reading
from intake_svc.events import CaseClosed, CaseOpened, TaskCompleted, TaskDecided, TaskOpened
from intake_svc.handlers import Intake
from intake_svc.handlers.watch import Pace

Make = Callable[..., Awaitable[dict[str, Any]]]
Streaming = Callable[..., AbstractAsyncContextManager[Reading]]
CASE = "01900000-0000-7000-9000-000000000001"
TASK = "01900000-0000-7000-9000-00000000000a"


def path_of(application: dict[str, Any]) -> str:
    return f"/api/v1/applications/{application['application_id']}/changes"


@pytest.fixture
def streaming(service: Service, signer: PrincipalSigner) -> Streaming:
    """Open an application's stream by a person, from a place."""

    @asynccontextmanager
    async def stream(
        application: dict[str, Any], *, by: Principal | None = None, after: int | None = None
    ) -> AsyncIterator[Reading]:
        headers = {HEADER: signer.sign(by or citizen())} | ({} if after is None else {"last-event-id": str(after)})
        async with reading(service.app, path_of(application), headers) as found:
            yield found

    return stream


@pytest.fixture
def happen(service: Service, clock: ManualClock) -> Callable[[dict[str, Any]], Awaitable[None]]:
    """Let the case of an accepted application open, and begin a task."""

    async def open_case(application: dict[str, Any]) -> None:
        own = {"application_id": application["application_id"]}
        case = CaseOpened(**own, case_id=CASE, tasks=1, promised_due=clock.now(), provisional=False)
        await deliver(service, case, subject=CASE, version=1)
        task = {"task_id": TASK, "task_key": "birth_certificate", "name": "签发出生医学证明", "unit": "U23"}
        await deliver(service, TaskOpened(**own, **task), subject=CASE, version=2)

    return open_case


@pytest.fixture
def close(service: Service, clock: ManualClock) -> Callable[[dict[str, Any]], Awaitable[None]]:
    async def close_case(application: dict[str, Any]) -> None:
        own = {"application_id": application["application_id"]}
        task = {"task_id": TASK, "task_key": "birth_certificate", "name": "签发出生医学证明", "unit": "U23"}
        await deliver(service, TaskDecided(**own, **task, outcome="granted", not_needed=[]), subject=CASE, version=3)
        ended = CaseClosed(**own, outcome="granted", closed_at=clock.now(), elapsed_working_minutes=1)
        await deliver(service, ended, subject=CASE, version=4)

    return close_case


def names(heard: list[Told]) -> list[tuple[str, int | None]]:
    return [(told.event, told.place) for told in heard]


async def test_the_applicant_is_told_the_state_and_then_each_change_until_the_end(
    intake: Intake, accepted: Make, streaming: Streaming, happen: Any, close: Any
) -> None:
    application = await accepted()
    async with streaming(application) as stream:
        first = await stream.next()
        assert first is not None
        assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert (stream.headers["cache-control"], stream.headers["x-accel-buffering"]) == ("no-store", "no")
        assert (first.event, first.place, first.data["state"]) == ("state", 2, "accepted")
        await happen(application)
        await intake.watch.look()
        heard = [await stream.next() for _ in range(3)]
        assert [told and (told.event, told.place) for told in heard] == [("change", 3), ("change", 4), ("state", 4)]
        assert heard[1] is not None
        assert heard[1].data["text"].endswith("开始办理:签发出生医学证明")
        await close(application)
        await intake.watch.look()
        rest = await stream.rest()
        assert names(rest) == [("change", 5), ("change", 6), ("state", 6), ("closed", None)]
        assert (rest[-1].data["state"], rest[-1].data["outcome"]) == ("closed", "granted")
    assert b"retry: 3000\n" in stream.body


async def test_a_reader_who_comes_again_misses_nothing_and_hears_nothing_twice(
    accepted: Make, streaming: Streaming, happen: Any
) -> None:
    application = await accepted()
    await happen(application)
    for after, expected in (
        (0, [("change", 1), ("change", 2), ("change", 3), ("change", 4), ("state", 4)]),
        (3, [("change", 4), ("state", 4)]),
        (4, [("state", 4)]),
        (99, [("state", 4)]),
    ):
        async with streaming(application, after=after) as stream:
            heard = [await stream.next() for _ in expected]
            assert [told and (told.event, told.place) for told in heard] == expected
            assert stream.heard.empty()


async def test_a_closed_application_is_told_once_and_then_there_is_nothing_to_come_for(
    accepted: Make, streaming: Streaming, happen: Any, close: Any
) -> None:
    application = await accepted()
    await happen(application)
    await close(application)
    async with streaming(application) as stream:
        assert names(await stream.rest()) == [("state", 6), ("closed", None)]
    async with streaming(application, after=4) as stream:
        assert names(await stream.rest()) == [("change", 5), ("change", 6), ("state", 6), ("closed", None)]
    async with streaming(application, after=6) as stream:
        assert (stream.status, await stream.rest()) == (204, [])


async def test_what_is_left_to_the_applicant_after_the_end_is_told_before_the_stream_ends(
    service: Service, intake: Intake, catalog: Any, accepted: Make, streaming: Streaming, happen: Any, close: Any
) -> None:
    paying = next(task for task in catalog.guide["tasks"] if task["task_key"] == "insurance_payment")
    paying["by"] = "APPLICANT"
    application = await accepted()
    own = {"application_id": application["application_id"], "task_key": "insurance_payment", "name": "缴纳医保费"}
    await happen(application)
    await close(application)
    async with streaming(application, after=6) as stream:
        first = await stream.next()
        assert first is not None
        assert (stream.status, first.event, first.data["state"]) == (200, "state", "closed")
        step = TaskOpened(**own, task_id=CASE, unit="U43", by="APPLICANT")
        await deliver(service, step, subject=CASE, version=5)
        await intake.watch.look()
        assert names([one for one in [await stream.next(), await stream.next()] if one]) == [
            ("change", 7),
            ("state", 7),
        ]
        await deliver(service, TaskCompleted(**own), subject=CASE, version=6)
        await intake.watch.look()
        assert names(await stream.rest()) == [("change", 8), ("state", 8), ("closed", None)]
    async with streaming(application, after=8) as stream:
        assert (stream.status, await stream.rest()) == (204, [])


async def test_a_step_that_a_refusal_made_needless_holds_no_stream_open(
    service: Service, clock: ManualClock, catalog: Any, accepted: Make, streaming: Streaming, happen: Any
) -> None:
    next(one for one in catalog.guide["tasks"] if one["task_key"] == "insurance_payment")["by"] = "APPLICANT"
    application = await accepted()
    own = {"application_id": application["application_id"]}
    await happen(application)
    task = {"task_key": "medical_insurance", "name": "参保登记", "unit": "U30", "not_needed": ["insurance_payment"]}
    await deliver(service, TaskDecided(**own, **task, outcome="refused"), subject=CASE, version=3)
    ended = CaseClosed(**own, outcome="refused", closed_at=clock.now(), elapsed_working_minutes=1)
    await deliver(service, ended, subject=CASE, version=4)
    async with streaming(application) as stream:
        assert names(await stream.rest()) == [("state", 6), ("closed", None)]


async def test_the_lead_units_staff_may_listen_and_nobody_else(
    accepted: Make, streaming: Streaming, api: Client, database: Database
) -> None:
    application = await accepted()
    for by in (clerk(), reviewer(unit="U23")):
        async with streaming(application, by=by) as stream:
            told = await stream.next()
            assert told is not None
            assert told.data["application_id"] == application["application_id"]
    looks = [row for row in await audited(database) if row.action == "changes.streamed"]
    assert [(row.actor, row.subject) for row in looks] == [
        (by.subject, application["application_id"]) for by in (clerk(), reviewer(unit="U23"))
    ]
    for by in (citizen("citizen-2"), clerk(unit="U09"), reviewer(unit="U09"), clerk(unit="")):
        reply = await api.get(path_of(application), by=by)
        assert (reply.status, reply.json()["code"]) == (404, "application_not_found")
    for bad in ("x", "-1", "1" * 10, "1.5", ""):
        assert (await api.get(path_of(application), by=citizen(), headers={"last-event-id": bad})).status == 422


async def test_nothing_personal_is_in_a_stream(accepted: Make, streaming: Streaming, form: dict[str, str]) -> None:
    async with streaming(await accepted(), after=0) as stream:
        for _ in range(3):
            await stream.next()
    told = stream.body.decode()
    for key in ("child_name", "mother_name", "mother_id_number", "mother_phone", "father_name", "bank_account"):
        assert form[key] not in told


async def test_a_quiet_stream_says_that_it_is_there_and_ends_in_its_time(
    intake: Intake, submitted: Make, streaming: Streaming
) -> None:
    intake.watch.pace = Pace(heartbeat=0.05, lasts=0.3)
    async with streaming(await submitted()) as stream:
        heard = [told.event for told in await stream.rest()]
    assert heard[0] == "state"
    assert 1 <= heard.count(HEARTBEAT) <= 7, "on a slow machine fewer"
    assert len(heard) == 1 + heard.count(HEARTBEAT)


async def test_one_question_serves_all_streams_and_none_is_asked_without_any(
    intake: Intake, submitted: Make, streaming: Streaming, asked: list[str]
) -> None:
    await intake.watch.look()
    assert asked == []
    first, second = await submitted(), await submitted()
    async with streaming(first) as one, streaming(first, by=clerk()) as two, streaming(second) as three:
        for each in (one, two, three):
            await each.next()
        asked.clear()
        await intake.watch.look()
        assert len([statement for statement in asked if "max(timeline.place)" in statement]) == 1
    assert intake.watch._waking == {}
    assert intake.watch._places == {}


async def test_a_stream_ends_at_once_when_its_reader_leaves_and_leaves_nothing_behind(
    intake: Intake, submitted: Make, streaming: Streaming
) -> None:
    async with streaming(await submitted()) as stream:
        await stream.next()
        assert len(intake.watch._waking) == 1
        stream.leave()
        async with asyncio.timeout(60):
            while intake.watch._waking:
                await asyncio.sleep(0.01)


async def test_a_process_keeps_so_many_streams_and_no_more(intake: Intake, submitted: Make, api: Client) -> None:
    application = await submitted()
    intake.watch._waking["other"] = {asyncio.Event() for _ in range(1000)}
    reply = await api.get(path_of(application), by=citizen())
    assert (reply.status, reply.json()["code"]) == (503, "overloaded")


async def test_the_watch_runs_beside_the_service(
    service: Service, submitted: Make, streaming: Streaming, happen: Any, accepted: Make
) -> None:
    assert "watch" in service.works
    intake: Intake = service.api.state.collaborators
    intake.watch.pace = Pace(look=0.01)
    running: asyncio.Task[None] = asyncio.create_task(service.works["watch"]())  # type: ignore[arg-type]  # a coroutine
    try:
        application = await accepted()
        async with streaming(application) as stream:
            await stream.next()
            await happen(application)
            heard = [await stream.next(), await stream.next()]
            assert {told.event for told in heard if told} <= {"change", "state"}
    finally:
        running.cancel()
