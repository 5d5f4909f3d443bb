"""Units: applications under way show a unit's name of today, closed ones that of their end."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, clerk
from chassis.testing.client import Client, deliver
from intake_svc.events import CaseClosed, TaskOpened, UnitPublished

Make = Callable[..., Awaitable[dict[str, Any]]]
CASE = "01900000-0000-7000-9000-000000000001"
OLD, NEW, LAST = "郑州市卫生健康委员会", "郑州市卫生健康局", "郑州市健康局"


@pytest.fixture
def unit(service: Service) -> Callable[..., Awaitable[None]]:
    """Have the catalogue tell of a unit."""

    async def tell(code: str, name: str, version: int) -> None:
        await deliver(service, UnitPublished(unit_code=code, name=name), subject=code, version=version)

    return tell


async def test_an_applicant_and_the_window_read_the_units_new_name_until_the_application_is_closed(
    service: Service, clock: ManualClock, accepted: Make, api: Client, unit: Any
) -> None:
    application = await accepted()
    assert application["unit_name"] == OLD
    path = f"/api/v1/applications/{application['application_id']}"

    async def shown() -> set[str]:
        alone = (await api.get(path, by=citizen())).json()["unit_name"]
        (one,) = (await api.get("/api/v1/applications", by=clerk())).json()["items"]
        return {alone, one["unit_name"]}

    await unit("U23", NEW, 1)
    assert await shown() == {NEW}
    task = {"task_id": "t", "task_key": "birth_certificate", "name": "签发出生医学证明", "unit": "U23"}
    of_case = {"application_id": application["application_id"]}
    await deliver(service, TaskOpened(**of_case, **task), subject=CASE, version=1)
    entries = (await api.get(f"{path}/timeline", by=citizen())).json()["entries"]
    assert entries[-1]["text"] == f"{NEW}开始办理:签发出生医学证明"
    assert entries[-2]["text"] == f"{OLD}窗口已受理"  # what was told stays as it was told
    end = CaseClosed(**of_case, outcome="granted", closed_at=clock.now(), elapsed_working_minutes=1)
    await deliver(service, end, subject=CASE, version=2)
    await unit("U23", LAST, 2)
    assert await shown() == {NEW}


async def test_the_window_accepts_under_the_name_of_today(
    api: Client, submitted: Make, checked: Any, unit: Any
) -> None:
    application = await submitted()
    await unit("U23", NEW, 1)
    path = f"/api/v1/applications/{application['application_id']}"
    body = {"materials_checked": checked, "note": ""}
    reply = await api.post(f"{path}/acceptances", by=clerk(), body=body, key="accept")
    assert reply.json()["unit_name"] == NEW
    entries = (await api.get(f"{path}/timeline", by=citizen())).json()["entries"]
    assert entries[-1]["text"] == f"{NEW}窗口已受理"
