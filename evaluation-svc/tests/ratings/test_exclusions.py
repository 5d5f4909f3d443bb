from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from chassis.data.database import Database
from chassis.http.identity import Principal
from chassis.http.upstream import Reply
from chassis.testing.builders import ManualClock, citizen, staff
from chassis.testing.client import Client, audited
from evaluation_svc import store
from evaluation_svc.app import CLOCKS
from evaluation_svc.domain.exclusions import Act, Rule, burst, lacks_work, split, stated
from evaluation_svc.handlers import Evaluation, exclusion_page, load_evaluation, timer_page
from evaluation_svc.schemas.pack import DOCUMENTS
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

Rate = Callable[..., Awaitable[Reply]]
Close = Callable[..., Awaitable[None]]
PACK = Path(__file__).resolve().parents[3] / "deploy/zhengzhou/evaluation"
MOMENT = datetime(2026, 3, 4, 2, tzinfo=UTC)
LISTED = "/api/v1/exclusions"


def numbered(number: int) -> str:
    return f"01900000-0000-7000-8000-{number:012d}"


def officer(unit: str = "ZWB") -> Principal:
    scopes = frozenset({"evaluation:read", "evaluation:manage"})
    return staff("officer-1", unit=unit, roles=frozenset({"evaluation_officer"}), scopes=scopes)


@pytest.fixture
async def rules(database: Database) -> dict[str, Any]:
    """Load the city's rules."""
    raw = yaml.safe_load((PACK / "exclusions.yaml").read_text(encoding="utf-8"))
    document: dict[str, Any] = DOCUMENTS["exclusions"].model_validate(raw).model_dump(mode="json")
    async with database.unit_of_work() as work:
        await load_evaluation(work, {"exclusions": document})
    return document


@pytest.fixture
def judge(evaluation: Evaluation, database: Database) -> Callable[[], Awaitable[list[tuple[str, str]]]]:
    """Let the rules rule on all that is new; return what was ruled: rule and case."""

    async def judged() -> list[tuple[str, str]]:
        while await exclusion_page(evaluation):
            pass
        wanted = store.journal.c.type == "evaluation.exclusion.ruled"
        async with database.reading() as connection:
            rows = await connection.execute(sa.select(store.journal).where(wanted).order_by(store.journal.c.entry_id))
            return [(row.data["rule"], row.key) for row in rows]

    return judged


Judge = Callable[[], Awaitable[list[tuple[str, str]]]]


@pytest.mark.usefixtures("calendar", "rules")
async def test_ordinary_cases_and_ratings_are_left_in(close: Close, rate: Rate, judge: Judge) -> None:
    await close()
    await rate(device="d-1")
    assert await judge() == []


@pytest.mark.usefixtures("calendar", "rules")
async def test_silence_is_listed_with_its_rule_and_never_counts_again(
    close: Close, judge: Judge, evaluation: Evaluation, api: Client, clock: ManualClock
) -> None:
    await close()
    clock.set(datetime(2026, 4, 8, tzinfo=UTC))
    while await timer_page(evaluation, CLOCKS):
        pass
    assert await judge() == []
    (one,) = (await api.get(LISTED, by=officer(), query={"rule": "default_rating"})).json()["items"]
    assert one["reason"].startswith("逾期未评")
    path = f"{LISTED}/{one['exclusion_id']}/lift"
    assert (await api.post(path, by=officer(), body={"reason": "x"}, key="k")).json()["code"] == "exclusion_lifted"


@pytest.mark.usefixtures("calendar", "rules")
async def test_a_rating_by_staff_of_the_rated_unit_is_left_out(close: Close, rate: Rate, judge: Judge) -> None:
    await close(numbered(1), applicant_id="citizen-2", decided_by="citizen-1", lead_unit="U09")
    await close(lead_unit="U09")
    assert (await rate()).status == 201
    assert await judge() == [("own_staff", "01900000-0000-7000-8000-00000000000a")]


@pytest.mark.usefixtures("calendar", "rules")
async def test_more_ratings_of_one_device_in_a_short_time_than_may_be_are_all_left_out(
    close: Close, rate: Rate, judge: Judge, clock: ManualClock
) -> None:
    clock.set(MOMENT)
    ruled: list[tuple[str, str]] = []
    for number in range(7):
        await close(numbered(number), applicant_id=f"person-{number}", matter_code=f"m{number}")
        clock.advance(minutes=1)
        reply = await rate(citizen(f"person-{number}"), application_id=numbered(number), device="d-1")
        assert reply.status == 201
        ruled = await judge()
        assert len(ruled) == (0 if number < 5 else number + 1)
    assert {rule for rule, _ in ruled} == {"burst_of_device"}


@pytest.mark.usefixtures("calendar", "rules")
async def test_a_matter_cut_into_cases_counts_once(close: Close, judge: Judge) -> None:
    for number in range(4):
        await close(numbered(number), closed_at=MOMENT + timedelta(hours=number))
    await close(numbered(9), closed_at=MOMENT + timedelta(hours=9), item="item-other")
    assert sorted(await judge()) == [("splitting", numbered(number)) for number in (1, 2, 3)]


@pytest.mark.usefixtures("calendar", "rules")
async def test_a_case_that_nobody_decided_is_left_out(close: Close, judge: Judge) -> None:
    await close(decided_by=None)
    assert await judge() == [("no_work", "01900000-0000-7000-8000-00000000000a")]


@pytest.mark.usefixtures("calendar", "rules")
async def test_the_authority_lists_and_lifts_with_a_reason_and_nobody_else(
    close: Close, judge: Judge, api: Client, database: Database, evaluation: Evaluation
) -> None:
    await close(decided_by=None)
    await judge()
    assert (await api.get(LISTED, by=officer("U23"))).json()["code"] == "not_authority"
    assert (await api.get(LISTED, by=officer(), query={"after": "WyJ4Il0"})).status == 422
    (one,) = (await api.get(LISTED, by=officer())).json()["items"]
    path = f"{LISTED}/{one['exclusion_id']}/lift"
    lifted = await api.post(path, by=officer(), body={"reason": "系统迁移的历史办件"}, key="a")
    assert lifted.status == 200, lifted.body
    assert (lifted.status, lifted.json()["lift_reason"]) == (200, "系统迁移的历史办件")
    again = await api.post(path, by=officer(), body={"reason": "再次"}, key="b")
    assert (again.status, again.json()["code"]) == (409, "exclusion_lifted")
    missing = await api.post(f"{LISTED}/{numbered(77)}/lift", by=officer(), body={"reason": "x"}, key="c")
    assert missing.json()["code"] == "exclusion_not_found"
    async with database.reading() as connection:
        wanted = store.journal.c.type == "evaluation.exclusion.lifted"
        (entry,) = await connection.execute(sa.select(store.journal).where(wanted))
    assert (entry.key, entry.data["rule"]) == ("01900000-0000-7000-8000-00000000000a", "no_work")
    assert {"exclusions.listed", "exclusion.lifted"} <= {row.action for row in await audited(database)}
    assert await exclusion_page(evaluation) == 0


@pytest.mark.usefixtures("rules")
async def test_everybody_reads_the_rules(api: Client) -> None:
    rules = (await api.get("/api/v1/exclusion-rules")).json()["rules"]
    assert {one["rule"] for one in rules} == {rule.value for rule in Rule}


def test_a_city_that_says_nothing_leaves_out_silence_alone() -> None:
    assert set(stated(None)) == {Rule.DEFAULT_RATING}


def test_a_rule_has_the_numbers_that_it_needs_and_no_other() -> None:
    rule = {"rule": "splitting", "name": "拆分", "reason": "拆分", "status": "proposed"}
    for numbers in ({}, {"more_than": 2}, {"more_than": 2, "within_days": 7, "within_minutes": 1}):
        with pytest.raises(ValidationError, match="应有的数值"):
            DOCUMENTS["exclusions"].model_validate(
                {"status": "proposed", "source": "s", "rules": [{**rule, **numbers}]}
            )


ACTS = st.lists(st.integers(0, 600), min_size=1, max_size=30, unique=True).map(
    lambda minutes: [Act(f"k{minute:03d}", MOMENT + timedelta(minutes=minute)) for minute in sorted(minutes)]
)


@given(ACTS, st.integers(1, 5), st.integers(1, 120))
def test_what_is_left_out_of_a_burst_is_what_a_count_by_hand_leaves_out(
    acts: list[Act], more_than: int, minutes: int
) -> None:
    within = timedelta(minutes=minutes)
    out = {key for act in acts for key in burst(acts, act, more_than=more_than, within=within)}
    by_hand = {
        act.key
        for act in acts
        if any(
            sum(start <= other.at < start + within for other in acts) > more_than and start <= act.at < start + within
            for start in (one.at for one in acts)
        )
    }
    assert out == by_hand


@given(ACTS, st.integers(1, 5), st.integers(1, 120))
def test_the_first_of_a_split_case_always_counts(acts: list[Act], more_than: int, minutes: int) -> None:
    out = {key for act in acts for key in split(acts, act, more_than=more_than, within=timedelta(minutes=minutes))}
    assert acts[0].key not in out


@pytest.mark.parametrize(
    ("decided_by", "minutes", "least", "lacks"),
    [
        (["a"], 0, 0, False),
        (["a"], 3, 4, True),
        (["a"], 4, 4, False),
        (["a"], None, 4, False),
        ([None, "a"], 9, 4, False),
        ([None], 900, 0, True),
        ([], 900, 0, True),
    ],
)
def test_work_is_somebodys_decision_and_the_least_time(
    decided_by: list[str | None], minutes: int | None, least: int, *, lacks: bool
) -> None:
    assert lacks_work(decided_by=decided_by, working_minutes=minutes, least=least) is lacks
