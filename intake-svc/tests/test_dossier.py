"""A unit sees what its item asked for, masked; it opens what it needs, and each look is recorded."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.events.outbox import Event
from chassis.http.identity import Principal
from chassis.service import Service
from chassis.testing.builders import STAFF_SCOPES, anonymous, citizen, clerk, reviewer, staff
from chassis.testing.client import Client, audited, deliver
from intake_svc.events import CaseClosed, TaskDecided, TaskOpened, TaskTransferred
from intake_svc.handlers import Intake
from structlog.testing import capture_logs

Make = Callable[..., Awaitable[dict[str, Any]]]
CASE = "01900000-0000-7000-9000-000000000001"
CARD = "01900000-0000-7000-9000-00000000ca4d"
REGISTRATION = "01900000-0000-7000-9000-00000000ba51"
ABSENT = "01900000-0000-7000-9000-999999999999"
U09, U36 = reviewer(unit="U09"), reviewer("reviewer-9", unit="U36")
WHY = {"purpose": "check"}


@pytest.fixture
def tell(service: Service) -> Callable[[Event], Awaitable[None]]:
    """Deliver the case's next event."""
    told: list[Event] = []

    async def deliver_next(event: Event) -> None:
        told.append(event)
        await deliver(service, event, subject=CASE, version=len(told))

    return deliver_next


@pytest.fixture
async def working(accepted: Make, tell: Any, catalog: Any) -> dict[str, Any]:
    """Let an accepted application have two open tasks, of two units."""
    application = await accepted(note="窗口备注")
    for task_key, task_id in (("birth_registration", REGISTRATION), ("social_security_card", CARD)):
        (task,) = [one for one in catalog.guide["tasks"] if one["task_key"] == task_key]
        kept = {name: task[name] for name in ("task_key", "name", "unit", "item")}
        await tell(TaskOpened(application_id=application["application_id"], task_id=task_id, **kept))
    return application


def of_item(catalog: Any, task_key: str) -> tuple[str, list[str], list[str]]:
    """Return a task's item with the elements and materials that it uses."""
    (item,) = [one["item"] for one in catalog.guide["tasks"] if one["task_key"] == task_key]
    fields = [field for part in catalog.guide["form"]["sections"] for field in part["fields"]]
    return (
        item,
        [one["element"] for one in fields if item in one["used_by"]],
        [one["material"] for one in catalog.guide["materials"] if item in one["used_by"]],
    )


async def test_a_unit_sees_exactly_the_elements_and_materials_of_its_item_in_words(
    api: Client, working: dict[str, Any], catalog: Any
) -> None:
    seen = {}
    for by, task_id, key in ((U09, REGISTRATION, "birth_registration"), (U36, CARD, "social_security_card")):
        reply = await api.get(f"/api/v1/tasks/{task_id}/dossier", by=by)
        assert reply.status == 200, reply.body
        dossier = seen[key] = reply.json()
        item, elements, materials = of_item(catalog, key)
        assert elements
        assert [one["element"] for one in dossier["elements"]] == elements
        assert [one["material"] for one in dossier["materials"]] == materials
        assert (dossier["item"], dossier["application_id"]) == (item, working["application_id"])
        assert dossier["application_number"] == working["application_number"]
        assert "窗口备注" not in reply.body.decode()
    assert [one["element"] for one in seen["birth_registration"]["elements"]] != [
        one["element"] for one in seen["social_security_card"]["elements"]
    ]
    assert [(one["key"], one["label"]) for one in seen["social_security_card"]["situation"]] == [("card", "是")]
    assert seen["social_security_card"]["item_name"] == "社会保障卡申领"


async def test_a_task_whose_item_is_not_known_shows_nothing_but_that_it_is_there(
    api: Client, working: dict[str, Any], tell: Any
) -> None:
    task = {"task_id": ABSENT, "task_key": "added_later", "name": "后加的环节", "unit": "U36"}
    await tell(TaskOpened(application_id=working["application_id"], **task))
    reply = await api.get(f"/api/v1/tasks/{ABSENT}/dossier", by=U36)
    assert reply.status == 200, reply.body
    dossier = reply.json()
    assert (dossier["item"], dossier["item_name"], dossier["task_name"]) == ("", "", "")
    assert [dossier[part] for part in ("situation", "elements", "materials")] == [[], [], []]
    body = {"fields": ["child_name"], **WHY}
    opened = await api.post(f"/api/v1/tasks/{ABSENT}/disclosures", by=U36, body=body)
    assert (opened.status, opened.json()["code"]) == (422, "not_to_be_seen")


async def test_what_is_open_is_shown_by_its_label_and_what_is_personal_masked(
    api: Client, working: dict[str, Any], form: dict[str, str], references: dict[str, str]
) -> None:
    reply = await api.get(f"/api/v1/tasks/{REGISTRATION}/dossier", by=U09)
    dossier = reply.json()
    shown = {one["element"]: (one["label"], one["value"], one["personal"]) for one in dossier["elements"]}
    assert shown["hukou_follow"] == ("随父或随母落户", "随母", False)
    assert shown["mother_id_number"] == ("母亲公民身份号码", "410***********1025", True)
    assert shown["child_sex"][1:] == ("***", True)
    for name in ("child_name", "mother_name", "child_birth_date", "residence_address", "father_id_number"):
        assert form[name] not in reply.body.decode(), name
    assert references["parent_id_card"] not in reply.body.decode()


async def test_other_units_and_unopened_or_needless_tasks_read_as_absent(
    api: Client, working: dict[str, Any], tell: Any
) -> None:
    async def answers(by: Principal, task_id: str) -> set[tuple[int, str]]:
        replies = [
            await api.get(f"/api/v1/tasks/{task_id}/dossier", by=by),
            await api.post(f"/api/v1/tasks/{task_id}/disclosures", by=by, body={"fields": ["child_name"], **WHY}),
        ]
        return {(reply.status, reply.json()["code"]) for reply in replies}

    nothing = {(404, "task_not_found")}
    for by, task_id in ((U36, REGISTRATION), (U09, CARD), (U09, ABSENT), (reviewer(unit=""), CARD)):
        assert await answers(by, task_id) == nothing
    assert await answers(clerk(unit="U36"), CARD) == {(403, "role_missing")}
    assert await answers(citizen(), CARD) == {(403, "forbidden")}
    assert await answers(anonymous(), CARD) == {(401, "unauthenticated")}
    closed = {"application_id": working["application_id"], "name": "出生登记", "unit": "U09", "outcome": "refused"}
    event = TaskDecided(**closed, task_key="birth_registration", not_needed=["social_security_card"])
    await tell(event)
    assert await answers(U36, CARD) == nothing
    assert (await api.get(f"/api/v1/tasks/{REGISTRATION}/dossier", by=U09)).status == 200


async def test_a_task_that_is_told_again_for_another_unit_is_that_ones_to_see(
    api: Client, working: dict[str, Any], tell: Any
) -> None:
    known = {"application_id": working["application_id"], "task_id": CARD, "task_key": "social_security_card"}
    await tell(TaskOpened(**known, name="申领社保卡", unit="U13"))
    assert (await api.get(f"/api/v1/tasks/{CARD}/dossier", by=U36)).status == 404
    reply = await api.get(f"/api/v1/tasks/{CARD}/dossier", by=reviewer(unit="U13"))
    assert reply.json()["elements"]


async def test_a_task_told_without_its_item_takes_it_from_the_applications_own_guide(
    api: Client, accepted: Make, tell: Any, catalog: Any
) -> None:
    application = await accepted()
    known = {"application_id": application["application_id"], "task_id": CARD, "task_key": "social_security_card"}
    await tell(TaskOpened(**known, name="申领社保卡", unit="U36"))
    dossier = (await api.get(f"/api/v1/tasks/{CARD}/dossier", by=U36)).json()
    assert [one["element"] for one in dossier["elements"]] == of_item(catalog, "social_security_card")[1]


async def test_the_units_opening_gives_the_values_and_leaves_a_row_without_them(
    api: Client,
    working: dict[str, Any],
    form: dict[str, str],
    references: dict[str, str],
    database: Database,
    intake: Intake,
) -> None:
    path = f"/api/v1/tasks/{REGISTRATION}/disclosures"
    body = {"fields": ["mother_id_number", "child_name", "child_sex"], "materials": ["parent_id_card"], **WHY}
    reply = await api.post(path, by=U09, body={**body, "note": "核对测小宝的出生信息"})
    assert (reply.status, reply.headers["cache-control"]) == (200, "no-store")
    opened = reply.json()
    assert {one["element"]: one["value"] for one in opened["elements"]} == {
        "child_name": form["child_name"],
        "child_sex": "男",
        "mother_id_number": form["mother_id_number"],
    }
    assert [one["reference"] for one in opened["materials"]] == [references["parent_id_card"]]
    await api.post(path, by=U09, body=body)
    rows = [row for row in await audited(database) if row.action == "values.disclosed"]
    assert [(row.actor, row.subject) for row in rows] == [("reviewer-1", working["application_id"])] * 2
    first, second = (json.loads(row.details) for row in rows)
    assert sorted(first["fields"]) == ["child_name", "child_sex", "mother_id_number"]
    assert (first["materials"], first["purpose"], first["task_id"]) == (["parent_id_card"], "check", REGISTRATION)
    place = {"table": "audit", "column": "note", "row": working["application_id"]}
    assert intake.cipher.decrypt(first["note"], **place) == "核对测小宝的出生信息"
    assert "note" not in second
    for value in ("测小宝", form["mother_id_number"]):
        assert value not in str(rows)


async def test_without_its_row_nothing_is_opened_or_shown(
    api: Client, working: dict[str, Any], database: Database
) -> None:
    database.cipher = None
    body = {"fields": ["child_name"], **WHY}
    application = f"/api/v1/applications/{working['application_id']}"
    with capture_logs():
        replies = [
            await api.post(f"/api/v1/tasks/{REGISTRATION}/disclosures", by=U09, body=body),
            await api.post(f"{application}/disclosures", by=clerk(), body=body),
            await api.get(f"/api/v1/tasks/{REGISTRATION}/dossier", by=U09),
            await api.get(application, by=clerk()),
            await api.get(f"{application}/timeline", by=clerk()),
            await api.get("/api/v1/applications", by=clerk()),
        ]
    assert {reply.status for reply in replies} == {500}
    assert all("测" not in reply.body.decode() for reply in replies)
    assert (await api.get(application, by=citizen())).status == 200


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"fields": ["child_name", "bank_account"], **WHY}, ["/fields/1"]),
        ({"fields": ["nothing"], "materials": ["nothing"], **WHY}, ["/fields/0", "/materials/0"]),
        (WHY, ["/fields"]),
        ({"fields": ["child_name"]}, ["/purpose"]),
        ({"fields": ["child_name"], "purpose": "curiosity"}, ["/purpose"]),
        ({"fields": ["child_name"], **WHY, "note": "长" * 201}, ["/note"]),
        ({"fields": ["child_name"] * 301, **WHY}, ["/fields"]),
    ],
)
async def test_only_what_the_item_asked_for_is_opened_and_only_for_a_purpose(
    api: Client, working: dict[str, Any], database: Database, body: dict[str, Any], pointers: list[str]
) -> None:
    reply = await api.post(f"/api/v1/tasks/{REGISTRATION}/disclosures", by=U09, body=body)
    assert reply.status == 422, reply.body
    assert [error["pointer"] for error in reply.json()["errors"]] == pointers
    assert "values.disclosed" not in {row.action for row in await audited(database)}


async def test_the_window_opens_what_it_has_to_confirm_before_it_accepts(
    api: Client, submitted: Make, references: dict[str, str], database: Database
) -> None:
    application = await submitted()
    path = f"/api/v1/applications/{application['application_id']}"
    body = {"fields": ["bank_account"], "materials": ["parent_id_card"], "purpose": "check"}
    reply = await api.post(f"{path}/disclosures", by=clerk(), body=body)
    assert reply.headers["cache-control"] == "no-store"
    opened = reply.json()
    assert [one["value"] for one in opened["elements"]] == ["6200000000000000000"]
    assert [one["reference"] for one in opened["materials"]] == [references["parent_id_card"]]
    (row,) = [row for row in await audited(database) if row.action == "values.disclosed"]
    assert (row.actor, row.subject) == ("clerk-1", application["application_id"])
    others = (clerk(unit="U09"), clerk(unit=""))
    assert [(await api.post(f"{path}/disclosures", by=by, body=body)).status for by in others] == [404, 404]
    assert (await api.post(f"{path}/disclosures", by=reviewer(unit="U23"), body=body)).status == 403
    assert (await api.post(f"{path}/disclosures", by=citizen(), body=body)).status == 403


@pytest.mark.parametrize("outcome", ["granted", "refused"])
async def test_a_decided_task_is_opened_to_answer_and_to_file_and_no_more_to_decide(
    api: Client, working: dict[str, Any], tell: Any, outcome: str
) -> None:
    async def answers(by: Principal, task_id: str, element: str) -> list[int]:
        path, body = f"/api/v1/tasks/{task_id}/disclosures", {"fields": [element]}
        purposes = ("check", "decide", "answer", "file")
        return [(await api.post(path, by=by, body={**body, "purpose": one})).status for one in purposes]

    assert await answers(U09, REGISTRATION, "child_name") == [200, 200, 200, 200]
    decided = {"application_id": working["application_id"], "name": "出生登记", "unit": "U09", "outcome": outcome}
    await tell(TaskDecided(**decided, task_key="birth_registration", not_needed=[]))
    assert await answers(U09, REGISTRATION, "child_name") == [409, 409, 200, 200]
    assert await answers(U36, CARD, "child_name") == [200, 200, 200, 200]


async def test_a_closed_application_is_opened_at_the_window_to_answer_and_to_file_and_no_more_to_check(
    api: Client, working: dict[str, Any], tell: Any
) -> None:
    path = f"/api/v1/applications/{working['application_id']}/disclosures"
    ended = {"application_id": working["application_id"], "outcome": "granted"}
    await tell(CaseClosed(**ended, closed_at=datetime(2026, 3, 5, 1, tzinfo=UTC), elapsed_working_minutes=60))
    told = []
    for purpose in ("check", "decide", "answer", "file"):
        reply = await api.post(path, by=clerk(), body={"fields": ["child_name"], "purpose": purpose})
        told.append((reply.status, reply.json().get("code")))
    assert told == [(409, "purpose_served"), (409, "purpose_served"), (200, None), (200, None)]


async def test_nobody_opens_his_own_application_as_a_member_of_staff(
    api: Client, accepted: Make, tell: Any, database: Database
) -> None:
    application = await accepted(by=citizen("reviewer-1"))
    known = {"application_id": application["application_id"], "task_id": REGISTRATION, "task_key": "birth_registration"}
    await tell(TaskOpened(**known, name="出生登记", unit="U09"))
    body = {"fields": ["child_name"], **WHY}
    both = staff("reviewer-1", unit="U23", roles=frozenset({"window_clerk"}))
    replies = [
        await api.post(f"/api/v1/tasks/{REGISTRATION}/disclosures", by=U09, body=body),
        await api.post(f"/api/v1/applications/{application['application_id']}/disclosures", by=both, body=body),
    ]
    assert [(reply.status, reply.json()["code"]) for reply in replies] == [(403, "own_application")] * 2
    assert "values.disclosed" not in {row.action for row in await audited(database)}


async def test_a_token_without_the_scope_opens_nothing(api: Client, working: dict[str, Any]) -> None:
    listing = staff("r", unit="U09", roles=frozenset({"reviewer"}), scopes=STAFF_SCOPES - {"personal:read"})
    assert (await api.get(f"/api/v1/tasks/{REGISTRATION}/dossier", by=listing)).status == 200
    reply = await api.post(f"/api/v1/tasks/{REGISTRATION}/disclosures", by=listing, body={"fields": ["a"], **WHY})
    assert (reply.status, reply.json()["code"]) == (403, "scope_missing")


async def test_what_staff_look_at_is_recorded_and_what_citizens_look_at_is_not(
    api: Client, working: dict[str, Any], database: Database
) -> None:
    application_id = working["application_id"]
    paths = ["/api/v1/applications", *(f"/api/v1/applications/{application_id}{end}" for end in ("", "/timeline"))]
    before = len(await audited(database))
    for path in paths:
        assert (await api.get(path, by=citizen())).status == 200
    assert len(await audited(database)) == before
    for path in paths:
        assert (await api.get(path, by=clerk())).status == 200
    assert (await api.get("/api/v1/applications", by=clerk(), query={"state": "closed"})).json()["items"] == []
    await api.get(f"/api/v1/tasks/{CARD}/dossier", by=U36)
    rows = (await audited(database))[before:]
    assert [(row.action, row.actor, row.subject) for row in rows] == [
        ("applications.listed", "clerk-1", "U23"),
        ("application.shown", "clerk-1", application_id),
        ("timeline.shown", "clerk-1", application_id),
        ("dossier.shown", "reviewer-9", application_id),
    ]
    assert json.loads(rows[0].details)["shown"] == [application_id]


async def test_the_application_says_its_values_in_words_to_whoever_may_see_them(
    api: Client, working: dict[str, Any]
) -> None:
    path = f"/api/v1/applications/{working['application_id']}"
    own, seen = [(await api.get(path, by=by)).json() for by in (citizen(), clerk())]
    words = {one["element"]: one["value"] for one in own["elements"]}
    assert (words["child_sex"], words["hukou_follow"], words["child_name"]) == ("男", "随母", "测小宝")
    masked = {one["element"]: one["value"] for one in seen["elements"]}
    assert (masked["child_sex"], masked["hukou_follow"]) == ("***", "随母")
    assert [one["label"] for one in own["situation"]] == ["是", "是"]


async def test_the_successor_of_an_ended_unit_sees_what_that_one_saw_and_that_one_no_more(
    api: Client, working: dict[str, Any], tell: Any
) -> None:
    path = f"/api/v1/tasks/{CARD}/dossier"
    before = (await api.get(path, by=U36)).json()
    moved = {"task_id": CARD, "task_key": "social_security_card", "name": "社会保障卡申领"}
    await tell(TaskTransferred(application_id=working["application_id"], **moved, unit="U98", from_unit="U36"))
    after = await api.get(path, by=reviewer(unit="U98"))
    assert (after.status, after.json()["elements"]) == (200, before["elements"])
    assert (await api.get(path, by=U36)).status == 404
