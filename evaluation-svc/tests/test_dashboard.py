"""The dashboard in one call: courses that end with this month, the own unit's counts, nothing that leads to a rater."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.base.clock import Clock, local
from chassis.http.identity import Principal
from chassis.testing.builders import citizen, staff
from chassis.testing.client import Client
from evaluation_svc.domain.measures import MEASURES
from evaluation_svc.events import read
from evaluation_svc.handlers import Evaluation, count_page

Tell = Callable[..., Awaitable[None]]
SCOPES = frozenset({"evaluation:read"})
CONFIDENTIAL = {name for name, one in MEASURES.items() if one.is_confidential}


def person(unit: str, role: str) -> Principal:
    return staff("official-1", unit=unit, roles=frozenset({role}), scopes=SCOPES)


@pytest.fixture
async def happened(tell: Tell, evaluation: Evaluation, clock: Clock) -> None:
    """One case was submitted, decided by another unit and closed this month."""
    now = clock.now()
    await tell(read.ApplicationSubmitted, tasks=["birth_registration"], submitted_at=now)
    await tell(read.CaseOpened, promised_due=now)
    await tell(read.TaskOpened, promised_due=now)
    await tell(read.TaskDecided, decided_at=now)
    await tell(read.CaseClosed, closed_at=now)
    while await count_page(evaluation):
        pass


async def board(api: Client, by: Principal, **query: Any) -> dict[str, Any]:
    reply = await api.get("/api/v1/evaluation/dashboard", by=by, query=query)
    assert reply.status == 200, reply.json()
    found: dict[str, Any] = reply.json()
    return found


@pytest.mark.usefixtures("happened")
async def test_courses_are_as_long_as_asked_and_end_with_this_month(api: Client, clock: Clock) -> None:
    told = await board(api, person("ZWB", "evaluation_officer"), months=3)
    assert len(told["months"]) == 3
    assert told["months"][-1] == f"{local(clock.now()):%Y-%m}"
    courses = {one["measure"]: one["counts"] for one in told["courses"]}
    assert set(courses) == set(MEASURES)
    assert courses["cases_closed"] == [0, 0, 1]
    assert {one["key"] for one in told["units"]} == {"U23", "U09"}
    assert [one["key"] for one in told["matters"]] == ["newborn"]
    assert told["lights"]["city"]["red"] == 0


@pytest.mark.usefixtures("happened")
async def test_a_units_head_sees_the_own_units_counts_and_none_of_raters(api: Client) -> None:
    told = await board(api, person("U09", "unit_head"))
    assert [one["key"] for one in told["units"]] == ["U09"]
    assert CONFIDENTIAL
    assert not CONFIDENTIAL & {one["measure"] for one in told["courses"]}
    shown = {count["measure"] for one in (*told["units"], *told["matters"]) for count in one["counts"]}
    assert shown
    assert not CONFIDENTIAL & shown


@pytest.mark.parametrize("who", [citizen(), person("U09", "reviewer")], ids=["a citizen", "a reviewer"])
async def test_nobody_else_sees_the_dashboard(who: Principal, api: Client) -> None:
    assert (await api.get("/api/v1/evaluation/dashboard", by=who)).status == 403


async def test_a_city_where_nothing_happened_has_a_dashboard_too(api: Client) -> None:
    told = await board(api, person("ZWB", "evaluation_officer"), months=1)
    assert (told["units"], told["matters"], told["indicators"], told["targets"], told["rankings"]) == (
        [],
        [],
        [],
        [],
        [],
    )
    assert all(one["counts"] == [0] for one in told["courses"])
