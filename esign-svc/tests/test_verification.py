import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import typst
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.client import Client
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from esign_svc import app
from esign_svc.domain.held import Held
from esign_svc.settings import EsignSettings, RootsUnreadable
from esign_svc.store.licence_tables import licence_copies, licence_types, licences
from esign_svc.store.papers import documents
from sealing.certificates import Holder, Issuer, Term, certify_seal, new_root
from sealing.drawing import Drawing
from sealing.limits import Judges
from sealing.pdf_sealing import Place, seal_pdf
from sealing.signing import Algorithm, Signatory

DAY = timedelta(days=1)
PDF = {"content-type": "application/pdf"}
DOCUMENT, LICENCE, TASK = (f"01900000-0000-7000-8000-0000000000{end}" for end in ("d1", "e1", "f1"))


@pytest.fixture
def root(database: Database) -> Issuer:
    key, now = ec.generate_private_key(ec.SECP256R1()), database.clock.now()
    return Issuer(new_root(key, "试验根证书", "试验机构", Term(1, now - DAY, now + DAY)), key)


@pytest.fixture
async def sealed(root: Issuer, database: Database, tmp_path: Path) -> bytes:
    key, now = ec.generate_private_key(ec.SECP256R1()), database.clock.now()

    async def sign(digest: bytes) -> bytes:
        return key.sign(digest, ec.ECDSA(utils.Prehashed(SHA256())))

    holder = Holder("审批专用章", "郑州市公安局", "11410100005252015C")
    made = certify_seal(root, key.public_key(), holder, Term(2, now - DAY, now + DAY), crl_url="http://crl.invalid/x")
    chain = (root.certificate.public_bytes(Encoding.DER),)
    signatory = Signatory(made.public_bytes(Encoding.DER), chain, Algorithm.P256, sign)
    source = tmp_path / "paper.typ"
    source.write_text("#set document(date: datetime(year: 2026, month: 11, day: 27), title: [A])\n#rect()")
    paper = typst.compile(str(source), pdf_standards=["a-2b"])
    drawing, place = Drawing(42, 42, ()), Place(1, 10, 10)
    words: dict[str, Any] = {"drawing": drawing, "place": place, "stamp": None, "reason": "准予行政许可", "at": now}
    return await seal_pdf(paper, signatory, **words)


@pytest.fixture
def service(
    settings_for: Callable[..., EsignSettings], database: Database, bus: Bus, root: Issuer, tmp_path: Path
) -> Service:
    (tmp_path / "roots.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    settings = settings_for(EsignSettings, trusted_roots=tmp_path / "roots.pem")

    async def nobody(*_: Any) -> None:
        raise AssertionError("nothing is asked of a sibling")

    return app.build(settings, database=database, bus=bus, intake=nobody, workflow=nobody)


@pytest.fixture
async def api(client: Callable[..., Client], service: Service) -> AsyncIterator[Client]:
    yield client(service.app)
    await service.api.state.collaborators.judges.close()


async def verify(api: Client, data: bytes, media_type: str = "application/pdf") -> Reply:
    return await api.post("/api/v1/verifications", body=data, headers={"content-type": media_type})


def passed(told: dict[str, Any]) -> dict[str, bool]:
    return {check["check"]: check["passed"] for check in told["checks"]}


async def test_anyone_learns_that_a_sealed_file_is_valid_and_whose_seal_it_bears(api: Client, sealed: bytes) -> None:
    reply = await verify(api, sealed)
    told = reply.json()
    assert (reply.status, told["verdict"], told["trust"], told["licence"]) == (200, "valid", True, None)
    (seal,) = told["signatures"]
    assert "审批专用章" in seal["signer"]
    assert (seal["covers_whole_file"], seal["covered_bytes"]) == (True, len(sealed))


@pytest.mark.parametrize("at", [100, -100])
async def test_anyone_learns_that_a_changed_file_is_invalid(api: Client, sealed: bytes, at: int) -> None:
    spoilt = bytearray(sealed)
    spoilt[at] ^= 1
    told = (await verify(api, bytes(spoilt))).json()
    assert (told["verdict"], told["trust"]) == ("invalid", False)
    assert told["reason"]


async def test_what_no_format_knows_is_invalid_and_no_error(api: Client) -> None:
    for media_type in ("application/ofd", "application/octet-stream"):
        reply = await verify(api, b"\x00\x01 nothing", media_type)
        assert (reply.status, reply.json()["verdict"]) == (200, "invalid")
    assert (await verify(api, b"%PDF-1.7")).json()["verdict"] == "invalid"


@pytest.mark.parametrize(
    ("data", "media_type", "status"),
    [
        (b"GIF89a", "application/pdf", 415),
        (b"%PDF-1.7", "text/plain", 415),
        (b"%PDF-" + b"0" * (20 * 2**20), "application/pdf", 413),
    ],
    ids=["no PDF", "another type", "too large"],
)
async def test_what_is_not_taken_is_refused_before_it_is_judged(
    api: Client, data: bytes, media_type: str, status: int
) -> None:
    assert (await verify(api, data, media_type)).status == status


async def test_who_comes_when_too_many_wait_is_told_to_come_again(api: Client, service: Service, sealed: bytes) -> None:
    collaborators = service.api.state.collaborators
    taken = Judges(at_once=0, waiting=0)
    object.__setattr__(collaborators, "judges", taken)
    reply = await verify(api, sealed)
    assert (reply.status, reply.json()["code"], reply.headers["retry-after"]) == (503, "verifier_busy", "5")


async def test_no_more_is_held_in_memory_than_may_be_and_what_was_held_is_let_go(
    api: Client, service: Service, sealed: bytes
) -> None:
    object.__setattr__(service.api.state.collaborators, "held", Held(2 * len(sealed) - 1))
    with service.api.state.collaborators.held.file() as other:
        assert other(len(sealed))
        reply = await verify(api, sealed)
        assert (reply.status, reply.json()["code"], reply.headers["retry-after"]) == (503, "verifier_busy", "5")
    for _ in range(2):
        assert (await verify(api, sealed)).status == 200


async def know(database: Database, sealed: bytes, kind: str, subject: str, **changed: Any) -> None:
    row = {
        "document_id": DOCUMENT,
        "kind": kind,
        "subject": subject,
        "title": "出生医学证明",
        "number": "郑卫决字〔2026〕1号",
        "application_id": TASK,
        "matter_code": "newborn",
        "applicant_id": "f3b0c2",
        "unit": "U23",
        "lead_unit": "U23",
        "approver": "",
        "dated": database.clock.now(),
        "state": "sealed",
        "wanted_at": database.clock.now(),
        "sha256": hashlib.sha256(sealed).hexdigest(),
    }
    async with database.unit_of_work() as work:
        await work.connection.execute(documents.insert(), {**row, **changed})


async def license_as(database: Database, state: str, *, edition: int = 1, until: date | None = None) -> None:
    row = {
        "licence_id": LICENCE if edition == 1 else TASK,
        "task_id": TASK,
        "edition": edition,
        "type": "birth",
        "name": "出生医学证明",
        "number": "1",
        "identifier": f"1.2.156.3005.2.{edition}",
        "state": state,
        "version": 1,
        "unit": "U23",
        "unit_name": "郑州市卫生健康委员会",
        "item": "item",
        "task_name": "出生医学证明",
        "case_id": TASK,
        "application_id": TASK,
        "holder_id": "f3b0c2",
        "decided_at": database.clock.now(),
        "issued_at": database.clock.now(),
        "valid_from": date(2026, 1, 1),
        "valid_until": until,
        "face": "",
        "corrections": "",
        "code": "",
        "code_digest": "",
    }
    async with database.unit_of_work() as work:
        if edition == 1:
            await work.connection.execute(licence_types.insert(), {"code": "birth", "document": {}})
        await work.connection.execute(licences.insert(), row)


async def test_a_letter_of_ours_is_known(api: Client, database: Database, sealed: bytes) -> None:
    await know(database, sealed, "decision", TASK)
    told = (await verify(api, sealed)).json()
    assert (told["verdict"], told["licence"]) == ("valid", None)
    assert told["checks"][-1] == {
        "check": "registry",
        "passed": True,
        "detail": "本系统出具的《出生医学证明》郑卫决字〔2026〕1号,登记在册",
    }


async def test_a_letter_of_ours_that_is_void_is_invalid(api: Client, database: Database, sealed: bytes) -> None:
    await know(database, sealed, "decision", TASK, state="void")
    told = (await verify(api, sealed)).json()
    assert (told["verdict"], passed(told)["registry"]) == ("invalid", False)
    assert "已作废" in told["reason"]


@pytest.mark.parametrize(
    ("state", "until", "verdict"),
    [
        ("valid", None, "valid"),
        ("valid", date(2025, 1, 2), "invalid"),
        ("suspended", None, "invalid"),
        ("revoked", None, "invalid"),
        ("cancelled", None, "invalid"),
        ("transferred", None, "indeterminate"),
    ],
)
async def test_a_licence_is_as_good_as_its_state(
    api: Client, database: Database, sealed: bytes, state: str, until: date | None, verdict: str
) -> None:
    await know(database, sealed, "licence", LICENCE)
    await license_as(database, state, until=until)
    told = (await verify(api, sealed)).json()
    assert (told["verdict"], passed(told)["licence_in_force"]) == (verdict, verdict == "valid")
    assert told["licence"]["state"] == ("expired" if until else state)
    assert told["trust"] is (verdict == "valid")


async def test_a_licence_whose_newer_edition_is_out_is_invalid(api: Client, database: Database, sealed: bytes) -> None:
    await know(database, sealed, "licence", LICENCE)
    await license_as(database, "valid")
    await license_as(database, "valid", edition=2)
    told = (await verify(api, sealed)).json()
    assert (told["verdict"], told["licence"]["superseded"]) == ("invalid", True)
    assert "更正后的新版" in told["reason"]


@pytest.mark.parametrize(("days", "verdict"), [(1, "valid"), (-2, "invalid")])
async def test_a_use_copy_is_valid_until_its_day(
    api: Client, database: Database, sealed: bytes, days: int, verdict: str
) -> None:
    copy = {
        "copy_id": TASK,
        "licence_id": LICENCE,
        "purpose": "",
        "until": (database.clock.now() + days * DAY).date(),
        "asked_at": database.clock.now(),
        "code": "",
        "code_digest": "",
    }
    await know(database, sealed, "licence_copy", TASK)
    await license_as(database, "valid")
    async with database.unit_of_work() as work:
        await work.connection.execute(licence_copies.insert(), copy)
    told = (await verify(api, sealed)).json()
    assert (told["verdict"], passed(told)["copy_in_time"]) == (verdict, verdict == "valid")
    assert told["licence"]["state"] == "valid"


def test_roots_that_are_no_certificates_keep_the_service_from_starting(
    settings_for: Callable[..., EsignSettings], tmp_path: Path
) -> None:
    (tmp_path / "roots.pem").write_text("no certificate")
    for place in ("roots.pem", "none.pem"):
        with pytest.raises(RootsUnreadable, match="ESIGN_TRUSTED_ROOTS"):
            settings_for(EsignSettings, trusted_roots=tmp_path / place).roots()


def test_a_root_is_what_the_file_says(settings_for: Callable[..., EsignSettings], root: Issuer, tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    (der,) = settings_for(EsignSettings, trusted_roots=tmp_path / "roots.pem").roots()
    assert x509.load_der_x509_certificate(der) == root.certificate
