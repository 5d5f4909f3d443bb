"""The holder's wallet (我的电子证照), and use copies (加注件): for a purpose, until a day, each made and logged."""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from chassis.base.clock import local
from chassis.base.problems import FieldError
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, page

from esign_svc.domain.documents import DocumentKind
from esign_svc.domain.licences import LicenceState, licence_type
from esign_svc.domain.typesetting import typeset
from esign_svc.errors import (
    CopyNotFound,
    CopyPurposeUnfit,
    CopyUntilWrong,
    LicenceNotFound,
    LicenceStateWrong,
    TooManyCopies,
)
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.documents import Wanted, want
from esign_svc.handlers.licence_facts import (
    code_digest,
    current_state,
    opened_code,
    opened_face,
    sealed_code,
    summary_of,
    whole_of,
)
from esign_svc.handlers.read_documents import DocumentFile, read_document, read_export
from esign_svc.outside.press import GlyphMissing, readable, require_printable
from esign_svc.schemas.licences import LicenceCopyBody, LicenceCopyView, LicenceSummary, LicenceView
from esign_svc.store import copies, licence_types, licences
from esign_svc.store.licence_tables import licence_copies

LONGEST = timedelta(days=180)
COPIES_A_DAY = 20
TITLE = "{name}(加注件)"


async def list_own(esign: Esign, caller: Principal, *, after: str, size: int) -> Page[LicenceSummary]:
    """Return a page of the caller's licences, the newest first. Raises Malformed for a wrong cursor."""
    last = decode_cursor(after, str)[0] if after else ""
    async with esign.database.asking() as connection:
        rows = await licences.list_of_holder(connection, caller.subject, after=last, size=size)
    views = [summary_of(esign, row, opened_face(esign, row)) for row in rows]
    return page(views, size, key=lambda view: (view.licence_id,))


async def show_own(esign: Esign, caller: Principal, licence_id: str) -> LicenceView:
    """Return a licence of the caller's. Raises LicenceNotFound."""
    async with esign.database.reading() as connection:
        row = await licences.find_of_holder(connection, licence_id, caller.subject)
        if row is None:
            raise LicenceNotFound
        kind = licence_type(await licence_types.find_type(connection, row["type"]))
        newer = await licences.superseded_by(connection, row)
    return LicenceView(
        **whole_of(esign, row, opened_face(esign, row), kind, newer),
        document_id=row["document_id"],
        check_url=check_url(esign, row["identifier"], opened_code(esign, row["code"], table="licence", row=licence_id)),
    )


def check_url(esign: Esign, identifier: str, code: str) -> str:
    """Return the address that the QR of a licence or a copy leads to."""
    return f"{esign.public_url}{check_path(identifier, code)}"


def check_path(identifier: str, code: str) -> str:
    """Return the path, with its query, at which a licence or a copy is checked."""
    return f"/api/v1/licences/{identifier}/status?code={code}"


async def require_purpose(body: LicenceCopyBody) -> None:
    """Raise CopyPurposeUnfit for a purpose that says nothing, or that a copy could never say: it would wait for ever.

    Done before the transaction: the characters of the fonts are read at the first time.
    """
    bare = bare_purpose(readable(body.purpose))
    if not bare.strip(" 。，、"):
        raise CopyPurposeUnfit(errors=[FieldError("/purpose", "required", "请写明用途")])
    try:
        await asyncio.to_thread(require_printable, bare)
    except GlyphMissing as missing:
        said = f"字库中没有这些字符:{'、'.join(missing.codes)};请换一种写法"
        raise CopyPurposeUnfit(errors=[FieldError("/purpose", "glyph_missing", said)]) from missing


def bare_purpose(purpose: str) -> str:
    """Return a purpose as a copy prints it, after 仅用于."""
    return typeset(purpose).removeprefix("仅").removeprefix("用于")


async def ask_copy(
    esign: Esign, work: UnitOfWork, caller: Principal, licence_id: str, body: LicenceCopyBody
) -> LicenceCopyView:
    """Want a use copy of the caller's valid licence; its paper is made afterwards.

    Raises LicenceNotFound, LicenceStateWrong unless it is valid, CopyUntilWrong, TooManyCopies.
    """
    row = await licences.lock_of_holder(work.connection, licence_id, caller.subject)
    if row is None:
        raise LicenceNotFound
    now = work.clock.now()
    if current_state(row, now) is not LicenceState.VALID:
        raise LicenceStateWrong("只有有效的证照可以制作加注件")
    until = _until(body.until, local(now).date(), row["valid_until"])
    if await copies.copies_since(work.connection, licence_id, now - timedelta(days=1)) >= COPIES_A_DAY:
        raise TooManyCopies(f"一份证照 24 小时内最多制作 {COPIES_A_DAY} 份加注件")
    copy_id, code = work.ids(), esign.new_code()
    wanted = Wanted(
        kind=DocumentKind.LICENCE_COPY,
        subject=copy_id,
        title=TITLE.format(name=row["name"]),
        application_id=row["application_id"],
        case_id=row["case_id"],
        task_id=row["task_id"],
        matter_code="",
        applicant_id=row["holder_id"],
        unit=row["unit"],
        dated=now,
    )
    copy = {
        "copy_id": copy_id,
        "licence_id": licence_id,
        "purpose": esign.cipher.encrypt(body.purpose, table="licence_copy", column="purpose", row=copy_id),
        "until": until,
        "asked_at": now,
        "made_at": None,
        "code": sealed_code(esign, code, table="licence_copy", row=copy_id),
        "code_digest": code_digest(code, licence_id),
        "document_id": await want(work, wanted),
    }
    work.add(licence_copies, copy)
    details = {"copy_id": copy_id, "until": until.isoformat()}
    await audit.record(work, actor=caller.subject, action="licence.copied", subject=licence_id, details=details)
    return copy_view(esign, row["identifier"], copy, now)


def _until(typed: str, today: date, last: date | None) -> date:
    """Return the last day of a copy. Raises CopyUntilWrong."""
    latest = min(today + LONGEST, last or date.max)
    try:
        until = date.fromisoformat(typed)
    except ValueError:
        until = date.min
    if not today <= until <= latest:
        error = FieldError("/until", "out_of_range", f"应在 {today.isoformat()} 至 {latest.isoformat()} 之间")
        raise CopyUntilWrong(errors=[error])
    return until


async def list_copies(
    esign: Esign, caller: Principal, licence_id: str, *, after: str, size: int
) -> Page[LicenceCopyView]:
    """Return a page of the use copies of the caller's licence, the newest first. Raises LicenceNotFound."""
    last = decode_cursor(after, str)[0] if after else ""
    async with esign.database.reading() as connection:
        row = await licences.find_of_holder(connection, licence_id, caller.subject)
        if row is None:
            raise LicenceNotFound
        rows = await copies.list_copies(connection, licence_id, after=last, size=size)
    now = esign.clock.now()
    views = [copy_view(esign, row["identifier"], one, now) for one in rows]
    return page(views, size, key=lambda view: (view.copy_id,))


async def show_copy(esign: Esign, caller: Principal, licence_id: str, copy_id: str) -> LicenceCopyView:
    """Return a use copy of the caller's licence. Raises LicenceNotFound, CopyNotFound."""
    row, copy = await find_own_copy(esign, caller, licence_id, copy_id)
    return copy_view(esign, row["identifier"], copy, esign.clock.now())


async def find_own_copy(
    esign: Esign, caller: Principal, licence_id: str, copy_id: str
) -> tuple[licences.Record, licences.Record]:
    """Return the caller's licence and its copy as rows. Raises LicenceNotFound, CopyNotFound."""
    async with esign.database.reading() as connection:
        row = await licences.find_of_holder(connection, licence_id, caller.subject)
        if row is None:
            raise LicenceNotFound
        copy = await copies.find_copy(connection, copy_id)
    if copy is None or copy["licence_id"] != licence_id:
        raise CopyNotFound
    return row, copy


def copy_view(esign: Esign, identifier: str, copy: Mapping[str, Any], now: datetime) -> LicenceCopyView:
    """Return a use copy as a reply, as of now."""
    kept = ("copy_id", "licence_id", "asked_at", "made_at", "document_id")
    is_over = copy["until"] < local(now).date()
    return LicenceCopyView(
        **{name: copy[name] for name in kept},
        purpose=opened_purpose(esign, copy),
        until=copy["until"].isoformat(),
        state="expired" if is_over else "valid" if copy["made_at"] else "making",
        check_url=check_url(
            esign, identifier, opened_code(esign, copy["code"], table="licence_copy", row=copy["copy_id"])
        ),
        as_of=now,
    )


def opened_purpose(esign: Esign, copy: Mapping[str, Any]) -> str:
    """Return what a use copy is for."""
    return esign.cipher.decrypt(copy["purpose"], table="licence_copy", column="purpose", row=copy["copy_id"])


async def read_own_file(esign: Esign, caller: Principal, licence_id: str) -> DocumentFile:
    """Return the paper of the caller's licence. Raises LicenceNotFound, DocumentNotReady."""
    async with esign.database.asking() as connection:
        row = await licences.find_of_holder(connection, licence_id, caller.subject)
    if row is None:
        raise LicenceNotFound
    return await read_document(esign, caller, row["application_id"], row["document_id"])


async def read_own_export(esign: Esign, caller: Principal, licence_id: str) -> DocumentFile:
    """Return the paper of the caller's licence as OFD. Raises LicenceNotFound, DocumentNotReady, NotExported."""
    async with esign.database.asking() as connection:
        row = await licences.find_of_holder(connection, licence_id, caller.subject)
    if row is None:
        raise LicenceNotFound
    return await read_export(esign, caller, row["application_id"], row["document_id"])


async def read_copy_file(esign: Esign, caller: Principal, licence_id: str, copy_id: str) -> DocumentFile:
    """Return the paper of a use copy of the caller's.

    Raises LicenceNotFound, CopyNotFound, DocumentNotReady.
    """
    row, copy = await find_own_copy(esign, caller, licence_id, copy_id)
    return await read_document(esign, caller, row["application_id"], copy["document_id"])
