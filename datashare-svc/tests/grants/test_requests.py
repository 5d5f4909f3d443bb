"""Asking for a grant and answering: who may, what is refused, what is on record."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import ManualClock, anonymous, citizen, clerk, manager, steward
from chassis.testing.client import Client, appended, audited, deliver
from datashare_svc.domain.grants import GrantStep, fold
from datashare_svc.domain.model import Depth, Purpose
from datashare_svc.events import UnitPublished
from datashare_svc.store.grants import find_grant

Post = Callable[..., Awaitable[Reply]]
Ask = Callable[..., Awaitable[str]]
Step = Callable[..., Awaitable[Reply]]
pytestmark = pytest.mark.usefixtures("shared")
HEALTH, POLICE, CIVIL = steward(unit="U23"), steward("police-1", unit="U09"), steward("civil-1", unit="U10")
WHY = {"reason": "与办理事项无关", "basis": "个人信息保护法第六条"}
NO_ONE = "01900000-0000-7000-8000-0000000fffff"


async def find(database: Database, clock: ManualClock, **changes: Any) -> Any:
    """Look the health commission's grant for a newborn up."""
    wanted: dict[str, Any] = {"resource": "population_register", "matter_code": "newborn", "item": "", "unit": "U23"}
    wanted |= {"purpose": Purpose.PREFILL, "now": clock.now()}
    async with database.asking() as connection:
        return await find_grant(connection, **{**wanted, **changes})


async def test_a_request_is_filed_checked_granted_and_used(
    api: Client, database: Database, clock: ManualClock, ask: Ask, step: Step
) -> None:
    request_id = await ask(until="2026-12-31")
    assert await find(database, clock) is None
    assert (await step(request_id, "checks")).json()["state"] == "COMPLETE"
    decided = (await step(request_id, "decisions")).json()
    assert (decided["state"], decided["grant_id"]) == ("GRANTED", request_id)
    granted = await find(database, clock)
    assert (granted.grant_id, granted.depth) == (request_id, Depth.VALUE)
    assert granted.fields == {"name", "residence_address"}
    assert [one["type"].rpartition(".")[2] for one in await appended(database)] == ["requested", "checked", "decided"]
    assert [one["aggregateversion"] for one in await appended(database)] == [1, 2, 3]
    rows = [row for row in await audited(database) if row.subject == request_id]
    assert [(row.action, row.actor) for row in rows] == [
        ("grant.request", "steward-1"),
        ("grant.check", "police-1"),
        ("grant.grant", "police-1"),
    ]
    shown = (await api.get(f"/api/v1/grants/{request_id}", by=HEALTH)).json()
    assert shown["is_in_force"]
    assert not shown["is_by_rule"]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"unit": "U10"}, True),  # the grant is the matter's, whoever handles it
        ({"matter_code": "other"}, False),
        ({"resource": "region_codes"}, False),
        ({"purpose": Purpose.VERIFICATION}, True),
        ({"purpose": Purpose.REVIEW}, False),
    ],
)
async def test_a_grant_serves_its_grantee_and_its_purposes_alone(
    changes: dict[str, Any],
    found: bool,  # noqa: FBT001  what is expected
    database: Database,
    clock: ManualClock,
    ask: Ask,
    step: Step,
) -> None:
    await step(await ask(), "decisions")
    assert (await find(database, clock, **changes) is not None) is found


async def test_a_request_is_granted_in_part_less_deeply_and_for_less_long(
    database: Database, clock: ManualClock, ask: Ask, step: Step
) -> None:
    body = {"granted": ["name"], "refused": [{"field": "residence_address", **WHY}], "depth": "VERIFY"}
    view = (await step(await ask(until="2026-12-31"), "decisions", {**body, "until": "2026-06-30"})).json()
    assert view["state"] == "PARTLY_GRANTED"
    assert [(one["field"], one["outcome"], one["refusal_basis"]) for one in view["lines"]] == [
        ("name", "granted", ""),
        ("residence_address", "refused", "个人信息保护法第六条"),
    ]
    granted = await find(database, clock)
    assert (granted.fields, granted.depth) == ({"name"}, Depth.VERIFY)
    assert granted.until.isoformat() == "2026-06-30T16:00:00+00:00"
    (event,) = await appended(database, "datashare.grant.decided")
    assert (event["data"]["granted"], event["data"]["refused"]) == (["name"], ["residence_address"])
    assert (event["data"]["depth"], event["data"]["decided_by"]) == ("VERIFY", "provider")


async def test_a_request_is_refused_with_reason_and_basis_only(
    database: Database, clock: ManualClock, ask: Ask, step: Step
) -> None:
    request_id = await ask()
    for lacking in ("reason", "basis"):
        refused = [{"field": name, **WHY, lacking: " "} for name in ("name", "residence_address")]
        reply = await step(request_id, "decisions", {"refused": refused})
        assert (reply.status, reply.json()["code"]) == (422, "refusal_unfounded")
        assert reply.json()["errors"][1]["pointer"] == f"/refused/1/{lacking}"
    refused = [{"field": name, **WHY} for name in ("name", "residence_address")]
    view = (await step(request_id, "decisions", {"refused": refused})).json()
    assert (view["state"], view["grant_id"]) == ("REFUSED", None)
    assert await find(database, clock) is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"granted": ["name"]}, "undecided"),
        ({"granted": ["name", "residence_address", "ethnicity"]}, "not_asked"),
        ({"granted": ["name", "name", "residence_address"]}, "repeated"),
        ({"granted": ["name", "residence_address"], "refused": [{"field": "name", **WHY}]}, "repeated"),
        ({"granted": ["name", "residence_address"], "until": "2027-01-01"}, "beyond"),
        ({"granted": ["name", "residence_address"], "until": "2026-03-01"}, "past"),
        ({"granted": ["name", "residence_address"], "depth": "VALUE"}, "beyond"),
    ],
)
async def test_a_decision_answers_each_field_once_and_not_beyond_the_request(
    body: dict[str, Any], code: str, ask: Ask, step: Step
) -> None:
    reply = await step(await ask(until="2026-12-31", depth="VERIFY"), "decisions", body)
    assert (reply.status, reply.json()["code"]) == (422, "grant_decision_unfit")
    assert [one["code"] for one in reply.json()["errors"]] == [code]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"lines": [{"field": "nothing", "reason": "r"}]}, "/lines/0/field"),
        ({"lines": [{"field": "name", "reason": " "}]}, "/lines/0/reason"),
        ({"lines": [{"field": "name", "reason": "r"}] * 2}, "/lines"),
        ({"purposes": ["PREFILL", "PREFILL"]}, "/purposes"),
        ({"basis": " "}, "/basis"),
        ({"grantee_kind": "UNIT", "grantee": "U10"}, "/grantee"),
        ({"until": "2026-03-01"}, "/until"),
        ({"until": "2026-02-30"}, "/until"),
        ({"until": "9999-12-31"}, "/until"),
    ],
)
async def test_a_request_that_does_not_fit_says_where(
    changes: dict[str, Any], pointer: str, api: Client, ask: Ask, post: Post
) -> None:
    known = await api.get(f"/api/v1/grant-requests/{await ask()}", by=HEALTH)
    body = {name: known.json()[name] for name in ("resource", "grantee_kind", "grantee", "depth", "purposes", "basis")}
    body["lines"] = [{"field": "name", "reason": "r"}]
    reply = await post("/grant-requests", {**body, **changes}, by=HEALTH)
    assert reply.status == 422, reply.json()
    assert [one["pointer"] for one in reply.json()["errors"]] == [pointer]


async def test_what_is_withheld_cannot_be_asked_for_and_the_problem_says_why(post: Post, ask: Ask) -> None:
    await ask()
    asked = {"grantee_kind": "UNIT", "grantee": "U23", "depth": "VERIFY", "purposes": ["REVIEW"], "basis": "b"}
    lines = {"lines": [{"field": "name", "reason": "r"}]}
    reply = await post("/grant-requests", {"resource": "wanted_persons", **asked, **lines}, by=HEALTH)
    assert (reply.status, reply.json()["code"]) == (403, "resource_withheld")
    assert "测试依据第一条" in reply.json()["detail"]
    unknown = await post("/grant-requests", {"resource": "nowhere", **asked, **lines}, by=HEALTH)
    assert (unknown.status, unknown.json()["code"]) == (404, "resource_not_found")


async def test_a_unit_uses_its_own_data_by_rule_and_on_record_and_gives_it_to_no_other_so(
    database: Database, clock: ManualClock, ask: Ask, post: Post
) -> None:
    for key in ("population_register", "wanted_persons"):
        request_id = await ask(POLICE, resource=key, grantee_kind="UNIT", grantee="U09")
        found = await find(database, clock, resource=key, unit="U09")
        assert (found.grant_id, found.fields) == (request_id, {"name", "residence_address"})
        assert await find(database, clock, resource=key) is None
    asked = {"grantee_kind": "MATTER", "grantee": "newborn", "depth": "VERIFY", "purposes": ["REVIEW"], "basis": "b"}
    body = {"resource": "population_register", **asked, "lines": [{"field": "name", "reason": "r"}]}
    reply = await post("/grant-requests", body, by=POLICE)
    assert [one["pointer"] for one in reply.json()["errors"]] == ["/grantee_kind"]


async def test_what_is_shared_unconditionally_is_granted_at_once_and_on_record(
    api: Client, database: Database, clock: ManualClock, ask: Ask
) -> None:
    request_id = await ask(resource="region_codes")
    assert (await find(database, clock, resource="region_codes")).grant_id == request_id
    view = (await api.get(f"/api/v1/grant-requests/{request_id}", by=HEALTH)).json()
    assert (view["state"], view["clocks"]) == ("GRANTED", [])
    assert [(one["step"], one["by"], one["unit"]) for one in view["steps"]] == [
        ("REQUEST", "steward-1", "U23"),
        ("GRANT", "rule", ""),
    ]
    (event,) = await appended(database, "datashare.grant.decided")
    assert event["data"]["decided_by"] == "rule"


async def test_a_steward_asks_for_his_unit_and_the_authority_for_any(ask: Ask, post: Post, api: Client) -> None:
    request_id = await ask(manager(), unit="U23")
    view = (await api.get(f"/api/v1/grant-requests/{request_id}", by=HEALTH)).json()
    assert (view["unit"], view["requested_by"]) == ("U23", "manager-1")
    lines = [{"field": "name", "reason": "r"}]
    body = {"grantee_kind": "UNIT", "grantee": "U10", "depth": "VERIFY", "purposes": ["REVIEW"], "basis": "b"}
    other = {"resource": "population_register", "unit": "U10", **body, "lines": lines}
    reply = await post("/grant-requests", other, by=HEALTH)
    assert (reply.status, reply.json()["code"]) == (403, "not_for_this_unit")
    of_none = await post("/grant-requests", {**other, "unit": ""}, by=replace(manager(), unit=""))
    assert of_none.json()["code"] == "not_for_this_unit"


async def test_nobody_decides_what_he_or_his_unit_asks_for(ask: Ask, step: Step, service: Service) -> None:
    mine = await ask()
    for kind in ("checks", "decisions"):
        reply = await step(mine, kind, by=HEALTH)
        assert (reply.status, reply.json()["code"]) == (403, "own_request")
        assert (await step(mine, kind, by=steward("steward-2", unit="U23"))).json()["code"] == "own_request"
    for_another = await ask(manager(), unit="U23")
    assert (await step(for_another, "decisions", by=manager())).json()["code"] == "own_request"
    assert (await step(for_another, "decisions", by=manager("manager-2"))).json()["code"] == "decision_not_yours"
    ended = UnitPublished(unit_code="U23", name="卫健委", valid_to=date(2026, 2, 1), successor="U09")
    await deliver(service, UnitPublished(unit_code="U09", name="公安局"), subject="U09", version=1)
    await deliver(service, ended, subject="U23", version=1)
    assert (await step(mine, "decisions", by=POLICE)).json()["code"] == "own_request"


async def test_the_work_of_a_provider_that_ended_is_its_successors(ask: Ask, step: Step, service: Service) -> None:
    request_id = await ask()
    heir = steward("heir-1", unit="U38")
    assert (await step(request_id, "decisions", by=heir)).status == 404
    await deliver(service, UnitPublished(unit_code="U38", name="新局"), subject="U38", version=1)
    ended = UnitPublished(unit_code="U09", name="公安局", valid_to=date(2026, 2, 1), successor="U38")
    await deliver(service, ended, subject="U09", version=1)
    assert (await step(request_id, "decisions", by=heir)).status == 201


async def test_a_request_is_returned_once_and_supplemented(api: Client, ask: Ask, step: Step) -> None:
    request_id = await ask()
    assert (await step(request_id, "checks", {"is_complete": False})).status == 422
    returned = await step(request_id, "checks", {"is_complete": False, "reason": "请附条款原文"})
    assert returned.json()["state"] == "RETURNED"
    assert (await step(request_id, "decisions")).json()["code"] == "grant_step_not_possible"
    assert (await step(request_id, "supplements", {"text": "原文"}, by=POLICE)).json()["code"] == "decision_not_yours"
    assert (await step(request_id, "supplements", {"text": " "}, by=HEALTH)).status == 422
    assert (await step(request_id, "supplements", {"text": "原文"}, by=HEALTH)).json()["state"] == "COMPLETE"
    again = await step(request_id, "checks", {"is_complete": False, "reason": "再补"})
    assert (again.status, again.json()["code"]) == (409, "grant_step_not_possible")
    view = (await api.get(f"/api/v1/grant-requests/{request_id}", by=POLICE)).json()
    assert [one["words"] for one in view["steps"]] == ["", "请附条款原文", "原文"]


async def test_a_request_is_taken_back_before_it_is_decided_and_not_after(ask: Ask, step: Step) -> None:
    first, second = await ask(), await ask()
    assert (await step(first, "withdrawals", by=POLICE)).json()["code"] == "decision_not_yours"
    assert (await step(first, "withdrawals", {"reason": ""}, by=HEALTH)).status == 422
    assert (await step(first, "withdrawals", by=HEALTH)).json()["state"] == "WITHDRAWN"
    assert (await step(first, "decisions")).json()["code"] == "grant_step_not_possible"
    await step(second, "decisions")
    assert (await step(second, "withdrawals", by=HEALTH)).json()["code"] == "grant_step_not_possible"


async def test_a_grant_that_is_withdrawn_stops_at_once(
    database: Database, clock: ManualClock, ask: Ask, step: Step, post: Post
) -> None:
    request_id = await ask()
    await step(request_id, "decisions")
    path = f"/grants/{request_id}/withdrawals"
    assert (await post(path, {"reason": "r"}, by=HEALTH)).json()["code"] == "decision_not_yours"
    assert (await post(path, {"reason": ""}, by=POLICE)).status == 422
    assert (await post(path, {"reason": "用途超出"}, by=POLICE)).json()["is_in_force"] is False
    assert await find(database, clock) is None
    assert (await post(path, {"reason": "r"}, by=manager())).json()["code"] == "grant_ended"
    assert [one["type"] for one in await appended(database)][-1] == "datashare.grant.withdrawn"


async def test_a_grant_does_no_more_exactly_when_its_last_day_is_over(
    database: Database, clock: ManualClock, ask: Ask, step: Step, post: Post
) -> None:
    request_id = await ask(until="2026-06-30")
    until = (await step(request_id, "decisions")).json()["until"]
    end = clock.now().fromisoformat(until)
    assert await find(database, clock, now=end - timedelta(microseconds=1)) is not None
    assert await find(database, clock, now=end) is None
    clock.set(end)
    reply = await post(f"/grants/{request_id}/withdrawals", {"reason": "r"}, by=POLICE)
    assert reply.json()["code"] == "grant_ended"


async def test_of_two_who_decide_at_once_one_does(api: Client, database: Database, ask: Ask, step: Step) -> None:
    made = [await ask() for _ in range(5)]
    deciders = [steward(f"police-{number}", unit="U09") for number in range(4)]
    replies = await asyncio.gather(*(step(one, "decisions", by=who) for one in made for who in deciders))
    assert Counter(reply.status for reply in replies) == {201: 5, 409: 15}
    told = Counter(one["subject"] for one in await appended(database, "datashare.grant.decided"))
    assert told == dict.fromkeys(made, 1)
    for request_id in made:
        view = (await api.get(f"/api/v1/grant-requests/{request_id}", by=POLICE)).json()
        assert fold([GrantStep(one["step"]) for one in view["steps"]]) == view["state"]


CALLERS = {
    "anonymous": (anonymous(), 401),
    "citizen": (citizen(), 403),
    "clerk": (clerk(unit="U09"), 403),
    "asker": (HEALTH, 200),
    "provider": (POLICE, 200),
    "another": (CIVIL, 404),
    "authority": (manager(), 200),
}
WHOSE = {  # who passes what the policy lets through: a request that is undecided, a grant that stands
    "checks": {"asker": 403, "provider": 201, "another": 404, "authority": 403},
    "supplements": {"asker": 409, "provider": 403, "another": 404, "authority": 403},
    "withdrawals": {"asker": 201, "provider": 403, "another": 404, "authority": 403},
    "decisions": {"asker": 403, "provider": 201, "another": 404, "authority": 403},
}


@pytest.mark.parametrize("caller", CALLERS)
async def test_each_caller_at_each_route(caller: str, api: Client, ask: Ask, step: Step, post: Post) -> None:
    by, status = CALLERS[caller]
    bodies: dict[str, Any] = {"supplements": {"text": "原文"}}
    for kind, allowed in WHOSE.items():
        reply = await step(await ask(), kind, bodies.get(kind), by=by)
        assert reply.status == allowed.get(caller, status), (kind, reply.json())
    await step(await ask(), "decisions")
    for path in ("/api/v1/grant-requests", "/api/v1/grants"):
        listed = await api.get(path, by=by, query={"as": "asker"})
        assert listed.status == (200 if status == 404 else status)
        assert listed.status != 200 or bool(listed.json()["items"]) is (caller in {"asker", "authority"})
    request_id = await ask()
    assert (await api.get(f"/api/v1/grant-requests/{request_id}", by=by)).status == status
    await step(request_id, "decisions")
    assert (await api.get(f"/api/v1/grants/{request_id}", by=by)).status == status
    withdrawn = await post(f"/grants/{request_id}/withdrawals", {"reason": "r"}, by=by)
    assert withdrawn.status == {"asker": 403, "provider": 201, "authority": 201}.get(caller, status)
    asked = await post("/grant-requests", {}, by=by)
    assert asked.status == (422 if status in {200, 404} else status)


async def test_what_is_not_there_is_not_found(api: Client, step: Step, post: Post) -> None:
    for kind in WHOSE:
        body = {"text": "原文"} if kind == "supplements" else None
        assert (await step(NO_ONE, kind, body)).json()["code"] == "grant_request_not_found"
    assert (await post(f"/grants/{NO_ONE}/withdrawals", {"reason": "r"}, by=POLICE)).status == 404
    assert (await api.get(f"/api/v1/grant-requests/{NO_ONE}", by=POLICE)).status == 404
    assert (await api.get(f"/api/v1/grants/{NO_ONE}", by=POLICE)).status == 404
