"""From the rating that an applicant gives to the second one and to the figures, through the routes."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.testing.builders import ManualClock
from evaluation_svc.events import read
from evaluation_svc.handlers import Evaluation, count_page, load_evaluation
from evaluation_svc.store.tallying import tallied

APPLICATION = "01900000-0000-7000-8000-00000000000a"
TAGS = {
    "status": "confirmed",
    "source": "国家政务服务平台好差评标签",
    "tags": [{"tag": "209", "level": "DISSATISFIED", "text": "未按承诺时间", "is_basic": True}],
}
CHECKS = {"tag_checks": [{"tag": "209", "name": "未按承诺时间", "check": "within_promise", "claims": "broken"}]}
LIST = "/api/v1/rectifications"
Tell = Callable[..., Awaitable[None]]
Post = Callable[..., Awaitable[Reply]]
Look = Callable[..., Awaitable[Reply]]
Step = Callable[..., Awaitable[Reply]]
Only = Callable[[], Awaitable[str]]
pytestmark = pytest.mark.usefixtures("calendar")


@pytest.fixture(autouse=True)
async def finished(tell: Tell, database: Database, clock: ManualClock) -> None:
    """Tell of a case of 公安局 that is over, decided by reviewer-1 and accepted by clerk-1."""
    async with database.unit_of_work() as work:
        await load_evaluation(work, {"rating_tags": TAGS, "rectification": CHECKS})
    await tell(read.ApplicationSubmitted, tasks=["birth_registration"])
    await tell(read.ApplicationAccepted, tasks=["birth_registration"])
    await tell(read.CaseOpened)
    await tell(read.TaskOpened)
    await tell(read.TaskDecided)
    await tell(read.CaseClosed)
    clock.set(datetime(2026, 3, 5, 1, tzinfo=UTC))


async def city(evaluation: Evaluation, database: Database) -> dict[str, int]:
    while await count_page(evaluation):
        pass
    async with database.reading() as connection:
        return (await tallied(connection, "city", "2026-03", "2026-03")).get("", {})


async def rated(post: Post) -> str:
    body = {"application_id": APPLICATION, "unit": "U09", "level": "DISSATISFIED", "channel": "MOBILE"}
    answer = await post("rater", "/api/v1/ratings", **body, tags=["209"], text="等了很久", wants_call=True)
    assert answer.status == 201, answer.json()
    return str(answer.json()["rating_id"])


async def test_a_rating_of_an_applicant_opens_the_loop_away_from_those_who_handled_the_case(
    post: Post, look: Look, only: Only
) -> None:
    await rated(post)
    whole = (await look("head", f"{LIST}/{await only()}")).json()
    assert (whole["unit"], whole["text"], whole["is_named"]) == ("U09", "等了很久", True)
    assert [(one["tag"], one["finding"]) for one in whole["findings"]] == [("209", "REFUTED")]
    assert (await look("rated", LIST)).json()["items"] == []


async def test_a_void_rating_counts_no_more(
    post: Post, step: Step, only: Only, evaluation: Evaluation, database: Database
) -> None:
    await rated(post)
    before = await city(evaluation, database)
    assert (before["bad_ratings"], before["rectifications_opened"]) == (1, 1)
    found = await only()
    await step("officer", found, "ASSIGN")
    await step("officer", found, "CONTACT", reached=True)
    filed = (await post("officer", f"{LIST}/{found}/appeals", ground="MISTAKEN", words="按期办结")).json()
    place = f"/api/v1/rating-appeals/{filed['appeal_id']}/decisions"
    assert (await post("reviewer", place, decision="VOID", reason="按期办结,系误评")).status == 201
    after = await city(evaluation, database)
    assert (after.get("bad_ratings", 0), after["ratings_voided"]) == (0, 1)
    assert after.get("rectifications_opened", 0) == 0


async def test_the_second_rating_comes_back_to_the_loop(
    post: Post, step: Step, look: Look, only: Only, evaluation: Evaluation, database: Database
) -> None:
    rating_id = await rated(post)
    found = await only()
    for action, said in (
        ("ASSIGN", {}),
        ("CONTACT", {"reached": True}),
        ("FIX_NOW", {"words": "属实"}),
        ("FIXED", {"words": "已调整人手"}),
        ("ANSWER", {"words": "已整改"}),
        ("CALL_BACK", {"reached": True, "words": "认可"}),
        ("CLOSE", {}),
    ):
        assert (await step("officer", found, action, **said)).status == 201
    second = f"/api/v1/ratings/{rating_id}/second"
    assert (await post("rater", second, level="VERY_DISSATISFIED", channel="PC")).status == 201
    whole = (await look("head", f"{LIST}/{found}")).json()
    assert (whole["state"], whole["round"]) == ("OPENED", 2)
    counted = await city(evaluation, database)
    names = ("rectifications_closed", "rectifications_on_time", "named_called_back", "ratings_second")
    assert [counted[name] for name in names] == [1, 1, 1, 1]
