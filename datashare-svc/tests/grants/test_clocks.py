"""The clocks of requests: working time by the calendar, silence, expiry, each told once and none early."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import MONDAY_MORNING, ManualClock, manager, steward
from chassis.testing.client import Client, appended, audited
from datashare_svc.domain.model import Purpose
from datashare_svc.handlers import Datashare, tend_page
from datashare_svc.handlers.grant_clocks import reckoned
from datashare_svc.store.grants import find_grant

Ask = Callable[..., Awaitable[str]]
Step = Callable[..., Awaitable[Reply]]
Tell = Callable[..., Awaitable[None]]
pytestmark = pytest.mark.usefixtures("shared")
POLICE = steward("police-1", unit="U09")


async def tend(datashare: Datashare) -> None:
    """Do all that time has brought."""
    while await tend_page(datashare):
        pass


async def clocks(api: Client, request_id: str) -> dict[str, Any]:
    """Return the clocks of a request by their names."""
    view = (await api.get(f"/api/v1/grant-requests/{request_id}", by=POLICE)).json()
    return {one["clock"]: one for one in view["clocks"]} | {"due_at": view["due_at"], "state": view["state"]}


def told(events: Sequence[dict[str, Any]]) -> list[str]:
    return [one["type"].rpartition(".")[2] for one in events]


def at(text: str) -> datetime:
    """Return a moment that is given by the clock in Shanghai."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


async def test_the_check_and_the_answer_are_due_in_working_days(
    api: Client, calendar: Tell, ask: Ask, step: Step
) -> None:
    await calendar()
    request_id = await ask()
    found = await clocks(api, request_id)
    assert found["CHECK"]["due_at"] == found["due_at"] == "2026-03-03T09:00:00Z"
    assert (found["CHECK"]["working_days"], found["CHECK"]["status"]) == (1, "proposed")
    await step(request_id, "checks")
    found = await clocks(api, request_id)
    assert found["REPLY"]["due_at"] == found["due_at"] == "2026-03-16T09:00:00Z"
    assert found["CHECK"]["ended_at"] is not None
    assert not found["CHECK"]["has_run_out"]


async def test_the_days_of_the_spring_festival_do_not_count(
    api: Client, calendar: Tell, clock: ManualClock, ask: Ask, step: Step
) -> None:
    await calendar()
    clock.set(at("2026-02-13T10:00"))  # the Friday before
    request_id = await ask()
    assert (await clocks(api, request_id))["due_at"] == "2026-02-24T09:00:00Z"
    await step(request_id, "checks")
    assert (await clocks(api, request_id))["due_at"] == "2026-03-09T09:00:00Z"


async def test_without_a_calendar_there_is_no_due_time_until_one_is_told(
    api: Client, calendar: Tell, datashare: Datashare, ask: Ask
) -> None:
    request_id = await ask()
    await tend(datashare)
    assert (await clocks(api, request_id))["due_at"] is None
    await calendar()
    await tend(datashare)
    assert (await clocks(api, request_id))["due_at"] == "2026-03-03T09:00:00Z"


async def test_a_year_without_a_notice_is_not_guessed(
    api: Client, calendar: Tell, clock: ManualClock, datashare: Datashare, ask: Ask, step: Step
) -> None:
    await calendar()
    clock.set(at("2026-12-25T10:00"))
    request_id = await ask()
    await step(request_id, "checks")
    assert (await clocks(api, request_id))["due_at"] is None
    clock.advance(days=60)
    await tend(datashare)
    assert (await clocks(api, request_id))["state"] == "COMPLETE"
    await calendar(2, years=[2026, 2027])
    await tend(datashare)
    found = await clocks(api, request_id)
    assert found["REPLY"]["due_at"] == "2027-01-11T09:00:00Z"
    assert found["state"] == "ESCALATED"


async def test_a_newer_calendar_moves_a_clock_that_runs_and_no_other(
    api: Client, calendar: Tell, datashare: Datashare, database: Database, ask: Ask, step: Step
) -> None:
    await calendar()
    running, ended = await ask(), await ask()
    await step(running, "checks")
    await step(ended, "checks")
    await step(ended, "decisions")
    await calendar(2, off={"2026-03-04": "停业"})
    await tend(datashare)
    assert (await clocks(api, running))["due_at"] == "2026-03-17T09:00:00Z"
    assert (await clocks(api, ended))["REPLY"]["due_at"] == "2026-03-16T09:00:00Z"
    moved = [row.subject for row in await audited(database) if row.action == "grant.clock_reckoned"]
    assert moved == [running]


async def test_silence_on_completeness_is_assent_and_the_answer_is_due_from_then(
    api: Client, calendar: Tell, clock: ManualClock, datashare: Datashare, ask: Ask
) -> None:
    await calendar()
    request_id = await ask()
    clock.set(at("2026-03-03T17:00") - timedelta(microseconds=1))
    await tend(datashare)
    assert (await clocks(api, request_id))["state"] == "REQUESTED"
    clock.set(at("2026-03-05T11:00"))  # the process was down meanwhile
    await tend(datashare)
    found = await clocks(api, request_id)
    assert (found["state"], found["due_at"]) == ("COMPLETE", "2026-03-17T09:00:00Z")
    assert found["CHECK"]["has_run_out"]


async def test_silence_on_the_answer_rises_to_the_authority_which_decides_in_the_providers_stead(
    api: Client, calendar: Tell, clock: ManualClock, datashare: Datashare, database: Database, ask: Ask, step: Step
) -> None:
    await calendar()
    request_id = await ask()
    await step(request_id, "checks")
    assert (await step(request_id, "decisions", by=manager())).json()["code"] == "decision_not_yours"
    clock.set(at("2026-03-16T17:00") - timedelta(microseconds=1))
    await tend(datashare)
    assert "escalated" not in told(await appended(database))
    clock.advance(microseconds=1)
    await tend(datashare)
    await tend(datashare)
    (event,) = await appended(database, "datashare.grant.escalated")
    assert event["data"]["due_at"] == "2026-03-16T09:00:00Z"
    overdue = await api.get("/api/v1/grant-requests", by=POLICE, query={"overdue": "true"})
    assert [one["request_id"] for one in overdue.json()["items"]] == [request_id]
    assert (await step(request_id, "decisions", by=POLICE)).json()["code"] == "decision_not_yours"
    assert (await step(request_id, "decisions", by=manager())).json()["state"] == "GRANTED"
    (decided,) = await appended(database, "datashare.grant.decided")
    assert decided["data"]["decided_by"] == "authority"


async def test_two_workers_let_each_clock_run_out_once(
    calendar: Tell, clock: ManualClock, datashare: Datashare, database: Database, ask: Ask
) -> None:
    await calendar()
    made = [await ask(until="2026-12-31") for _ in range(6)]
    clock.set(at("2026-06-01T10:00"))
    for _ in range(4):
        await asyncio.gather(*(tend_page(datashare) for _ in range(3)))
    for kind in ("checked", "escalated"):
        found = Counter(one["subject"] for one in await appended(database, f"datashare.grant.{kind}"))
        assert found == dict.fromkeys(made, 1)


async def test_an_expiry_is_told_once_and_changes_nothing_that_was_not_over_already(
    database: Database, clock: ManualClock, datashare: Datashare, ask: Ask, step: Step, api: Client
) -> None:
    request_id, endless = await ask(until="2026-06-30"), await ask()
    for one in (request_id, endless):
        await step(one, "decisions")
    clock.set(at("2026-07-01T00:00") - timedelta(microseconds=1))
    await tend(datashare)
    assert "expired" not in told(await appended(database))
    clock.advance(microseconds=1)
    for _ in range(2):
        await asyncio.gather(*(tend_page(datashare) for _ in range(3)))
    (event,) = await appended(database, "datashare.grant.expired")
    assert (event["subject"], event["data"]["state"]) == (request_id, "EXPIRED")
    assert (await clocks(api, request_id))["state"] == "EXPIRED"
    async with database.asking() as connection:
        found = await find_grant(
            connection,
            resource="population_register",
            matter_code="newborn",
            item="",
            unit="U23",
            purpose=Purpose.PREFILL,
            now=clock.now(),
        )
    assert found is not None
    assert found.grant_id == endless


async def test_a_grant_that_was_withdrawn_does_not_expire(
    api: Client, database: Database, clock: ManualClock, datashare: Datashare, ask: Ask, step: Step
) -> None:
    request_id = await ask(until="2026-06-30")
    await step(request_id, "decisions")
    await api.post(f"/api/v1/grants/{request_id}/withdrawals", by=POLICE, body={"reason": "r"}, key="w")
    clock.set(at("2026-07-02T00:00"))
    await tend(datashare)
    assert told(await appended(database))[-1] == "withdrawn"


async def test_the_running_service_tends_the_clocks(
    service: Service, calendar: Tell, clock: ManualClock, database: Database, ask: Ask
) -> None:
    await calendar()
    await ask()
    clock.set(at("2026-03-03T17:00"))
    async with asyncio.timeout(60), service.running():
        while "checked" not in told(await appended(database)):
            await asyncio.sleep(0)


def test_a_calendar_without_a_working_day_gives_no_due_time() -> None:
    off = {(MONDAY_MORNING + timedelta(days=day)).date().isoformat(): "停业" for day in range(800)}
    hours = {"default": [["09:00", "17:00"]], "units": {}}
    document = {"calendar_version": "x", "years": [2026], "off": off, "work": {}, "office_hours": hours}
    assert reckoned((3, document), MONDAY_MORNING, 1, "U09") == {
        "reckoned_under": 3,
        "due_at": None,
        "derivation": None,
    }
