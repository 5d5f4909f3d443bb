"""Units: applications under way show a unit's name of today, closed ones that of their end."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.base.clock import local
from chassis.data.database import Database
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, clerk
from chassis.testing.client import Client, appended, audited, deliver
from intake_svc.events import CaseClosed, TaskOpened, TaskTransferred, UnitPublished
from intake_svc.handlers import Intake, transfer_page

Make = Callable[..., Awaitable[dict[str, Any]]]
CASE = "01900000-0000-7000-9000-000000000001"
OLD, NEW, LAST = "郑州市卫生健康委员会", "郑州市卫生健康局", "郑州市健康局"


@pytest.fixture
def unit(service: Service) -> Callable[..., Awaitable[None]]:
    """Have the catalogue tell of a unit."""

    async def tell(code: str, name: str, version: int, **facts: Any) -> None:
        await deliver(service, UnitPublished(unit_code=code, name=name, **facts), subject=code, version=version)

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


async def test_what_is_known_of_a_unit_never_goes_back_when_an_older_word_comes_late(
    api: Client, submitted: Make, unit: Any
) -> None:
    application = await submitted()
    await unit("U23", NEW, 2)
    await unit("U23", OLD, 1)
    shown = await api.get(f"/api/v1/applications/{application['application_id']}", by=citizen())
    assert shown.json()["unit_name"] == NEW


async def test_what_waits_at_an_ended_units_window_is_the_successors_to_accept_and_the_applicant_is_told(
    intake: Intake, api: Client, submitted: Make, accepted: Make, checked: Any, unit: Any, clock: ManualClock,
    database: Database, service: Service,
) -> None:  # fmt: skip
    application, under_way = await submitted(), await accepted()
    path = f"/api/v1/applications/{application['application_id']}"
    await unit("U99", NEW, 1)
    await unit("U23", OLD, 1, valid_to=local(clock.now()).date(), successor="U99")
    assert await transfer_page(intake) == 0
    clock.advance(days=1)
    assert await transfer_page(intake) == 2
    assert await transfer_page(intake) == 0
    body = {"materials_checked": checked, "note": ""}
    assert (await api.get(path, by=clerk())).status == 404
    assert (await api.post(f"{path}/acceptances", by=clerk(), body=body, key="old")).status == 404
    reply = await api.post(f"{path}/acceptances", by=clerk(unit="U99"), body=body, key="new")
    assert (reply.status, reply.json()["unit"], reply.json()["unit_name"]) == (201, "U99", NEW)
    told = (await appended(database, "intake.application.accepted"))[-1]["data"]
    assert (told["unit"], told["lead_unit"], told["units"][0]) == ("U99", "U99", "U99")
    assert "U23" not in told["units"]
    entries = (await api.get(f"{path}/timeline", by=citizen())).json()["entries"]
    assert [entry["kind"] for entry in entries][-2:] == ["transferred", "accepted"]
    assert entries[-2]["text"] == f"受理窗口由{OLD}转至{NEW}"
    moved = [(row.actor, row.subject) for row in await audited(database) if row.action == "application.transferred"]
    assert set(moved) == {("intake", one["application_id"]) for one in (application, under_way)}
    task = {"task_key": "birth_certificate", "name": "签发出生医学证明", "unit": "U99", "from_unit": "U23"}
    task |= {"task_id": CASE}
    event = TaskTransferred(application_id=under_way["application_id"], **task)
    await deliver(service, event, subject=CASE, version=1)
    of_other = f"/api/v1/applications/{under_way['application_id']}/timeline"
    last = (await api.get(of_other, by=citizen())).json()["entries"][-1]
    assert (last["kind"], last["unit"]) == ("task_transferred", "U99")
    assert last["text"] == f"签发出生医学证明由{OLD}转{NEW}办理"


async def test_what_is_closed_stays_with_the_unit_that_closed_it(
    intake: Intake, service: Service, api: Client, accepted: Make, unit: Any, clock: ManualClock
) -> None:
    application = await accepted()
    of_case = {"application_id": application["application_id"]}
    end = CaseClosed(**of_case, outcome="granted", closed_at=clock.now(), elapsed_working_minutes=1)
    await deliver(service, end, subject=CASE, version=1)
    await unit("U99", NEW, 1)
    await unit("U23", OLD, 1, valid_to=local(clock.now()).date(), successor="U99")
    clock.advance(days=1)
    assert await transfer_page(intake) == 0
    shown = (await api.get(f"/api/v1/applications/{application['application_id']}", by=citizen())).json()
    assert (shown["unit"], shown["unit_name"]) == ("U23", OLD)
