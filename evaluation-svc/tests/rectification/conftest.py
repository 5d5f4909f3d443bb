"""A city with its rules of the loop, its people, and ratings as they come in."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.http.identity import ANONYMOUS, Principal
from chassis.http.upstream import Reply
from chassis.testing.builders import ManualClock, citizen, staff
from chassis.testing.client import Client
from evaluation_svc.app import CLOCKS
from evaluation_svc.domain.ratings import Channel, Level, Rated
from evaluation_svc.handlers import Evaluation, timer_page
from evaluation_svc.handlers.rated import after_rating

MOMENT = datetime(2026, 3, 2, 2, tzinfo=UTC)
"""Monday 2026-03-02, 10:00 in Zhengzhou."""
APPLICATION = "01900000-0000-7000-8000-00000000000a"
SCOPES = frozenset({"rectification:handle", "rating:write"})


def person(subject: str, unit: str, *roles: str) -> Principal:
    return staff(subject, unit=unit, roles=frozenset(roles), scopes=SCOPES)


PEOPLE: Mapping[str, Principal] = {
    "head": person("head-u09", "U09", "unit_head"),
    "officer": person("officer-u09", "U09", "rectification_officer"),
    "second": person("second-u09", "U09", "rectification_officer"),
    "rated": person("reviewer-1", "U09", "rectification_officer", "unit_head"),
    "rating_reviewer": person("citizen-1", "U23", "rating_reviewer"),
    "authority_head": person("head-zwb", "ZWB", "unit_head", "rectification_officer"),
    "other_head": person("head-u23", "U23", "unit_head"),
    "reviewer": person("reviewer-u23", "U23", "rating_reviewer"),
    "own_reviewer": person("reviewer-u09", "U09", "rating_reviewer"),
    "authority": person("officer-zwb", "ZWB", "evaluation_officer"),
    "rater": citizen("citizen-1", scopes=SCOPES),
    "other_rater": citizen("citizen-2", scopes=SCOPES),
    "": ANONYMOUS,
}
Rate = Callable[..., Awaitable[str]]
Look = Callable[..., Awaitable[Reply]]
Step = Callable[..., Awaitable[Reply]]
Pass = Callable[[datetime], Awaitable[None]]


@pytest.fixture(autouse=True)
def at_ten(clock: ManualClock) -> None:
    """Begin on Monday at ten."""
    clock.set(MOMENT)


@pytest.fixture
def rate(evaluation: Evaluation, database: Database) -> Rate:
    """Rate: `await rate(level=…, tags=…)` tells what follows from a rating, and returns its id."""
    numbers = count(1)

    async def rated(**said: Any) -> str:
        number = next(numbers)
        known: dict[str, Any] = {
            "rating_id": f"5b8c2f1e-0000-4000-8000-{number:012d}",
            "application_id": APPLICATION,
            "visit_id": None,
            "unit": "U09",
            "level": Level.DISSATISFIED,
            "tags": ["214"],
            "number": 1,
            "channel": Channel.MOBILE,
            "wants_call": True,
            "rater_id": "citizen-1",
            "handler_ids": frozenset({"clerk-1", "reviewer-1"}),
            "matter_code": "newborn",
            "region": "410100",
            "item": "item-registration",
            "rated_at": database.clock.now(),
            **said,
        }
        async with database.unit_of_work() as work:
            await after_rating(evaluation, work, Rated(**known))
        return str(known["rating_id"])

    return rated


@pytest.fixture
def step(api: Client) -> Step:
    """Take steps: `await step("officer", id, "CONTACT", reached=True)`."""
    keys = count(1)

    async def taken(who: str, rectification_id: str, action: str, **said: Any) -> Reply:
        body = {"action": action, **said}
        place = f"/api/v1/rectifications/{rectification_id}/steps"
        return await api.post(place, by=PEOPLE[who], body=body, key=f"step-{next(keys)}")

    return taken


@pytest.fixture
def passes(evaluation: Evaluation, clock: ManualClock) -> Pass:
    """Let time pass: what runs out by then has its effect."""

    async def until(moment: datetime) -> None:
        clock.set(moment)
        while await timer_page(evaluation, CLOCKS):
            pass

    return until


@pytest.fixture
def look(api: Client) -> Look:
    """Read: `await look("head", path, state="OPENED")`."""

    async def seen(who: str, path: str, **query: str) -> Reply:
        return await api.get(path, by=PEOPLE[who], query=query)

    return seen


@pytest.fixture
def only(look: Look) -> Callable[[], Awaitable[str]]:
    """Return the id of the one rectification of U09 there is."""

    async def found() -> str:
        listed = (await look("head", "/api/v1/rectifications")).json()["items"]
        assert len(listed) == 1
        return str(listed[0]["rectification_id"])

    return found


@pytest.fixture
def post(api: Client) -> Callable[..., Awaitable[Reply]]:
    """Send a body: `await post("reviewer", path, decision="VOID", …)`."""
    keys = count(1)

    async def sent(who: str, path: str, **body: Any) -> Reply:
        return await api.post(path, by=PEOPLE[who], body=body, key=f"post-{next(keys)}")

    return sent
