"""Clients that go away in the middle of their requests, through the gateway's app, on both databases."""

import asyncio
import json
import random
from collections.abc import Callable, Coroutine, Generator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any

import pytest
from chassis.events.bus import Bus
from chassis.http.upstream import call
from chassis.testing.builders import ManualClock
from chassis.testing.plugin import OpenDatabase
from gateway.development.flow import sign_in
from gateway.development.provider import new_provider_key
from gateway.settings import GatewaySettings
from joserfc.jwk import OKPKey
from yiwang import journey
from yiwang.demo import CITIZEN, CLERK, REVIEWERS
from yiwang.journey import ANSWERS, MATTER, Actor, Cast
from yiwang.services import SERVICES
from yiwang.suite import CONTRACTS, Suite, composed

from gateway import app as gateway_app

URL = "http://127.0.0.1:1"
REQUESTS, AT_ONCE, CITIZENS = 2000, 25, 100
KINDS = 4
"""Of request, one after another."""
PATIENCE = 60.0  # seconds: on a busy machine nobody but the clients themselves goes away


@pytest.fixture
async def suite(
    open_database: OpenDatabase,
    settings_for: Callable[..., Any],
    bus: Bus,
    gateway_key: OKPKey,
    clock: ManualClock,
) -> Suite:
    clock.set(datetime.now(UTC))  # the story's child was born these days
    databases = {name: await open_database(one.package) for name, one in SERVICES.items()}
    services = composed({name: settings_for(one.settings) for name, one in SERVICES.items()}, databases, bus)
    settings = GatewaySettings(
        contracts=CONTRACTS,
        public_url=URL,
        oidc_issuer=f"{URL}{gateway_app.DEVELOPMENT_PATH}",
        principal_private_key=json.dumps(gateway_key.as_dict(private=True)),
    )
    provider = gateway_app.development_provider(settings, clock, new_provider_key().as_dict(private=True))
    upstreams = {service.name: service.app for service in services}
    gateway = gateway_app.build(settings, upstreams=upstreams, development=provider, clock=clock)
    return Suite(gateway, services, bus, provider)


def tokens(suite: Suite) -> list[str]:
    """Sign in as many citizens as it takes to stay below each one's rate."""
    person = suite.provider.persons[CITIZEN]
    for number in range(CITIZENS):
        subject = f"{CITIZEN}-{number}"
        suite.provider.persons[subject] = replace(person, subject=subject)
    return [suite.provider.token(f"{CITIZEN}-{number}") for number in range(CITIZENS)]


async def one(suite: Suite, number: int, token: str) -> int:
    headers = {"authorization": f"Bearer {token}", "idempotency-key": f"k{number}"}
    if number % KINDS == 0:
        return (await call(suite.gateway, "GET", "/api/v1/drafts", headers=headers, within=PATIENCE)).status
    if number % KINDS == 1:
        words = {"q": "生孩子"}
        return (
            await call(suite.gateway, "GET", "/api/v1/matters", query=words, headers=headers, within=PATIENCE)
        ).status
    body = {"matter_code": MATTER, "answers": dict(ANSWERS)}
    return (await call(suite.gateway, "POST", "/api/v1/drafts", body=body, headers=headers, within=PATIENCE)).status


class Leaving:
    """A client that goes away while it waits for the so-many-th time: at that moment on any machine, fast or busy.

    One that goes at none stays, and tells how many there were.
    """

    def __init__(self, request: Coroutine[Any, Any, int], *, at: int = 0) -> None:
        self._request, self.at = request, at
        self.waits = 0

    async def whole(self) -> int:
        """Make the request. Raises CancelledError when it took longer than its client."""
        return await self

    def __await__(self) -> Generator[Any, None, int]:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        steps = self._request.__await__()
        resume: Callable[[], Any] = partial(steps.send, None)
        for wait in count(1):
            try:
                waited_for = resume()
            except StopIteration as ended:
                return int(ended.value)
            self.waits = wait
            if wait == self.at:
                loop.call_soon(task.cancel)
            try:
                yield waited_for
                resume = partial(steps.send, None)
            except BaseException as thrown:  # noqa: BLE001  it is the request's, cancelled or not
                resume = partial(steps.throw, thrown)
        raise AssertionError


def moment(chance: random.Random, waits: int) -> int:
    """Return at which wait a client goes, of as many as the last request of its kind took; each other one stays."""
    return chance.choice((0, chance.randint(1, waits)))


async def at_rest(suite: Suite) -> None:
    async with asyncio.timeout(60):
        while sum(service.database.connections_in_use() for service in suite.services):
            await asyncio.sleep(0.01)


@pytest.mark.timeout(300)
async def test_two_thousand_clients_that_go_away_leave_no_connection_in_use_and_a_suite_that_answers(
    suite: Suite,
) -> None:
    chance, answered, gone = random.Random(17), 0, 0
    async with suite.running():
        signed = tokens(suite)
        waits = [1] * KINDS
        for first in range(0, REQUESTS, AT_ONCE):
            clients = [
                Leaving(one(suite, number, signed[number % CITIZENS]), at=moment(chance, waits[number % KINDS]))
                for number in range(first, first + AT_ONCE)
            ]
            for found in await asyncio.gather(*(client.whole() for client in clients), return_exceptions=True):
                answered += isinstance(found, int)
                gone += isinstance(found, asyncio.CancelledError)
            for number, client in enumerate(clients, first):
                waits[number % KINDS] = waits[number % KINDS] if client.at else max(client.waits, 1)
        assert answered + gone == REQUESTS
        assert min(answered, gone) > REQUESTS / 10, waits
        await at_rest(suite)

        async def actor(name: str) -> Actor:
            return Actor(suite.gateway, await sign_in(suite.gateway, name))

        reviewers = {unit: await actor(person) for unit, person in REVIEWERS.items()}
        told = await journey.whole(Cast(await actor(CITIZEN), await actor(CLERK), reviewers))
        assert told.timeline["outcome"] == "granted"
    assert not any(service.database.connections_in_use() for service in suite.services)
