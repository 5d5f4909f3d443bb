from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.http.upstream import Reply
from evaluation_svc import store

LIST, APPEALS = "/api/v1/rectifications", "/api/v1/rating-appeals"
Rate = Callable[..., Awaitable[str]]
Step = Callable[..., Awaitable[Reply]]
Look = Callable[..., Awaitable[Reply]]
Post = Callable[..., Awaitable[Reply]]
Pass = Callable[[datetime], Awaitable[None]]
Only = Callable[[], Awaitable[str]]
pytestmark = pytest.mark.usefixtures("calendar")
WORDS = "评价所说的材料属另一事项"


def at(day: int, hour: int) -> datetime:
    """Return a full hour of March 2026 in Zhengzhou."""
    return datetime(2026, 3, day, hour, tzinfo=UTC) - timedelta(hours=8)


@pytest.fixture
async def contacted(rate: Rate, step: Step, only: Only) -> str:
    """Return a rectification in which the rater was contacted."""
    await rate()
    found = await only()
    await step("officer", found, "ASSIGN")
    await step("officer", found, "CONTACT", reached=True)
    return found


@pytest.fixture
async def appealed(contacted: str, post: Post) -> str:
    """Return the appeal of such a rectification."""
    answer = await post("officer", f"{LIST}/{contacted}/appeals", ground="MISTAKEN", words=WORDS)
    assert answer.status == 201
    return str(answer.json()["appeal_id"])


async def voided(database: Database) -> list[Any]:
    query = sa.select(store.journal.c.data).where(store.journal.c.type == "evaluation.rating.voided")
    async with database.reading() as connection:
        return list((await connection.execute(query)).scalars())


async def test_an_appeal_is_decided_by_another_unit_and_the_rater_reads_why(
    appealed: str, contacted: str, post: Post, look: Look, database: Database
) -> None:
    (listed,) = (await look("reviewer", APPEALS)).json()["items"]
    assert (listed["appeal_id"], listed["ground"], listed["unit"]) == (appealed, "MISTAKEN", "U09")
    assert (await look("reviewer", f"{APPEALS}/{appealed}")).json()["words"] == WORDS
    decided = await post("reviewer", f"{APPEALS}/{appealed}/decisions", decision="VOID", reason="所评非本单位事项")
    assert (decided.status, decided.json()["state"]) == (201, "VOIDED")
    whole = (await look("head", f"{LIST}/{contacted}")).json()
    assert (whole["state"], whole["outcome"]) == ("ANSWERED", "VOIDED")
    (own,) = (await look("rater", "/api/v1/me/rectifications")).json()["items"]
    assert own["answer"] == "所评非本单位事项"
    (entry,) = await voided(database)
    assert (entry["rating_id"], entry["ground"], entry["unit"]) == (own["rating_id"], "MISTAKEN", "U09")


async def test_a_void_rating_of_one_who_wants_a_call_is_called_back_too_and_is_not_made_public(
    appealed: str, contacted: str, post: Post, step: Step, database: Database
) -> None:
    await post("reviewer", f"{APPEALS}/{appealed}/decisions", decision="VOID", reason="所评非本单位事项")
    assert (await step("officer", contacted, "CLOSE")).json()["code"] == "call_back_first"
    await step("officer", contacted, "CALL_BACK", reached=True, words="已说明")
    assert (await step("officer", contacted, "CLOSE")).status == 201
    async with database.reading() as connection:
        assert not list(await connection.execute(sa.select(store.rectifications.published)))


@pytest.mark.parametrize("who", ["own_reviewer", "head", "officer", "rated"])
async def test_nobody_of_the_rated_unit_sees_or_decides_its_appeal(
    who: str, appealed: str, post: Post, look: Look
) -> None:
    expected = 404 if who == "own_reviewer" else 403
    assert (await look(who, f"{APPEALS}/{appealed}")).status == expected
    refused = await post(who, f"{APPEALS}/{appealed}/decisions", decision="VOID", reason="无")
    assert refused.status == expected
    if who == "own_reviewer":
        assert (await look(who, APPEALS)).json()["items"] == []


async def test_an_appeal_upheld_goes_back_to_the_unit_with_its_time_anew_and_is_not_made_again(
    appealed: str, contacted: str, post: Post, look: Look, step: Step, passes: Pass
) -> None:
    await passes(at(4, 10))
    await post("reviewer", f"{APPEALS}/{appealed}/decisions", decision="UPHOLD", reason="台账显示确曾提交两次")
    whole = (await look("head", f"{LIST}/{contacted}")).json()
    assert (whole["state"], whole["clock"], whole["due_at"]) == ("CONTACTED", "fix", "2026-03-11T09:00:00Z")
    again = await post("officer", f"{LIST}/{contacted}/appeals", ground="MALICIOUS", words="恶意")
    assert (again.status, again.json()["code"]) == (409, "rating_appealed_before")
    assert (await step("officer", contacted, "FIX_NOW", words="属实")).status == 201


async def test_a_second_bad_rating_after_a_void_one_has_a_loop_of_its_own(
    appealed: str, contacted: str, rate: Rate, post: Post, look: Look
) -> None:
    await post("reviewer", f"{APPEALS}/{appealed}/decisions", decision="VOID", reason="误评")
    await rate(number=2)
    listed = (await look("head", LIST)).json()["items"]
    assert {one["rectification_id"]: one["state"] for one in listed}[contacted] == "ANSWERED"
    (other,) = (one for one in listed if one["rectification_id"] != contacted)
    assert (other["state"], other["round"]) == ("OPENED", 1)


async def test_an_appeal_is_decided_once(appealed: str, post: Post) -> None:
    place = f"{APPEALS}/{appealed}/decisions"
    assert (await post("reviewer", place, decision="UPHOLD", reason="属实")).status == 201
    assert (await post("reviewer", place, decision="VOID", reason="不属实")).status == 409


async def test_what_no_reviewer_decides_in_time_is_decided_by_the_authority(
    appealed: str, contacted: str, post: Post, look: Look, passes: Pass
) -> None:
    place = f"{APPEALS}/{appealed}/decisions"
    early = await post("authority", place, decision="UPHOLD", reason="属实")
    assert (early.status, early.json()["code"]) == (403, "rectification_not_yours")
    await passes(at(9, 17))
    whole = (await look("head", f"{LIST}/{contacted}")).json()
    assert (whole["state"], whole["clock"], whole["overdue_count"]) == ("ESCALATED", "authority", 0)
    assert (await look("reviewer", APPEALS)).json()["items"] == []
    assert len((await look("authority", APPEALS, state="ESCALATED")).json()["items"]) == 1
    assert (await post("reviewer", place, decision="VOID", reason="误评")).status == 403
    assert (await post("authority", place, decision="VOID", reason="误评")).status == 201


async def test_a_review_that_is_late_counts_for_the_authority_and_not_for_the_rated_unit(
    appealed: str, contacted: str, post: Post, step: Step, passes: Pass, database: Database
) -> None:
    await passes(at(9, 17))
    await post("authority", f"{APPEALS}/{appealed}/decisions", decision="UPHOLD", reason="属实")
    for action, said in (("FIX_NOW", {"words": "属实"}), ("FIXED", {"words": "已改"}), ("ANSWER", {"words": "已改"})):
        assert (await step("officer", contacted, action, **said)).status == 201
    await step("officer", contacted, "CALL_BACK", reached=True)
    assert (await step("officer", contacted, "CLOSE")).status == 201
    query = sa.select(store.journal.c.type, store.journal.c.data).order_by(store.journal.c.entry_id)
    async with database.reading() as connection:
        told = {row.type.rpartition(".")[2]: row.data for row in await connection.execute(query)}
    assert (told["overdue"]["unit"], told["overdue"]["clock"]) == ("ZWB", "appeal")
    assert (told["concluded"]["unit"], told["concluded"]["on_time"]) == ("U09", True)


async def test_only_who_works_on_it_appeals_and_only_after_the_contact(
    rate: Rate, only: Only, step: Step, post: Post
) -> None:
    await rate()
    place = f"{LIST}/{await only()}/appeals"
    early = await post("head", place, ground="MISTAKEN", words=WORDS)
    assert (early.status, early.json()["code"]) == (409, "rectification_step_not_possible")
    await step("officer", await only(), "ASSIGN")
    await step("officer", await only(), "CONTACT", reached=True)
    assert (await post("second", place, ground="MISTAKEN", words=WORDS)).status == 403
    assert (await post("rated", place, ground="MISTAKEN", words=WORDS)).status == 404


async def test_words_of_appeals_are_kept_sealed(appealed: str, post: Post, database: Database) -> None:
    await post("reviewer", f"{APPEALS}/{appealed}/decisions", decision="UPHOLD", reason="台账显示确曾提交")
    async with database.reading() as connection:
        (row,) = (await connection.execute(sa.select(store.rating_appeals.appeals))).mappings()
    assert WORDS not in str(dict(row))
    assert "台账" not in str(dict(row))


async def test_a_reviewer_does_not_decide_about_the_rating_that_he_gave(appealed: str, look: Look, post: Post) -> None:
    assert (await look("rating_reviewer", APPEALS)).json()["items"] == []
    assert (await look("rating_reviewer", f"{APPEALS}/{appealed}")).status == 404
    decision = {"decision": "UPHOLD", "reason": "评价属实"}
    assert (await post("rating_reviewer", f"{APPEALS}/{appealed}/decisions", **decision)).status == 404


async def test_what_nobody_decided_in_time_about_the_authority_stays_with_reviewers_of_other_units(
    rate: Rate, step: Step, look: Look, post: Post, passes: Pass
) -> None:
    await rate(unit="ZWB")
    (summary,) = (await look("authority_head", LIST)).json()["items"]
    found = summary["rectification_id"]
    await step("authority_head", found, "ASSIGN")
    await step("authority_head", found, "CONTACT", reached=True)
    filed = await post("authority_head", f"{LIST}/{found}/appeals", ground="MISTAKEN", words=WORDS)
    await passes(at(20, 18))
    place = f"{APPEALS}/{filed.json()['appeal_id']}"
    decision = {"decision": "UPHOLD", "reason": "评价属实"}
    assert (await post("authority", f"{place}/decisions", **decision)).status == 404
    assert (await look("reviewer", place)).json()["state"] == "FILED"
    assert (await post("reviewer", f"{place}/decisions", **decision)).status == 201
