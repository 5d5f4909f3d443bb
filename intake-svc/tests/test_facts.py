"""A service that makes papers is told what they print, in its own name, for a purpose, and each look is recorded."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.http.identity import HEADER, ServiceSigner
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import citizen, clerk, reviewer
from chassis.testing.client import Client, appended, audited, deliver
from intake_svc.domain.applicant import applicant_name
from intake_svc.domain.form import Field
from intake_svc.events import CaseOpened, UnitPublished

Make = Callable[..., Awaitable[dict[str, Any]]]
Ask = Callable[..., Awaitable[Reply]]
ABSENT = "01900000-0000-7000-9000-999999999999"
CASE = "01900000-0000-7000-9000-000000000001"


@pytest.fixture
def ask(api: Client, speaker: ServiceSigner) -> Ask:
    """Ask for an application's facts as esign does."""

    async def facts(application_id: str, **query: str) -> Reply:
        path = f"/api/v1/applications/{application_id}/facts"
        return await api.get(path, by=None, query=query, headers={HEADER: speaker.vouch("intake")})

    return facts


async def test_a_paper_is_told_who_where_when_and_of_the_values_only_those_asked_for(
    ask: Ask, accepted: Make, service: Service, form: dict[str, str]
) -> None:
    application = await accepted(note="窗口备注")
    due = datetime(2026, 3, 12, 9, tzinfo=UTC)
    opened = CaseOpened(
        case_id=CASE, application_id=application["application_id"], tasks=6, promised_due=due, provisional=False
    )
    await deliver(service, opened, subject=CASE, version=1)
    await deliver(service, UnitPublished(unit_code="U09", name="今日公安局"), subject="U09", version=1)
    reply = await ask(application["application_id"], purpose="letter", elements="child_name,child_sex,mailing_address")
    assert reply.status == 200, reply.body
    facts = reply.json()
    assert facts["fields"] == {"child_name": "测小宝", "child_sex": "男"}
    same = ("application_id", "application_number", "matter_code", "unit", "unit_name", "submitted_at", "accepted_at")
    assert {name: facts[name] for name in same} == {name: application[name] for name in same}
    assert facts["matter_name"] == application["name"]
    assert (facts["applicant_name"], facts["region"]) == (form["mother_name"], "410100")
    assert (facts["accept_doc_no"], facts["promised_due"]) == (application["accept_doc_no"], "2026-03-12T09:00:00Z")
    assert {one["material"]: one["how"] for one in facts["materials"]}["parent_id_card"] == "LICENSE_REUSE"
    items = {one["task_key"]: one for one in facts["items"]}
    assert (items["birth_registration"]["unit_name"], len(items)) == ("今日公安局", 7)
    said = reply.body.decode()
    for name in ("mother_id_number", "mother_phone", "father_name", "residence_address", "bank_account"):
        assert form[name] not in said, name
    assert "窗口备注" not in said


async def test_a_paper_at_submission_has_no_acceptance_yet(ask: Ask, submitted: Make) -> None:
    facts = (await ask((await submitted())["application_id"], purpose="letter")).json()
    assert (facts["accepted_at"], facts["accept_doc_no"], facts["promised_due"], facts["fields"]) == (
        None,
        "",
        None,
        {},
    )


async def test_each_look_of_a_service_is_recorded_with_its_purpose_and_no_value(
    ask: Ask, submitted: Make, database: Database, form: dict[str, str]
) -> None:
    application = await submitted()
    before = len(await audited(database))
    assert (await ask(application["application_id"], purpose="licence", elements="child_name")).status == 200
    (row,) = (await audited(database))[before:]
    assert (row.actor, row.action, row.subject) == ("esign", "application.facts_read", application["application_id"])
    details = json.loads(row.details)
    assert (details["purpose"], details["elements"], details["caller"]) == ("licence", ["child_name"], "esign")
    assert form["child_name"] not in row.details


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"purpose": ""},
        {"purpose": "curiosity"},
        {"purpose": "letter", "elements": "a,"},
        {"purpose": "letter", "elements": "Child_Name"},
        {"purpose": "letter", "elements": "a," * 2000 + "a"},
        {"purpose": "letter", "more": "1"},
    ],
    ids=lambda query: str(query)[:60],
)
async def test_without_a_purpose_of_the_list_or_asked_oddly_nothing_is_told_or_recorded(
    ask: Ask, submitted: Make, database: Database, query: dict[str, str]
) -> None:
    application = await submitted()
    before = len(await audited(database))
    assert (await ask(application["application_id"], **query)).status == 422
    assert len(await audited(database)) == before


async def test_an_application_that_is_not_there_has_no_facts(ask: Ask) -> None:
    reply = await ask(ABSENT, purpose="letter")
    assert (reply.status, reply.json()["code"]) == (404, "application_not_found")


async def test_nobody_else_is_told_the_facts_not_even_who_may_see_the_application(
    api: Client, accepted: Make, speaker: ServiceSigner, database: Database
) -> None:
    path = f"/api/v1/applications/{(await accepted())['application_id']}/facts"
    before = len(await audited(database))
    for by in (citizen(), clerk(), reviewer(unit="U09")):
        reply = await api.get(path, by=by, query={"purpose": "letter"})
        assert (reply.status, reply.json()["code"]) == (403, "forbidden")
    stolen = {HEADER: speaker.vouch("workflow")}
    assert (await api.get(path, by=None, query={"purpose": "letter"}, headers=stolen)).status == 401
    assert (await api.get(path, query={"purpose": "letter"})).status == 401
    assert len(await audited(database)) == before


async def test_a_service_sees_nothing_of_what_is_there_for_people(
    api: Client, accepted: Make, speaker: ServiceSigner
) -> None:
    application = await accepted()
    headers = {HEADER: speaker.vouch("intake")}
    for path in ("/drafts", "/applications", f"/applications/{application['application_id']}"):
        assert (await api.get(f"/api/v1{path}", by=None, headers=headers)).status == 403


async def test_the_acceptance_is_told_with_who_accepted_and_its_papers_number(
    accepted: Make, database: Database
) -> None:
    application = await accepted()
    (told,) = await appended(database, "intake.application.accepted")
    assert told["data"]["accepted_by"] == clerk().subject
    assert told["data"]["accept_doc_no"] == application["accept_doc_no"]


def named(*elements: str) -> list[Field]:
    return [Field(one, one, "person_name", required=True, max_length=100, pattern="", options=()) for one in elements]


@pytest.mark.parametrize(
    ("elements", "subjects", "form", "told"),
    [
        (("child", "mother", "father"), [["child"]], {"child": "甲", "mother": "乙", "father": "丙"}, "乙"),
        (("child", "mother", "father"), [["child"]], {"child": "甲", "father": "丙"}, "丙"),
        (("owner",), [["owner"]], {"owner": "甲"}, "甲"),
        (("owner",), [], {"owner": "甲"}, "甲"),
        (("owner",), [], {"owner": ""}, ""),
        ((), [], {"owner": "甲"}, ""),
    ],
)
def test_a_paper_is_addressed_to_the_first_person_for_whom_the_matter_is_not(
    elements: tuple[str, ...], subjects: list[list[str]], form: dict[str, str], told: str
) -> None:
    assert applicant_name(named(*elements), subjects, form) == told
