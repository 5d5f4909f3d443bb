"""The same key in two processes of workflow: one decision, one answer, wherever the second one is held up."""

from collections.abc import AsyncIterator, Callable
from itertools import count
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.testing.builders import reviewer
from chassis.testing.client import Client
from chassis.testing.replay_suite import SlowLine, two_processes_give_one_answer
from workflow_svc import app
from workflow_svc.settings import WorkflowSettings


@pytest.fixture
async def line(database: Database) -> AsyncIterator[SlowLine]:
    opened = SlowLine.open(database.url, clock=database.clock, ids=database.ids, cipher=database.cipher)
    yield opened
    await opened.close()


async def test_a_task_is_decided_once(
    city: None,
    accept: Any,
    tasks: Any,
    api: Client,
    client: Callable[..., Client],
    settings_for: Callable[..., WorkflowSettings],
    line: SlowLine,
    bus: Bus,
) -> None:
    second = client(app.build(settings_for(WorkflowSettings), database=line, bus=bus).app)
    numbers = count(1)

    async def request() -> dict[str, Any]:
        task = (await tasks(await accept()))["certificate"]
        path = f"/api/v1/tasks/{task['task_id']}/decisions"
        return {
            "path": path,
            "by": reviewer(unit=task["unit"]),
            "body": {"outcome": "grant"},
            "key": f"k{next(numbers)}",
        }

    await two_processes_give_one_answer(api, second, line, request)
