from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from chassis.data.database import Database
from chassis.events import parking
from chassis.events.parking import State
from chassis.service import Service
from chassis.testing.builders import MONDAY_MORNING, ManualClock, citizen, reviewer, staff
from chassis.testing.client import Client, appended, audited, deliver
from esign_svc.domain.identifiers import read_identifier
from esign_svc.domain.licences import Face
from esign_svc.events import TaskDecided, UnitPublished
from esign_svc.handlers import activate_licence, expire_page, load_licence_types
from esign_svc.store.licence_tables import licences
from esign_svc.store.licence_types import TypesKept

ITEM, USCC = "11410100MBXX00238T3412023001000", "11410100MBXX00238T"
TYPE: Mapping[str, Any] = {
    "code": "permit",
    "type_code": f"{USCC}001",
    "name": "测试许可证",
    "items": [ITEM],
    "holder_name": "child_name",
    "holder_number": "child_id_number",
    "fields": [{"element": "child_sex", "label": "性别"}],
    "subject": ["child_name"],
    "period": {"amount": 1, "unit": "YEAR"},
    "level": "3",
    "number": "测许〔{year}〕{n:04}号",
    "definer": "郑州市卫生健康委员会",
    "statement": "准予。",
    "materials": ["permit"],
}
FACE = Face("测小宝", "410199202602260011", (("性别", "女"),))


def officer(subject: str = "officer-1", *, unit: str = "U23") -> Any:
    return staff(subject, unit=unit, roles=frozenset({"licence_officer"}))


async def learn(service: Service, database: Database, **changes: Any) -> None:
    """Let esign know the unit, its code and the type."""
    await deliver(service, UnitPublished(unit_code="U23", name="郑州市卫生健康委员会"), subject="U23", version=1)
    async with database.unit_of_work() as work:
        await load_licence_types(work, TypesKept({"permit": {**TYPE, **changes}}, {ITEM: "permit"}, {"U23": USCC}))


def decided(number: int = 1, **changes: Any) -> TaskDecided:
    """Return a grant of the item, one of many."""
    told = {
        "task_id": f"01900000-0000-7000-8000-0000001{number:05}",
        "case_id": f"01900000-0000-7000-8000-0000002{number:05}",
        "application_id": f"01900000-0000-7000-8000-0000003{number:05}",
        "name": "签发测试许可证",
        "unit": "U23",
        "outcome": "granted",
        "decided_at": MONDAY_MORNING,
        "item": ITEM,
        "applicant_id": "citizen-1",
        "matter_code": "newborn",
        "region": "410100",
        "decided_by": "reviewer-1",
    }
    return TaskDecided(**{**told, **changes})


async def grant(service: Service, number: int = 1, **changes: Any) -> None:
    """Bring the event of a grant."""
    event = decided(number, **changes)
    await deliver(service, event, subject=event.case_id, version=1)


async def rows(database: Database) -> list[dict[str, Any]]:
    """Return all licences, in order."""
    async with database.reading() as connection:
        found = await connection.execute(licences.select().order_by(licences.c.licence_id))
        return [dict(row) for row in found.mappings()]


async def seal(service: Service, database: Database, licence_id: str, face: Face = FACE) -> None:
    """Do what the making of its paper does to a licence."""
    async with database.unit_of_work() as work:
        await activate_licence(service.api.state.collaborators, work, licence_id, face)


async def issued(service: Service, database: Database, number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a licence that was granted and sealed."""
    await grant(service, number, **changes)
    licence_id = (await rows(database))[-1]["licence_id"]
    await seal(service, database, licence_id)
    return (await rows(database))[-1]


WHY = {"reason": "申请人隐瞒有关情况", "basis": "行政许可法第六十九条第二款"}
OF_LICENCE = "esign.licence."


async def told(database: Database) -> list[str]:
    """Return what was told of licences, with the version of each."""
    events = [one for one in await appended(database) if one["type"].startswith(OF_LICENCE)]
    assert not {"测小宝", "410199202602260011"} & set(str(events)), "nothing personal leaves"
    return [f"{one['type'].removeprefix(OF_LICENCE)} {one['aggregateversion']}" for one in events]


async def propose(api: Client, licence_id: str, action: str, *, by: Any = None, key: str = "") -> Any:
    return await api.post(
        f"/api/v1/licences/{licence_id}/steps",
        by=by or officer(),
        body={"action": action, **WHY},
        key=key or f"propose-{action}",
    )


async def decide(api: Client, step: Any, *, by: Any, decision: str = "confirm", key: str = "decide") -> Any:
    path = f"/api/v1/licences/{step['licence_id']}/steps/{step['step_id']}/decisions"
    return await api.post(path, by=by, body={"decision": decision}, key=f"{key}-{by.subject}")


async def take(api: Client, licence_id: str, action: str) -> None:
    """Let two officers do what one may not."""
    step = (await propose(api, licence_id, action)).json()
    assert (await decide(api, step, by=officer("officer-2"), key=action)).status == 201


async def test_a_grant_is_numbered_at_once_and_valid_when_its_paper_is_sealed(
    service: Service, database: Database
) -> None:
    await learn(service, database)
    await grant(service)
    (row,) = await rows(database)
    assert (row["state"], row["version"], row["number"], row["holder_id"]) == (
        "issuing",
        0,
        "测许〔2026〕0001号",
        "citizen-1",
    )
    assert row["valid_until"].isoformat() == "2027-03-02"
    identifier = read_identifier(row["identifier"])
    assert (identifier.issuer, identifier.serial, identifier.edition) == (USCC, "20260000001", 1)
    assert await told(database) == []
    await seal(service, database, row["licence_id"])
    await seal(service, database, row["licence_id"])
    assert await told(database) == ["issued 1"]
    (event,) = await appended(database, "esign.licence.issued")
    assert {event["data"][name] for name in ("task_id", "holder_id", "unit")} == {row["task_id"], "citizen-1", "U23"}
    assert (event["data"]["materials"], event["data"]["subject"]) == (["permit"], ["child_name"])
    (sealed,) = await rows(database)
    assert "测小宝" not in str(sealed)


async def test_one_decision_has_one_licence_however_often_it_is_told(service: Service, database: Database) -> None:
    await learn(service, database)
    await grant(service)
    again = decided()
    await deliver(service, again, subject=again.case_id, version=1)
    await deliver(service, again, subject=again.case_id, version=2, event_id="another")
    await grant(service, 2)
    assert [row["number"] for row in await rows(database)] == ["测许〔2026〕0001号", "测许〔2026〕0002号"]


async def test_numbers_begin_anew_with_a_year_in_shanghai(service: Service, database: Database) -> None:
    await learn(service, database)
    await grant(service, 1)
    await grant(service, 2, decided_at=MONDAY_MORNING.replace(month=12, day=31, hour=16))
    assert [row["number"] for row in await rows(database)] == ["测许〔2026〕0001号", "测许〔2027〕0001号"]


@pytest.mark.parametrize("changes", [{"outcome": "refused"}, {"item": "other"}, {"item": None}, {"applicant_id": None}])
async def test_what_ends_in_no_licence_gets_none(service: Service, database: Database, changes: dict[str, Any]) -> None:
    await learn(service, database)
    await grant(service, **changes)
    assert await rows(database) == []


async def test_a_grant_of_a_unit_that_was_not_told_waits(service: Service, database: Database) -> None:
    await learn(service, database)
    event = decided(unit="U09")
    await deliver(service, event, subject=event.case_id, version=1)
    assert await rows(database) == []
    async with database.reading() as connection:
        assert (await parking.counts(connection))[State.WAITING] == 1


async def test_the_holder_sees_her_licences_whole_and_nobody_else_any(
    api: Client, service: Service, database: Database
) -> None:
    await learn(service, database)
    row = await issued(service, database)
    listed = (await api.get("/api/v1/me/licences", by=citizen())).json()["items"]
    assert [(one["number"], one["holder_name"], one["state"]) for one in listed] == [(row["number"], "测小宝", "valid")]
    own = (await api.get(f"/api/v1/me/licences/{row['licence_id']}", by=citizen())).json()
    assert (own["holder_number"], own["fields"]) == (FACE.holder_number, [{"label": "性别", "value": "女"}])
    data = own["metadata"]
    assert (data["certificate_status"], data["certificate_holder_type_code"]) == ("01", "111")
    assert data["certificate_issuing_authority_code"] == USCC
    other = citizen("citizen-2")
    assert (await api.get("/api/v1/me/licences", by=other)).json()["items"] == []
    assert (await api.get(f"/api/v1/me/licences/{row['licence_id']}", by=other)).json()["code"] == "licence_not_found"


async def test_the_unit_sees_what_it_issued_masked_and_each_look_is_recorded(
    api: Client, service: Service, database: Database
) -> None:
    await learn(service, database)
    row = await issued(service, database)
    listed = await api.get("/api/v1/licences", by=reviewer(unit="U23"), query={"state": "valid", "type": "permit"})
    assert [one["holder_name"] for one in listed.json()["items"]] == ["测**"]
    one = await api.get(f"/api/v1/licences/{row['licence_id']}", by=officer())
    assert one.json()["holder_number"] == "410***********0011"
    assert one.json()["fields"] == []
    assert "测小宝" not in one.body.decode()
    stranger = officer(unit="U09")
    assert (await api.get("/api/v1/licences", by=stranger)).json()["items"] == []
    assert (await api.get(f"/api/v1/licences/{row['licence_id']}", by=stranger)).json()["code"] == "licence_not_found"
    looks = [row.action for row in await audited(database) if row.actor in {"officer-1", "reviewer-1"}]
    assert looks == ["licences.listed", "licence.shown"]


async def test_the_lists_go_page_by_page(api: Client, service: Service, database: Database) -> None:
    await learn(service, database)
    for number in range(1, 6):
        await issued(service, database, number)
    for path, by in (("/api/v1/me/licences", citizen()), ("/api/v1/licences", officer())):
        found, after = [], ""
        while True:
            page = (await api.get(path, by=by, query={"limit": 2, "after": after})).json()
            found += [one["number"] for one in page["items"]]
            if page["next"] is None:
                break
            after = page["next"]
        assert found == [f"测许〔2026〕000{number}号" for number in (5, 4, 3, 2, 1)]


async def test_what_takes_rights_away_needs_a_second_person(api: Client, service: Service, database: Database) -> None:
    await learn(service, database)
    row = await issued(service, database)
    proposed = await propose(api, row["licence_id"], "revoke")
    assert (proposed.status, proposed.json()["status"]) == (201, "proposed")
    assert (await propose(api, row["licence_id"], "suspend")).json()["code"] == "licence_step_open"
    assert (await decide(api, proposed.json(), by=officer())).json()["code"] == "same_person"
    assert (await decide(api, proposed.json(), by=officer("x", unit="U09"))).json()["code"] == "licence_not_found"
    assert [one["state"] for one in await rows(database)] == ["valid"]
    confirmed = await decide(api, proposed.json(), by=officer("officer-2"))
    assert (confirmed.json()["status"], confirmed.json()["ended_by"]) == ("confirmed", "officer-2")
    assert (await decide(api, proposed.json(), by=officer("officer-3"))).json()["code"] == "licence_step_ended"
    assert [one["state"] for one in await rows(database)] == ["revoked"]
    assert await told(database) == ["issued 1", "revoked 2"]
    shown = (await api.get(f"/api/v1/licences/{row['licence_id']}", by=officer())).json()
    assert [(one["reason"], one["basis"]) for one in shown["steps"]] == [(WHY["reason"], WHY["basis"])]
    assert WHY["reason"] not in str(await audited(database))


async def test_a_proposal_may_be_rejected_also_by_whoever_made_it(
    api: Client, service: Service, database: Database
) -> None:
    await learn(service, database)
    row = await issued(service, database)
    step = (await propose(api, row["licence_id"], "cancel")).json()
    assert (await decide(api, step, by=officer(), decision="reject")).json()["status"] == "rejected"
    assert [one["state"] for one in await rows(database)] == ["valid"]
    assert (await propose(api, row["licence_id"], "forfeit")).status == 201


async def test_suspended_it_is_given_back_by_one_and_events_come_in_order(
    api: Client, service: Service, database: Database
) -> None:
    await learn(service, database)
    row = await issued(service, database)
    await take(api, row["licence_id"], "suspend")
    resumed = await propose(api, row["licence_id"], "resume")
    assert (resumed.status, resumed.json()["status"]) == (201, "confirmed")
    assert (await propose(api, row["licence_id"], "resume", key="again")).json()["code"] == "licence_state_wrong"
    await take(api, row["licence_id"], "cancel")
    assert await told(database) == ["issued 1", "suspended 2", "resumed 3", "cancelled 4"]


async def test_nobody_changes_his_own_licence_nor_one_that_is_not_out(
    api: Client, service: Service, database: Database
) -> None:
    await learn(service, database)
    await grant(service, applicant_id="officer-1")
    (row,) = await rows(database)
    assert (await propose(api, row["licence_id"], "revoke")).json()["code"] == "own_licence"
    assert (await propose(api, row["licence_id"], "revoke", by=officer("o2"))).json()["code"] == "licence_state_wrong"


@pytest.mark.parametrize("body", [{"reason": "  ", "basis": "x"}, {"reason": "x", "basis": "\u200b"}])
async def test_a_step_says_why(api: Client, service: Service, database: Database, body: dict[str, str]) -> None:
    await learn(service, database)
    row = await issued(service, database)
    path = f"/api/v1/licences/{row['licence_id']}/steps"
    reply = await api.post(path, by=officer(), body={"action": "revoke", **body}, key="k")
    assert reply.status == 422


async def test_after_its_last_day_a_licence_reads_expired_and_is_told_once(
    api: Client, service: Service, database: Database, clock: ManualClock
) -> None:
    await learn(service, database)
    row = await issued(service, database)
    esign = service.api.state.collaborators
    clock.set(MONDAY_MORNING.replace(year=2027, hour=15, minute=59))
    assert await expire_page(esign) == 0
    clock.advance(minutes=1)
    own = (await api.get(f"/api/v1/me/licences/{row['licence_id']}", by=citizen())).json()
    assert (own["state"], own["valid_until"], own["metadata"]["certificate_status"]) == ("expired", "2027-03-02", "05")
    assert [await expire_page(esign), await expire_page(esign)] == [1, 0]
    assert await told(database) == ["issued 1", "expired 2"]


async def test_for_ever_never_expires(api: Client, service: Service, database: Database, clock: ManualClock) -> None:
    await learn(service, database, period=None)
    row = await issued(service, database)
    clock.set(MONDAY_MORNING.replace(year=9999))
    assert await expire_page(service.api.state.collaborators) == 0
    own = (await api.get(f"/api/v1/me/licences/{row['licence_id']}", by=citizen())).json()
    assert (own["state"], own["valid_until"]) == ("valid", "长期")
    assert own["metadata"]["certificate_expiring_date"] == "长期"


def check_of(url: str) -> tuple[str, str]:
    """Return the path and the code of a QR."""
    parts = urlsplit(url)
    return parts.path, parse_qs(parts.query)["code"][0]


async def test_anyone_with_the_code_learns_the_state_and_nobody_else_anything(
    api: Client, service: Service, database: Database
) -> None:
    await learn(service, database)
    row = await issued(service, database)
    own = (await api.get(f"/api/v1/me/licences/{row['licence_id']}", by=citizen())).json()
    path, code = check_of(own["check_url"])
    assert len(code) == 26
    told = (await api.get(path, query={"code": code})).json()
    assert (told["answer"], told["state"], told["holder_name"]) == ("valid", "valid", "测**")
    assert told["as_of"] == "2026-03-02T01:30:00Z"
    nothing = await api.get("/api/v1/licences/1.2.156.3005.2.X/status", query={"code": code})
    for query in ({}, {"code": ""}, {"code": "A" * 26}, {"code": code.lower()}):
        wrong = await api.get(path, query=query)
        hidden = {"instance", "trace_id"}
        assert {key: value for key, value in wrong.json().items() if key not in hidden} == {
            key: value for key, value in nothing.json().items() if key not in hidden
        }
    await take(api, row["licence_id"], "transfer")
    assert (await api.get(path, query={"code": code})).json()["answer"] == "unknown"


async def test_a_licence_taken_away_is_not_valid_at_once(api: Client, service: Service, database: Database) -> None:
    await learn(service, database)
    row = await issued(service, database)
    own = (await api.get(f"/api/v1/me/licences/{row['licence_id']}", by=citizen())).json()
    path, code = check_of(own["check_url"])
    await take(api, row["licence_id"], "suspend")
    told = (await api.get(path, query={"code": code})).json()
    assert (told["answer"], "暂扣" in told["detail"]) == ("not_valid", True)


@pytest.mark.parametrize("exists", [True, False])
async def test_guessing_is_slowed_down_alike_for_what_is_there_and_what_is_not(
    api: Client, service: Service, database: Database, clock: ManualClock, *, exists: bool
) -> None:
    await learn(service, database)
    row = await issued(service, database)
    path = f"/api/v1/licences/{row['identifier'] if exists else '1.2.3'}/status"
    answers = [(await api.get(path, query={"code": f"WRONG{n}"})).status for n in range(7)]
    assert answers == [404] * 5 + [429] * 2
    clock.advance(seconds=2)
    reply = await api.get(path, query={"code": "WRONG"})
    assert reply.status == 404
    assert (await api.get(path, query={"code": "WRONG"})).headers["retry-after"] == "4"


async def test_who_has_the_right_code_is_answered_whatever_others_tried(
    api: Client, service: Service, database: Database
) -> None:
    await learn(service, database)
    row = await issued(service, database)
    own = (await api.get(f"/api/v1/me/licences/{row['licence_id']}", by=citizen())).json()
    path, code = check_of(own["check_url"])
    tried = [(await api.get(path, query={"code": f"WRONG{n}"})).status for n in range(6)]
    assert tried[-1] == 429
    assert (await api.get(path, query={"code": code})).json()["answer"] == "valid"


@pytest.mark.parametrize("purpose", ["入学😀", "办理𠮷宅登记", "仅", "仅用于", "用于 。"])
async def test_a_purpose_that_no_copy_could_say_is_refused_when_it_is_asked_for(
    api: Client, service: Service, database: Database, purpose: str
) -> None:
    await learn(service, database)
    row = await issued(service, database)
    path = f"/api/v1/me/licences/{row['licence_id']}/copies"
    reply = await api.post(path, by=citizen(), body={"purpose": purpose, "until": "2026-06-30"}, key="k")
    assert (reply.status, reply.json()["code"]) == (422, "licence_copy_purpose_unfit")
    assert [one["pointer"] for one in reply.json()["errors"]] == ["/purpose"]
    assert (await api.get(path, by=citizen())).json()["items"] == []


async def test_a_use_copy_is_for_a_purpose_until_a_day_and_says_so_when_checked(
    api: Client, service: Service, database: Database, clock: ManualClock
) -> None:
    await learn(service, database)
    row = await issued(service, database)
    copies = f"/api/v1/me/licences/{row['licence_id']}/copies"
    asked = await api.post(copies, by=citizen(), body={"purpose": "办理入学", "until": "2026-06-30"}, key="k")
    assert (asked.status, asked.json()["state"]) == (201, "making")
    listed = (await api.get(copies, by=citizen())).json()["items"]
    assert [(one["purpose"], one["until"]) for one in listed] == [("办理入学", "2026-06-30")]
    path, code = check_of(listed[0]["check_url"])
    own = (await api.get(f"/api/v1/me/licences/{row['licence_id']}", by=citizen())).json()
    assert check_of(own["check_url"]) != (path, code)
    told = (await api.get(path, query={"code": code})).json()
    assert (told["answer"], told["use_copy"]) == (
        "valid",
        {"purpose": "办理入学", "until": "2026-06-30", "is_expired": False},
    )
    clock.advance(days=121)
    late = (await api.get(path, query={"code": code})).json()
    assert late["use_copy"]["is_expired"] is True
    assert late["detail"] == "该证照现行有效。这份加注件已过截止日期,不能再用。"
    one = await api.get(asked.headers["location"], by=citizen())
    assert one.json()["state"] == "expired"
    assert (await api.get(asked.headers["location"], by=citizen("citizen-2"))).json()["code"] == "licence_not_found"
    assert "licence.copied" in [row.action for row in await audited(database)]
    assert "办理入学" not in str(await audited(database))


@pytest.mark.parametrize(
    ("until", "right"),
    [
        ("2026-03-01", False),
        ("2026-03-02", True),
        ("2026-08-29", True),
        ("2026-08-30", False),
        ("2026-02-30", False),
        ("9999-12-31", False),
    ],
)
async def test_a_use_copy_ends_within_180_days(
    api: Client, service: Service, database: Database, until: str, *, right: bool
) -> None:
    await learn(service, database)
    row = await issued(service, database)
    path = f"/api/v1/me/licences/{row['licence_id']}/copies"
    reply = await api.post(path, by=citizen(), body={"purpose": "办理入学", "until": until}, key="k")
    assert (reply.status == 201) is right
    if not right:
        assert reply.json()["code"] == "licence_copy_until_wrong"


async def test_no_copy_outlives_its_licence_or_is_made_of_one_that_is_not_valid(
    api: Client, service: Service, database: Database, clock: ManualClock
) -> None:
    await learn(service, database)
    row = await issued(service, database)
    path = f"/api/v1/me/licences/{row['licence_id']}/copies"
    clock.set(MONDAY_MORNING + timedelta(days=300))
    body = {"purpose": "办理入学", "until": "2027-03-03"}
    assert (await api.post(path, by=citizen(), body=body, key="a")).json()["code"] == "licence_copy_until_wrong"
    body["until"] = "2027-03-02"
    assert (await api.post(path, by=citizen(), body=body, key="b")).status == 201
    await take(api, row["licence_id"], "suspend")
    assert (await api.post(path, by=citizen(), body=body, key="c")).json()["code"] == "licence_state_wrong"
    assert (await api.post(path, by=citizen("citizen-2"), body=body, key="d")).json()["code"] == "licence_not_found"


async def test_twenty_copies_a_day_are_enough(
    api: Client, service: Service, database: Database, clock: ManualClock
) -> None:
    await learn(service, database)
    row = await issued(service, database)
    path, body = f"/api/v1/me/licences/{row['licence_id']}/copies", {"purpose": "入学", "until": "2026-03-31"}
    made = [(await api.post(path, by=citizen(), body=body, key=f"k{n}")).status for n in range(21)]
    assert made == [201] * 20 + [409]
    clock.advance(days=1, seconds=1)
    assert (await api.post(path, by=citizen(), body=body, key="next")).status == 201


async def test_who_follows_a_unit_that_ended_has_its_licences(
    api: Client, service: Service, database: Database, clock: ManualClock
) -> None:
    await learn(service, database)
    row = await issued(service, database)
    for unit in ("U30", "U09"):
        await deliver(service, UnitPublished(unit_code=unit, name=f"某市{unit}局"), subject=unit, version=1)
    heir, path = officer("heir-1", unit="U30"), f"/api/v1/licences/{row['licence_id']}"
    assert (await api.get(path, by=heir)).json()["code"] == "licence_not_found"
    ended = UnitPublished(unit_code="U23", name="郑州市卫生健康委员会", valid_to=MONDAY_MORNING.date(), successor="U30")
    await deliver(service, ended, subject="U23", version=2)
    assert (await api.get(path, by=heir)).status == 404, "its last day is its own"
    clock.advance(days=1)
    listed = await api.get("/api/v1/licences", by=heir, query={"unit": "U23"})
    assert [one["number"] for one in listed.json()["items"]] == [row["number"]]
    assert (await api.get("/api/v1/licences", by=heir)).json()["items"] == []
    stranger = officer("x", unit="U09")
    assert (await api.get("/api/v1/licences", by=stranger, query={"unit": "U23"})).json()["items"] == []
    assert (await propose(api, row["licence_id"], "suspend", by=stranger)).json()["code"] == "licence_not_found"
    step = (await propose(api, row["licence_id"], "suspend", by=heir)).json()
    assert (await decide(api, step, by=officer("heir-2", unit="U30"))).status == 201
    assert (await api.get(path, by=heir)).json()["state"] == "suspended"
