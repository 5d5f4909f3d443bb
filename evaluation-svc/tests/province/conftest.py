"""The simulated provincial platform, ratings to be told to it, and the worker that tells them."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from chassis.base.ids import new_code
from chassis.data.database import Database
from chassis.data.outgoing import Worker
from chassis.http.upstream import Reply
from chassis.testing.builders import ManualClock, citizen
from chassis.testing.client import Client
from evaluation_svc.events import read
from evaluation_svc.handlers import Evaluation, load_evaluation
from evaluation_svc.handlers.province import TELLING, tell_province
from evaluation_svc.outside.province import ProvincialPlatform
from evaluation_svc.outside.provincial_rest import Line, RestProvincialPlatform
from yiwang.simulators.province import APP_ID, ProvinceSimulator, new_secret

Tell = Callable[..., Awaitable[None]]
APPLICATION = "01900000-0000-7000-8000-00000000000a"
TAGS = {
    "status": "proposed",
    "source": "国家政务服务平台好差评标签",
    "tags": [{"tag": "209", "level": "DISSATISFIED", "text": "未按承诺时间", "is_basic": True}],
}
SECONDS = 0.3
"""How long the platform may take to answer in these tests."""


@pytest.fixture
def simulated(clock: ManualClock) -> ProvinceSimulator:
    return ProvinceSimulator(clock, new_secret())


@pytest.fixture
def platform(simulated: ProvinceSimulator, clock: ManualClock) -> RestProvincialPlatform:
    return RestProvincialPlatform(Line(simulated, APP_ID, simulated.secret.encode(), SECONDS), clock, new_code)


@pytest.fixture
def work(evaluation: Evaluation, platform: RestProvincialPlatform) -> Callable[..., Awaitable[int]]:
    """Tell the province what is due, once; return how much was tried."""

    async def once(by: ProvincialPlatform = platform) -> int:
        do = partial(tell_province, evaluation, by)
        return await Worker(evaluation.database, "evaluation", TELLING, do).round("test")

    return once


@pytest.fixture
async def rated(tell: Tell, api: Client, database: Database, calendar: None) -> Callable[..., Awaitable[str]]:
    """Have a matter finished and rated by its applicant; return the rating's id. Raises AssertionError."""
    _ = calendar
    keys = iter(range(10_000))
    async with database.unit_of_work() as opened:
        await load_evaluation(opened, {"rating_tags": TAGS})

    async def rate(application_id: str = APPLICATION, applicant: str = "citizen-1", **said: Any) -> str:
        told: dict[str, Any] = {"application_id": application_id, "case_id": application_id, "task_id": application_id}
        told |= {"applicant_id": applicant, "tasks": ["birth_registration"]}
        for event in (read.ApplicationSubmitted, read.ApplicationAccepted):
            await tell(event, **told)
        for of_case in (read.CaseOpened, read.TaskOpened, read.TaskDecided, read.CaseClosed):
            await tell(of_case, **{**told, "tasks": 1})
        body = {"application_id": application_id, "level": "DISSATISFIED", "tags": ["209"], "channel": "MOBILE", **said}
        reply = await api.post("/api/v1/ratings", by=citizen(applicant), body=body, key=f"rate-{next(keys)}")
        return str(_made(reply)["rating_id"])

    return rate


@pytest.fixture
def again(api: Client) -> Callable[..., Awaitable[str]]:
    """Rate a second time what a rating was of; return the second one's id."""

    async def rate(rating_id: str, **said: Any) -> str:
        body = {"level": "SATISFIED", "channel": "MOBILE", **said}
        path = f"/api/v1/ratings/{rating_id}/second"
        return str(_made(await api.post(path, by=citizen(), body=body, key=f"again-{rating_id}"))["rating_id"])

    return rate


def _made(reply: Reply) -> Any:
    assert reply.status == 201, reply.body
    return reply.json()
