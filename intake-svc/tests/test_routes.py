import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.database import Database
from chassis.schema import audit, idempotency, outbox
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, clerk, reviewer
from chassis.testing.client import Client, appended, deliver
from intake_svc.events import CaseClosed, CaseOpened, TaskDecided, TaskOpened
from intake_svc.store import applications

FORM = {
    "child_name": "测小宝",
    "child_sex": "1",
    "child_birth_date": "2026-02-26",
    "birth_hospital": "测试医院",
    "mother_name": "测试母亲",
    "mother_id_number": "410199200002291025",
    "mother_phone": "13800000000",
    "father_name": "测试父亲",
    "father_id_number": "410199199003070018",
    "hukou_follow": "mother",
    "residence_address": "郑州市测试路 1 号",
    "card_bank": "测试银行",
    "bank_account": "6200000000000000000",
    "bank_account_name": "测试母亲",
}
MATERIALS = {"parent_id_card": "410199200002291025"}
CHECKED = [
    "parent_id_card",
    "marriage_certificate",
    "household_register",
    "birth_certificate",
    "hospital_birth_record",
    "medical_insurance_record",
    "hospital_expense_record",
    "bank_account_slip",
]
ANSWERS = {"hukou_here": "yes"}


async def drafted(api: Client, *, by: Any = None, key: str = "d") -> dict[str, Any]:
    by = by or citizen()
    made = (
        await api.post("/api/v1/drafts", by=by, body={"matter_code": "newborn", "answers": ANSWERS}, key=key)
    ).json()
    saved = await api.put(f"/api/v1/drafts/{made['draft_id']}", by=by, body={"form": FORM, "materials": MATERIALS})
    assert saved.status == 200, saved.body
    draft: dict[str, Any] = saved.json()
    return draft


async def submitted(api: Client, *, by: Any = None, key: str = "s") -> dict[str, Any]:
    by = by or citizen()
    draft = await drafted(api, by=by, key=f"{key}-draft")
    reply = await api.post("/api/v1/applications", by=by, body={"draft_id": draft["draft_id"]}, key=key)
    assert reply.status == 201, reply.body
    application: dict[str, Any] = reply.json()
    return application


async def test_a_draft_tells_what_is_missing_until_it_is_complete(api: Client) -> None:
    made = await api.post("/api/v1/drafts", by=citizen(), body={"matter_code": "newborn", "answers": ANSWERS}, key="k")
    assert made.status == 201
    assert made.headers["location"] == f"/api/v1/drafts/{made.json()['draft_id']}"
    assert len(made.json()["missing"]) > 10
    assert (await drafted(api))["missing"] == []


async def test_the_catalogues_refusals_come_through_with_their_pointers(api: Client) -> None:
    wrong = {"matter_code": "newborn", "answers": {"wrong": "yes"}}
    reply = await api.post("/api/v1/drafts", by=citizen(), body=wrong, key="k")
    assert (reply.status, reply.json()["errors"][0]["pointer"]) == (422, "/answers/wrong")
    reply = await api.post("/api/v1/drafts", by=citizen(), body={"matter_code": "x", "answers": {}}, key="k")
    assert (reply.status, reply.json()["code"]) == (404, "matter_not_found")


async def test_a_catalogue_that_is_out_is_503(api: Client, catalog: Any) -> None:
    catalog.status = 500
    reply = await api.post("/api/v1/drafts", by=citizen(), body={"matter_code": "newborn", "answers": {}}, key="k")
    assert (reply.status, reply.json()["code"]) == (503, "catalog_unavailable")
    assert reply.headers["retry-after"]


async def test_a_stale_copy_of_a_draft_is_refused(api: Client) -> None:
    draft = await drafted(api)
    path = f"/api/v1/drafts/{draft['draft_id']}"
    stale = await api.put(path, by=citizen(), body={"form": {}}, headers={"if-match": '"1"'})
    assert (stale.status, stale.json()["code"]) == (412, "draft_changed")
    fresh = await api.put(path, by=citizen(), body={"form": {}}, headers={"if-match": '"2"'})
    assert (fresh.status, fresh.headers["etag"]) == (200, '"3"')


async def test_a_submission_gets_a_number_an_event_and_an_audit_row(api: Client, database: Database) -> None:
    application = await submitted(api)
    assert application["application_number"].startswith("410100U23202603022000001")
    assert application["state"] == "submitted"
    (event,) = await appended(database)
    assert event["type"] == "intake.application.submitted"
    assert event["data"]["tasks"][0] == "birth_certificate"
    async with database.reading() as connection:
        actions = (await connection.execute(sa.select(audit.c.action))).scalars().all()
    assert actions == ["application.submitted"]


async def test_an_incomplete_draft_is_refused_with_every_fault(api: Client) -> None:
    made = await api.post("/api/v1/drafts", by=citizen(), body={"matter_code": "newborn", "answers": ANSWERS}, key="k")
    reply = await api.post("/api/v1/applications", by=citizen(), body={"draft_id": made.json()["draft_id"]}, key="k")
    assert (reply.status, reply.json()["code"]) == (422, "form_incomplete")
    pointers = {error["pointer"] for error in reply.json()["errors"]}
    assert pointers >= {"/form/child_name", "/materials/parent_id_card"}


async def test_a_newer_version_of_the_matter_asks_to_open_the_draft_again(api: Client, catalog: Any) -> None:
    draft = await drafted(api)
    catalog.guide["matter_version"] = 2
    body = {"draft_id": draft["draft_id"]}
    reply = await api.post("/api/v1/applications", by=citizen(), body=body, key="k")
    assert (reply.status, reply.json()["code"]) == (409, "matter_version_changed")
    await api.put(f"/api/v1/drafts/{draft['draft_id']}", by=citizen(), body={"form": FORM, "materials": MATERIALS})
    assert (await api.post("/api/v1/applications", by=citizen(), body=body, key="k")).status == 201


async def test_twenty_submissions_of_one_draft_make_one_application(api: Client, database: Database) -> None:
    draft = await drafted(api)
    body = {"draft_id": draft["draft_id"]}
    replies = await asyncio.gather(
        *(api.post("/api/v1/applications", by=citizen(), body=body, key=f"k{n}") for n in range(20))
    )
    assert sorted(reply.status for reply in replies) == [201] + [404] * 19
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(sa.func.count()).select_from(applications))).scalar() == 1


async def test_numbers_are_unique_and_gapless_under_thirty_submissions_at_once(api: Client) -> None:
    who = [citizen(f"citizen-{n}") for n in range(30)]
    found = await asyncio.gather(*(submitted(api, by=one, key=f"k{n}") for n, one in enumerate(who)))
    sequences = sorted(int(application["application_number"][18:24]) for application in found)
    assert sequences == list(range(1, 31))


async def test_the_clerk_of_the_lead_unit_accepts_once_all_materials_are_checked(
    api: Client, database: Database
) -> None:
    application = await submitted(api)
    path = f"/api/v1/applications/{application['application_id']}/acceptances"
    left = await api.post(path, by=clerk(), body={"materials_checked": CHECKED[1:]}, key="a")
    assert (left.status, left.json()["code"]) == (422, "materials_unchecked")
    assert left.json()["errors"][0]["code"] == "parent_id_card"
    accepted = await api.post(path, by=clerk(), body={"materials_checked": CHECKED}, key="b")
    assert accepted.status == 201, accepted.body
    assert accepted.json()["accept_doc_no"] == "郑政务受字〔2026〕U23第000001号"
    again = await api.post(path, by=clerk(), body={"materials_checked": CHECKED}, key="c")
    assert (again.status, again.json()["code"]) == (409, "not_waiting_for_acceptance")
    versions = [event["aggregateversion"] for event in await appended(database)]
    assert versions == [1, 2]


async def test_ten_clerks_at_once_accept_once(api: Client, database: Database) -> None:
    application = await submitted(api)
    path = f"/api/v1/applications/{application['application_id']}/acceptances"
    replies = await asyncio.gather(
        *(api.post(path, by=clerk(f"c{n}"), body={"materials_checked": CHECKED}, key="k") for n in range(10))
    )
    assert sorted(reply.status for reply in replies) == [201] + [409] * 9
    assert len(await appended(database, "intake.application.accepted")) == 1


async def test_strangers_other_units_and_reviewers_cannot_see_or_accept(api: Client) -> None:
    application = await submitted(api)
    path = f"/api/v1/applications/{application['application_id']}"
    for stranger in (citizen("citizen-2"), clerk(unit="U09"), reviewer(unit="U09")):
        for where in (path, f"{path}/timeline"):
            absent = await api.get("/api/v1/applications/01900000-0000-7000-8000-ffffffffffff", by=stranger)
            reply = await api.get(where, by=stranger)
            assert reply.status == absent.status == 404
            assert reply.json()["code"] == absent.json()["code"]
    body = {"materials_checked": CHECKED}
    assert (await api.post(f"{path}/acceptances", by=clerk(unit="U09"), body=body, key="k")).status == 404
    assert (await api.post(f"{path}/acceptances", by=reviewer(unit="U23"), body=body, key="k")).status == 403
    assert (await api.post(f"{path}/acceptances", by=citizen(), body=body, key="k")).status == 403


async def test_the_clerk_sees_personal_values_masked_and_the_applicant_her_own(api: Client) -> None:
    application = await submitted(api)
    path = f"/api/v1/applications/{application['application_id']}"
    assert (await api.get(path, by=citizen())).json()["form"]["mother_id_number"] == "410199200002291025"
    seen = (await api.get(path, by=clerk())).json()["form"]
    assert seen["mother_id_number"] == "410***********1025"
    assert seen["mother_name"] == "测***"


async def test_a_clerk_finds_applications_by_id_number_in_the_body(api: Client) -> None:
    application = await submitted(api)
    for number, expected in (("410199200002291025", 1), ("410199199003070018", 1), ("41019919551231123X", 0)):
        found = await api.post("/api/v1/applications/searches", by=clerk(), body={"id_number": number})
        assert [one["application_id"] for one in found.json()["items"]] == [application["application_id"]] * expected
    other = await api.post(
        "/api/v1/applications/searches", by=clerk(unit="U09"), body={"id_number": "410199200002291025"}
    )
    assert other.json()["items"] == []


@pytest.mark.parametrize("field", ["state", "owner", "unit", "fee", "application_number"])
async def test_nobody_sets_what_is_not_his_to_set(api: Client, field: str) -> None:
    draft = await drafted(api)
    body = {"draft_id": draft["draft_id"], field: "x"}
    assert (await api.post("/api/v1/applications", by=citizen(), body=body, key="k")).status == 422


async def test_the_case_becomes_the_applicants_timeline(api: Client, service: Service, clock: ManualClock) -> None:
    application = await submitted(api)
    application_id, now = application["application_id"], clock.now()
    common: dict[str, Any] = {"application_id": application_id}
    task = {**common, "task_key": "birth_certificate", "name": "签发出生医学证明", "unit": "U23"}
    events = [
        CaseOpened(**common, case_id=application_id, tasks=2, promised_due=now, provisional=False),
        TaskOpened(**task),
        TaskDecided(**task, outcome="granted", not_needed=["vaccination"]),
        CaseClosed(**common, outcome="granted", closed_at=now, elapsed_working_minutes=42),
    ]
    for version, event in enumerate(events, start=1):
        for _ in range(2):
            await deliver(service, event, subject="case-1", version=version)
    timeline = (await api.get(f"/api/v1/applications/{application_id}/timeline", by=citizen())).json()
    assert [entry["kind"] for entry in timeline["entries"]] == [
        "submitted",
        "case_opened",
        "task_opened",
        "task_granted",
        "closed",
    ]
    assert timeline["entries"][2]["text"] == "郑州市卫生健康委员会开始办理:签发出生医学证明"
    assert (timeline["state"], timeline["tasks_done"], timeline["elapsed_working_minutes"]) == ("closed", 2, 42)


async def test_nothing_personal_stands_in_events_audit_answers_or_the_file(
    api: Client, database: Database, tmp_path: Path
) -> None:
    await submitted(api)
    canaries = [
        FORM[name] for name in ("mother_id_number", "mother_name", "mother_phone", "bank_account", "child_name")
    ]
    async with database.reading() as connection:
        for table in (outbox, audit, idempotency, applications):
            text = str((await connection.execute(sa.select(table))).all())
            assert not [canary for canary in canaries if canary in text], table.name
    for file in tmp_path.glob("intake*.db*"):
        content = file.read_bytes()
        assert not [canary for canary in canaries if canary.encode() in content]
