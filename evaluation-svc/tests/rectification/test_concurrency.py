"""What happens at once: two officers take one step once, two reviewers decide once, a clock fires beside a step."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.testing.builders import ManualClock
from chassis.testing.client import appended
from evaluation_svc.app import CLOCKS
from evaluation_svc.handlers import Evaluation, timer_page

LIST = "/api/v1/rectifications"
Rate = Callable[..., Awaitable[str]]
Step = Callable[..., Awaitable[Reply]]
Look = Callable[..., Awaitable[Reply]]
Post = Callable[..., Awaitable[Reply]]
Only = Callable[[], Awaitable[str]]
pytestmark = pytest.mark.usefixtures("calendar")


async def test_of_many_who_assign_at_once_one_officer_does_and_the_rest_are_told(
    rate: Rate, step: Step, only: Only, look: Look
) -> None:
    await rate()
    found = await only()
    replies = await asyncio.gather(*(step("officer" if n % 2 else "second", found, "ASSIGN") for n in range(20)))
    assert Counter(reply.status for reply in replies) == {201: 1, 403: 19}
    whole = (await look("head", f"{LIST}/{found}")).json()
    assert [one["action"] for one in whole["steps"]] == ["OPEN", "ASSIGN"]
    assert whole["steps"][1]["actor"] == whole["officer"]


async def test_of_many_verdicts_at_once_one_holds(rate: Rate, step: Step, only: Only, look: Look, post: Post) -> None:
    await rate()
    found = await only()
    await step("officer", found, "ASSIGN")
    await step("officer", found, "CONTACT", reached=True)
    appeals = [post("head", f"{LIST}/{found}/appeals", ground="MISTAKEN", words="误评") for _ in range(8)]
    explained = [step("officer", found, "EXPLAIN", words="无据", basis="条例") for _ in range(8)]
    replies = await asyncio.gather(*(one for pair in zip(appeals, explained, strict=True) for one in pair))
    assert Counter(reply.status for reply in replies) == {201: 1, 409: 15}
    whole = (await look("head", f"{LIST}/{found}")).json()
    assert len(whole["steps"]) == 4


async def test_of_many_decisions_at_once_one_holds(rate: Rate, step: Step, only: Only, post: Post) -> None:
    await rate()
    found = await only()
    await step("officer", found, "ASSIGN")
    await step("officer", found, "CONTACT", reached=True)
    appeal = (await post("officer", f"{LIST}/{found}/appeals", ground="MISTAKEN", words="误评")).json()["appeal_id"]
    place = f"/api/v1/rating-appeals/{appeal}/decisions"
    replies = await asyncio.gather(
        *(post("reviewer", place, decision="VOID" if n % 2 else "UPHOLD", reason="已核") for n in range(12))
    )
    assert Counter(reply.status for reply in replies) == {201: 1, 409: 11}


async def test_a_clock_that_runs_out_beside_a_step_is_marked_once_or_not_at_all(
    rate: Rate, step: Step, evaluation: Evaluation, clock: ManualClock, database: Database, look: Look
) -> None:
    for number in range(6):
        await rate(application_id=f"01900000-0000-7000-8000-0000000000{number:02d}")
    listed = (await look("head", LIST)).json()["items"]
    clock.set(datetime(2026, 3, 2, 7, tzinfo=UTC) + timedelta(minutes=1))
    steps = [step("officer", one["rectification_id"], "ASSIGN") for one in listed]
    pages = [timer_page(evaluation, CLOCKS) for _ in range(3)]
    replies = await asyncio.gather(*steps, *pages)
    assert {reply.status for reply in replies[:6] if isinstance(reply, Reply)} == {201}
    told = Counter(one["subject"] for one in await appended(database, "evaluation.rectification.overdue"))
    after = (await look("head", LIST)).json()["items"]
    assert {one["rectification_id"]: one["overdue_count"] for one in after} == {
        one["rectification_id"]: told[one["rectification_id"]] for one in listed
    }
    assert {(one["state"], one["clock"], one["is_overdue"]) for one in after} == {("ASSIGNED", "contact", False)}
