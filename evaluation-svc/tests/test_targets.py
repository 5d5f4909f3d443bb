"""The numbers that the plan states, held against what happened: to the hour, the day and the hundredth."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from chassis.base.clock import Clock
from chassis.data.database import Database
from chassis.http.identity import ANONYMOUS
from chassis.testing.client import Client
from evaluation_svc.domain.targets import reached, together
from evaluation_svc.events import read
from evaluation_svc.handlers import Evaluation, count_page, load_evaluation
from evaluation_svc.schemas.pack import DOCUMENTS
from hypothesis import given
from hypothesis import strategies as st

PACK = Path(__file__).parents[2] / "deploy/zhengzhou/evaluation/targets.yaml"
Tell = Callable[..., Awaitable[None]]


def target(**said: Any) -> dict[str, Any]:
    return {"formula": "100 * closed_within_8_hours / cases_closed", "goal": 85, "comparison": "at_least", **said}


@pytest.fixture
async def plan(database: Database) -> None:
    """Load the targets of Zhengzhou."""
    document = DOCUMENTS["targets"].model_validate(yaml.safe_load(PACK.read_text(encoding="utf-8")))
    async with database.unit_of_work() as work:
        await load_evaluation(work, {"targets": document.model_dump(mode="json")})


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(1, 100))
def test_a_target_is_met_exactly_where_the_share_reaches_the_goal(within: int, closed: int, goal: int) -> None:
    counts = {"closed_within_8_hours": min(within, closed), "cases_closed": closed}
    found = reached(target(goal=goal), counts)
    if closed == 0:
        assert (found.value, found.is_met) == (None, None)
    else:
        assert found.is_met is (100 * min(within, closed) >= goal * closed)


def test_what_is_to_be_at_most_is_met_from_below() -> None:
    counts = {"closed_within_8_hours": 1, "cases_closed": 2}
    assert [reached(target(comparison="at_most", goal=goal), counts).is_met for goal in (49, 50)] == [False, True]


def test_months_together_add_what_happened_and_end_with_what_there_is() -> None:
    months = [{"cases": 2, "items_online": 5}, {"cases": 3, "items_online": 4}]
    assert together(months, {"items_online"}) == {"cases": 5, "items_online": 4}


@pytest.mark.usefixtures("plan")
async def test_the_plans_numbers_stand_with_what_is_reached(
    tell: Tell, evaluation: Evaluation, api: Client, clock: Clock
) -> None:
    now = clock.now()
    for number, minutes in enumerate((480, 481, 2100)):
        said = {
            "application_id": f"01900000-0000-7000-8000-00000000000{number}",
            "case_id": f"01900000-0000-7000-8000-0000000000c{number}",
            "matter_code": "real_estate_transfer",
            "closed_at": now,
            "elapsed_working_minutes": minutes,
        }
        await tell(read.CaseOpened, **said, promised_due=now + timedelta(days=3))
        await tell(read.CaseClosed, **said)
    while await count_page(evaluation):
        pass
    reply = await api.get("/api/v1/targets", by=ANONYMOUS, query={"months": 2})
    assert reply.status == 200
    told = {one["target"]: one for one in reply.json()["targets"]}
    estate = told["real_estate_within_eight_hours"]
    assert estate["now"] == {"value": {"numerator": "100", "denominator": "3"}, "rounded": "33.33", "is_met": False}
    assert [one["rounded"] for one in estate["history"]] == ["", "33.33"]
    assert told["construction_within_hundred_days"]["now"] == {"value": None, "rounded": "", "is_met": None}
    assert told["personal_matters"]["now"] == {
        "value": {"numerator": "0", "denominator": "1"},
        "rounded": "0.00",
        "is_met": False,
    }
    assert {one["goal"] for one in told.values()} >= {300, 85, 80}
    assert estate["history"][-1]["month"] == f"{now:%Y-%m}"


async def test_a_city_without_targets_says_so(api: Client) -> None:
    reply = await api.get("/api/v1/targets", by=ANONYMOUS)
    assert (reply.status, reply.json()["code"]) == (404, "pack_incomplete")
