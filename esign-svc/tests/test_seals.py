"""The registry of seals, through its routes: who may do what to a seal, and what is kept of it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from asn1crypto import pem
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.http.identity import Principal
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, staff
from chassis.testing.client import Client, appended, audited, deliver
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from esign_svc import app
from esign_svc.events import UnitPublished
from esign_svc.outside.certifier import CertificateRequest
from esign_svc.outside.development import DevelopmentAuthority
from esign_svc.settings import EsignSettings
from esign_svc.store import seals
from sealing.signing import Algorithm

UNIT = "郑州市公安局"
SCOPES = frozenset({"seal:read", "seal:manage"})
CODE = "4101990092001"
BODY: dict[str, Any] = {
    "kind": "ACCEPTANCE",
    "seal_code": CODE,
    "valid_from": "2026-01-01",
    "valid_until": "2030-12-31",
    "capacities": ["window_clerk"],
}


def person(subject: str, *roles: str, unit: str = "U09") -> Principal:
    return staff(subject, unit=unit, roles=frozenset(roles), scopes=SCOPES)


ANN = person("ann", "seal_applicant")
BOB = person("bob", "seal_maker", "seal_administrator", unit="DSJ")
CAI = person("cai", "seal_auditor", "seal_administrator", unit="DSJ")
OTHER = person("other", "seal_applicant", unit="U23")


@pytest.fixture
def authority(clock: ManualClock) -> DevelopmentAuthority:
    return DevelopmentAuthority(bytes(32), clock)


@pytest.fixture
async def embedded(settings: EsignSettings, database: Database, bus: Bus, authority: DevelopmentAuthority) -> Service:
    """Esign where the development authority certifies at once, and one unit is known."""
    built = app.build(settings, database=database, bus=bus, intake=_none, workflow=_none, certifier=authority)
    await deliver(built, UnitPublished(unit_code="U09", name=UNIT), subject="U09", version=1)
    return built


async def _none(*_: Any) -> None:
    raise AssertionError("nothing is asked of a sibling")


@pytest.fixture
def staffed(client: Callable[..., Client], embedded: Service) -> Client:
    return client(embedded.app)


async def applied(api: Client, **changed: Any) -> str:
    reply = await api.post("/api/v1/seals", by=ANN, body=BODY | changed, key=json.dumps(changed))
    assert reply.status == 201, reply.json()
    return str(reply.json()["seal_id"])


async def step(api: Client, seal_id: str, name: str, by: Principal, **given: Any) -> Reply:
    body = {"step": name, **given}
    key = f"{seal_id} {name} {by.subject} {len(given)}"
    return await api.post(f"/api/v1/seals/{seal_id}/steps", by=by, body=body, key=key)


async def in_use(api: Client) -> str:
    seal_id = await applied(api)
    for name, by, given in (("make", BOB, {}), ("file", CAI, {"filing_no": "410100-2026-1"}), ("put_in_use", CAI, {})):
        reply = await step(api, seal_id, name, by, **given)
        assert reply.status == 201, reply.json()
    return seal_id


async def test_a_seal_comes_into_use_by_three_peoples_hands_and_each_step_is_told_and_audited(
    staffed: Client, database: Database
) -> None:
    seal_id = await in_use(staffed)
    for name, by in (("suspend", ANN), ("resume", CAI), ("cancel", CAI)):
        assert (await step(staffed, seal_id, name, by, reason="印章保管人变动")).status == 201
    shown = (await staffed.get(f"/api/v1/seals/{seal_id}", by=ANN)).json()
    done = ["apply", "make", "file", "put_in_use", "suspend", "resume", "cancel"]
    assert [one["step"] for one in shown["steps"]] == done
    assert [one["by"] for one in shown["steps"]] == ["ann", "bob", "cai", "cai", "ann", "cai", "cai"]
    assert [one["reason"] for one in shown["steps"]][3:5] == ["", "印章保管人变动"]
    assert (shown["name"], shown["state"], shown["usable"]) == (f"{UNIT}受理专用章", "cancelled", False)
    assert UNIT in shown["certificate"]["subject"]
    assert "不具法律效力" in shown["certificate"]["subject"]
    events = await appended(database, "esign.seal.changed")
    assert [(one["data"]["step"], one["aggregateversion"]) for one in events] == [*zip(done, range(1, 8), strict=True)]
    rows = [row for row in await audited(database) if row.subject == seal_id]
    assert [row.action for row in rows] == [f"seal.{one}" for one in done]
    said = json.dumps([row.details for row in rows]) + json.dumps(events)
    assert "保管人" not in said, "a reason may name people"


@pytest.mark.parametrize(
    ("name", "by", "code"),
    [
        ("make", ANN, "step_not_yours"),
        ("make", person("ann", "seal_maker"), "same_hands"),
        ("file", CAI, "seal_reason_missing"),
        ("put_in_use", CAI, "seal_step_not_possible"),
        ("suspend", CAI, "seal_reason_missing"),
        ("cancel", person("ann", "seal_auditor"), "seal_reason_missing"),
        ("make", person("mo", "seal_maker", unit="U23"), "seal_not_found"),
    ],
)
async def test_who_may_not_take_a_step_is_refused_and_nothing_is_changed(
    staffed: Client, database: Database, name: str, by: Principal, code: str
) -> None:
    seal_id = await applied(staffed)
    reply = await step(staffed, seal_id, name, by)
    assert reply.json()["code"] == code
    shown = (await staffed.get(f"/api/v1/seals/{seal_id}", by=ANN)).json()
    assert (shown["state"], len(shown["steps"])) == ("applied", 1)
    assert len(await appended(database, "esign.seal.changed")) == 1


async def test_the_database_itself_refuses_one_person_in_two_hands(staffed: Client, database: Database) -> None:
    seal_id = await applied(staffed)

    async def forge() -> None:
        async with database.unit_of_work() as work:
            await work.connection.execute(seals.update().values(maker="ann"))

    with pytest.raises(Exception, match="seal_not_made_by_applicant"):
        await forge()
    assert (await staffed.get(f"/api/v1/seals/{seal_id}", by=ANN)).json()["state"] == "applied"


async def test_staff_see_the_seals_of_their_unit_and_the_citys_seal_office_those_of_all(staffed: Client) -> None:
    seal_id = await applied(staffed)
    seen = {
        who.subject: [one["seal_id"] for one in (await staffed.get("/api/v1/seals", by=who)).json()["items"]]
        for who in (ANN, BOB, OTHER)
    }
    assert seen == {"ann": [seal_id], "bob": [seal_id], "other": []}
    for path in ("", "/image", "/uses"):
        assert (await staffed.get(f"/api/v1/seals/{seal_id}{path}", by=OTHER)).json()["code"] == "seal_not_found"
    assert (await staffed.get("/api/v1/seals", by=citizen(scopes=SCOPES))).status == 403
    assert (await staffed.get("/api/v1/seals", by=OTHER, query={"unit": "U09"})).json()["items"] == []


async def test_a_list_is_paged_and_narrowed(staffed: Client) -> None:
    first = await applied(staffed)
    second = await applied(staffed, kind="APPROVAL", seal_code="4101990093001")
    page = (await staffed.get("/api/v1/seals", by=ANN, query={"limit": 1})).json()
    assert [one["seal_id"] for one in page["items"]] == [first]
    after = (await staffed.get("/api/v1/seals", by=ANN, query={"limit": 1, "after": page["next"]})).json()
    assert ([one["seal_id"] for one in after["items"]], after["next"]) == ([second], None)
    narrowed = await staffed.get("/api/v1/seals", by=BOB, query={"kind": "APPROVAL", "state": "applied", "unit": "U09"})
    assert [one["seal_id"] for one in narrowed.json()["items"]] == [second]


async def test_a_face_is_shown_with_its_state_and_in_its_true_size(staffed: Client) -> None:
    seal_id = await in_use(staffed)
    shown = (await staffed.get(f"/api/v1/seals/{seal_id}/image", by=ANN)).json()
    assert (shown["state"], shown["usable"], shown["width_mm"]) == ("in_use", True, 40.0)
    assert shown["svg"].startswith("<svg ")
    assert 'width="40mm"' in shown["svg"]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"kind": "BUSINESS"}, "/line"),
        ({"line": "另一行"}, "/line"),
        ({"kind": "PERSONAL"}, "/holder"),
        ({"valid_until": "2025-12-31"}, "/valid_until"),
        ({"valid_until": "2030-02-30"}, "/valid_until"),
        ({"kind": "PERSONAL", "holder": "李\U0002b329"}, "/holder"),
    ],
)
async def test_what_cannot_be_made_is_refused_at_the_application(
    staffed: Client, changed: dict[str, Any], pointer: str
) -> None:
    reply = await staffed.post("/api/v1/seals", by=ANN, body=BODY | changed, key="k")
    assert (reply.status, [one["pointer"] for one in reply.json()["errors"]]) == (422, [pointer])


async def test_who_applies_with_a_character_that_no_font_has_is_told_which(staffed: Client) -> None:
    body = BODY | {"kind": "PERSONAL", "holder": "李\U0002b329"}
    reply = await staffed.post("/api/v1/seals", by=ANN, body=body, key="k")
    assert "U+2B329" in reply.json()["detail"]


async def test_a_persons_name_is_kept_sealed_and_told_to_no_one_but_who_looks(
    staffed: Client, database: Database
) -> None:
    seal_id = await applied(staffed, kind="PERSONAL", holder="李小四", line="")
    shown = (await staffed.get(f"/api/v1/seals/{seal_id}", by=ANN)).json()
    assert (shown["holder"], shown["name"]) == ("李小四", f"{UNIT}个人名章")
    async with database.reading() as connection:
        row = (await connection.execute(seals.select())).one()
    rows = await audited(database)
    assert "李小四" not in json.dumps([*map(str, row), *(one.details for one in rows)], ensure_ascii=False)
    assert "李小四" not in json.dumps(await appended(database), ensure_ascii=False)
    assert rows[-1].action == "seal.shown"


async def test_a_unit_has_no_second_seal_of_a_code_or_of_a_kind_and_name(staffed: Client) -> None:
    await applied(staffed)
    for changed in ({"kind": "APPROVAL"}, {"seal_code": "4101990092002"}):
        reply = await staffed.post("/api/v1/seals", by=ANN, body=BODY | changed, key=str(changed))
        assert reply.json()["code"] == "seal_exists"


async def test_a_unit_has_personal_seals_of_several_persons(staffed: Client) -> None:
    for number, holder in enumerate(["李小四", "王小五"]):
        body = BODY | {"kind": "PERSONAL", "holder": holder, "seal_code": f"410199009300{number}"}
        assert (await staffed.post("/api/v1/seals", by=ANN, body=body, key=f"p{number}")).status == 201


async def test_a_unit_has_a_seal_of_each_algorithm(staffed: Client) -> None:
    await applied(staffed)
    body = BODY | {"seal_code": "4101990092002", "algorithm": "SM2"}
    assert (await staffed.post("/api/v1/seals", by=ANN, body=body, key="sm2")).status == 201


async def test_a_unit_that_is_not_known_yet_waits(staffed: Client) -> None:
    assert (await staffed.post("/api/v1/seals", by=OTHER, body=BODY, key="k")).json()["code"] == "unit_unknown"


def as_pem(*certificates: bytes) -> str:
    return "".join(pem.armor("CERTIFICATE", one).decode() for one in certificates)


async def asked_for(api: Client, seal_id: str) -> x509.CertificateSigningRequest:
    """Make a seal's key and return the request for its certificate."""
    made = await api.post(f"/api/v1/seals/{seal_id}/key", by=BOB, key="key")
    assert (made.status, made.json()["key_made"]) == (201, True)
    request = await api.get(f"/api/v1/seals/{seal_id}/certificate-request", by=BOB)
    return x509.load_pem_x509_csr(request.json()["pem"].encode())


def key_of(request: x509.CertificateSigningRequest) -> bytes:
    return request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


async def certified(authority: DevelopmentAuthority, key: bytes, *, ends: datetime, unit: str = UNIT) -> bytes:
    start, uscc = datetime(2026, 1, 1, tzinfo=UTC), "11410100MBXX0009G9"
    return (await authority.certify(CertificateRequest("章", unit, uscc, key, start, ends, Algorithm.P256))).certificate


async def test_elsewhere_a_maker_takes_a_request_to_an_authority_and_hands_its_certificate_in(
    api: Client, service: Service, authority: DevelopmentAuthority
) -> None:
    await deliver(service, UnitPublished(unit_code="U09", name=UNIT), subject="U09", version=1)
    seal_id = await applied(api)
    assert (await step(api, seal_id, "make", BOB)).json()["code"] == "certificate_unfit"
    request = await asked_for(api, seal_id)
    assert request.is_signature_valid
    certificate = await certified(authority, key_of(request), ends=datetime(2028, 1, 1, tzinfo=UTC))
    handed = {"certificate": as_pem(certificate), "chain": as_pem(authority.root)}
    made = (await step(api, seal_id, "make", BOB, **handed)).json()
    assert (made["state"], made["valid_until"]) == ("made", "2028-01-01T00:00:00Z"), "no longer than its certificate"


@pytest.mark.parametrize("fault", ["another key", "another unit", "ended", "root", "chain", "garbage", "two"])
async def test_a_certificate_that_does_not_do_for_the_seal_is_refused(
    api: Client, service: Service, authority: DevelopmentAuthority, clock: ManualClock, fault: str
) -> None:
    await deliver(service, UnitPublished(unit_code="U09", name=UNIT), subject="U09", version=1)
    seal_id = await applied(api)
    key = key_of(await asked_for(api, seal_id))
    other = DevelopmentAuthority(bytes([1] * 32), clock)
    root = x509.load_der_x509_certificate(authority.root)
    if fault == "another key":
        key = root.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ends = datetime(2026 if fault == "ended" else 2029, 1, 2, tzinfo=UTC)
    made = await certified(authority, key, ends=ends, unit=f"{UNIT}某分局" if fault == "another unit" else UNIT)
    given = {
        "root": as_pem(authority.root),
        "garbage": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "two": as_pem(made, made),
    }
    chain = as_pem(other.root if fault == "chain" else authority.root)
    body = {"certificate": given.get(fault, as_pem(made)), "chain": chain}
    assert (await step(api, seal_id, "make", BOB, **body)).json()["code"] == "certificate_unfit"
