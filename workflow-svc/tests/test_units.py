"""Units: renamed for open work at once, for what is final never again."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import reviewer
from chassis.testing.client import Client, deliver
from workflow_svc.events import UnitPublished

Accept = Callable[..., Awaitable[str]]
Decide = Callable[..., Awaitable[Reply]]
Tell = Callable[..., Awaitable[None]]


@pytest.fixture
def unit(service: Service) -> Tell:
    """Have the catalogue tell of a unit."""

    async def tell(code: str, version: int = 1, **facts: Any) -> None:
        event = UnitPublished(**{"unit_code": code, "name": f"单位 {code}", **facts})
        await deliver(service, event, subject=code, version=version)

    return tell


async def names(api: Client, case_id: str) -> tuple[str, dict[str, str]]:
    case = (await api.get(f"/api/v1/cases/{case_id}", by=reviewer(unit="U23"))).json()
    return case["lead_unit_name"], {task["task_key"]: task["unit_name"] for task in case["tasks"]}


async def test_a_reviewer_reads_the_units_new_name_on_open_work_and_the_old_one_on_what_was_decided_under_it(
    city: None, accept: Accept, decide: Decide, api: Client, unit: Tell
) -> None:
    case_id = await accept("certificate", "vaccination", "registration")
    await unit("U23", name="卫生健康委")
    assert (await decide(case_id, "certificate")).status == 201
    await unit("U23", 2, name="卫生健康局")
    lead, shown = await names(api, case_id)
    assert (lead, shown["vaccination"], shown["certificate"]) == ("卫生健康局", "卫生健康局", "卫生健康委")
    assert shown["registration"] == "单位 U09"
    inbox = (await api.get("/api/v1/tasks", by=reviewer(unit="U23"))).json()["items"]
    assert [task["unit_name"] for task in inbox] == ["卫生健康局"]
    assert (await decide(case_id, "vaccination")).json()["unit_name"] == "卫生健康局"
    assert (await decide(case_id, "registration")).status == 201
    await unit("U23", 3, name="卫生和健康局")
    assert await names(api, case_id) == (
        "卫生健康局",
        {"certificate": "卫生健康委", "vaccination": "卫生健康局", "registration": "单位 U09"},
    )


async def test_what_is_known_of_a_unit_never_goes_back_when_an_older_word_comes_late(
    city: None, accept: Accept, api: Client, unit: Tell
) -> None:
    case_id = await accept("certificate")
    await unit("U23", 2, name="后来的名称")
    await unit("U23", 1, name="从前的名称")
    assert (await names(api, case_id))[0] == "后来的名称"
