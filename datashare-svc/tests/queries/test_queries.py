"""Queries of officials: what must agree before anybody is asked, and what is told then."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.http.identity import Principal
from chassis.http.upstream import Reply
from chassis.testing.builders import STAFF_SCOPES, ManualClock, anonymous, citizen, clerk, manager, reviewer, steward
from chassis.testing.client import Client, audited
from datashare_svc import events
from datashare_svc.domain.model import Connection, Depth

Running = Any
Network = Any
Ask = Callable[..., Awaitable[Reply]]
MOTHER, FATHER, STRANGER = "410199199001011234", "410199198905052345", "41019919770707345X"
APPLICATION, OTHERS = "01900000-0000-7000-8000-0000000000a1", "01900000-0000-7000-8000-0000000000a2"
OTHERS_NUMBER = "410100U232026030220000027"


async def logged(database: Database, action: str) -> list[Any]:
    """Return the audit rows of an action."""
    return [row for row in await audited(database) if row.action == action]


async def test_an_official_gets_what_is_granted_masked_and_it_is_on_record_before_and_after(
    running: Running, network: Network, ask_as: Ask, database: Database
) -> None:
    reply = await ask_as(running.asking(fields=["name", "id_number", "birth_date", "hukou_region"]))
    assert reply.status == 201, reply.body
    told = reply.json()
    row = {"name": "李**", "id_number": "410***********1234", "birth_date": "***", "hukou_region": "410105"}
    assert (told["rows"], told["is_masked"], told["is_known"]) == ([row], True, True)
    (question,) = network.asked
    assert question.carried == {
        "query_id": told["query_id"],
        "project_no": "410100U232026030220000019",
        "task_code": "birth_registration",
        "purpose": "REVIEW",
        "basis": "《户口登记条例》第七条",
        "officer": "reviewer-1",
    }
    (access,) = await running.accesses()
    assert (access.state, access.unit, access.provider, access.officer_kind) == ("ANSWERED", "U09", "U09", "STAFF")
    assert (access.case_id, access.item, access.is_draft) == (APPLICATION, "birth_registration", False)
    assert len(access.answer_sha256) == 64
    assert [row.action for row in await audited(database)][-2:] == ["data.asked", "data.answered"]


async def test_where_agreement_is_enough_no_value_is_told(running: Running, ask_as: Ask) -> None:
    verify = {"depth": "VERIFY", "fields": [], "compares": {"name": "李静", "birth_date": "1991-01-01"}}
    told = (await ask_as(running.asking(**verify))).json()
    assert (told["matches"], told["rows"], told["is_masked"]) == ({"name": True, "birth_date": False}, [], False)


async def test_a_source_without_such_a_person_says_so_and_it_is_on_record(
    running: Running, network: Network, ask_as: Ask
) -> None:
    del network.people[MOTHER]
    told = (await ask_as(running.asking())).json()
    assert (told["is_known"], told["rows"]) == (False, [])
    assert [row.state for row in await running.accesses()] == ["NO_RECORD"]


async def test_values_are_whole_only_for_a_reason_that_is_on_record(
    running: Running, ask_as: Ask, database: Database
) -> None:
    assert (await ask_as(running.asking(unmask=True))).status == 422
    barred = reviewer()
    barred = Principal(
        barred.subject, barred.kind, barred.level, barred.unit, barred.roles, STAFF_SCOPES - {"personal:read"}
    )
    refused = await ask_as(running.asking(unmask=True, reason="核对姓名用字"), by=barred)
    assert (refused.status, refused.json()["code"]) == (403, "scope_missing")
    assert [row.actor for row in await logged(database, "data.refused")] == [barred.subject] * 2
    told = (await ask_as(running.asking(unmask=True, reason="核对姓名用字"))).json()
    assert (told["rows"], told["is_masked"]) == ([{"name": "李静", "hukou_region": "410105"}], False)
    verify = {"depth": "VERIFY", "fields": [], "compares": {"name": "李静"}}
    assert (await ask_as(running.asking(unmask=True, reason="核对", **verify))).status == 201
    access, compared = await running.accesses()
    assert (access.is_unmasked, compared.is_unmasked) == (True, False), "a comparison gives no value"
    asked, _ = await logged(database, "data.asked")
    assert '"note":' in asked.details
    assert "核对" not in asked.details


REFUSED: list[tuple[str, dict[str, Any], Principal, int, str]] = [
    ("no such case", {"application_number": "410100U232026030229999999"}, reviewer(), 404, "query_case_not_found"),
    ("a unit that has no part in the case", {}, reviewer("r", unit="U36"), 404, "query_case_not_found"),
    ("an item that the case has not", {"item": "medical_insurance"}, reviewer(), 403, "item_not_in_case"),
    ("another unit's item", {"item": "birth_certificate"}, reviewer(), 403, "item_not_yours"),
    ("one's own application", {}, reviewer("citizen-1"), 403, "own_case_asked"),
    ("a person who is not in the case", {"person": STRANGER}, reviewer(), 403, "person_not_in_case"),
    ("no such resource", {"resource": "nothing"}, reviewer(), 404, "query_resource_not_found"),
    ("a field that is not granted", {"fields": ["name", "residence_address"]}, reviewer(), 403, "field_not_granted"),
    ("a field that nobody knows", {"fields": ["shoe_size"]}, reviewer(), 403, "field_not_granted"),
    ("another unit's item, by the unit that leads", {}, reviewer("r", unit="U23"), 403, "item_not_yours"),
    ("no grant for the window's unit", {}, clerk(), 403, "data_not_granted"),
    ("the keys of another person", {"keys": {"id_number": FATHER}}, reviewer(), 422, "key_not_of_person"),
    ("a key that is none", {"keys": {"name": "李静"}}, reviewer(), 422, "key_not_of_person"),
    ("a basis with somebody's number in it", {"basis": f"依据 {MOTHER}"}, reviewer(), 422, "basis_unfit"),
    ("the same in groups", {"basis": "依 4101 9919 9001 011234"}, reviewer(), 422, "basis_unfit"),
    ("the same with dashes", {"basis": "依 410199-19900101·1234"}, reviewer(), 422, "basis_unfit"),
]


@pytest.mark.parametrize(("what", "changed", "by", "status", "code"), REFUSED, ids=[one[0] for one in REFUSED])
async def test_nobody_is_asked_for(
    running: Running,
    network: Network,
    ask_as: Ask,
    database: Database,
    what: str,
    changed: dict[str, Any],
    by: Principal,
    status: int,
    code: str,
) -> None:
    reply = await ask_as(running.asking(**changed), by=by)
    assert (reply.status, reply.json()["code"]) == (status, code), what
    assert network.asked == []
    assert await running.accesses() == []
    (refused,) = await logged(database, "data.refused")
    assert (refused.actor, f'"why":"{code}"' in refused.details) == (by.subject, True)
    for number in (MOTHER, FATHER, STRANGER):
        assert number not in refused.details + refused.subject


@pytest.mark.parametrize(
    ("item", "is_named"),
    [("11410100MBXX00238T3412023001000", True), (f"x{MOTHER}", False), ("13812345678", False)],
)
async def test_a_refusal_names_the_item_unless_it_is_somebody_s_number(
    running: Running, ask_as: Ask, database: Database, *, item: str, is_named: bool
) -> None:
    assert (await ask_as(running.asking(item=item))).json()["code"] == "item_not_in_case"
    (refused,) = await logged(database, "data.refused")
    assert (item in refused.details) is is_named


async def test_absent_cases_and_those_of_other_units_are_refused_alike(running: Running, ask_as: Ask) -> None:
    absent = await ask_as(running.asking(application_number="410100U232026030229999999"))
    foreign = await ask_as(running.asking(), by=reviewer("r", unit="U36"))
    told = [{**reply.json(), "trace_id": ""} for reply in (absent, foreign)]
    assert told[0] == told[1]


NAMED = ("purpose", "basis", "application_number", "person", "item")
ABSENT = object()
UNSAID: list[tuple[str, Any]] = [
    *[(name, empty) for name in NAMED for empty in (ABSENT, None, "")],
    *[(name, " ") for name in ("basis", "application_number", "person")],
]


@pytest.mark.parametrize(("name", "value"), UNSAID, ids=[f"{name}-{number}" for number, (name, _) in enumerate(UNSAID)])
async def test_a_query_that_does_not_name_each_of_its_reasons_is_refused_and_on_record(
    running: Running, network: Network, ask_as: Ask, database: Database, *, name: str, value: Any
) -> None:
    body = {member: said for member, said in running.asking(**{name: value}).items() if said is not ABSENT}
    reply = await ask_as(body)
    assert (reply.status, [error["pointer"] for error in reply.json()["errors"]]) == (422, [f"/{name}"])
    assert (network.asked, await running.accesses()) == ([], [])
    (refused,) = await logged(database, "data.refused")
    assert (refused.actor, refused.subject) == ("reviewer-1", "no case")
    details = json.loads(refused.details)
    assert (details["why"], details["wrong"], details["unit"]) == ("malformed", [f"/{name}"], "U09")
    assert details["purpose"] == ("" if name == "purpose" else "REVIEW")
    assert MOTHER not in refused.details


async def test_a_query_that_names_nothing_is_told_all_that_is_missing(
    running: Running, ask_as: Ask, database: Database
) -> None:
    body = {name: said for name, said in running.asking().items() if name not in NAMED}
    missing = [f"/{name}" for name in NAMED]
    assert [error["pointer"] for error in (await ask_as(body)).json()["errors"]] == missing
    (refused,) = await logged(database, "data.refused")
    assert json.loads(refused.details)["wrong"] == missing


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"depth": "VERIFY", "fields": [], "compares": {"name": " "}}, "/compares/name"),
        ({"depth": "VERIFY", "fields": []}, "/compares"),
        ({"fields": []}, "/fields"),
        ({"compares": {"name": "李静"}}, "/compares"),
    ],
)
async def test_a_query_whose_scope_does_not_fit_its_depth_is_refused_and_on_record(
    running: Running, ask_as: Ask, database: Database, *, changed: dict[str, Any], wrong: str
) -> None:
    reply = await ask_as(running.asking(**changed))
    assert (reply.status, [error["pointer"] for error in reply.json()["errors"]]) == (422, [wrong])
    (refused,) = await logged(database, "data.refused")
    assert json.loads(refused.details)["wrong"] == [wrong]


async def test_a_field_that_is_somebody_s_number_is_not_written_down_as_wrong(
    running: Running, ask_as: Ask, database: Database
) -> None:
    body = running.asking(depth="VERIFY", fields=[], compares={MOTHER: " "})
    assert (await ask_as(body)).json()["errors"][0]["pointer"] == f"/compares/{MOTHER}"
    (refused,) = await logged(database, "data.refused")
    assert MOTHER not in refused.details


async def test_a_purpose_that_nobody_has_is_no_query_at_all(running: Running, ask_as: Ask, database: Database) -> None:
    assert (await ask_as(running.asking(purpose="CURIOSITY"))).status == 422
    assert await logged(database, "data.refused") == []


async def test_a_case_that_is_over_gives_nothing(running: Running, network: Network, ask_as: Ask) -> None:
    closed = events.CaseClosed(application_id=APPLICATION, closed_at=datetime.fromisoformat("2026-03-02T01:30:00Z"))
    await running.tell(closed, f"case-{APPLICATION}", 3)
    refused = await ask_as(running.asking())
    assert (refused.status, refused.json()["code"]) == (409, "query_case_over")
    assert network.asked == []


async def test_a_unit_whose_task_is_decided_or_has_gone_to_another_asks_no_more(running: Running, ask_as: Ask) -> None:
    moved = events.TaskTransferred(application_id=APPLICATION, task_key="birth_registration", unit="U30")
    await running.tell(moved, f"case-{APPLICATION}", 3)
    assert (await ask_as(running.asking())).json()["code"] == "query_case_not_found"
    await running.grant(2, unit="U30")
    assert (await ask_as(running.asking(), by=reviewer("r", unit="U30"))).status == 201
    decided = events.TaskDecided(application_id=APPLICATION, task_key="birth_registration", not_needed=[])
    await running.tell(decided, f"case-{APPLICATION}", 4)
    assert (await ask_as(running.asking(), by=reviewer("r", unit="U30"))).json()["code"] == "item_not_yours"


async def test_the_unit_that_follows_the_window_s_unit_does_its_work(running: Running, ask_as: Ask) -> None:
    await running.grant(2, unit="U30")
    by = clerk("c", unit="U30")
    assert (await ask_as(running.asking(), by=by)).json()["code"] == "query_case_not_found"
    ended = events.UnitPublished(unit_code="U23", name="旧", valid_to="2026-03-01", successor="U30")
    await running.tell(ended, "U23", 2)
    assert (await ask_as(running.asking(), by=by)).status == 201


async def test_the_lead_may_change(running: Running, ask_as: Ask) -> None:
    await running.grant(2, unit="U30")
    moved = events.CaseTransferred(application_id=APPLICATION, lead_unit="U30")
    await running.tell(moved, f"case-{APPLICATION}", 3)
    assert (await ask_as(running.asking(), by=clerk("c", unit="U30"))).status == 201


async def test_a_grant_to_compare_gives_no_value_and_an_expired_one_gives_nothing(
    running: Running, ask_as: Ask, clock: ManualClock
) -> None:
    await running.grant(2, unit="U23", depth=Depth.VERIFY, until=clock.now() + timedelta(minutes=1))
    by = clerk()
    assert (await ask_as(running.asking(), by=by)).json()["code"] == "data_not_granted"
    verify = running.asking(depth="VERIFY", fields=[], compares={"name": "李静"})
    assert (await ask_as(verify, by=by)).status == 201
    clock.advance(minutes=1)
    assert (await ask_as(verify, by=by)).json()["code"] == "data_not_granted"


@pytest.mark.parametrize("state", [one for one in Connection if one.value in {"LISTED", "CONNECTED", "RETIRED"}])
async def test_a_network_that_is_not_verified_serves_no_case(
    bare: Running, ask_as: Ask, as_intake: Ask, state: Connection
) -> None:
    await bare.matter()
    await bare.resource(bare.register(), state)
    await bare.grant(1)
    await bare.case()
    await as_intake("PUT", f"/api/v1/applications/{APPLICATION}/persons", body=bare.persons())
    assert (await ask_as(bare.asking())).json()["code"] == "network_not_connected"


async def test_an_officer_a_case_and_a_person_have_so_many_queries_and_are_told_when_there_are_more(
    running: Running, ask_as: Ask, clock: ManualClock, network: Network
) -> None:
    start = clock.now()
    for _ in range(200):
        assert (await ask_as(running.asking(depth="VERIFY", fields=[], compares={"name": "李静"}))).status == 201
    clock.advance(minutes=20)
    refused = await ask_as(running.asking())
    assert (refused.status, refused.json()["code"]) == (429, "query_quota_spent")
    wait = {"retry-after": "2400", "ratelimit-limit": "200", "ratelimit-remaining": "0", "ratelimit-reset": "2400"}
    assert wait.items() <= refused.headers.items()
    assert len(network.asked) == 200
    clock.set(start + timedelta(hours=1))
    # the officer has room again, the person not yet
    refused = await ask_as(running.asking())
    assert "涉及此人" in refused.json()["detail"]
    assert (await ask_as(running.asking(person=FATHER))).status == 201
    clock.set(start + timedelta(days=1))
    assert (await ask_as(running.asking())).status == 201


async def test_a_key_asks_once_and_another_body_under_it_is_refused(
    running: Running, network: Network, ask_as: Ask
) -> None:
    first = await ask_as(running.asking(), key="same")
    again = await ask_as(running.asking(), key="same")
    assert again.body == first.body
    assert again.headers["idempotency-replayed"] == "true"
    assert (await ask_as(running.asking(fields=["name"]), key="same")).status == 422
    assert len(network.asked) == 1


async def test_an_answer_is_told_again_on_record_and_only_while_the_query_could_be_made(
    running: Running, network: Network, ask_as: Ask, database: Database
) -> None:
    body = running.asking(unmask=True, reason="核对姓名用字")
    first = await ask_as(body, key="same")
    assert (await ask_as(body, key="same")).body == first.body
    assert len(await logged(database, "data.told_again")) == 1
    scopes = STAFF_SCOPES - {"personal:read"}
    assert (await ask_as(body, key="same", by=replace(reviewer(), scopes=scopes))).status == 403
    assert (await ask_as(body, key="same")).status == 201, "what was not to be told was forgotten, and is asked anew"
    closed = events.CaseClosed(application_id=APPLICATION, closed_at=datetime.fromisoformat("2026-03-02T01:30:00Z"))
    await running.tell(closed, f"case-{APPLICATION}", 3)
    for _ in range(2):
        refused = await ask_as(body, key="same")
        assert (refused.status, refused.json()["code"]) == (409, "query_case_over")
    why = [json.loads(row.details)["why"] for row in await logged(database, "data.refused")]
    assert why == ["scope_missing", "query_case_over", "query_case_over"]
    assert len(network.asked) == 2


async def test_an_answer_is_told_again_where_the_quota_is_spent(
    running: Running, network: Network, ask_as: Ask
) -> None:
    for number in range(200):
        assert (await ask_as(running.asking(), key=f"q{number}")).status == 201
    assert (await ask_as(running.asking())).status == 429
    assert (await ask_as(running.asking(), key="q199")).status == 201
    assert len(network.asked) == 200


@pytest.mark.parametrize(
    ("by", "status"),
    [
        (reviewer(), 201),
        (clerk("c", unit="U09"), 201),
        (reviewer("r", unit="U36"), 404),
        (citizen(), 403),
        (steward(), 403),
        (manager(), 403),
        (anonymous(), 401),
    ],
    ids=lambda one: one.subject if isinstance(one, Principal) else str(one),
)
async def test_each_caller_of_a_query_gets(running: Running, ask_as: Ask, by: Principal, status: int) -> None:
    assert (await ask_as(running.asking(), by=by)).status == status


async def test_a_query_without_a_key_or_by_a_service_is_refused(running: Running, api: Client, as_intake: Ask) -> None:
    path = "/api/v1/data-queries"
    assert (await api.post(path, by=reviewer(), body=running.asking())).status == 400
    assert (await as_intake("POST", path, body=running.asking(), key="k")).status == 403
