import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.http.asgi import App, Receive, Scope, Send
from chassis.http.identity import Principal
from chassis.http.upstream import Reply
from chassis.testing.builders import ManualClock, anonymous, citizen, clerk
from chassis.testing.client import Client, audited
from evaluation_svc import store
from evaluation_svc.events import read

Tell = Callable[..., Awaitable[None]]
PHONE, OTHER, OUT = "13800000000", "13900000000", "13700000000"
MATCHES = json.loads((Path(__file__).parents[1] / "matches.json").read_text(encoding="utf-8"))
APPLICATION, NUMBER = "01900000-0000-7000-8000-00000000000a", "410100U232026030220000019"


@pytest.fixture
def asked() -> list[dict[str, Any]]:
    """Return what intake was asked."""
    return []


@pytest.fixture
def intake(asked: list[dict[str, Any]]) -> App:
    """Give an intake that knows one number in one application, and is out for another."""

    async def answering(_scope: Scope, receive: Receive, send: Send) -> None:
        body = json.loads((await receive())["body"])
        asked.append(body)
        having = MATCHES["application_ids"] if body["phone"] == PHONE else []
        found = [one for one in body["application_ids"] if one in having]
        status = 503 if body["phone"] == OUT else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps({"application_ids": found}).encode()})

    return answering


@pytest.fixture
async def visited(tell: Tell, api: Client) -> None:
    """Register a visit at A-07 in a case that is under way."""
    await tell(read.ApplicationSubmitted, tasks=[])
    body = {"application_number": NUMBER, "window": "A-07", "purpose": "SUBMIT"}
    assert (await api.post("/api/v1/visits", by=clerk(), body=body, key="v")).status == 201


async def scan(api: Client, by: Principal | None = None, **said: Any) -> Reply:
    body = {"window": "A-07", "phone": PHONE, "level": "DISSATISFIED", "channel": "QR_CODE", **said}
    return await api.post("/api/v1/ratings/at-window", by=by or anonymous(), body=body)


async def kept(database: Database) -> list[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(sa.select(store.ratings)))


@pytest.mark.usefixtures("calendar", "visited")
async def test_who_was_at_the_window_rates_by_its_code_and_the_number_in_the_case_once(
    api: Client, database: Database, asked: list[dict[str, Any]]
) -> None:
    first, again = await scan(api), await scan(api, level="SATISFIED")
    assert (first.status, first.json()) == (again.status, again.json()) == (200, {"received": True})
    (row,) = await kept(database)
    assert (row.level, row.window_code, row.unit, row.rater_id) == ("DISSATISFIED", "A-07", "U23", "citizen-1")
    assert asked[0] == {"phone": PHONE, "application_ids": [APPLICATION], "purpose": "rating"}
    details = json.dumps([row.details for row in await audited(database)], default=str)
    assert PHONE not in details


@pytest.mark.usefixtures("calendar", "visited")
async def test_every_mismatch_has_the_same_answer(
    api: Client, clock: ManualClock, asked: list[dict[str, Any]], database: Database
) -> None:
    mismatches = [await scan(api, phone=OTHER), await scan(api, window="B-01"), await scan(api, phone="1")]
    clock.advance(hours=25)
    mismatches.append(await scan(api))
    told = [{k: v for k, v in reply.json().items() if k != "trace_id"} for reply in mismatches]
    assert {reply.status for reply in mismatches} == {404}
    assert told == [told[0]] * 4
    assert told[0]["code"] == "visit_not_matched"
    assert len(asked) == 4, "intake is asked each time, so that the time it takes tells nothing"
    assert await kept(database) == []


@pytest.mark.usefixtures("calendar", "visited", "tags")
async def test_numbers_cannot_be_tried_with_a_rating_that_is_unfit_and_leaves_nothing(
    api: Client, database: Database, asked: list[dict[str, Any]]
) -> None:
    tried = [await scan(api, phone=phone, tags=["406"]) for phone in (PHONE, OTHER, OUT)]
    told = [{k: v for k, v in reply.json().items() if k != "trace_id"} for reply in tried]
    assert [reply.status for reply in tried] == [422] * 3
    assert told == [told[0]] * 3
    assert asked == []
    assert await kept(database) == []


@pytest.mark.usefixtures("calendar", "visited")
async def test_many_scans_of_one_visit_at_once_are_one_rating(api: Client, database: Database) -> None:
    replies = await asyncio.gather(*(scan(api) for _ in range(50)))
    assert {reply.status for reply in replies} == {200}
    assert len(await kept(database)) == 1


@pytest.mark.usefixtures("calendar", "visited")
async def test_a_members_of_staff_session_cannot_rate_at_a_window(api: Client, database: Database) -> None:
    assert (await scan(api, clerk())).status == 403
    assert (await scan(api, citizen("citizen-9"))).status == 200
    (row,) = await kept(database)
    assert row.rater_id == "citizen-1"


@pytest.mark.usefixtures("calendar", "visited")
async def test_an_intake_that_is_out_is_said_and_nothing_is_written(api: Client, database: Database) -> None:
    reply = await scan(api, phone=OUT)
    assert (reply.status, reply.json()["code"]) == (503, "matching_out")
    assert await kept(database) == []
