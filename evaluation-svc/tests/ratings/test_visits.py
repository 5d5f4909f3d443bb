import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.testing.builders import ManualClock, citizen, clerk
from chassis.testing.client import Client, audited
from evaluation_svc import store
from evaluation_svc.app import CLOCKS
from evaluation_svc.events import read
from evaluation_svc.handlers import Evaluation, timer_page

Rate = Callable[..., Awaitable[Reply]]
Close = Callable[..., Awaitable[None]]
Tell = Callable[..., Awaitable[None]]
NUMBER, OPEN = "410100U232026030220000019", "/api/v1/me/ratings/open"
CLOSED = datetime(2026, 3, 4, 2, tzinfo=UTC)


async def visit(api: Client, key: str = "v", *, unit: str = "U23", **said: Any) -> Reply:
    body = {"application_number": NUMBER, "window": "A-07", "purpose": "SUPPLEMENT", **said}
    return await api.post("/api/v1/visits", by=clerk(unit=unit), body=body, key=key)


@pytest.mark.usefixtures("calendar")
async def test_each_visit_is_a_trip_of_its_case_and_is_rated_once_beside_the_matter(
    close: Close, rate: Rate, api: Client, database: Database, clock: ManualClock
) -> None:
    await close()
    clock.set(datetime(2026, 3, 4, 7, tzinfo=UTC))
    visits = [(await visit(api, window, window=window)).json()["visit_id"] for window in ("A-07", "B-01")]
    open_now = (await api.get(OPEN, by=citizen())).json()["items"]
    assert {one["visit_id"] for one in open_now} == {None, *visits}
    assert [(await rate(visit_id=one)).status for one in visits] == [201, 201]
    assert (await rate(visit_id=visits[0])).json()["code"] == "already_rated"
    assert (await rate()).status == 201
    assert (await api.get(OPEN, by=citizen())).json()["items"] == []
    async with database.reading() as connection:
        wanted = store.journal.c.type == "evaluation.visit.made"
        trips = list(await connection.execute(sa.select(store.journal).where(wanted)))
    assert [(one.key, one.version) for one in trips] == [("01900000-0000-7000-8000-00000000000a", n) for n in (1, 2)]
    assert "visit.registered" in {row.action for row in await audited(database)}


@pytest.mark.usefixtures("calendar")
async def test_a_case_is_at_a_window_once_a_day_however_often_it_is_written_down(
    close: Close, api: Client, clock: ManualClock
) -> None:
    await close()
    clock.set(datetime(2026, 3, 4, 7, tzinfo=UTC))
    replies = await asyncio.gather(*(visit(api, f"k{number}") for number in range(8)))
    assert sorted(reply.status for reply in replies) == [201, *[409] * 7]
    assert {reply.json()["code"] for reply in replies if reply.status == 409} == {"visit_registered"}
    clock.set(datetime(2026, 3, 5, 1, tzinfo=UTC))
    assert (await visit(api, "next day")).status == 201


@pytest.mark.usefixtures("calendar")
async def test_a_clerk_registers_visits_in_cases_of_her_unit_and_visits_without_a_case(
    close: Close, api: Client
) -> None:
    await close()
    assert (await visit(api, unit="U09")).status == 201
    foreign = await visit(api, "x", unit="U30")
    unknown = await visit(api, "y", application_number="410100U232026030220000027")
    for reply in (foreign, unknown):
        assert (reply.status, reply.json()["code"]) == (404, "case_of_visit_not_found")
    assert (await visit(api, "z", application_number="", purpose="CONSULT")).status == 201
    assert (await api.post("/api/v1/visits", by=citizen(), body={}, key="k")).status in {403, 422}


@pytest.mark.usefixtures("calendar")
async def test_a_finished_matter_invites_after_a_while_and_until_its_term_runs_out(
    close: Close, api: Client, evaluation: Evaluation, clock: ManualClock
) -> None:
    await close()
    clock.set(CLOSED.replace(hour=3))
    assert (await api.get(OPEN, by=citizen())).json()["items"] == []
    clock.set(CLOSED.replace(hour=4))
    (one,) = (await api.get(OPEN, by=citizen())).json()["items"]
    assert (one["application_number"], one["unit"]) == (NUMBER, "U23")
    assert datetime.fromisoformat(one["until"]) == datetime(2026, 3, 25, 9, tzinfo=UTC)
    assert (await api.get(OPEN, by=citizen("citizen-2"))).json()["items"] == []
    clock.set(datetime(2026, 3, 25, 9, tzinfo=UTC))
    while await timer_page(evaluation, CLOCKS):
        pass
    assert (await api.get(OPEN, by=citizen())).json()["items"] == []


@pytest.mark.usefixtures("calendar")
async def test_what_she_may_rate_is_paged_from_the_oldest_on(close: Close, api: Client, clock: ManualClock) -> None:
    ids = [f"01900000-0000-7000-8000-0000000000{number:02d}" for number in range(10, 15)]
    for number, application_id in enumerate(ids):
        await close(application_id, closed_at=CLOSED.replace(minute=number))
    clock.set(CLOSED.replace(day=5))
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await api.get(OPEN, by=citizen(), query={"limit": 2, "after": after})).json()
        seen += [one["application_id"] for one in page["items"]]
        after = page["next"]
    assert seen == ids
    assert (await api.get(OPEN, by=citizen(), query={"after": "WyJ4IiwieSJd"})).status == 422


@pytest.mark.usefixtures("calendar")
async def test_a_visit_that_nobody_rates_leaves_no_rating(
    close: Close, api: Client, evaluation: Evaluation, database: Database, tell: Tell, clock: ManualClock
) -> None:
    running = "01900000-0000-7000-8000-0000000000aa"
    number = "410100U232026030220000027"
    await tell(read.ApplicationSubmitted, application_id=running, application_number=number, tasks=[], case_id=running)
    assert (await visit(api, application_number=number)).status == 201
    clock.set(datetime(2026, 4, 8, tzinfo=UTC))
    while await timer_page(evaluation, CLOCKS):
        pass
    async with database.reading() as connection:
        assert list(await connection.execute(sa.select(store.ratings))) == []


@pytest.mark.usefixtures("tags")
async def test_everybody_reads_the_tags_by_level(api: Client) -> None:
    view = (await api.get("/api/v1/rating-tags")).json()
    assert [one["level"] for one in view["levels"]][::4] == ["VERY_SATISFIED", "VERY_DISSATISFIED"]
    assert [tag["tag"] for tag in view["levels"][1]["tags"]] == ["406", "407"]


async def test_a_city_that_names_no_tags_says_so(api: Client) -> None:
    assert (await api.get("/api/v1/rating-tags")).json()["code"] == "pack_incomplete"
