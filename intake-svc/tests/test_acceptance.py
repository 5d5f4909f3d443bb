import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.http.identity import Principal
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, clerk, reviewer
from chassis.testing.client import Client, appended, audited, deliver
from intake_svc import handlers
from intake_svc.errors import ApplicationNotFound, NotSubmitted
from intake_svc.events import UnitPublished
from intake_svc.handlers import Intake
from intake_svc.schemas import AcceptanceBody
from intake_svc.store import applications
from intake_svc.store.timelines import entries_of, hand_over

Make = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def accept(api: Client, keys: Callable[[], str], checked: list[str]) -> Callable[..., Awaitable[Any]]:
    """Send an acceptance; by default a right one."""

    async def send(application: dict[str, Any], *, by: Principal | None = None, **overrides: Any) -> Any:
        path = f"/api/v1/applications/{application['application_id']}/acceptances"
        body = {"materials_checked": checked, **overrides}
        return await api.post(path, by=by or clerk(), body=body, key=keys())

    return send


async def test_the_clerk_of_the_lead_unit_accepts_once_all_materials_are_checked(
    submitted: Make, accept: Any, checked: list[str], database: Database
) -> None:
    application = await submitted()
    left = await accept(application, materials_checked=checked[1:])
    assert (left.status, left.json()["code"]) == (422, "materials_unchecked")
    assert [error["code"] for error in left.json()["errors"]] == ["unchecked"]
    accepted = await accept(application)
    assert accepted.status == 201, accepted.body
    assert accepted.json()["accept_doc_no"] == "郑政务受字〔2026〕U23第000001号"
    assert accepted.json()["state"] == "accepted"
    again = await accept(application)
    assert (again.status, again.json()["code"]) == (409, "not_waiting_for_acceptance")
    events = await appended(database)
    for event in events:
        told = event["data"]
        assert (told["region"], told["lead_unit"], told["units"][:2]) == ("410100", "U23", ["U23", "U09"])
        assert len(set(told["units"])) == len(told["units"])
    assert [event["aggregateversion"] for event in events] == [1, 2]
    assert events[1]["data"]["tasks"] == events[0]["data"]["tasks"]


async def test_an_acceptance_is_written_down_as_the_clerks_deed(
    submitted: Make, accept: Any, clock: ManualClock, database: Database
) -> None:
    application = await submitted(by=citizen("citizen-2"))
    clock.advance(hours=1)
    assert (await accept(application, by=clerk("clerk-7"))).status == 201
    async with database.reading() as connection:
        row = (await connection.execute(sa.select(applications))).one()
    assert (row.owner, row.accepted_by, row.accepted_at) == ("citizen-2", "clerk-7", clock.now())
    assert (row.unit, row.accept_doc_no) == ("U23", "郑政务受字〔2026〕U23第000001号")
    assert [(told.actor, told.action, told.subject) for told in await audited(database)] == [
        ("citizen-2", "application.submitted", application["application_id"]),
        ("clerk-7", "application.accepted", application["application_id"]),
    ]
    assert [event["data"]["applicant_id"] for event in await appended(database)] == ["citizen-2"] * 2


async def test_the_clerk_sees_how_to_check_each_material_and_none_that_a_task_is_still_to_produce(
    api: Client, submitted: Make, checked: list[str]
) -> None:
    application = await submitted()
    seen = (await api.get(f"/api/v1/applications/{application['application_id']}", by=clerk())).json()["materials"]
    assert [material["material"] for material in seen] == checked
    assert not {"birth_certificate", "child_hukou_record", "medical_insurance_record"} & set(checked)
    assert all(material["accept_standard"] and material["why"] for material in seen)
    assert {material["obtain_mode"] for material in seen} == {"LICENSE_REUSE", "DATA_VERIFY", "FORM_FIELD"}


async def test_a_checked_material_that_is_none_is_refused_and_never_recorded(
    submitted: Make, accept: Any, checked: list[str], database: Database
) -> None:
    application = await submitted()
    reply = await accept(application, materials_checked=[*checked, "410199200002291025"])
    assert reply.status == 422
    assert reply.json()["errors"][0]["pointer"] == f"/materials_checked/{len(checked)}"
    assert "410199200002291025" not in str(await audited(database))


async def test_a_clerks_note_is_kept_for_staff_and_encrypted(api: Client, accepted: Make, database: Database) -> None:
    application = await accepted(note="与母亲电话 13800000000 核实")
    path = f"/api/v1/applications/{application['application_id']}"
    assert (await api.get(path, by=clerk("clerk-2"))).json()["accept_note"] == "与母亲电话 13800000000 核实"
    assert (await api.get(path, by=citizen())).json()["accept_note"] == ""
    async with database.reading() as connection:
        assert "13800000000" not in str((await connection.execute(sa.select(applications))).all())


async def test_a_paper_reads_as_people_write_it_with_the_units_own_word(
    submitted: Make, accept: Any, service: Service
) -> None:
    known = UnitPublished(unit_code="U23", name="郑州市卫生健康委员会", acceptance_word="郑卫受字")
    await deliver(service, known, subject="U23", version=1)
    assert (await accept(await submitted())).json()["accept_doc_no"] == "郑卫受字〔2026〕第000001号"


async def test_papers_are_numbered_by_year(submitted: Make, accept: Any, clock: Any) -> None:
    numbers = [(await accept(await submitted())).json()["accept_doc_no"] for _ in range(2)]
    clock.advance(days=304)  # 2026-12-31 09:30 in Shanghai
    clock.advance(hours=15)
    numbers.append((await accept(await submitted())).json()["accept_doc_no"])
    assert numbers == [
        "郑政务受字〔2026〕U23第000001号",
        "郑政务受字〔2026〕U23第000002号",
        "郑政务受字〔2027〕U23第000001号",
    ]


async def test_ten_clerks_at_once_accept_once(submitted: Make, accept: Any, database: Database) -> None:
    application = await submitted()
    replies = await asyncio.gather(*(accept(application, by=clerk(f"c{n}")) for n in range(10)))
    assert sorted(reply.status for reply in replies) == [201] + [409] * 9
    assert len(await appended(database, "intake.application.accepted")) == 1


async def test_only_a_window_clerk_of_the_lead_unit_accepts(submitted: Make, accept: Any) -> None:
    application = await submitted()
    assert (await accept(application, by=clerk(unit="U09"))).status == 404
    assert (await accept(application, by=clerk(unit=""))).status == 404
    assert (await accept(application, by=reviewer(unit="U23"))).status == 403
    assert (await accept(application, by=citizen())).status == 403


async def test_a_clerk_does_not_accept_his_own_application(submitted: Make, accept: Any) -> None:
    application = await submitted(by=citizen("clerk-1"))
    refused = await accept(application, by=clerk("clerk-1"))
    assert (refused.status, refused.json()["code"]) == (403, "own_application")
    assert (await accept(application, by=clerk("clerk-2"))).status == 201


async def test_what_was_accepted_or_moved_to_another_window_after_it_was_looked_at_is_not_accepted(
    intake: Intake, database: Database, submitted: Make, checked: list[str]
) -> None:
    first, second = await submitted(), await submitted(by=citizen("citizen-2"))
    body = AcceptanceBody(materials_checked=checked)
    plans = [
        await handlers.plan_acceptance(intake, clerk(), one["application_id"], body) for one in (first, first, second)
    ]
    async with database.unit_of_work() as work:
        await handlers.accept_application(intake, work, clerk(), plans[0])
    async with database.unit_of_work() as work:
        await hand_over(work.connection, [second["application_id"]], "U09", "公安局")
    for plan, refusal in ((plans[1], NotSubmitted), (plans[2], ApplicationNotFound)):
        with pytest.raises(refusal):
            async with database.unit_of_work() as work:
                await handlers.accept_application(intake, work, clerk(), plan)
    async with database.reading() as connection:
        kinds = [entry.kind for entry in await entries_of(connection, second["application_id"])]
    assert "accepted" not in kinds
