"""A sealed document is made to last once, whatever is out or falls in between."""

import hashlib
import io
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from asn1crypto import x509 as asn1_x509
from chassis.data import outgoing
from chassis.data.database import Database
from chassis.data.outgoing import Refused
from chassis.events.outbox import Event
from chassis.service import Service
from chassis.storage.files import StorageUnavailable
from chassis.testing.client import appended, audited, deliver
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from esign_svc.errors import DocumentNotFound, DocumentNotReady
from esign_svc.handlers import Esign, ask_extension, verify_file
from esign_svc.handlers.extend import extend
from esign_svc.handlers.make import make
from esign_svc.outside.authorities import Authorities
from esign_svc.outside.development import DevelopmentAuthority
from esign_svc.outside.revocations import ListsRefused, ListsUnavailable, lists_at
from esign_svc.store import documents
from esign_svc.store.exports import files_known
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import DocumentSecurityStore, async_validate_pdf_signature
from sealing.judge import judge
from sealing.verdict import Outcome, Trust

APPLICATION = "01900000-0000-7000-8000-00000000000a"
Tell = Callable[..., Event]


@pytest.fixture
def service(whole: Service) -> Service:
    return whole


async def row_of(database: Database) -> Any:
    async with database.reading() as connection:
        return (await connection.execute(sa.select(documents))).one()


async def read(esign: Esign, name: str) -> bytes:
    return b"".join([chunk async for chunk in esign.storage.read(name)])


async def ask(database: Database, document_id: str) -> bool:
    async with database.unit_of_work() as work:
        return await ask_extension(work, document_id, actor="operator")


async def left(database: Database) -> Sequence[str]:
    async with database.reading() as connection:
        return [row.subject for row in await outgoing.listed(connection)]


@pytest.fixture
async def lasting(esign: Esign) -> AsyncIterator[Esign]:
    """Give esign, and end the process that judges files for it."""
    yield esign
    await esign.judges.close()


@pytest.fixture
async def sealed(service: Service, database: Database, lasting: Esign, sealed_units: None, submitted: Tell) -> str:
    """Have a sealed receipt, and give its id."""
    await deliver(service, submitted(), subject=APPLICATION, version=1)
    document_id = str((await row_of(database)).document_id)
    await make(lasting, document_id)
    return document_id


async def _whole(data: bytes) -> Any:
    yield data


async def test_an_extended_document_is_valid_with_nothing_from_elsewhere_and_both_files_are_known(
    database: Database, lasting: Esign, sealed: str, authority: DevelopmentAuthority
) -> None:
    before = await row_of(database)
    first = await read(lasting, before.file_name)
    assert await ask(database, sealed)
    await extend(lasting, sealed)
    row = await row_of(database)
    longer = await read(lasting, row.file_name)
    assert (row.sha256, row.size, row.extended_at is not None) == (before.sha256, len(longer), True)
    assert row.extended_sha256 == hashlib.sha256(longer).hexdigest()
    assert longer.startswith(first)
    verdict = judge(longer, Trust((authority.root,), lasting.clock.now()))
    assert (verdict.verdict, verdict.trust) == (Outcome.VALID, True), verdict
    reader = PdfFileReader(io.BytesIO(longer), strict=True)
    words: dict[str, Any] = {
        "trust_roots": [asn1_x509.Certificate.load(authority.root)],
        "revocation_mode": "require",
        "allow_fetching": False,
        "moment": lasting.clock.now(),
    }
    context = DocumentSecurityStore.read_dss(reader).as_validation_context(words)
    assert (await async_validate_pdf_signature(reader.embedded_regular_signatures[0], context)).bottom_line
    for file in (first, longer):
        said = await verify_file(lasting, _whole(file))
        assert (said.verdict, [one.passed for one in said.checks if one.check == "registry"]) == ("valid", [True])
    async with database.reading() as connection:
        assert await files_known(connection, [before.file_name, row.file_name]) == {row.file_name}, "the first is swept"
    assert await left(database) == []
    deeds = [(one.actor, one.action) for one in await audited(database) if "exten" in one.action]
    assert deeds == [("operator", "document.extension_asked"), ("esign", "document.extended")]
    assert len(await appended(database, "esign.document.sealed")) == 1


async def test_asked_twice_nothing_changes(database: Database, lasting: Esign, sealed: str) -> None:
    assert await ask(database, sealed)
    assert await ask(database, sealed), "still to be done"
    assert await left(database) == [sealed]
    await extend(lasting, sealed)
    once = await row_of(database)
    assert not await ask(database, sealed)
    await extend(lasting, sealed)
    assert await row_of(database) == once
    assert await left(database) == []


async def test_only_what_is_there_and_sealed_is_extended(
    service: Service, database: Database, esign: Esign, submitted: Tell, sealed_units: None
) -> None:
    with pytest.raises(DocumentNotFound):
        await ask(database, "none")
    await deliver(service, submitted(), subject=APPLICATION, version=1)
    with pytest.raises(DocumentNotReady):
        await ask(database, (await row_of(database)).document_id)


async def test_of_two_that_extend_the_same_document_one_counts_and_the_file_of_the_other_goes(
    database: Database, lasting: Esign, sealed: str, tmp_path: Path
) -> None:
    await ask(database, sealed)
    await extend(lasting, sealed)
    row = await row_of(database)
    async with database.unit_of_work() as work:
        await work.connection.execute(documents.update().values(extended_at=None))
    await extend(lasting, sealed)
    assert (await row_of(database)).file_name == row.file_name
    kept = [file for file in (tmp_path / "files").rglob("*") if file.is_file()]
    assert len(kept) == 3, "the first file, the longer one, and the OFD"


async def test_a_store_that_is_out_leaves_the_first_file(database: Database, lasting: Esign, sealed: str) -> None:
    class Full:
        read = staticmethod(lasting.storage.read)

        async def put(self, *_: Any, **__: Any) -> Any:
            raise StorageUnavailable

    before = await row_of(database)
    await ask(database, sealed)
    full: Any = Full()
    with pytest.raises(StorageUnavailable):
        await extend(replace(lasting, storage=full), sealed)
    assert (await row_of(database), await left(database)) == (before, [sealed])
    await extend(lasting, sealed)
    assert (await row_of(database)).extended_at is not None


async def test_without_a_list_in_force_or_a_trusted_root_it_is_refused_in_words(
    database: Database, lasting: Esign, sealed: str, authority: DevelopmentAuthority
) -> None:
    await ask(database, sealed)
    lists = lasting.authorities.lists
    with pytest.raises(Refused, match="请设置 ESIGN_CRLS"):
        await extend(replace(lasting, authorities=Authorities()), sealed)
    with pytest.raises(Refused, match="ESIGN_TRUSTED_ROOTS"):
        await extend(replace(lasting, trusted=()), sealed)
    kept = await lists()

    async def old() -> Sequence[bytes]:
        return kept

    late = replace(lasting, authorities=Authorities(lists=old))
    lasting.clock.advance(days=8)  # type: ignore[attr-defined]  # the tests' clock
    with pytest.raises(Refused, match="没有现行有效的吊销列表"):
        await extend(late, sealed)
    await extend(lasting, sealed)
    assert (await row_of(database)).extended_at is not None


async def test_lists_are_read_from_files_of_either_form(
    authority: DevelopmentAuthority, tmp_path: Path, clock: Any
) -> None:
    made = authority.crl({7: clock.now() - timedelta(days=1)})
    (tmp_path / "a.crl").write_bytes(made)
    (tmp_path / "b.pem").write_bytes(x509.load_der_x509_crl(made).public_bytes(Encoding.PEM))
    found = await lists_at(f"{(tmp_path / 'a.crl').as_uri()}, {(tmp_path / 'b.pem').as_uri()}")()
    assert list(found) == [made, made]
    (tmp_path / "a.crl").write_bytes(b"none")
    for place in ("a.crl", "gone.crl"):
        with pytest.raises(ListsUnavailable):
            await lists_at((tmp_path / place).as_uri())()


@pytest.mark.parametrize("places", ["crl", "ftp://a/b", "http:///x", "file:"])
def test_addresses_that_are_none_are_refused_at_the_start(places: str) -> None:
    with pytest.raises(ListsRefused):
        lists_at(places)
