"""Each letter and licence is an OFD, too: with the words of its PDF, by the same seal's national side, for the same."""

import asyncio
import json
import re
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data import outgoing
from chassis.data.database import Database
from chassis.data.outgoing import Postponed
from chassis.events.outbox import Event
from chassis.http.identity import Principal
from chassis.service import Service
from chassis.testing.builders import citizen, staff
from chassis.testing.client import Client, audited, deliver
from esign_svc.domain.seals import SealKind
from esign_svc.handlers import Esign, load_licence_types
from esign_svc.handlers.make import make
from esign_svc.handlers.national import national_side
from esign_svc.handlers.sealing import face, seal_in_use, signatory
from esign_svc.outside.authorities import Authorities
from esign_svc.outside.development import DevelopmentAuthority
from esign_svc.store import document_exports, documents, exports, national_seals, seal_keys, seal_uses, seals
from esign_svc.store.licence_tables import licences
from esign_svc.store.licence_types import TypesKept
from sealing.judge import judge
from sealing.ofd.package import read_package
from sealing.ofd.xml import parse
from sealing.pdf_sealing import Place, seal_pdf
from sealing.verdict import Outcome, Trust

APPLICATION = "01900000-0000-7000-8000-00000000000a"
LIST = f"/api/v1/applications/{APPLICATION}/documents"
ITEM, USCC = "11410100MBXX00238T3412023001000", "11410100MBXX00238T"
TYPE: dict[str, Any] = {
    "code": "birth_certificate",
    "type_code": f"{USCC}001",
    "name": "出生医学证明",
    "items": [ITEM],
    "holder_name": "child_name",
    "holder_number": "",
    "fields": [{"element": "child_sex", "label": "性别"}, {"element": "child_birth_date", "label": "出生日期"}],
    "subject": ["child_name"],
    "period": None,
    "level": "3",
    "number": "Z{yy:02}{n:07}",
    "definer": "郑州市卫生健康委员会",
    "statement": "依据《中华人民共和国母婴保健法》第二十三条,证明下列新生儿的出生情况。",
    "materials": ["birth_certificate"],
}
SCOPES = frozenset({"application:read", "document:read", "licence:read", "licence:copy"})
HERS = citizen(subject="f3b0c2", scopes=SCOPES)
Tell = Callable[..., Event]


@pytest.fixture
def service(whole: Service) -> Service:
    return whole


@pytest.fixture
async def api(client: Callable[..., Client], service: Service) -> AsyncIterator[Client]:
    yield client(service.app)
    await service.api.state.collaborators.judges.close()


async def all_of(database: Database, table: sa.Table) -> Sequence[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(table.select().order_by(*table.primary_key)))


@pytest.fixture
async def wanted(
    service: Service, database: Database, sealed_units: None, submitted: Tell, accepted: Tell, decided: Tell
) -> list[str]:
    """Have a receipt, an acceptance and a decision wanted, and a grant's letter and licence of another unit."""
    async with database.unit_of_work() as work:
        types = TypesKept({"birth_certificate": TYPE}, {ITEM: "birth_certificate"}, {"U23": USCC})
        await load_licence_types(work, types)
    await deliver(service, submitted(), subject=APPLICATION, version=1)
    await deliver(service, accepted(), subject=APPLICATION, version=2)
    await deliver(service, decided(outcome="refused"), subject="c", version=1)
    granted = decided(unit="U23", item=ITEM, name="签发出生医学证明", task_id="01900000-0000-7000-8000-0000000000dd")
    await deliver(service, granted, subject="c", version=2)
    return [row.document_id for row in await all_of(database, documents)]


@pytest.fixture
async def made(esign: Esign, wanted: list[str]) -> list[str]:
    for document_id in wanted:
        await make(esign, document_id)
    return wanted


async def read(esign: Esign, name: str) -> bytes:
    return b"".join([chunk async for chunk in esign.storage.read(name)])


def ofd_words(data: bytes) -> str:
    """Return the text of all pages without their numbers, as it stands in the file."""
    pages = [parse(content) for name, content in sorted(read_package(data).items()) if name.endswith("Content.xml")]
    layers = [page.one("Content").one("Layer") for page in pages]
    lines = [text.one("TextCode").text for layer in layers for text in layer.all("TextObject")]
    return "".join(one for one in lines if not re.fullmatch(r"— \d+ —", one))


def pdf_words(file: Path) -> str:
    """Return the text of all pages, as another program reads it."""
    return subprocess.run(["pdftotext", "-raw", file, "-"], capture_output=True, text=True, check=True).stdout


FURNITURE = (
    r"扫描(文末)?二维码，或将本文件上传至.*?核验[。；]",
    r"第\d+页，共\d+页",
    r"序号材料名称取得方式",
    r"序号办理事项办理单位",
    r"扫码核验",
)
"""What stands on a page of a PDF beside what it says."""


def said(text: str) -> Counter[str]:
    """Return how often each character is said, without the marks by which a table and a line of text differ."""
    whole = re.sub(r"\s", "", text)
    for pattern in FURNITURE:
        whole = re.sub(pattern, "", whole)
    return Counter(re.sub(r"[．（）：。]", "", whole))


async def test_an_ofd_says_what_its_pdf_says_no_more_and_no_less(
    database: Database, esign: Esign, made: list[str], tmp_path: Path
) -> None:
    rows = {row.document_id: row for row in await all_of(database, documents)}
    found = await all_of(database, document_exports)
    assert {rows[one.document_id].kind for one in found} == {"receipt", "acceptance", "decision", "licence"}
    assert len(found) == len(made) == 5
    for one in found:
        row, file = rows[one.document_id], tmp_path / "paper.pdf"
        file.write_bytes(await read(esign, row.file_name))
        pdf = pdf_words(file)
        ofd = ofd_words(await read(esign, one.file_name))
        assert said(pdf) == said(ofd), row.kind
        assert row.title in ofd
        assert (row.number or "编号：") in ofd


async def test_an_ofd_is_valid_by_the_national_root_and_each_file_is_a_use_of_the_same_seal(
    database: Database, esign: Esign, authority: DevelopmentAuthority, made: list[str]
) -> None:
    rows = {row.document_id: row for row in await all_of(database, documents)}
    uses = {(one.document_id, one.format): one for one in await all_of(database, seal_uses)}
    trust = Trust((authority.national.root,), esign.clock.now())
    for one in await all_of(database, document_exports):
        data = await read(esign, one.file_name)
        verdict = judge(data, trust)
        assert (verdict.verdict, verdict.reason) == (Outcome.VALID, "电子签章有效,内容未被改动")
        assert len(data) == one.size
        pdf, ofd = uses[one.document_id, "pdf"], uses[one.document_id, "ofd"]
        assert (ofd.sha256, pdf.sha256) == (one.sha256, rows[one.document_id].sha256)
        same = ("seal_id", "approver", "approver_unit", "capacity", "case_id", "task_id", "application_id")
        assert [getattr(ofd, name) for name in same] == [getattr(pdf, name) for name in same]
    assert len(uses) == 2 * len(made)
    used = [json.loads(row.details)["format"] for row in await audited(database) if row.action == "seal.used"]
    assert Counter(used) == {"pdf": len(made), "ofd": len(made)}


async def test_an_ofd_is_read_by_whoever_reads_the_document_and_is_the_same_each_time(
    database: Database, api: Client, made: list[str]
) -> None:
    kinds = {row.kind: row.document_id for row in await all_of(database, documents)}
    first, again = [await api.get(f"{LIST}/{kinds['acceptance']}/ofd", by=HERS) for _ in range(2)]
    assert (first.status, first.headers["content-type"]) == (200, "application/ofd")
    assert first.body == again.body
    assert "ofd" in first.headers["content-disposition"]
    for by in (citizen(subject="other", scopes=SCOPES), at("U05")):
        refused = await api.get(f"{LIST}/{kinds['acceptance']}/ofd", by=by)
        assert (refused.status, refused.json()["code"]) == (404, "document_not_found")
    reviewer = at("U09")
    assert (await api.get(f"{LIST}/{kinds['acceptance']}/ofd", by=reviewer)).status == 200
    looks = [
        (row.action, json.loads(row.details)["format"])
        for row in await audited(database)
        if row.actor == reviewer.subject
    ]
    assert looks == [("document.read", "ofd")]


def at(unit: str) -> Principal:
    return staff(f"reviewer-{unit}", unit=unit, roles=frozenset({"reviewer"}), scopes=SCOPES)


async def test_a_holder_reads_her_licence_as_ofd_and_a_use_copy_is_a_pdf_alone(
    database: Database, api: Client, esign: Esign, made: list[str]
) -> None:
    (licence,) = await all_of(database, licences)
    path = f"/api/v1/me/licences/{licence.licence_id}"
    reply = await api.get(f"{path}/ofd", by=HERS)
    assert (reply.status, reply.headers["content-type"]) == (200, "application/ofd")
    assert (await api.get(f"{path}/ofd", by=citizen("citizen-2", scopes=SCOPES))).json()["code"] == "licence_not_found"
    body = {"purpose": "办理入学登记", "until": "2026-06-30"}
    copy = (await api.post(f"{path}/copies", by=HERS, body=body, key="k")).json()
    early = await api.get(f"{LIST}/{copy['document_id']}/ofd", by=HERS)
    assert (early.status, early.json()["code"]) == (409, "document_not_ready")
    await make(esign, copy["document_id"])
    refused = await api.get(f"{LIST}/{copy['document_id']}/ofd", by=HERS)
    assert (refused.status, refused.json()["code"]) == (409, "document_not_exported")


async def test_anyone_verifies_an_ofd_of_ours_and_a_changed_one_is_refused(
    database: Database, api: Client, made: list[str]
) -> None:
    (licence,) = await all_of(database, licences)
    data = (await api.get(f"/api/v1/me/licences/{licence.licence_id}/ofd", by=HERS)).body
    headers = {"content-type": "application/ofd"}
    told = (await api.post("/api/v1/verifications", body=data, headers=headers)).json()
    assert (told["verdict"], told["trust"]) == ("valid", True)
    assert told["licence"]["identifier"] == licence.identifier
    assert {"registry", "licence_in_force"} <= {check["check"] for check in told["checks"]}
    changed = bytearray(data)
    changed[len(data) // 2] ^= 1
    told = (await api.post("/api/v1/verifications", body=bytes(changed), headers=headers)).json()
    assert (told["verdict"], told["licence"]) == ("invalid", None)


async def bindings(api: Client, data: bytes, media_type: str) -> tuple[str, bool, list[bool]]:
    told = (await api.post("/api/v1/verifications", body=data, headers={"content-type": media_type})).json()
    found = [check["passed"] for check in told["checks"] if check["check"] == "seal_binding"]
    return told["verdict"], told["trust"], found


@pytest.mark.parametrize(("place", "media_type"), [("file", "application/pdf"), ("ofd", "application/ofd")])
async def test_a_seal_of_ours_counts_only_for_a_file_that_its_uses_know(
    database: Database, api: Client, made: list[str], place: str, media_type: str
) -> None:
    (licence,) = await all_of(database, licences)
    data = (await api.get(f"/api/v1/me/licences/{licence.licence_id}/{place}", by=HERS)).body
    assert await bindings(api, data, media_type) == ("valid", True, [True])
    async with database.unit_of_work() as work:
        await work.connection.execute(seal_uses.delete())
    assert await bindings(api, data, media_type) == ("invalid", False, [False])


async def test_what_is_signed_with_a_seals_key_elsewhere_is_not_valid(
    database: Database, api: Client, esign: Esign, made: list[str]
) -> None:
    (licence,) = await all_of(database, licences)
    data = (await api.get(f"/api/v1/me/licences/{licence.licence_id}/file", by=HERS)).body
    async with database.reading() as connection:
        seal = await seal_in_use(connection, "U23", SealKind.UNIT_NAME, esign.clock.now())
    words: dict[str, Any] = {"drawing": face(seal), "place": Place(1, 10, 10), "stamp": esign.authorities.stamp}
    stolen = await seal_pdf(data, signatory(esign, seal), reason="", at=esign.clock.now(), **words)
    assert judge(stolen, Trust(esign.trusted, esign.clock.now())).verdict is Outcome.VALID, "by its seals alone"
    assert await bindings(api, stolen, "application/pdf") == ("invalid", False, [True, False])


async def test_where_no_maker_of_national_seals_is_the_letter_goes_out_as_pdf_and_the_reader_is_told(
    database: Database, api: Client, esign: Esign, wanted: list[str]
) -> None:
    alone = replace(esign, authorities=Authorities(esign.authorities.stamp, esign.authorities.roots))
    await make(alone, wanted[0])
    (use,) = await all_of(database, seal_uses)
    assert use.format == "pdf"
    assert (await api.get(f"{LIST}/{wanted[0]}", by=HERS)).status == 200
    reply = await api.get(f"{LIST}/{wanted[0]}/ofd", by=HERS)
    assert (reply.status, reply.json()["code"]) == (409, "document_not_exported")
    assert "国密" in reply.json()["detail"]


async def test_what_the_font_of_an_ofd_lacks_is_not_sealed_as_anything_else(
    database: Database, esign: Esign, wanted: list[str], facts: dict[str, Any]
) -> None:
    facts["applicant_name"] = "欧阳\uf9b3"
    await make(esign, wanted[0])
    assert [row.state for row in await all_of(database, documents) if row.document_id == wanted[0]] == ["sealed"]
    assert await all_of(database, document_exports) == []


async def test_a_seal_has_one_national_side_however_many_come_for_it(
    database: Database, esign: Esign, sealed_units: None
) -> None:
    async with database.reading() as connection:
        seal = await seal_in_use(connection, "U23", SealKind.ACCEPTANCE, esign.clock.now())
    sides = await asyncio.gather(*(national_side(esign, seal) for _ in range(5)))
    assert {one.seal for one in sides if one is not None} == {sides[0].seal if sides[0] else b""}
    (row,) = await all_of(database, national_seals)
    assert row.seal_id == seal.seal_id
    keys = [one for one in await all_of(database, seal_keys) if one.algorithm == "SM2"]
    assert [one.key_id for one in keys] == [row.key_id]
    assert [one.action for one in await audited(database)].count("seal.national_made") == 1


async def test_a_seal_that_was_suspended_meanwhile_seals_neither_file(
    database: Database, esign: Esign, wanted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put, stored = esign.storage.put, 0

    async def suspending(*given: Any, **named: Any) -> Any:
        nonlocal stored
        stored += 1
        if stored == 2:
            async with database.unit_of_work() as work:
                await work.connection.execute(seals.update().values(state="suspended"))
        return await put(*given, **named)

    store: Any = _Store(suspending)
    with pytest.raises(Postponed):
        await make(replace(esign, storage=store), wanted[0])
    assert stored == 2
    assert (await all_of(database, seal_uses), await all_of(database, document_exports)) == ([], [])


class _Store:
    """A store that does something else as it is used."""

    def __init__(self, put: Callable[..., Any]) -> None:
        self.put = put


async def test_the_sweep_of_files_knows_both_formats(database: Database, esign: Esign, made: list[str]) -> None:
    names = [row.file_name for table in (documents, document_exports) for row in await all_of(database, table)]
    async with database.reading() as connection:
        assert set(await exports.files_known(connection, [*names, "unknown"])) == set(names)
    async with database.reading() as connection:
        assert await outgoing.listed(connection) == []
