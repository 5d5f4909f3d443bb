"""Letters: drafted by rule or by other use cases, changed and approved by people of the authority, sealed by esign.

Nothing is sent that no person approved, and nobody approves what he wrote (decision 70).
"""

from collections.abc import Sequence
from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received
from chassis.events.outbox import append
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, id_in, page

from evaluation_svc.domain.letters import AUTHORITY, KINDS, STATES, LetterKind, LetterState
from evaluation_svc.errors import LetterChanged, LetterEnded, LetterNotFound, OwnLetter
from evaluation_svc.events.letters import LetterApproved, NoticeSealed
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.supervised import supervision_cancelled, supervision_sent
from evaluation_svc.handlers.whose import leads, require_lead, units_of
from evaluation_svc.schemas.letters import (
    LetterApprovalBody,
    LetterBody,
    LetterSummary,
    LetterView,
    LetterWithdrawalBody,
)
from evaluation_svc.store import lettering as store
from evaluation_svc.store.lettering import LetterFilter

NAMED = frozenset({"kind_name", "state_name"})


async def draft_letter(  # noqa: PLR0913  what a letter is
    work: UnitOfWork,
    *,
    kind: LetterKind,
    unit: str,
    subject: str,
    title: str,
    paragraphs: Sequence[str],
    drafted_by: str,
) -> str:
    """Draft a letter to a unit, and return its id; one of the kind to the unit on the subject is drafted once.

    `drafted_by` is a caller's id, or this service's name where a rule drafts. It is sent when a person of the
    authority has approved it and esign has sealed it.
    """
    row = {
        "letter_id": work.ids(),
        "kind": kind.value,
        "unit": unit,
        "subject": subject,
        "title": title,
        "paragraphs": list(paragraphs),
        "state": LetterState.DRAFT.value,
        "version": 1,
        "drafted_by": drafted_by,
        "drafted_at": work.clock.now(),
        "reason": "",
    }
    letter_id, is_new = await store.add_letter(work.connection, row)
    if is_new:
        details = {"kind": kind.value, "unit": unit, "subject": subject}
        await audit.record(work, actor=drafted_by, action="letter.drafted", subject=letter_id, details=details)
    return letter_id


async def list_letters(
    evaluation: Evaluation, caller: Principal, wanted: LetterFilter, *, after: str, size: int
) -> Page[LetterSummary]:
    """Return a page of letters, the newest first: all to the authority, to a unit the sealed ones that are for it."""
    last = id_in(*decode_cursor(after, str)) if after else ""
    async with evaluation.database.asking() as connection:
        if leads(caller):
            rows = await store.list_letters(connection, wanted, after=last, size=size)
        else:
            mine = await units_of(connection, caller, evaluation.clock.now())
            rows = await store.list_letters_to(connection, mine, after=last, size=size)
    return page([LetterSummary(**_shown(row, LetterSummary)) for row in rows], size, key=lambda one: (one.letter_id,))


async def show_letter(evaluation: Evaluation, caller: Principal, letter_id: str) -> LetterView:
    """Return a letter to the authority, or a sealed one to its addressee. Raises LetterNotFound."""
    async with evaluation.database.asking() as connection:
        if leads(caller):
            row = await store.find_letter(connection, letter_id)
        else:
            mine = await units_of(connection, caller, evaluation.clock.now())
            row = await store.find_sealed_letter(connection, letter_id, mine)
    if row is None:
        raise LetterNotFound
    return _view(row)


async def edit_letter(work: UnitOfWork, caller: Principal, letter_id: str, body: LetterBody) -> LetterView:
    """Change a draft's text. Raises NotAuthority, LetterNotFound, LetterEnded."""
    row = await _draft(work, caller, letter_id)
    changed = {
        "title": body.title,
        "paragraphs": list(body.paragraphs),
        "version": row.version + 1,
        "edited_by": caller.subject,
    }
    await store.add_writer(work.connection, letter_id, caller.subject)
    return await _changed(work, caller, letter_id, "letter.edited", changed)


async def approve_letter(work: UnitOfWork, caller: Principal, letter_id: str, body: LetterApprovalBody) -> LetterView:
    """Approve a draft as it was read: esign seals it.

    Raises NotAuthority, LetterNotFound, LetterEnded, OwnLetter, LetterChanged.
    """
    row = await _draft(work, caller, letter_id)
    wrote = await store.is_writer(work.connection, letter_id, caller.subject)
    if wrote or caller.subject in {row.drafted_by, row.edited_by}:
        raise OwnLetter
    if body.version != row.version:
        raise LetterChanged
    now = work.clock.now()
    approved = {"state": LetterState.APPROVED.value, "approved_by": caller.subject, "approved_at": now}
    told = {name: getattr(row, name) for name in ("letter_id", "kind", "subject", "unit", "title", "paragraphs")}
    event = LetterApproved(**told, from_unit=AUTHORITY, approved_by=caller.subject, approved_at=now)
    await append(work, event, subject=letter_id, version=1)
    return await _changed(work, caller, letter_id, "letter.approved", approved)


async def withdraw_letter(
    work: UnitOfWork, caller: Principal, letter_id: str, body: LetterWithdrawalBody
) -> LetterView:
    """Withdraw a draft: it is never sent. Raises NotAuthority, LetterNotFound, LetterEnded."""
    row = await _draft(work, caller, letter_id)
    if row.kind == LetterKind.SUPERVISION:
        await supervision_cancelled(work, letter_id, caller.subject)
    withdrawn = {"state": LetterState.WITHDRAWN.value, "reason": body.reason}
    return await _changed(work, caller, letter_id, "letter.withdrawn", withdrawn)


async def follow_notice(work: UnitOfWork, received: Received[NoticeSealed]) -> None:
    """Keep that esign sealed a letter: it is sent, with the paper's number."""
    told = received.data
    row = await store.lock_letter(work.connection, told.letter_id)
    if row is None or row.state != LetterState.APPROVED:
        return
    sealed = told.model_dump(include={"number", "document_id", "sha256", "sealed_at"})
    await store.change_letter(work.connection, told.letter_id, {**sealed, "state": LetterState.SEALED.value})
    if row.kind == LetterKind.SUPERVISION:
        await supervision_sent(work, told.letter_id, told.number, told.sealed_at)


async def _draft(work: UnitOfWork, caller: Principal, letter_id: str) -> Any:
    require_lead(caller)
    row = await store.lock_letter(work.connection, letter_id)
    if row is None:
        raise LetterNotFound
    if row.state != LetterState.DRAFT:
        raise LetterEnded
    return row


async def _changed(
    work: UnitOfWork, caller: Principal, letter_id: str, action: str, changed: dict[str, Any]
) -> LetterView:
    await store.change_letter(work.connection, letter_id, changed)
    row = await store.find_letter(work.connection, letter_id)
    if row is None:
        raise LetterNotFound
    details = {"kind": row.kind, "unit": row.unit, "version": row.version}
    await audit.record(work, actor=caller.subject, action=action, subject=letter_id, details=details)
    return _view(row)


def _shown(row: Any, view: type[LetterSummary]) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in view.model_fields if name not in NAMED},
        "kind_name": KINDS[LetterKind(row.kind)],
        "state_name": STATES[LetterState(row.state)],
    }


def _view(row: Any) -> LetterView:
    return LetterView(**_shown(row, LetterView))
