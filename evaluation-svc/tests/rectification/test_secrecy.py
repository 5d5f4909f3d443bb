"""Whoever wants no call cannot be found by those whom she rated: neither by number, figures, text nor by minutes."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.testing.client import Client
from evaluation_svc.events import read
from evaluation_svc.handlers import Evaluation, load_evaluation
from evaluation_svc.store.rating_tables import ratings

LIST = "/api/v1/rectifications"
NUMBER = "410100U232026030220000019"
WRITTEN = "窗口让我跑了两次,电话13800000000"
RULES = {"tag_checks": [{"tag": "209", "name": "未按承诺时间", "check": "within_promise", "claims": "broken"}]}
Rate = Callable[..., Awaitable[str]]
Tell = Callable[..., Awaitable[None]]
Step = Callable[..., Awaitable[Reply]]
Post = Callable[..., Awaitable[Reply]]
Look = Callable[..., Awaitable[Reply]]
pytestmark = pytest.mark.usefixtures("calendar")


@pytest.fixture
def write(evaluation: Evaluation, database: Database) -> Callable[..., Awaitable[None]]:
    """Keep the text of a rating as it is kept when it is given."""

    async def written(rating_id: str, **said: Any) -> None:
        empty = {column.name: "" for column in ratings.columns}
        row = {
            **empty,
            "rating_id": rating_id,
            "rated_key": rating_id,
            "number": 1,
            "application_id": "01900000-0000-7000-8000-00000000000a",
            "visit_id": None,
            "rater_id": rating_id,
            "unit": "U09",
            "matter_code": "newborn",
            "level": "DISSATISFIED",
            "tags": ["209"],
            "text": evaluation.cipher.encrypt(WRITTEN, table="rating", column="text", row=rating_id),
            "wants_call": None,
            "is_default": False,
            "period": "2026-03",
            "rated_at": datetime(2026, 3, 2, 2, tzinfo=UTC),
            **said,
        }
        async with database.unit_of_work() as work:
            work.add(ratings, row)

    return written


@pytest.fixture
async def told(tell: Tell, database: Database) -> None:
    """Tell of a case that was decided late, under rules that check it."""
    async with database.unit_of_work() as work:
        await load_evaluation(work, {"rectification": RULES})
    await tell(read.ApplicationSubmitted, tasks=["birth_registration"])
    await tell(read.TaskOpened)
    await tell(read.TaskDecided, decided_at=datetime(2026, 3, 5, 9, 30, tzinfo=UTC))


async def opened(look: Look, who: str) -> Any:
    (summary,) = (await look("authority", LIST)).json()["items"]
    return (await look(who, f"{LIST}/{summary['rectification_id']}")).json()


@pytest.mark.usefixtures("told")
async def test_of_one_who_wants_a_call_the_unit_has_number_figures_and_text_without_personal_data(
    rate: Rate, write: Callable[..., Awaitable[None]], look: Look
) -> None:
    await write(await rate(tags=["209"], wants_call=True))
    whole = await opened(look, "head")
    assert whole["application_number"] == NUMBER
    assert "17:30" in whole["findings"][0]["text"]
    assert "跑了两次" in whole["text"]
    assert "13800000000" not in whole["text"]


@pytest.mark.usefixtures("told")
async def test_of_any_other_the_unit_has_neither_number_nor_figures_nor_text_and_the_authority_has(
    rate: Rate, write: Callable[..., Awaitable[None]], look: Look
) -> None:
    await write(await rate(tags=["209"], wants_call=None))
    whole = await opened(look, "head")
    assert (whole["application_number"], whole["text"]) == ("", "")
    assert whole["findings"][0]["finding"] == "CONFIRMED"
    assert "17:" not in whole["findings"][0]["text"]
    assert not [secret for secret in (NUMBER, "citizen-1", "跑了两次") if secret in str(whole)]
    seen = await opened(look, "authority")
    assert (seen["application_number"], "跑了两次" in seen["text"]) == (NUMBER, True)


@pytest.mark.usefixtures("told")
async def test_the_text_is_shown_where_enough_persons_rated_the_matter(
    rate: Rate, write: Callable[..., Awaitable[None]], look: Look
) -> None:
    await write(await rate(tags=["209"], wants_call=None))
    for number in range(4):
        await write(f"6b8c2f1e-0000-4000-8000-{number:012d}", text="")
    whole = await opened(look, "head")
    assert ("跑了两次" in whole["text"], whole["application_number"]) == (True, "")


@pytest.mark.usefixtures("told")
async def test_a_reviewer_of_another_unit_reads_the_text_and_the_figures_but_not_whose_case(
    rate: Rate, write: Callable[..., Awaitable[None]], look: Look, step: Step, post: Post
) -> None:
    await write(await rate(tags=["209"], wants_call=None))
    (summary,) = (await look("head", LIST)).json()["items"]
    found = summary["rectification_id"]
    await step("officer", found, "ASSIGN")
    await step("officer", found, "CONTACT", reached=False, words="请补充说明")
    filed = await post("officer", f"{LIST}/{found}/appeals", ground="MALICIOUS", words="恶意")
    assert (filed.json()["text"], "17:30" in str(filed.json()["findings"])) == ("", False)
    seen = (await look("reviewer", f"/api/v1/rating-appeals/{filed.json()['appeal_id']}")).json()
    assert "跑了两次" in seen["text"]
    assert "17:30" in seen["findings"][0]["text"]
    assert not [secret for secret in (NUMBER, "citizen-1", "13800000000") if secret in str(seen)]


async def test_everybody_reads_what_was_done_without_personal_data(
    rate: Rate, step: Step, api: Client, look: Look
) -> None:
    for number in range(5):
        await rate(application_id=f"01900000-0000-7000-8000-0000000000{number:02d}", wants_call=False)
        (summary,) = (await look("head", LIST, state="OPENED")).json()["items"]
        found = summary["rectification_id"]
        await step("officer", found, "ASSIGN")
        await step("officer", found, "CONTACT", reached=False, words="请补充说明")
        await step("officer", found, "FIX_NOW", words="属实")
        await step("officer", found, "FIXED", words="已向13800000000的申请人致歉")
        await step("officer", found, "ANSWER", words="已致歉")
        assert (await step("officer", found, "CLOSE")).status == 201
    public = (await api.get("/api/v1/published-rectifications")).json()["items"]
    assert len(public) == 5
    assert "13800000000" not in str(public)


@pytest.mark.parametrize(
    ("applicants", "wants_call", "shown"), [(4, None, ""), (5, None, "newborn"), (1, True, "newborn")]
)
async def test_a_unit_is_told_the_matter_where_enough_persons_cases_of_it_ended(
    tell: Tell, rate: Rate, look: Look, step: Step, post: Post, *, applicants: int, wants_call: bool | None, shown: str
) -> None:
    ended = datetime(2026, 3, 2, 1, tzinfo=UTC)
    for number in range(6):
        of = {"application_id": f"01900000-0000-7000-8000-00000000000{number}", "case_id": f"case-{number}"}
        await tell(read.CaseOpened, **of)
        await tell(
            read.CaseClosed, **of, lead_unit="U09", applicant_id=f"citizen-{number % applicants}", closed_at=ended
        )
    other = {"application_id": "01900000-0000-7000-8000-000000000008", "case_id": "case-8", "applicant_id": "citizen-8"}
    await tell(read.CaseClosed, **other, lead_unit="U31", units=[], closed_at=ended)
    await rate(wants_call=wants_call)
    (summary,) = (await look("head", LIST)).json()["items"]
    whole = await opened(look, "head")
    found = summary["rectification_id"]
    await step("officer", found, "ASSIGN")
    contacted = await step("officer", found, "CONTACT", reached=False, words="请补充说明")
    filed = await post("officer", f"{LIST}/{found}/appeals", ground="MALICIOUS", words="恶意")
    assert {one["matter_code"] for one in (summary, whole, contacted.json())} == {shown}
    assert (bool(whole["item"]), bool(summary["matter_name"]), bool(filed.json()["matter_name"])) == (bool(shown),) * 3
    assert (await opened(look, "authority"))["matter_code"] == "newborn"
    (own,) = (await look("rater", "/api/v1/me/rectifications")).json()["items"]
    assert own["matter_name"] == "newborn"
