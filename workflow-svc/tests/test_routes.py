"""The HTTP edge: who may, what is shown, how it is paged, what a wrong request is told."""

import base64
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.contracts.documents import openapi, operations
from chassis.http.identity import Principal
from chassis.http.paging import encode_cursor
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import ManualClock, anonymous, citizen, clerk, reviewer, staff
from chassis.testing.client import Client, deliver
from workflow_svc import store
from workflow_svc.events import UnitPublished

Tasks = Callable[[str], Awaitable[dict[str, store.Record]]]
Accept = Callable[..., Awaitable[str]]
Decide = Callable[..., Awaitable[Reply]]
NOBODY = "01900000-0000-7000-8000-999999999999"
U23 = reviewer(unit="U23")


async def ids_of_all_pages(api: Client, path: str, *, by: Principal, **query: str | int) -> list[str]:
    found: list[str] = []
    after = ""
    while True:
        reply = await api.get(path, by=by, query={**query, **({"after": after} if after else {})})
        assert reply.status == 200, reply.body
        page = reply.json()
        found += [item.get("case_id" if path.endswith("cases") else "task_id") for item in page["items"]]
        if page["next"] is None:
            return found
        after = page["next"]


async def test_a_reviewer_sees_only_his_units_tasks_the_earliest_due_first(
    city: None, api: Client, accept: Accept, decide: Decide, tasks: Tasks, clock: ManualClock
) -> None:
    late = await accept(at=datetime(2026, 3, 5, 2, tzinfo=UTC))
    early = await accept()
    reply = await api.get("/api/v1/tasks", by=U23)
    assert [item["case_id"] for item in reply.json()["items"]] == [early, late]
    assert (await api.get("/api/v1/tasks", by=reviewer(unit="U09"))).json() == {"items": [], "next": None}
    await decide(early, "certificate")
    listed = (await api.get("/api/v1/tasks", by=reviewer(unit="U09"))).json()["items"]
    assert [(item["task_key"], item["promised_due"]) for item in listed] == [("registration", "2026-03-04T09:00:00Z")]


@pytest.mark.parametrize("state", ["open", "waiting", "granted", "refused", "not_needed"])
async def test_every_state_is_paged_without_a_gap_or_a_double(
    city: None, api: Client, accept: Accept, decide: Decide, tasks: Tasks, state: str
) -> None:
    expected: list[tuple[Any, str]] = []
    for number in range(7):
        case_id = await accept()
        if state in {"granted", "not_needed"} or number % 2:
            await decide(case_id, "certificate")
        if state in {"refused", "not_needed"}:
            await decide(case_id, "vaccination" if number % 2 else "certificate", "refuse")
        expected += [
            (row["promised_due"] if state in {"open", "granted", "refused"} else 0, row["task_id"])
            for row in (await tasks(case_id)).values()
            if row["unit"] == "U23" and row["state"] == state
        ]
    found = await ids_of_all_pages(api, "/api/v1/tasks", by=U23, state=state, limit=2)
    assert found == [task_id for _, task_id in sorted(expected)]


async def test_the_inbox_is_filtered_by_matter_and_application_number(
    city: None, api: Client, accept: Accept, matter: Callable[..., Awaitable[None]]
) -> None:
    await matter(code="other")
    one, two = await accept(), await accept(matter_code="other")
    number = (await api.get("/api/v1/cases", by=citizen())).json()["items"][0]["application_number"]
    for query, case_id in (
        ({"matter_code": "newborn"}, one),
        ({"application_number": number}, two),
        ({"application_number": f" {number.lower()} "}, two),
    ):
        items = (await api.get("/api/v1/tasks", by=U23, query=query)).json()["items"]
        assert [item["case_id"] for item in items] == [case_id]
    both = {"matter_code": "newborn", "application_number": number}
    assert (await api.get("/api/v1/tasks", by=U23, query=both)).json()["items"] == []


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        encode_cursor("only one"),
        encode_cursor(1, 2),
        encode_cursor("no date", NOBODY),
        encode_cursor("2026-03-02T01:30:00", NOBODY),
        encode_cursor("0001-01-01T00:00:00+14:00", NOBODY),
        encode_cursor("2026-03-02T01:30:00+00:00", "\0"),
        base64.urlsafe_b64encode(rb'["2026-03-02T01:30:00+00:00", "\udc80"]').decode().rstrip("="),
    ],
)
async def test_a_made_up_cursor_is_told_as_such(city: None, api: Client, accept: Accept, cursor: str) -> None:
    await accept()
    reply = await api.get("/api/v1/tasks", by=U23, query={"after": cursor})
    assert (reply.status, reply.json()["code"]) == (422, "malformed")


@pytest.mark.parametrize("cursor", [encode_cursor("\0"), encode_cursor(1), encode_cursor("2026", NOBODY)])
@pytest.mark.parametrize("path", ["/api/v1/cases", "/api/v1/tasks"])
async def test_a_cursor_of_another_list_is_told_as_such(city: None, api: Client, path: str, cursor: str) -> None:
    query = {"after": cursor, **({"state": "waiting"} if path.endswith("tasks") else {})}
    reply = await api.get(path, by=U23, query=query)
    assert (reply.status, reply.json()["code"]) == (422, "malformed")


async def test_a_task_is_shown_with_its_derivation_to_its_unit_and_to_no_other(
    city: None, api: Client, accept: Accept, tasks: Tasks
) -> None:
    task_id = (await tasks(await accept()))["certificate"]["task_id"]
    shown = (await api.get(f"/api/v1/tasks/{task_id}", by=U23)).json()
    assert shown["promised"]["limit"] == {"amount": 1, "unit": "WORKDAY"}
    assert [(step["first"], step["counted"], step["used"]) for step in shown["promised"]["steps"]] == [
        ("2026-03-02", False, "0天"),
        ("2026-03-03", True, "1天"),
    ]
    assert shown["statutory"] is None
    for path in (f"/api/v1/tasks/{task_id}", f"/api/v1/tasks/{NOBODY}"):
        refused = await api.get(path, by=reviewer(unit="U09"))
        assert (refused.status, refused.json()["code"]) == (404, "task_not_found")


async def test_another_units_task_and_an_absent_one_are_refused_alike(
    city: None, api: Client, accept: Accept, tasks: Tasks, decide: Decide
) -> None:
    case_id = await accept()
    foreign = await decide(case_id, "certificate", by=reviewer(unit="U09"))
    path = f"/api/v1/tasks/{NOBODY}/decisions"
    absent = await api.post(path, by=reviewer(unit="U09"), body={"outcome": "grant"}, key="k")
    assert (foreign.status, foreign.json()["code"]) == (absent.status, absent.json()["code"]) == (404, "task_not_found")
    assert (await tasks(case_id))["certificate"]["state"] == "open"


async def test_a_decision_answers_201_with_its_place_and_the_same_key_has_the_same_answer(
    city: None, api: Client, accept: Accept, tasks: Tasks, service: Service
) -> None:
    task_id = (await tasks(await accept()))["certificate"]["task_id"]
    path, body = f"/api/v1/tasks/{task_id}/decisions", {"outcome": "grant"}
    first = await api.post(path, by=U23, body=body, key="k")
    assert (first.status, first.headers["location"]) == (201, f"/api/v1/tasks/{task_id}")
    again = await api.post(path, by=U23, body=body, key="k")
    assert (again.status, again.body, again.headers["idempotency-replayed"]) == (201, first.body, "true")
    other = await api.post(path, by=U23, body={"outcome": "refuse", "reason": "否", "basis": "法"}, key="k")
    assert (other.status, other.json()["code"]) == (422, "idempotency_key_reused")
    fresh = await api.post(path, by=U23, body=body, key="k2")
    assert (fresh.status, fresh.json()["code"]) == (409, "task_not_open")


async def test_a_task_of_a_closed_case_is_told_as_closed(
    city: None, api: Client, accept: Accept, decide: Decide
) -> None:
    case_id = await accept()
    assert (await decide(case_id, "certificate", "refuse")).status == 201
    late = await decide(case_id, "registration")
    assert (late.status, late.json()["code"]) == (409, "case_closed")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"outcome": "refuse"}, ["/reason", "/basis"]),
        ({"outcome": "refuse", "reason": "  ", "basis": "法"}, ["/reason"]),
        ({"outcome": "refuse", "reason": "否"}, ["/basis"]),
        ({"outcome": "refuse", "reason": "\u3164", "basis": "\u3164"}, ["/reason", "/basis"]),
        ({"outcome": "refuse", "reason": "\u200b\u2060", "basis": "\u0301"}, ["/reason", "/basis"]),
    ],
)
async def test_a_refusal_needs_reason_and_basis(
    city: None, api: Client, accept: Accept, tasks: Tasks, body: dict[str, str], pointers: list[str]
) -> None:
    task_id = (await tasks(await accept()))["certificate"]["task_id"]
    reply = await api.post(f"/api/v1/tasks/{task_id}/decisions", by=U23, body=body, key="k")
    assert (reply.status, reply.json()["code"]) == (422, "reason_missing")
    assert [error["pointer"] for error in reply.json()["errors"]] == pointers


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"outcome": "maybe"},
        {"outcome": "grant", "decided_at": "2020-01-01T00:00:00Z"},
        {"outcome": "grant", "state": "granted"},
        {"outcome": "grant", "unit": "U09"},
        {"outcome": "grant", "reason": "x" * 2001},
        {"outcome": "grant", "reason": "\u0958" * 2000},
        {"outcome": "grant", "basis": "\u0958" * 200},
        {"outcome": "grant", "reason": "\0"},
    ],
)
async def test_what_a_client_may_not_set_or_send_is_refused(
    city: None, api: Client, accept: Accept, tasks: Tasks, body: dict[str, str]
) -> None:
    case_id = await accept()
    task_id = (await tasks(case_id))["certificate"]["task_id"]
    reply = await api.post(f"/api/v1/tasks/{task_id}/decisions", by=U23, body=body, key="k")
    assert reply.status == 422
    assert (await tasks(case_id))["certificate"]["state"] == "open"


async def test_a_decision_needs_a_key(city: None, api: Client, accept: Accept, tasks: Tasks) -> None:
    task_id = (await tasks(await accept()))["certificate"]["task_id"]
    reply = await api.post(f"/api/v1/tasks/{task_id}/decisions", by=U23, body={"outcome": "grant"})
    assert (reply.status, reply.json()["code"]) == (400, "idempotency_key_missing")


async def test_nobody_decides_his_own_application(city: None, accept: Accept, decide: Decide) -> None:
    case_id = await accept(applicant_id="reviewer-1")
    reply = await decide(case_id, "certificate")
    assert (reply.status, reply.json()["code"]) == (403, "own_case")


NO_SCOPE = staff("r", unit="U23", roles=frozenset({"reviewer"}), scopes=frozenset())


@pytest.mark.parametrize(
    ("by", "status"), [(None, 401), (anonymous(), 401), (citizen(), 403), (clerk(unit="U23"), 403), (NO_SCOPE, 403)]
)
async def test_only_reviewers_reach_the_inbox_and_decide(
    city: None, api: Client, accept: Accept, tasks: Tasks, by: Principal | None, status: int
) -> None:
    task_id = (await tasks(await accept()))["certificate"]["task_id"]
    decision = await api.post(f"/api/v1/tasks/{task_id}/decisions", by=by, body={"outcome": "grant"}, key="k")
    shown = [await api.get(path, by=by) for path in ("/api/v1/tasks", f"/api/v1/tasks/{task_id}")]
    assert {reply.status for reply in (decision, *shown)} == {status}


async def test_why_a_task_was_refused_is_for_the_applicant_the_deciding_and_the_leading_unit(
    city: None, api: Client, accept: Accept, decide: Decide, tasks: Tasks
) -> None:
    case_id = await accept(applicant_id="citizen-7")
    await decide(case_id, "certificate")
    await decide(case_id, "registration", "refuse")
    told = {}
    for name, by in {
        "applicant": citizen("citizen-7"),
        "lead": clerk(unit="U23"),
        "deciding": reviewer(unit="U09"),
        "other": reviewer(unit="U30"),
    }.items():
        shown = (await api.get(f"/api/v1/cases/{case_id}", by=by)).json()
        (task,) = [task for task in shown["tasks"] if task["task_key"] == "registration"]
        told[name] = (task["state"], bool(task["reason"]), bool(task["basis"]), bool(task["remedies"]))
    knows = ("refused", True, True, True)
    assert told == {"applicant": knows, "lead": knows, "deciding": knows, "other": ("refused", False, False, False)}


async def test_what_staff_look_at_is_recorded_and_what_the_applicant_looks_at_is_not(
    city: None, api: Client, accept: Accept, tasks: Tasks, audited: Callable[[], Awaitable[list[Any]]]
) -> None:
    case_id = await accept(applicant_id="citizen-7")
    task_id = (await tasks(case_id))["certificate"]["task_id"]
    before = len(await audited())
    for path in ("/api/v1/cases", f"/api/v1/cases/{case_id}"):
        assert (await api.get(path, by=citizen("citizen-7"))).status == 200
    assert len(await audited()) == before
    assert (await api.get("/api/v1/tasks", by=U23, query={"state": "granted"})).json()["items"] == []
    for path in ("/api/v1/tasks", f"/api/v1/tasks/{task_id}", "/api/v1/cases", f"/api/v1/cases/{case_id}"):
        assert (await api.get(path, by=U23)).status == 200
    rows = (await audited())[before:]
    assert [(row.action, row.actor, row.subject) for row in rows] == [
        ("tasks.listed", "reviewer-1", "U23"),
        ("task.shown", "reviewer-1", task_id),
        ("cases.listed", "reviewer-1", "U23"),
        ("case.shown", "reviewer-1", case_id),
    ]
    assert (task_id in rows[0].details, case_id in rows[1].details, case_id in rows[2].details) == (True, True, True)


async def test_the_applicant_follows_her_case_with_reason_basis_and_remedies(
    city: None, api: Client, accept: Accept, decide: Decide, service: Service
) -> None:
    told = {"review_basis": "same_level_government", "review_authority": "郑州市人民政府"}
    await deliver(service, UnitPublished(unit_code="U09", name="市公安局", remedies=told), subject="U09", version=1)
    case_id = await accept(applicant_id="citizen-7")
    await decide(case_id, "certificate")
    await decide(case_id, "registration", "refuse")
    shown = (await api.get(f"/api/v1/cases/{case_id}", by=citizen("citizen-7"))).json()
    tasks = {task["task_key"]: task for task in shown["tasks"]}
    assert list(tasks)[:3] == ["certificate", "vaccination", "registration"]
    refused = tasks["registration"]
    assert (refused["state"], refused["reason"], refused["basis"]) == (
        "refused",
        "材料与登记不符",
        "户口登记条例第七条",
    )
    for words in ("知道或者应当知道", "行政复议法第二十条", "向郑州市人民政府申请", "行政诉讼法第四十六条"):
        assert words in refused["remedies"]
    assert [tasks[key]["decision"] for key in ("certificate", "registration", "card")] == ["予以办理", "不予办理", ""]
    assert {task["state"] for task in tasks.values()} == {"granted", "refused", "open", "not_needed"}
    assert tasks["insurance"]["promised"] is None
    assert "citizen-7" not in str(shown)
    assert "reviewer-1" not in str(shown)


@pytest.mark.parametrize(
    ("by", "seen"),
    [
        (citizen("citizen-1"), True),
        (citizen("citizen-2"), False),
        (reviewer(unit="U43"), True),
        (clerk(unit="U23"), True),
        (reviewer(unit="U12"), False),
        (reviewer("citizen-1", unit="U12"), False),
    ],
)
async def test_a_case_is_seen_by_its_applicant_and_by_the_units_in_it(
    city: None, api: Client, accept: Accept, case: Callable[[str], Awaitable[Any]], by: Principal, *, seen: bool
) -> None:
    case_id = await accept()
    shown = await api.get(f"/api/v1/cases/{case_id}", by=by)
    assert shown.status == (200 if seen else 404)
    query = {"application_id": (await case(case_id)).application_id}
    listed = (await api.get("/api/v1/cases", by=by, query=query)).json()["items"]
    assert [item["case_id"] for item in listed] == ([case_id] if seen else [])


async def test_cases_are_paged_the_newest_first(city: None, api: Client, accept: Accept) -> None:
    made = [await accept() for _ in range(5)]
    assert await ids_of_all_pages(api, "/api/v1/cases", by=citizen(), limit=2) == made[::-1]


def test_the_contract_says_what_can_be_done_and_why_a_decision_may_be_refused(service: Service) -> None:
    found = dict(operations(openapi(service)))
    assert set(found) == {
        "GET /api/v1/tasks",
        "GET /api/v1/tasks/counts",
        "GET /api/v1/tasks/{task_id}",
        "GET /api/v1/tasks/{task_id}/decision",
        "POST /api/v1/tasks/{task_id}/decisions",
        "POST /api/v1/tasks/{task_id}/completions",
        "GET /api/v1/cases",
        "GET /api/v1/cases/{case_id}",
    }
    conflicts = found["POST /api/v1/tasks/{task_id}/decisions"]["responses"]["409"]["description"]
    assert "`case_closed`" in conflicts
    assert "`task_not_open`" in conflicts


async def test_units_are_named_beside_their_codes(city: None, api: Client, accept: Accept) -> None:
    case = (await api.get(f"/api/v1/cases/{await accept()}", by=citizen())).json()
    assert (case["lead_unit"], case["lead_unit_name"]) == ("U23", "单位 U23")
    assert {task["unit"]: task["unit_name"] for task in case["tasks"]}["U09"] == "单位 U09"


async def test_a_units_tasks_are_counted_by_state_and_by_light(
    city: None, api: Client, accept: Accept, decide: Decide, clock: ManualClock
) -> None:
    first, second, _ = [await accept() for _ in range(3)]
    await decide(first, "certificate")

    async def counts(by: Principal) -> tuple[dict[str, int], dict[str, int]]:
        found = (await api.get("/api/v1/tasks/counts", by=by)).json()
        states = {one["state"]: one["count"] for one in found["states"] if one["count"]}
        return states, {one["light"]: one["count"] for one in found["lights"]}

    registration = reviewer(unit="U09")
    assert await counts(registration) == ({"open": 1, "waiting": 2}, {"green": 1, "yellow": 0, "red": 0})
    clock.set(datetime(2026, 3, 4, 2, tzinfo=UTC))  # its promise ends this afternoon; U23's ended yesterday
    assert (await counts(registration))[1] == {"green": 0, "yellow": 1, "red": 0}
    states, lights = await counts(U23)
    assert (states["granted"], states["open"]) == (1, 3)
    assert lights["red"] == 3
    assert sum(lights.values()) == 3
    assert await counts(reviewer(unit="U44")) == ({}, dict.fromkeys(("green", "yellow", "red"), 0))
    assert (await api.get("/api/v1/tasks/counts", by=citizen())).status == 403
    assert second


async def test_a_task_is_late_after_its_promised_moment_and_not_at_it(
    city: None, api: Client, accept: Accept, tasks: Tasks, clock: ManualClock
) -> None:
    due = (await tasks(await accept("certificate")))["certificate"]["promised_due"]
    found = []
    for moment in (due, due + timedelta(seconds=1)):
        clock.set(moment)
        lights = (await api.get("/api/v1/tasks/counts", by=U23)).json()["lights"]
        found.append([one["light"] for one in lights if one["count"]])
    assert found == [["yellow"], ["red"]]


async def test_a_task_carries_its_applications_id(city: None, api: Client, accept: Accept) -> None:
    case = (await api.get(f"/api/v1/cases/{await accept()}", by=U23)).json()
    (listed,) = (await api.get("/api/v1/tasks", by=U23)).json()["items"]
    shown = (await api.get(f"/api/v1/tasks/{listed['task_id']}", by=U23)).json()
    assert listed["application_id"] == shown["application_id"] == case["application_id"]
