"""Cases that were closed, and their applicants who rate them."""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.http.identity import Principal
from chassis.http.upstream import Reply
from chassis.testing.builders import citizen
from chassis.testing.client import Client
from evaluation_svc.events import read
from evaluation_svc.handlers import load_evaluation

Tell = Callable[..., Awaitable[None]]
APPLICATION = "01900000-0000-7000-8000-00000000000a"
TAGS = {
    "status": "confirmed",
    "source": "国家政务服务平台好差评标签",
    "tags": [
        {"tag": "406", "level": "SATISFIED", "text": "一张表单", "is_basic": True},
        {"tag": "407", "level": "SATISFIED", "text": "在线提交窗口核验", "is_basic": True},
        {"tag": "209", "level": "DISSATISFIED", "text": "未按承诺时间", "is_basic": True},
    ],
}


@pytest.fixture
async def tags(database: Database) -> None:
    """Load some reason tags."""
    async with database.unit_of_work() as work:
        await load_evaluation(work, {"rating_tags": TAGS})


@pytest.fixture
def close(tell: Tell) -> Callable[..., Awaitable[None]]:
    """Tell of a case from its submission to its end, decided by one reviewer."""

    async def closed(application_id: str = APPLICATION, **said: Any) -> None:
        told = {"application_id": application_id, "case_id": application_id, "task_id": application_id, **said}
        await tell(read.ApplicationSubmitted, **{**told, "tasks": ["birth_registration"]})
        await tell(read.ApplicationAccepted, **{**told, "tasks": ["birth_registration"]})
        await tell(read.CaseOpened, **told)
        await tell(read.TaskOpened, **told)
        await tell(read.TaskDecided, **told)
        await tell(read.CaseClosed, **told)

    return closed


@pytest.fixture
def rate(api: Client) -> Callable[..., Awaitable[Reply]]:
    """Rate as the applicant of the case."""
    numbers = count()

    async def rated(by: Principal | None = None, **said: Any) -> Reply:
        body = {"level": "SATISFIED", "channel": "MOBILE", **said}
        if "visit_id" not in body:
            body.setdefault("application_id", APPLICATION)
        return await api.post("/api/v1/ratings", by=by or citizen(), body=body, key=f"k{next(numbers)}")

    return rated
