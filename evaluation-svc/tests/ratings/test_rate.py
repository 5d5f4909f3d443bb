import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.testing.builders import ManualClock, citizen, clerk, reviewer
from chassis.testing.client import Client, appended, audited
from evaluation_svc import store
from evaluation_svc.app import CLOCKS
from evaluation_svc.events import read
from evaluation_svc.handlers import Evaluation, timer_page

Rate = Callable[..., Awaitable[Reply]]
Close = Callable[..., Awaitable[None]]
Tell = Callable[..., Awaitable[None]]
BUSY = 503
"""What the edge answers to more than it handles at once; whoever is told so asks again."""
OVER = datetime(2026, 4, 8, tzinfo=UTC)
"""More than fifteen working days after the case was closed."""


async def journalled(database: Database) -> list[Any]:
    wanted = store.journal.c.type == "evaluation.rating.submitted"
    async with database.reading() as connection:
        return list(await connection.execute(sa.select(store.journal).where(wanted)))


async def ratings_kept(database: Database) -> list[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(sa.select(store.ratings)))


@pytest.mark.usefixtures("calendar", "tags")
async def test_she_rates_a_finished_matter_and_nothing_that_is_told_says_who_it_was(
    close: Close, rate: Rate, api: Client, database: Database
) -> None:
    await close()
    reply = await rate(tags=["406"], text="一次就办好了", wants_call=False)
    assert reply.status == 201
    view = reply.json()
    assert (view["unit"], view["level"], view["number"]) == ("U23", "SATISFIED", 1)
    assert view["second_until"] is not None
    assert (await api.get(f"/api/v1/me/ratings/{view['rating_id']}", by=citizen())).json() == view
    (told,) = await appended(database, "evaluation.rating.submitted")
    (entry,) = await journalled(database)
    said = json.dumps([told, entry.data], ensure_ascii=False, default=str)
    assert not [word for word in ("citizen-1", "一次就办好了") if word in said]
    assert "application_id" not in told["data"]
    assert entry.data["level"] == "SATISFIED"
    assert (entry.key, entry.data["is_default"]) == ("01900000-0000-7000-8000-00000000000a", False)
    (row,) = await ratings_kept(database)
    assert row.text.startswith("test.")
    assert [one.action for one in await audited(database)] == ["rating.submitted"]


@pytest.mark.usefixtures("calendar")
async def test_a_thousand_ratings_of_one_matter_at_once_are_one(close: Close, rate: Rate, database: Database) -> None:
    await close()

    async def insisting() -> Reply:
        while (reply := await rate()).status == BUSY:
            await asyncio.sleep(2)
        return reply

    replies = await asyncio.gather(*(insisting() for _ in range(1000)))
    refused = {reply.json()["code"] for reply in replies if reply.status == 409}
    assert (Counter(reply.status for reply in replies), refused) == ({201: 1, 409: 999}, {"already_rated"})
    assert len(await ratings_kept(database)) == len(await journalled(database)) == 1


@pytest.mark.usefixtures("calendar")
async def test_whoever_may_not_rate_is_refused_with_a_clear_word(
    close: Close, rate: Rate, tell: Tell, api: Client, clock: ManualClock
) -> None:
    running = "01900000-0000-7000-8000-0000000000aa"
    await tell(read.ApplicationSubmitted, application_id=running, tasks=[], case_id=running)
    await close()
    refused = [
        (await rate(application_id=running), 409, "not_finished"),
        (await rate(citizen("citizen-2")), 404, "nothing_to_rate"),
        (await rate(application_id="01900000-0000-7000-8000-0000000000ff"), 404, "nothing_to_rate"),
        (await rate(visit_id="01900000-0000-7000-8000-0000000000ff"), 404, "nothing_to_rate"),
        (await rate(unit="U30"), 422, "rating_unfit"),
        (await rate(tags=["406"]), 422, "rating_unfit"),
        (await rate(clerk()), 403, "forbidden"),
        (await rate(reviewer()), 403, "forbidden"),
    ]
    clock.set(OVER)
    refused.append((await rate(), 409, "rating_too_late"))
    for reply, status, code in refused:
        assert (reply.status, reply.json()["code"]) == (status, code)
    anonymous = await api.post("/api/v1/ratings", body={"level": "SATISFIED", "channel": "PC"}, key="k")
    assert anonymous.status == 401


@pytest.mark.usefixtures("calendar")
@pytest.mark.parametrize("role", ["accepted_by", "decided_by"])
async def test_nobody_rates_a_case_that_she_worked_in_herself(close: Close, rate: Rate, role: str) -> None:
    await close(**{role: "citizen-1"})
    reply = await rate()
    assert (reply.status, reply.json()["code"]) == (403, "own_work")


@pytest.mark.usefixtures("calendar", "tags")
async def test_tags_are_of_the_level_and_each_is_given_once(close: Close, rate: Rate) -> None:
    await close()
    for tags in (["209"], ["199"], ["406", "406"]):
        assert (await rate(tags=tags)).json()["errors"][0]["pointer"].startswith("/tags/")
    assert (await rate(tags=["406", "407"])).status == 201


@pytest.mark.usefixtures("calendar")
async def test_silence_is_written_down_once_and_is_neither_active_nor_satisfied(
    close: Close, rate: Rate, evaluation: Evaluation, database: Database, clock: ManualClock
) -> None:
    await close()
    assert await timer_page(evaluation, CLOCKS) == 0
    clock.set(OVER)
    while await timer_page(evaluation, CLOCKS):
        pass
    (row,) = await ratings_kept(database)
    assert (row.is_default, row.level, row.channel) == (True, "", "DEFAULT")
    (entry,) = await journalled(database)
    assert (entry.data["is_default"], entry.data["level"]) == (True, "")
    assert await appended(database) == []
    late = await rate()
    assert (late.status, late.json()["code"]) == (409, "rating_too_late")


@pytest.mark.usefixtures("calendar")
async def test_a_second_rating_is_given_once_by_the_rater_within_its_term_and_the_first_stays(
    close: Close, rate: Rate, api: Client, database: Database, clock: ManualClock
) -> None:
    await close()
    first = (await rate(level="VERY_DISSATISFIED")).json()["rating_id"]
    path, body = f"/api/v1/ratings/{first}/second", {"level": "SATISFIED", "channel": "PC"}
    assert (await api.post(path, by=citizen("citizen-2"), body=body, key="a")).status == 404
    second = await api.post(path, by=citizen(), body=body, key="b")
    assert (second.status, second.json()["number"]) == (201, 2)
    again = await api.post(path, by=citizen(), body=body, key="c")
    assert again.json()["code"] == "already_rated"
    third = await api.post(f"/api/v1/ratings/{second.json()['rating_id']}/second", by=citizen(), body=body, key="d")
    assert third.json()["code"] == "already_rated"
    listed = (await api.get("/api/v1/me/ratings", by=citizen(), query={"limit": 1})).json()
    rest = (await api.get("/api/v1/me/ratings", by=citizen(), query={"after": listed["next"]})).json()
    assert {one["level"] for one in (*listed["items"], *rest["items"])} == {"VERY_DISSATISFIED", "SATISFIED"}
    assert [entry.data["number"] for entry in await journalled(database)] == [1, 2]


@pytest.mark.usefixtures("calendar")
async def test_a_second_rating_comes_too_late_after_its_term(
    close: Close, rate: Rate, api: Client, clock: ManualClock
) -> None:
    await close()
    first = (await rate()).json()["rating_id"]
    clock.set(datetime(2026, 5, 20, tzinfo=UTC))
    body = {"level": "SATISFIED", "channel": "PC"}
    late = await api.post(f"/api/v1/ratings/{first}/second", by=citizen(), body=body, key="a")
    assert (late.status, late.json()["code"]) == (409, "rating_too_late")
