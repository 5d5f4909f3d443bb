"""The simulators of the networks: their people, their strictness, their faults, and their commands."""

import asyncio
import hashlib
import json
import re
import sqlite3
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from chassis.base.problems import DeadlineExceeded
from chassis.http.upstream import Reply, UpstreamUnavailable, call
from chassis.testing.builders import ManualClock
from chassis.testing.plugin import OpenDatabase
from datashare_svc.domain.canonical import agrees
from datashare_svc.domain.model import Kind, Resource, ResourceField, SharingClass, SharingMode, UpdateCycle
from datashare_svc.errors import NetworkOut, Outage
from datashare_svc.outside.endpoints import networks_at
from datashare_svc.outside.networks import Question
from hypothesis import given
from hypothesis import strategies as st
from intake_svc.domain.id_numbers import birth_of, id_number_fault, sex_of
from typer.testing import CliRunner
from yiwang import journey
from yiwang.keyfile import keys
from yiwang.main import app
from yiwang.services import SERVICES
from yiwang.simulators import faults, inside, people, records, signing
from yiwang.simulators.faults import Fault, FaultKind, Faults
from yiwang.simulators.files import FileFault
from yiwang.simulators.networks import SIMULATED, Protocol, Simulated
from yiwang.simulators.people import Town, town
from yiwang.simulators.records import Service
from yiwang.simulators.register import Register
from yiwang.simulators.rest import RestSimulator, apart
from yiwang.simulators.signing import Keys
from yiwang.simulators.tables import MISSING
from yiwang.simulators.together import Together
from yiwang.suite import embedded, in_one_process

TODAY = date(2026, 3, 2)
"""The clock of the tests stands at it."""
KEY = signing.new_key()
MOTHER, FATHER = journey.FORM["mother_id_number"], journey.FORM["father_id_number"]
REASON = {
    "query_id": "q1",
    "project_no": "draft:1",
    "task_code": "t",
    "purpose": "PREFILL",
    "basis": "b",
    "officer": "o",
}


def simulator(network: str, clock: ManualClock, **more: Any) -> RestSimulator:
    return RestSimulator(SIMULATED[network], Register(clock), clock, {"yiwang": Keys(KEY)}, **more)


class Asking:
    """A client that signs, each request a millisecond after the last."""

    def __init__(self, simulated: RestSimulator, clock: ManualClock, key: str = KEY) -> None:
        self.simulated, self.clock, self.key = simulated, clock, key
        self.late = 0

    def headers(self, service: str, body: bytes, changed: Mapping[str, Any] | None = None) -> dict[str, str]:
        self.late += 1
        rtime = int(self.clock.now().timestamp() * 1000) + self.late
        told = {"requester": "yiwang", "service": service, "rtime": rtime, "body": body, **(changed or {})}
        return signing.headers(told.pop("key", self.key), **told)

    async def send(self, service: str, body: bytes, headers: Mapping[str, str], *, within: float = 5.0) -> Reply:
        path = "/key" if service == "key" else f"/services/{service}"
        return await call(self.simulated, "POST", path, body=body, headers=headers, within=within)

    async def ask(self, service: str, *, signed: Mapping[str, Any] | None = None, **question: Any) -> Any:
        body = json.dumps({"reason": REASON, **question}, ensure_ascii=False).encode()
        return (await self.send(service, body, self.headers(service, body, signed))).json()

    async def query(self, service: str, fields: list[str], **conditions: str) -> Any:
        return await self.ask(service, mode="query", conditions=conditions, fields=fields)


@pytest.fixture
def population(clock: ManualClock) -> Asking:
    return Asking(simulator("population", clock), clock)


@pytest.fixture
def births(clock: ManualClock) -> Asking:
    return Asking(simulator("births", clock), clock)


def test_the_people_are_many_and_each_has_a_number_of_its_own_that_tells_birth_and_sex() -> None:
    found = list(town().people())
    assert len(found) >= 5000
    assert len({one.id_number for one in found}) == len(found)
    for one in found:
        assert one.id_number.startswith("410199")
        assert id_number_fault(one.id_number, TODAY) == ""
        assert (birth_of(one.id_number), sex_of(one.id_number)) == (one.born, one.sex)
        assert one.name.startswith("测")


def test_families_are_such_as_there_can_be() -> None:
    for family in town().families:
        parents = [one for one in (family.mother, family.father) if one]
        assert (family.mother.sex, family.father is None or family.father.sex == "1") == ("2", True)
        for child in family.children:
            assert all(child.born_on(TODAY).year - parent.born.year >= 18 for parent in parents)
            assert child.person is None or (child.person.name, child.person.born) == (child.name, child.born)
        if family.married_on:
            assert all(family.married_on.year - parent.born.year >= 20 for parent in parents)
    certificates = [child.certificate_no for family in town().families for child in family.children]
    assert len(set(certificates)) == len(certificates)
    assert all(re.fullmatch("Z[0-9]{9}", one) for one in certificates)


def test_among_them_are_those_that_programs_forget() -> None:
    families, found = town().families, list(town().people())
    assert any(one.id_number.endswith("X") for one in found)
    assert any("\N{MIDDLE DOT}" in one.name for one in found)
    assert any(ord(char) > 0xFFFF for one in found for char in one.name)
    assert any(len(family.children) == 2 for family in families)
    assert any(not one.is_alive for one in found)
    assert any(family.father is None for family in families)
    assert any(family.father is not None and not family.father.id_number for family in families)
    assert any(family.married_on is None for family in families)
    assert {one.region in people.DISTRICTS for one in found} == {True, False}


def test_the_town_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    again = people.town.__wrapped__(people.SEED)
    assert again == town()
    assert people.town.__wrapped__(1).families[5] != town().families[5]


def test_whoever_can_sign_in_has_a_child_that_was_born_five_days_ago_and_is_to_be_named() -> None:
    accounts = {one.account: one for one in town().accounts}
    assert {"dev-citizen", "dev-citizen-other", "dev-citizen-l1", "dev-citizen-0", "dev-citizen-199"} <= set(accounts)
    parents = {
        parent.id_number: family for family in town().families for parent in (family.mother, family.father) if parent
    }
    for one in accounts.values():
        (child,) = parents[one.person.id_number].children
        assert (child.born_on(TODAY), child.name) == (TODAY - timedelta(days=5), "")
    assert len({parents[one.person.id_number].mother.id_number for one in accounts.values()}) == len(accounts)


def test_no_row_lacks_a_field_or_has_another() -> None:
    for network in SIMULATED.values():
        for service in network.services:
            rows = list(service.rows(town(), TODAY))
            assert rows
            assert all(tuple(row) == service.fields for row in rows)
            assert set(service.keys) < set(service.fields)


async def test_the_sources_confirm_what_the_story_types(clock: ManualClock) -> None:
    form = journey.filled_in(TODAY)
    asked = {
        ("population", "population_register", "id_number", MOTHER): {"name": form["mother_name"]},
        ("population", "population_register", "id_number", FATHER): {
            "name": form["father_name"],
            "residence_address": form["residence_address"],
        },
        ("marriage", "marriage_register", "id_number", MOTHER): {"spouse_id_number": FATHER},
        ("births", "birth_record", "parent_id_number", MOTHER): {
            name: form[name]
            for name in ("child_birth_date", "child_sex", "birth_hospital", "mother_name", "father_name")
        },
        ("births", "birth_record", "parent_id_number", FATHER): {"birth_hospital": form["birth_hospital"]},
        ("medical_insurance", "insurance_status", "id_number", FATHER): {"name": form["father_name"]},
        ("population", "residence_permit", "id_number", MOTHER): {"name": form["mother_name"]},
    }
    for (network, service, key, value), values in asked.items():
        told = await Asking(simulator(network, clock), clock).ask(
            service, mode="verify", conditions={key: value}, values=values
        )
        assert told == {
            "code": "0",
            "message": "",
            "query_id": "q1",
            "known": True,
            "results": dict.fromkeys(values, "一致"),
        }
    account = await Asking(simulator("identity", clock), clock).query(
        "real_name_identity", ["id_number", "phone"], account="dev-citizen"
    )
    assert account["data"] == [{"id_number": MOTHER, "phone": form["mother_phone"]}]


async def test_a_query_brings_the_fields_that_were_asked_for_and_no_others(population: Asking) -> None:
    told = await population.query("population_register", ["name", "birth_date"], id_number=MOTHER)
    assert told == {
        "code": "0",
        "message": "",
        "query_id": "q1",
        "data": [{"name": "测试母亲甲", "birth_date": "19920304"}],
    }
    nobody = await population.query("population_register", ["name"], id_number="410199190001010015")
    assert nobody["data"] == []


@pytest.mark.parametrize(
    ("name", "value", "agrees"),
    [
        ("birth_date", "1992-03-04", "一致"),
        ("birth_date", "1992年3月4日", "一致"),
        ("birth_date", "19920305", "不一致"),
        ("name", " 测试 母亲甲", "一致"),
        ("name", "测试母亲乙", "不一致"),
        ("sex", "2", "一致"),
    ],
)
async def test_values_are_verified_in_the_providers_own_form(
    population: Asking, name: str, value: str, agrees: str
) -> None:
    told = await population.ask(
        "population_register", mode="verify", conditions={"id_number": MOTHER}, values={name: value}
    )
    assert (told["results"], told["known"], "data" in told) == ({name: agrees}, True, False)


async def test_of_several_rows_the_nearest_is_verified_and_of_none_nothing(births: Asking) -> None:
    twins = next(family for family in town().families if len(family.children) == 2)
    for child in twins.children:
        values = {"child_name": child.name, "birth_weight": str(child.weight)}
        told = await births.ask(
            "birth_record", mode="verify", conditions={"parent_id_number": twins.mother.id_number}, values=values
        )
        assert set(told["results"].values()) == {"一致"}
    mixed = {"child_name": twins.children[0].name, "birth_weight": str(twins.children[1].weight)}
    told = await births.ask(
        "birth_record", mode="verify", conditions={"parent_id_number": twins.mother.id_number}, values=mixed
    )
    assert sorted(told["results"].values()) == ["一致", "不一致"]
    unknown = await births.ask(
        "birth_record", mode="verify", conditions={"parent_id_number": "410199190001010015"}, values=mixed
    )
    assert (unknown["known"], set(unknown["results"].values())) == (False, {"不一致"})


async def test_nothing_agrees_with_nothing(births: Asking) -> None:
    told = await births.ask(
        "birth_record", mode="verify", conditions={"parent_id_number": MOTHER}, values={"child_name": "测小宝"}
    )
    assert told["results"] == {"child_name": "不一致"}


async def test_who_is_dead_is_in_the_population_register_no_more(population: Asking) -> None:
    dead = next(one for one in town().people() if not one.is_alive)
    assert (await population.query("population_register", ["name"], id_number=dead.id_number))["data"] == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"key": signing.new_key()}, "401"),
        ({"requester": "somebody"}, "401"),
        ({"service": "residence_permit"}, "401"),
        ({"body": b"{}"}, "401"),
        ({"rtime": -1}, "401"),
        ({"rtime": 1}, "408"),
        ({"rtime": 9_999_999_999_999}, "408"),
    ],
)
async def test_a_request_that_is_not_signed_as_it_must_be_is_refused(
    population: Asking, changed: dict[str, Any], code: str
) -> None:
    told = await population.ask(
        "population_register", mode="query", conditions={"id_number": MOTHER}, fields=["name"], signed=changed
    )
    assert told["code"] == code
    assert "data" not in told


@pytest.mark.parametrize(("seconds", "code"), [(-301, "408"), (-299, "0"), (299, "0"), (301, "408")])
async def test_a_clock_may_be_five_minutes_off(population: Asking, seconds: int, code: str) -> None:
    rtime = int(population.clock.now().timestamp() + seconds) * 1000
    told = await population.ask(
        "population_register", mode="query", conditions={"id_number": MOTHER}, fields=["name"], signed={"rtime": rtime}
    )
    assert told["code"] == code


async def test_the_same_request_is_answered_once_and_its_body_cannot_be_another(population: Asking) -> None:
    question = {"mode": "query", "conditions": {"id_number": MOTHER}, "fields": ["name"], "reason": REASON}
    body = json.dumps(question).encode()
    headers = population.headers("population_register", body)
    other = json.dumps({**question, "fields": ["residence_address"]}).encode()
    assert (await population.send("population_register", other, headers)).json()["code"] == "401"
    replies = await asyncio.gather(*(population.send("population_register", body, headers) for _ in range(4)))
    assert sorted(reply.json()["code"] for reply in replies) == ["0", "409", "409", "409"]


async def test_a_forged_request_does_not_use_up_the_millisecond_of_the_true_one(population: Asking) -> None:
    rtime = int(population.clock.now().timestamp() * 1000)
    asked = {"mode": "query", "conditions": {"id_number": MOTHER}, "fields": ["name"]}
    forged = await population.ask("population_register", signed={"rtime": rtime, "key": signing.new_key()}, **asked)
    assert forged["code"] == "401"
    assert (await population.ask("population_register", signed={"rtime": rtime}, **asked))["code"] == "0"


@pytest.mark.parametrize("lacking", ["project_no", "purpose", "basis"])
async def test_without_a_case_a_purpose_and_a_basis_nothing_is_told(population: Asking, lacking: str) -> None:
    for reason in ({**REASON, lacking: ""}, {name: value for name, value in REASON.items() if name != lacking}):
        told = await population.ask(
            "population_register", mode="query", conditions={"id_number": MOTHER}, fields=["name"], reason=reason
        )
        assert (told["code"], "data" in told) == ("403", False)


@pytest.mark.parametrize(
    "question",
    [
        {"mode": "query", "conditions": {}, "fields": ["name"]},
        {"mode": "query", "conditions": {"name": "测试母亲甲"}, "fields": ["name"]},
        {"mode": "query", "conditions": {"id_number": ""}, "fields": ["name"]},
        {"mode": "query", "conditions": {"id_number": [MOTHER]}, "fields": ["name"]},
        {"mode": "query", "conditions": {"id_number": MOTHER}, "fields": []},
        {"mode": "query", "conditions": {"id_number": MOTHER}, "fields": ["password"]},
        {"mode": "query", "conditions": {"id_number": MOTHER}, "fields": [["name"]]},
        {"mode": "verify", "conditions": {"id_number": MOTHER}, "values": {}},
        {"mode": "verify", "conditions": {"id_number": MOTHER}, "values": {"password": "x"}},
        {"mode": "list", "conditions": {"id_number": MOTHER}},
        {"conditions": {"id_number": MOTHER}, "fields": ["name"]},
    ],
)
async def test_what_is_not_a_services_condition_or_field_is_refused(
    population: Asking, question: dict[str, Any]
) -> None:
    assert (await population.ask("population_register", **question))["code"] == "422"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"[]",
        b"null",
        b'"x"',
        b"\xff",
        b"[" * 60_000,
        b" " * 100_000,
        b'{"reason": {"project_no": "\\ud800", "purpose": "p", "basis": "b"}}',
    ],
)
async def test_a_body_that_is_no_request_is_refused(population: Asking, body: bytes) -> None:
    headers = population.headers("population_register", body)
    assert (await population.send("population_register", body, headers)).json()["code"] in {"401", "422"}


async def test_an_unknown_service_and_one_that_is_not_allowed_are_refused(clock: ManualClock) -> None:
    asking = Asking(simulator("population", clock, allows={"yiwang": frozenset({"residence_permit"})}), clock)
    assert (await asking.query("marriage_register", ["name"], id_number=MOTHER))["code"] == "404"
    assert (await asking.query("population_register", ["name"], id_number=MOTHER))["code"] == "403"
    assert (await asking.query("residence_permit", ["name"], id_number=MOTHER))["code"] == "0"


async def test_a_refreshed_key_replaces_the_old_one_which_is_good_for_ten_more_minutes(
    population: Asking, clock: ManualClock
) -> None:
    body = b"{}"
    told = (await population.send("key", body, population.headers("key", body))).json()
    assert told["code"] == "0"
    renewed = Asking(population.simulated, clock, told["key"])
    renewed.late = 100
    clock.advance(minutes=9)
    for asking in (population, renewed):
        assert (await asking.query("population_register", ["name"], id_number=MOTHER))["code"] == "0"
    clock.advance(minutes=2)
    assert (await population.query("population_register", ["name"], id_number=MOTHER))["code"] == "401"
    assert (await renewed.query("population_register", ["name"], id_number=MOTHER))["code"] == "0"
    clock.advance(hours=12)
    assert clock.now().timestamp() * 1000 > told["valid_until_ms"]
    assert (await renewed.query("population_register", ["name"], id_number=MOTHER))["code"] == "401"
    assert (await population.send("key", body, population.headers("key", body))).json()["code"] == "0"


async def test_a_ping_needs_no_signature_and_says_that_it_is_a_simulator(population: Asking) -> None:
    told = (await call(population.simulated, "GET", "/ping")).json()
    assert (told["code"], "模拟器" in told["message"]) == ("0", True)
    assert (await call(population.simulated, "GET", "/services/population_register")).status == 404


async def test_more_at_once_than_a_network_takes_are_told_that_they_are_too_many(clock: ManualClock) -> None:
    asking = with_fault("births", clock, kind=FaultKind.HANG, count=1)
    asking.simulated.most_at_once = 1
    waits = asyncio.ensure_future(asked(asking, within=60))
    while not asking.simulated.under_way:
        await asyncio.sleep(0)
    assert (await asked(asking)).json()["code"] == "429"
    waits.cancel()
    await asyncio.gather(waits, return_exceptions=True)
    assert (await asked(asking)).json()["code"] == "0"


def with_fault(network: str, clock: ManualClock, **fault: Any) -> Asking:
    found = Faults()
    found.set(Fault(**fault))
    return Asking(simulator(network, clock, faults=found), clock)


async def asked(asking: Asking, *, within: float = 5.0) -> Reply:
    question = {
        "mode": "query",
        "conditions": {"parent_id_number": MOTHER},
        "fields": ["parent_id_number", "birth_weight"],
    }
    body = json.dumps({**question, "reason": REASON}).encode()
    return await asking.send("birth_record", body, asking.headers("birth_record", body), within=within)


async def test_a_lying_network_answers_in_the_right_shape_what_is_not_so(clock: ManualClock) -> None:
    asking = with_fault("births", clock, kind=FaultKind.LYING, lies={"birth_weight": "9999"})
    assert (await asked(asking)).json()["data"] == [{"parent_id_number": MOTHER, "birth_weight": "9999"}]
    verified = await asking.ask(
        "birth_record", mode="verify", conditions={"parent_id_number": MOTHER}, values={"birth_weight": "3200"}
    )
    assert verified["results"] == {"birth_weight": "不一致"}


async def test_a_network_can_answer_for_another_person_or_in_another_shape(clock: ManualClock) -> None:
    other = (await asked(with_fault("births", clock, kind=FaultKind.WRONG_PERSON))).json()
    assert other["data"][0]["parent_id_number"] != MOTHER
    shape = (await asked(with_fault("births", clock, kind=FaultKind.WRONG_SCHEMA))).json()
    assert set(shape["data"][0]) == {"parent_id_number_1", "birth_weight_1"}


async def test_a_network_can_refuse_fail_break_off_or_tell_without_end(clock: ManualClock) -> None:
    refused = (await asked(with_fault("births", clock, kind=FaultKind.REFUSE, code="429"))).json()
    assert (refused["code"], "data" in refused) == ("429", False)
    assert (await asked(with_fault("births", clock, kind=FaultKind.SERVER_ERROR))).status == 503
    broken = await asked(with_fault("births", clock, kind=FaultKind.TRUNCATED))
    assert len(broken.body) < int(broken.headers["content-length"])
    assert len((await asked(with_fault("births", clock, kind=FaultKind.TOO_LARGE, megabytes=2))).body) > 2 << 20


async def test_a_network_can_be_out_or_never_answer(clock: ManualClock) -> None:
    with pytest.raises(UpstreamUnavailable):
        await asked(with_fault("births", clock, kind=FaultKind.OUT))
    with pytest.raises(UpstreamUnavailable):
        await call(with_fault("births", clock, kind=FaultKind.OUT).simulated, "GET", "/ping")
    with pytest.raises(DeadlineExceeded):
        await asked(with_fault("births", clock, kind=FaultKind.HANG), within=0.05)
    assert (await asked(with_fault("births", clock, kind=FaultKind.SLOW, seconds=0))).json()["code"] == "0"


async def test_a_fault_befalls_the_service_that_it_is_for_as_often_as_was_said(clock: ManualClock) -> None:
    asking = with_fault("population", clock, kind=FaultKind.SERVER_ERROR, service="residence_permit", count=2)

    async def status(service: str) -> int:
        body = b"{}"
        return (await asking.send(service, body, asking.headers(service, body))).status

    assert await status("population_register") == 200
    assert [await status("residence_permit") for _ in range(3)] == [503, 503, 200]


async def test_a_flapping_network_fails_each_other_time(clock: ManualClock) -> None:
    asking = with_fault("births", clock, kind=FaultKind.FLAPPING)
    assert [(await asked(asking)).status for _ in range(4)] == [503, 200, 503, 200]


async def test_a_ping_is_not_told_wrong_answers(clock: ManualClock) -> None:
    asking = with_fault("births", clock, kind=FaultKind.LYING, lies={"birth_weight": "1"}, count=1)
    assert (await call(asking.simulated, "GET", "/ping")).json()["code"] == "0"
    assert (await asked(asking)).json()["data"][0]["birth_weight"] == "1"


async def test_faults_are_set_from_this_machine_or_with_the_simulators_token(clock: ManualClock) -> None:
    asking = Asking(simulator("births", clock, token="t"), clock)
    told = await call(asking.simulated, "POST", "/simulator/faults", body={"kind": "server_error", "count": 1})
    assert [(one["kind"], one["count"]) for one in told.json()["faults"]] == [("server_error", 1)]
    assert (await asked(asking)).status == 503
    assert (await call(asking.simulated, "GET", "/simulator/faults")).json()["faults"] == []
    assert (await call(asking.simulated, "POST", "/simulator/faults", body={"kind": "tired"})).status == 422

    async def from_afar(scope: Any, receive: Any, send: Any) -> None:
        await asking.simulated({**scope, "client": ("203.0.113.7", 1)}, receive, send)

    wrong = {"kind": "hang"}
    assert (await call(from_afar, "POST", "/simulator/faults", body=wrong)).status == 404
    known = {"yiwang-simulator-token": "t"}
    assert (await call(from_afar, "POST", "/simulator/faults", headers=known, body=wrong)).status == 200
    assert (await call(from_afar, "DELETE", "/simulator/faults", headers=known)).json()["faults"] == []


async def test_networks_of_one_process_are_told_apart_by_the_path_and_one_that_is_out_spares_the_others(
    clock: ManualClock,
) -> None:
    out = with_fault("births", clock, kind=FaultKind.OUT).simulated
    whole = apart({"births": out, "population": simulator("population", clock)})
    assert (await call(whole, "GET", "/births/ping")).status == 503
    assert (await call(whole, "GET", "/population/ping")).status == 200
    assert (await call(whole, "GET", "/nothing/ping")).status == 404


async def test_tables_and_files_hold_what_the_registers_hold_and_go_wrong_on_demand(
    tmp_path: Path, clock: ManualClock
) -> None:
    together = Together.of(tmp_path / "simulators", clock)
    await together.prepare()
    await together.prepare()
    folder = together.folder
    with sqlite3.connect(folder / "front.db") as front:
        rows = front.execute('SELECT "employer_name" FROM "SI_MATERNITY" WHERE "id_number" = ?', (MOTHER,)).fetchall()
    front.close()
    assert rows == [("测试用人单位",)]
    data, digest = folder / "property_register.jsonl", folder / "property_register.jsonl.sha256"

    def fits() -> bool:
        return hashlib.sha256(data.read_bytes()).hexdigest() == digest.read_text().strip()

    lines = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()]
    assert (lines[0]["owner_id_number"], fits()) == (MOTHER, True)
    real_estate, social = SIMULATED["real_estate"], SIMULATED["social_insurance"]
    await together.spoil(real_estate, FileFault.WRONG_DIGEST)
    assert not fits()
    await together.spoil(real_estate, FileFault.STALE)
    assert fits()
    assert data.stat().st_mtime < (clock.now() - timedelta(days=399)).timestamp()
    await together.spoil(real_estate, FileFault.MISSING)
    assert not data.exists()
    await together.spoil(social, FileFault.MISSING)
    with sqlite3.connect(folder / "front.db") as front, pytest.raises(sqlite3.OperationalError, match="no such table"):
        front.execute('SELECT * FROM "SI_MATERNITY"')
    front.close()
    for network in (real_estate, social):
        await together.spoil(network, None)
    assert fits()


async def test_faults_that_are_written_down_are_had_at_once_and_no_more_when_cleared(
    tmp_path: Path, clock: ManualClock
) -> None:
    together = Together.of(tmp_path / "simulators", clock)
    asking = Asking(together.apps["births"], clock, together.key)
    assert (await asked(asking)).status == 200
    told = CliRunner().invoke(app, ["simulators", "fault", "births", "server_error", "--folder", str(together.folder)])
    assert (told.exit_code, "模拟器" in told.output) == (0, True)
    assert (await asked(asking)).status == 503
    lying = ["simulators", "fault", "births", "lying", "--lie", "birth_weight=1", "--folder", str(together.folder)]
    assert CliRunner().invoke(app, lying).exit_code == 0
    assert (await asked(asking)).json()["data"][0]["birth_weight"] == "1"
    assert CliRunner().invoke(app, ["simulators", "clear", "births", "--folder", str(together.folder)]).exit_code == 0
    assert (await asked(asking)).json()["data"][0]["birth_weight"] == "3200"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fault", "moon", "hang"], "没有模拟器"),
        (["fault", "births", "tired"], "没有这种故障"),
        (["fault", "births", MISSING], "没有这种故障"),
        (["fault", "real_estate", MISSING], "没有这种故障"),
        (["fault", "social_insurance", "hang"], "没有这种故障"),
        (["fault", "births", "lying", "--lie", "weight"], "应如"),
        (["serve", "moon"], "没有模拟器"),
    ],
)
def test_a_fault_that_there_is_not_is_refused_in_words(tmp_path: Path, words: list[str], said: str) -> None:
    folder = [] if words[0] == "serve" else ["--folder", str(tmp_path / "simulators")]
    told = CliRunner().invoke(app, ["simulators", *words, *folder])
    assert (told.exit_code, said in re.sub(r"[│\s]", "", told.output)) == (2, True), told.output


KINDS = {
    "id_number": Kind.ID_NUMBER,
    "parent_id_number": Kind.ID_NUMBER,
    "owner_id_number": Kind.ID_NUMBER,
    "legal_representative_id": Kind.ID_NUMBER,
    "phone": Kind.PHONE,
    "birth_date": Kind.DATE,
    "valid_until": Kind.DATE,
    "registered_on": Kind.DATE,
}


def resource_of(network: Simulated, service: Service) -> Resource:
    return Resource(
        resource=service.service,
        resource_code="1/1",
        name=service.service,
        network=network.network,
        unit="U09",
        service=service.service,
        summary="",
        sharing_class=SharingClass.CONDITIONAL,
        mode=SharingMode.API,
        update_cycle=UpdateCycle.REAL_TIME,
        basis="b",
        fields=tuple(
            ResourceField(name, name, KINDS.get(name, Kind.TEXT), is_key=name in service.keys)
            for name in service.fields
        ),
        within_ms=20_000,
    )


def question(service: Service, row: Mapping[str, str], **more: Any) -> Question:
    return Question("q1", {service.keys[0]: row[service.keys[0]]}, carried=REASON, **more)


async def test_in_an_embedded_suite_datashare_asks_each_simulated_service_and_is_told_what_the_register_holds(
    tmp_path: Path,
) -> None:
    suite = embedded(tmp_path, public_url="http://127.0.0.1:1")
    networks = suite.service("datashare").api.state.collaborators.networks
    assert suite.simulators is not None
    await suite.simulators.prepare()
    try:
        for network in SIMULATED.values():
            await networks.probe(network.network, 20)
            for service in network.services:
                resource, row = resource_of(network, service), suite.simulators.register.rows(service)[0]
                told = await networks.ask(resource, question(service, row, fields=service.fields), 20)
                (found,) = told.rows
                assert {name: agrees(KINDS.get(name, Kind.TEXT), row[name], found.get(name, "")) for name in found} == (
                    dict.fromkeys(found, True)
                )
                assert set(found) == {name for name, value in row.items() if value}
                value = {service.fields[1]: found.get(service.fields[1], "测")}
                verified = await networks.ask(resource, question(service, row, compares=value), 20)
                assert verified.is_known
    finally:
        await networks.close()
        for one in suite.services:
            await one.database.close()


async def test_a_fault_of_a_simulated_network_reaches_datashare_as_what_it_is(tmp_path: Path) -> None:
    suite = embedded(tmp_path, public_url="http://127.0.0.1:1")
    networks, simulators = suite.service("datashare").api.state.collaborators.networks, suite.simulators
    assert simulators is not None
    await simulators.prepare()
    births, rows = SIMULATED["births"], simulators.register.rows(records.BIRTHS)
    resource, asking = resource_of(births, records.BIRTHS), question(records.BIRTHS, rows[0], fields=("mother_name",))
    try:
        for kind, why in {
            FaultKind.OUT: Outage.NO_ANSWER,
            FaultKind.SERVER_ERROR: Outage.UNAVAILABLE,
            FaultKind.TRUNCATED: Outage.UNREADABLE,
            FaultKind.TOO_LARGE: Outage.TOO_LARGE,
            FaultKind.WRONG_SCHEMA: Outage.WRONG_SCHEMA,
            FaultKind.WRONG_PERSON: Outage.WRONG_PERSON,
        }.items():
            simulators.have("births", Fault(kind=kind))
            with pytest.raises(NetworkOut) as out:
                await inside.networks(simulators).ask(resource, asking, 20)
            assert out.value.why is why, kind
        simulators.have("births")
        assert (await networks.ask(resource, asking, 20)).rows == ({"mother_name": "测试母亲甲"},)
        for network, service, fault, why in (
            (SIMULATED["social_insurance"], records.MATERNITY, FileFault.MISSING, Outage.MISSING),
            (SIMULATED["real_estate"], records.PROPERTIES, FileFault.MISSING, Outage.MISSING),
            (SIMULATED["real_estate"], records.PROPERTIES, FileFault.WRONG_DIGEST, Outage.UNREADABLE),
            (SIMULATED["real_estate"], records.PROPERTIES, FileFault.STALE, Outage.STALE),
        ):
            await simulators.spoil(network, fault)
            asked_first = question(service, simulators.register.rows(service)[0], fields=service.fields[:2])
            with pytest.raises(NetworkOut) as out:
                await inside.networks(simulators).ask(resource_of(network, service), asked_first, 20)
            assert out.value.why is why, fault
    finally:
        await networks.close()
        for one in suite.services:
            await one.database.close()


async def test_beside_real_databases_no_network_is_simulated(tmp_path: Path) -> None:
    urls = dict.fromkeys(SERVICES, "postgresql+asyncpg://nobody@127.0.0.1:1/none")
    suite = in_one_process(urls, "kafka://127.0.0.1:1", keys(tmp_path), files=tmp_path / "files", public_url="http://h")
    networks = suite.service("datashare").api.state.collaborators.networks
    assert (suite.simulators, [one for one in SIMULATED if networks.has(one)]) == (None, [])
    assert not (tmp_path / "simulators").exists()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9100", "http://simulators:9100", "http://192.168.1.5:9100"])
async def test_the_addresses_are_such_as_datashare_takes(tmp_path: Path, clock: ManualClock, url: str) -> None:
    networks = networks_at(Together.of(tmp_path / "simulators", clock).write_endpoints(url), clock)
    assert all(networks.has(one) for one in SIMULATED)
    await networks.close()


async def test_the_front_database_may_be_a_real_one_and_is_remembered(
    open_database: OpenDatabase, tmp_path: Path, clock: ManualClock
) -> None:
    url, folder = (await open_database("datashare_svc")).url, tmp_path / "simulators"
    together = Together.of(folder, clock, table_url=url)
    await together.prepare()
    network, again = SIMULATED["social_insurance"], Together.of(folder, clock)
    assert again.table_url == url
    resource = resource_of(network, records.MATERNITY)
    asking = question(records.MATERNITY, {"id_number": MOTHER}, fields=("employer_name", "months_paid"))
    networks = inside.networks(together)
    try:
        told = await networks.ask(resource, asking, 20)
        assert told.rows == ({"employer_name": "测试用人单位", "months_paid": "60"},)
        await again.spoil(network, FileFault.MISSING)
        with pytest.raises(NetworkOut) as out:
            await networks.ask(resource, asking, 20)
        assert out.value.why is Outage.MISSING
    finally:
        await networks.close()


WORDS = ["mode", "conditions", "fields", "values", "reason", "id_number", "name", *REASON]
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from(["query", "verify", MOTHER]),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.sampled_from(WORDS), each),
    max_leaves=20,
)


@given(
    body=st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()),
    service=st.sampled_from(["population_register", "residence_permit", "marriage_register"]),
)
async def test_whatever_a_signed_request_says_it_is_answered_with_a_code(body: bytes, service: str) -> None:
    clock = ManualClock()
    asking = Asking(simulator("population", clock), clock)
    told = (await asking.send(service, body, asking.headers(service, body))).json()
    assert told["code"] in {"0", "403", "404", "422"}


def test_the_list_names_each_simulator_and_the_addresses_are_for_their_owner_only(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["simulators", "list"])
    assert all(one.name in told.output for one in SIMULATED.values())
    folder = tmp_path / "simulators"
    made = CliRunner().invoke(app, ["simulators", "endpoints", "--port", "9100", "--folder", str(folder)])
    file = folder / "endpoints.yaml"
    assert str(file) in made.output.replace("\n", "")
    assert file.stat().st_mode & 0o077 == 0
    assert len(SIMULATED) == 8
    assert {one.protocol for one in SIMULATED.values()} == set(Protocol)
    assert faults.read(folder) == {}
    assert isinstance(town(), Town)
