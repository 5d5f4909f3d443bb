"""Wanted documents are made, sealed and told once, whatever is out or falls in between."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa
from chassis.data import outgoing
from chassis.data.database import Database
from chassis.data.outgoing import Postponed, Refused
from chassis.events.outbox import Event
from chassis.http.upstream import UpstreamUnavailable
from chassis.service import Service
from chassis.storage.files import StorageUnavailable
from chassis.testing.client import appended, audited, deliver
from esign_svc.handlers import Esign
from esign_svc.handlers.make import make
from esign_svc.store import documents, exports, seal_uses
from sealing.signing import StampRefused

APPLICATION, TASK = (f"01900000-0000-7000-8000-00000000000{end}" for end in "ad")
Tell = Callable[..., Event]


@pytest.fixture
def service(whole: Service) -> Service:
    return whole


async def rows(database: Database) -> Sequence[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(sa.select(documents).order_by(documents.c.document_id)))


async def uses(database: Database) -> Sequence[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(sa.select(seal_uses)))


async def left(database: Database) -> Sequence[str]:
    async with database.reading() as connection:
        return [row.subject for row in await outgoing.listed(connection)]


@pytest.fixture
async def wanted(service: Service, database: Database, sealed_units: None, submitted: Tell) -> str:
    """Have a receipt wanted, and give its id."""
    await deliver(service, submitted(), subject=APPLICATION, version=1)
    return str((await rows(database))[0].document_id)


async def read(esign: Esign, name: str) -> bytes:
    return b"".join([chunk async for chunk in esign.storage.read(name)])


def signatures(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return len(opened.Root.AcroForm.Fields) if "/AcroForm" in opened.Root else 0


async def test_each_letter_is_made_sealed_stored_and_told(
    service: Service,
    database: Database,
    esign: Esign,
    sealed_units: None,
    submitted: Tell,
    accepted: Tell,
    decided: Tell,
) -> None:
    await deliver(service, submitted(), subject=APPLICATION, version=1)
    await deliver(service, accepted(), subject=APPLICATION, version=2)
    await deliver(service, decided(outcome="refused"), subject="c", version=1)
    for row in await rows(database):
        await make(esign, row.document_id)
    made = await rows(database)
    assert [(row.kind, row.state, row.template) for row in made] == [
        ("receipt", "sealed", "receipt"),
        ("acceptance", "sealed", "acceptance"),
        ("decision", "sealed", "decision"),
    ]
    for row in made:
        pdf = await read(esign, row.file_name)
        assert (len(pdf), signatures(pdf)) == (row.size, 1)
    assert await left(database) == []
    told = [one["data"] for one in await appended(database, "esign.document.sealed")]
    assert [(one["document_id"], one["sha256"], one["number"]) for one in told] == [
        (row.document_id, row.sha256, row.number) for row in made
    ]
    by = {one.document_kind: (one.approver, one.capacity) for one in await uses(database)}
    assert by == {
        "receipt": ("esign", "system"),
        "acceptance": ("clerk-1", "window_clerk"),
        "decision": ("reviewer-1", "reviewer"),
    }
    actions = [row.action for row in await audited(database)]
    assert (actions.count("seal.used"), actions.count("document.sealed")) == (6, 3), "each file is a use of the seal"


async def test_nothing_personal_is_told_or_kept_in_clear(
    database: Database, esign: Esign, wanted: str, facts: dict[str, Any], tmp_path: Path
) -> None:
    await make(esign, wanted)
    told = json.dumps(await appended(database), ensure_ascii=False)
    kept = json.dumps([row._asdict() for row in await rows(database)], ensure_ascii=False, default=str)
    logged = json.dumps([list(row) for row in await audited(database)], ensure_ascii=False, default=str)
    for text in (told, kept, logged):
        assert facts["applicant_name"] not in text
    files = [file for file in (tmp_path / "files").rglob("*") if file.is_file()]
    assert files
    assert all(b"%PDF" not in file.read_bytes() for file in files), "files lie encrypted"


async def test_a_document_that_is_asked_for_again_is_the_same(database: Database, esign: Esign, wanted: str) -> None:
    await make(esign, wanted)
    first = await rows(database)
    await make(esign, wanted)
    assert await rows(database) == first
    assert len(await appended(database, "esign.document.sealed")) == 1
    assert sorted(one.format for one in await uses(database)) == ["ofd", "pdf"]


OUT: dict[str, tuple[type[Exception], type[Exception]]] = {
    "intake": (UpstreamUnavailable, UpstreamUnavailable),
    "stamp": (StampRefused, Postponed),
    "storage": (StorageUnavailable, StorageUnavailable),
}
"""What may be out: what it then raises, and what the worker is told."""


@pytest.mark.parametrize("part", OUT)
async def test_what_is_out_is_waited_for_and_nothing_unsealed_goes_out(
    part: str, database: Database, esign: Esign, wanted: str, without: Callable[[str, Exception], Esign]
) -> None:
    raised, told = OUT[part]
    with pytest.raises(told):
        await make(without(part, raised()), wanted)
    assert [(row.state, row.file_name) for row in await rows(database)] == [("wanted", None)]
    assert await appended(database, "esign.document.sealed") == []
    assert await uses(database) == []
    await make(esign, wanted)
    assert [row.state for row in await rows(database)] == ["sealed"]


async def test_a_document_whose_seal_is_not_in_use_waits(
    service: Service, database: Database, esign: Esign, submitted: Tell, unit: Tell
) -> None:
    await deliver(service, unit(), subject="U23", version=1)
    await deliver(service, submitted(), subject=APPLICATION, version=1)
    (row,) = await rows(database)
    with pytest.raises(Postponed, match="U23"):
        await make(esign, row.document_id)


async def test_the_papers_of_a_unit_that_was_renamed_wait_for_a_seal_of_its_new_name(
    service: Service, database: Database, esign: Esign, wanted: str, unit: Tell
) -> None:
    await deliver(service, unit(name="郑州市卫生健康局"), subject="U23", version=2)
    with pytest.raises(Postponed, match=r"郑州市卫生健康委员会.*郑州市卫生健康局"):
        await make(esign, wanted)
    assert [row.state for row in await rows(database)] == ["wanted"]


async def test_a_letter_that_nobody_let_be_sealed_is_refused(
    service: Service, database: Database, esign: Esign, sealed_units: None, accepted: Tell
) -> None:
    await deliver(service, accepted(accepted_by=""), subject=APPLICATION, version=1)
    (row,) = await rows(database)
    with pytest.raises(Refused):
        await make(esign, row.document_id)


async def test_a_name_that_no_font_can_print_is_refused_by_its_code_points_alone(
    database: Database, esign: Esign, wanted: str, facts: dict[str, Any]
) -> None:
    facts["applicant_name"] = "张𠮷"
    with pytest.raises(Refused) as refused:
        await make(esign, wanted)
    assert str(refused.value) == "字体中没有这些字符:U+20BB7"
    facts["applicant_name"] = "张吉"
    await make(esign, wanted)
    assert [row.state for row in await rows(database)] == ["sealed"]


async def test_of_two_that_make_the_same_document_one_counts_and_the_file_of_the_other_goes(
    database: Database, esign: Esign, wanted: str, tmp_path: Path
) -> None:
    await make(esign, wanted)
    (row,) = await rows(database)
    async with database.reading() as connection:
        export = await exports.find_export(connection, wanted)
    async with database.unit_of_work() as work:
        await work.connection.execute(documents.update().values(state="wanted"))
    await make(esign, wanted)
    assert len(await appended(database, "esign.document.sealed")) == 1
    assert export is not None
    kept = {one.file_name.split("/")[-1] for one in (row, export)}
    assert {file.name for file in (tmp_path / "files").rglob("*") if file.is_file()} == kept


async def test_the_worker_makes_what_is_wanted(service: Service, database: Database, esign: Esign, wanted: str) -> None:
    worker = outgoing.Worker(database, "esign", "document", lambda document_id: make(esign, document_id))
    assert await worker.round("elsewhere/1/me") == 1
    assert [row.state for row in await rows(database)] == ["sealed"]
    assert await left(database) == []
