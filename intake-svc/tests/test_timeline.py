from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, clerk
from chassis.testing.client import Client, audited, deliver
from intake_svc.events import CaseOpened, TaskDecided, TaskOpened, UnitPublished
from intake_svc.handlers.timeline import KEPT
from intake_svc.store import applications

Make = Callable[..., Awaitable[dict[str, Any]]]
CASE = "01900000-0000-7000-8000-00000000000c"
TASK = "01900000-0000-7000-8000-0000000000d1"
REASON = {"reason": "出生信息与医院上报不一致", "basis": "户口登记条例第七条", "remedies": "可以申请行政复议"}


@pytest.fixture
async def refused(service: Service, accepted: Make, clock: ManualClock, workflow: Any) -> str:
    """Have the first task of an application refused, and two others fall with it; return the timeline's path."""
    application_id = (await accepted())["application_id"]
    tasks = ["birth_certificate", "vaccination", "birth_registration"]
    told = {"application_id": application_id, "task_key": tasks[0], "name": "环节", "unit": "U23"}
    case = CaseOpened(case_id=CASE, application_id=application_id, tasks=3, promised_due=clock.now(), provisional=False)
    await deliver(service, case, subject=CASE, version=1)
    await deliver(service, TaskOpened(**told, task_id=TASK), subject=CASE, version=2)
    decided = TaskDecided(**told, outcome="refused", not_needed=tasks[1:3])
    await deliver(service, decided, subject=CASE, version=3)
    workflow.case["tasks"] = [{"task_key": tasks[0], **REASON}, {"task_key": tasks[1], **dict.fromkeys(REASON, "")}]
    return f"/api/v1/applications/{application_id}/timeline"


async def test_the_applicant_reads_why_it_was_refused_and_what_she_can_do(
    api: Client, refused: str, workflow: Any
) -> None:
    timeline = (await api.get(refused, by=citizen())).json()
    (entry,) = [entry for entry in timeline["entries"] if entry["kind"] == "task_refused"]
    assert (entry["refusal"], timeline["reasons_missing"]) == (REASON, "")
    assert entry["unit_name"] == "郑州市卫生健康委员会"
    assert workflow.asked == [f"/api/v1/cases/{CASE}"]


async def test_staff_read_no_reason_on_the_timeline(api: Client, refused: str, workflow: Any) -> None:
    timeline = await api.get(refused, by=clerk())
    assert REASON["reason"] not in timeline.body.decode()
    assert workflow.asked == []


async def test_the_timeline_answers_though_workflow_does_not(api: Client, refused: str, workflow: Any) -> None:
    workflow.status = 500
    timeline = await api.get(refused, by=citizen())
    assert (timeline.status, "稍后" in timeline.json()["reasons_missing"]) == (200, True)
    assert [entry["refusal"] for entry in timeline.json()["entries"] if entry["kind"] == "task_refused"] == [None]


async def test_the_timeline_shows_the_steps_the_case_and_the_paper(api: Client, refused: str) -> None:
    timeline = (await api.get(refused, by=citizen())).json()
    states = {stage["task_key"]: stage["state"] for stage in timeline["stages"]}
    assert list(states.values())[:3] == ["refused", "not_needed", "not_needed"]
    assert set(list(states.values())[3:]) <= {"waiting"}
    assert timeline["stages"][0]["since"]
    assert timeline["stages"][0]["until"]
    assert (timeline["case_id"], timeline["matter_code"], timeline["name"]) == (CASE, "newborn", "新生儿出生")
    assert timeline["unit_name"] == "郑州市卫生健康委员会"
    assert timeline["accept_doc_no"]
    assert timeline["submitted_at"]


async def test_who_has_the_timeline_is_not_sent_it_again_until_it_changes(
    api: Client, refused: str, workflow: Any
) -> None:
    first = await api.get(refused, by=citizen())
    again = await api.get(refused, by=citizen(), headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    workflow.status = 500
    changed = await api.get(refused, by=citizen(), headers={"if-none-match": first.headers["etag"]})
    assert changed.status == 200


async def test_nobody_is_asked_while_nothing_was_refused(api: Client, accepted: Make, workflow: Any) -> None:
    path = f"/api/v1/applications/{(await accepted())['application_id']}/timeline"
    assert (await api.get(path, by=citizen())).status == 200
    assert workflow.asked == []


async def test_a_look_at_a_timeline_reads_nothing_encrypted_and_only_the_names_it_shows(
    api: Client, submitted: Make, asked: list[str]
) -> None:
    application = await submitted()
    asked.clear()
    assert (await api.get(f"/api/v1/applications/{application['application_id']}/timeline", by=citizen())).status == 200
    assert not [one for one in asked if "application.given" in one or "accept_note" in one]
    (names,) = [one for one in asked if "unit.name AS unit_name" in one]
    assert "JOIN unit ON unit.unit_code = timeline.unit" in names
    assert "unit.unit_code IN (" in names


async def test_an_unchanged_timeline_is_read_by_one_statement(api: Client, submitted: Make, asked: list[str]) -> None:
    path = f"/api/v1/applications/{(await submitted())['application_id']}/timeline"
    first = await api.get(path, by=citizen())
    asked.clear()
    again = await api.get(path, by=citizen())
    assert (again.body, again.headers["etag"]) == (first.body, first.headers["etag"])
    assert len([one for one in asked if one != "BEGIN"]) == 1


async def test_what_happens_and_what_a_unit_is_called_show_on_the_timeline_at_once(
    api: Client, accepted: Make, service: Service, clock: ManualClock
) -> None:
    application_id = (await accepted())["application_id"]
    path = f"/api/v1/applications/{application_id}/timeline"

    async def shown() -> Any:
        return (await api.get(path, by=citizen())).json()

    before = await shown()
    case = CaseOpened(case_id=CASE, application_id=application_id, tasks=3, promised_due=clock.now(), provisional=False)
    await deliver(service, case, subject=CASE, version=1)
    after = await shown()
    assert (len(after["entries"]) - len(before["entries"]), after["case_id"]) == (1, CASE)
    await deliver(service, UnitPublished(unit_code="U23", name="另一个名称"), subject="U23", version=1)
    assert (await shown())["entries"][-2]["unit_name"] == "另一个名称"


CHANGED: dict[str, Any] = {
    "case_id": "01900000-0000-7000-8000-00000000000e",
    "unit": "U09",
    "accepted_at": datetime(2026, 3, 3, 1, 0, tzinfo=UTC),
    "accept_doc_no": "郑卫受理〔2026〕2号",
    "state": "closed",
    "outcome": "partly_granted",
    "expected_finish": datetime(2026, 4, 1, 9, 0, tzinfo=UTC),
    "provisional": True,
    "tasks_total": 9,
    "tasks_done": 5,
    "elapsed_working_minutes": 77,
}
STAYS = {"application_id", "application_number", "matter_code", "name", "submitted_at"}


async def test_what_the_release_before_changes_without_an_entry_shows_on_a_timeline_that_was_read(
    api: Client, accepted: Make, database: Database
) -> None:
    path = f"/api/v1/applications/{(await accepted())['application_id']}/timeline"
    by = citizen()
    assert {*CHANGED, *STAYS, "unit_name"} == set(KEPT)
    for column, value in CHANGED.items():
        before = (await api.get(path, by=by)).json()
        async with database.unit_of_work() as work:
            await work.connection.execute(applications.update().values({column: value}))
        after = (await api.get(path, by=by)).json()
        assert (column, after[column]) != (column, before[column])
    async with database.unit_of_work() as work:
        await work.connection.execute(applications.update().values(tasks_dropped=["birth_certificate"]))
    stages = {stage["task_key"]: stage["state"] for stage in (await api.get(path, by=by)).json()["stages"]}
    assert stages["birth_certificate"] == "not_needed"


async def test_a_timeline_that_was_read_is_nobody_elses_and_each_look_of_staff_is_written_down(
    api: Client, submitted: Make, service: Service
) -> None:
    path = f"/api/v1/applications/{(await submitted())['application_id']}/timeline"
    assert (await api.get(path, by=citizen())).status == 200
    assert (await api.get(path, by=citizen("somebody-else"))).status == 404
    for _ in range(2):
        assert (await api.get(path, by=clerk())).status == 200
    looks = [row for row in await audited(service.database) if row.action == "timeline.shown"]
    assert len(looks) == 2
