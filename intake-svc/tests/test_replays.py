"""The same key in two processes of intake: one effect, one answer, wherever the second one is held up."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.testing.builders import citizen, clerk
from chassis.testing.client import Client
from chassis.testing.replay_suite import SlowLine, both, two_processes_give_one_answer
from intake_svc import app
from intake_svc.settings import IntakeSettings

Request = dict[str, Any]


@pytest.fixture
async def line(database: Database) -> AsyncIterator[SlowLine]:
    opened = SlowLine.open(database.url, clock=database.clock, ids=database.ids, cipher=database.cipher)
    yield opened
    await opened.close()


@pytest.fixture
def second(
    client: Callable[..., Client],
    settings_for: Callable[..., IntakeSettings],
    line: SlowLine,
    bus: Bus,
    siblings: dict[str, Any],
) -> Client:
    return client(app.build(settings_for(IntakeSettings), database=line, bus=bus, **siblings).app)


async def test_a_draft_is_begun_once(
    api: Client, second: Client, line: SlowLine, answers: dict[str, str], keys: Callable[[], str]
) -> None:
    async def request() -> Request:
        body, key = {"matter_code": "newborn", "answers": answers}, keys()
        return {"path": "/api/v1/drafts", "by": citizen(key), "body": body, "key": key}

    await two_processes_give_one_answer(api, second, line, request)


async def test_a_draft_that_was_begun_is_answered_even_where_the_catalogue_did_not_know_the_matter_yet(
    api: Client, second: Client, line: SlowLine, answers: dict[str, str], catalog: Any
) -> None:
    def publish() -> None:
        catalog.status = 200

    catalog.status = 404
    body = {"matter_code": "newborn", "answers": answers}
    parts = {"path": "/api/v1/drafts", "by": citizen(), "body": body, "key": "k"}
    one, other = await both(api, second, line, parts, after=0, meanwhile=publish)
    assert (one.status, other.status) == (201, 201)
    assert one.body == other.body


async def test_an_application_is_submitted_once(
    api: Client, second: Client, line: SlowLine, drafted: Any, keys: Callable[[], str]
) -> None:
    async def request() -> Request:
        draft = await drafted()
        body = {"draft_id": draft["draft_id"], "draft_version": draft["version"]}
        return {"path": "/api/v1/applications", "by": citizen(), "body": body, "key": keys()}

    await two_processes_give_one_answer(api, second, line, request)


async def test_an_application_is_accepted_once(
    api: Client, second: Client, line: SlowLine, submitted: Any, checked: list[str], keys: Callable[[], str]
) -> None:
    async def request() -> Request:
        path = f"/api/v1/applications/{(await submitted())['application_id']}/acceptances"
        return {"path": path, "by": clerk(), "body": {"materials_checked": checked, "note": ""}, "key": keys()}

    await two_processes_give_one_answer(api, second, line, request)
