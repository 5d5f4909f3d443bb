"""Letters of the office that leads evaluation are sealed with its own seal, and read by sender and addressee alone."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.data.outgoing import Postponed, Refused
from chassis.events.outbox import Event
from chassis.http.identity import Principal
from chassis.service import Service
from chassis.testing.builders import staff
from chassis.testing.client import Client, appended, audited, deliver
from esign_svc.domain.seal_pack import OfUnit, SealPack, SealRule, plan
from esign_svc.domain.seals import Capacity, Hands, SealKind
from esign_svc.events import LetterApproved
from esign_svc.handlers import Esign, finish_seals, load_seals
from esign_svc.handlers.make import make
from esign_svc.store import documents, notices, seal_uses

LETTER = "01900000-0000-7000-8000-0000000000e1"
MOMENT = datetime(2026, 3, 10, 2, tzinfo=UTC)
SCOPES = frozenset({"document:read", "application:read"})
ZWB = OfUnit("ZWB", "郑州市政务服务办公室", "11410100MBXX00908F", "coordinator")
Tell = Callable[..., Event]


def at(unit: str, role: str = "rectification_officer") -> Principal:
    return staff(f"{role}-{unit}", unit=unit, roles=frozenset({role}), scopes=SCOPES)


OFFICER = at("ZWB", "evaluation_officer")


def approved(**changed: Any) -> LetterApproved:
    told = {
        "letter_id": LETTER,
        "kind": "SUPERVISION",
        "from_unit": "ZWB",
        "unit": "U09",
        "title": "关于“出生登记”逾期的督办函",
        "paragraphs": ["你单位承办的“出生登记”逾期2个工作日。", "请于三个工作日内书面答复。"],
        "approved_by": "officer-2",
        "approved_at": MOMENT,
    }
    return LetterApproved(**{**told, **changed})


@pytest.fixture
def service(whole: Service) -> Service:
    return whole


@pytest.fixture
async def authority_seal(service: Service, database: Database, esign: Esign, unit: Tell) -> None:
    """Have the authority's seal in use, and its addressee known."""
    for code, name, word in (("ZWB", ZWB.name, "郑政务受字"), ("U09", "郑州市公安局", "郑公受字")):
        await deliver(service, unit(unit_code=code, name=name, acceptance_word=word), subject=code, version=1)
    rules = (SealRule(SealKind.UNIT_NAME, 1, (Capacity.EVALUATION_OFFICER,), units=("ZWB",)),)
    hands = Hands("pack", "maker", "auditor")
    pack = SealPack("proposed", hands, "410199", date(2026, 1, 1), date(2030, 12, 31), ("department",), rules)
    wanted = plan(pack, [ZWB])
    async with database.unit_of_work() as work:
        await load_seals(work, wanted)
    async with database.unit_of_work() as work:
        await finish_seals(esign, work, wanted)


async def document(database: Database) -> Any:
    async with database.reading() as connection:
        return (await connection.execute(sa.select(documents))).one()


@pytest.mark.usefixtures("authority_seal")
async def test_an_approved_letter_is_numbered_sealed_and_told_once(
    service: Service, database: Database, esign: Esign
) -> None:
    await deliver(service, approved(), subject=LETTER, version=1)
    await deliver(service, approved(), subject=LETTER, version=1, event_id="again")
    row = await document(database)
    assert (row.kind, row.number, row.unit, row.application_id) == ("notice", "郑政务评字〔2026〕1号", "ZWB", "")
    for _ in range(2):
        await make(esign, row.document_id)
    assert (await document(database)).state == "sealed"
    (told,) = await appended(database, "esign.notice.sealed", "esign.document.sealed")
    assert (told["type"], told["data"]["letter_id"], told["data"]["to_unit"]) == ("esign.notice.sealed", LETTER, "U09")
    assert told["data"]["number"] == "郑政务评字〔2026〕1号"
    async with database.reading() as connection:
        uses = list(await connection.execute(sa.select(seal_uses)))
    assert {(use.approver, use.capacity, use.approver_unit) for use in uses} == {
        ("officer-2", "evaluation_officer", "ZWB")
    }


@pytest.mark.usefixtures("authority_seal")
async def test_sender_and_addressee_read_a_sealed_notice_and_nobody_else(
    service: Service, api: Client, database: Database, esign: Esign
) -> None:
    await deliver(service, approved(), subject=LETTER, version=1)
    row = await document(database)
    place = f"/api/v1/notices/{row.document_id}"
    assert (await api.get(place, by=OFFICER)).json()["code"] == "document_not_ready"
    assert (await api.get(place, by=at("U09"))).json()["code"] == "notice_not_found"
    assert (await api.get("/api/v1/notices", by=at("U09"))).json()["items"] == []
    await make(esign, row.document_id)
    for reader, way in ((OFFICER, "sent"), (at("U09"), "received"), (at("U09", "unit_head"), "received")):
        (listed,) = (await api.get("/api/v1/notices", by=reader, query={"way": way})).json()["items"]
        assert (listed["letter_id"], listed["to_unit_name"], listed["state"]) == (LETTER, "郑州市公安局", "sealed")
        reply = await api.get(place, by=reader)
        assert reply.status == 200
        with pikepdf.open(io.BytesIO(reply.body)) as opened:
            assert len(opened.Root.AcroForm.Fields) == 1
        assert (await api.get(f"{place}/ofd", by=reader)).body[:2] == b"PK"
    for stranger in (at("U23"), at("U23", "unit_head")):
        assert (await api.get(place, by=stranger)).status == 404
        assert (await api.get(f"{place}/ofd", by=stranger)).status == 404
        assert (await api.get("/api/v1/notices", by=stranger)).json()["items"] == []
    assert [row.action for row in await audited(database)].count("notice.read") == 6


@pytest.mark.usefixtures("authority_seal")
async def test_notices_are_no_part_of_any_application_nor_of_the_list_of_its_papers(
    service: Service, api: Client, database: Database
) -> None:
    await deliver(service, approved(), subject=LETTER, version=1)
    by = staff("r", unit="ZWB", roles=frozenset({"reviewer"}), scopes=SCOPES)
    assert (await api.get("/api/v1/documents", by=by)).json()["items"] == []
    async with database.reading() as connection:
        assert len(list(await connection.execute(sa.select(notices)))) == 1


@pytest.mark.usefixtures("authority_seal")
async def test_a_notice_waits_for_its_addressee_s_name_and_one_without_an_approver_is_refused(
    service: Service, database: Database, esign: Esign
) -> None:
    await deliver(service, approved(unit="U30"), subject=LETTER, version=1)
    with pytest.raises(Postponed, match="U30"):
        await make(esign, (await document(database)).document_id)
    async with database.unit_of_work() as work:
        await work.connection.execute(documents.update().values(approver=""))
        await work.connection.execute(notices.update().values(to_unit="U09"))
    with pytest.raises(Refused):
        await make(esign, (await document(database)).document_id)


@pytest.mark.usefixtures("authority_seal")
async def test_the_use_of_a_seal_for_a_notice_names_no_application(
    service: Service, api: Client, database: Database, esign: Esign
) -> None:
    await deliver(service, approved(), subject=LETTER, version=1)
    await make(esign, (await document(database)).document_id)
    async with database.reading() as connection:
        seal_id = (await connection.execute(sa.select(seal_uses.c.seal_id))).scalars().first()
    by = staff("a", unit="ZWB", roles=frozenset({"seal_auditor"}), scopes=frozenset({"seal:read"}))
    uses = (await api.get(f"/api/v1/seals/{seal_id}/uses", by=by)).json()["items"]
    assert {(one["document_kind"], one["application_id"]) for one in uses} == {("notice", None)}


async def test_a_letter_of_an_office_that_has_no_seal_waits(
    service: Service, database: Database, esign: Esign, unit: Tell
) -> None:
    for code, name in (("ZWB", ZWB.name), ("U09", "郑州市公安局")):
        await deliver(service, unit(unit_code=code, name=name), subject=code, version=1)
    await deliver(service, approved(), subject=LETTER, version=1)
    with pytest.raises(Postponed, match="ZWB"):
        await make(esign, (await document(database)).document_id)
