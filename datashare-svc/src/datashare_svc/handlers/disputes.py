"""Disputes (校核纠错): filed by intake for an applicant, seen and withdrawn by her, answered by the source unit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chassis.base import succession
from chassis.base.clock import local
from chassis.base.problems import FieldError
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.outbox import append
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, id_in, moment_in, page
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.domain.disputes import LABELS, DisputeOutcome, DisputeState
from datashare_svc.errors import AnswerUnfit, DisputeEnded, DisputeNotFound, DisputeOtherwise
from datashare_svc.events import DisputeAnswered, DisputeFiled, DisputeWithdrawn
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.dispute_clock import clock_of
from datashare_svc.handlers.evidence import evidence_view
from datashare_svc.handlers.responsible import does_work_of, require_own, require_theirs
from datashare_svc.schemas.disputes import AnswerBody, DisputeSummary, DisputeView, FilingBody
from datashare_svc.store import disputed, evidence, learned
from datashare_svc.store.disputed import DisputeFilter, Record

WORDS = ("shared_value", "claimed_value", "reason", "answer", "corrected_value")
"""What is personal, or may be, and is kept sealed."""
MADE = frozenset({"state_name", "overdue"})
KEPT = tuple(name for name in DisputeSummary.model_fields if name not in MADE)
TOLD = ("dispute_id", "application_id", "resource", "unit", "place", "key")
"""What each event says of a dispute."""
SAME = ("application_id", "applicant_id", "place", "key")
"""What one id never has twice."""


async def file_dispute(datashare: Datashare, work: UnitOfWork, body: FilingBody) -> DisputeView:
    """File a dispute with the unit that answers for the source; one that is filed already is shown as it is.

    Raises DisputeOtherwise for an id under which another place of another case is disputed.
    """
    now = work.clock.now()
    unit = succession.in_force(await learned.unit_terms(work.connection), body.unit, local(now).date())
    calendar, document = await learned.numbered_calendar(work.connection)
    told = body.model_dump(mode="json", exclude={"unit", "draft_id", *WORDS})
    row = {
        **told,
        **{name: sealed(datashare, body.dispute_id, name, getattr(body, name, "")) for name in WORDS},
        **clock_of(calendar, document, filed_at=now, unit=unit, workdays=datashare.dispute_workdays),
        "source_unit": body.unit,
        "unit": unit,
        "state": DisputeState.OPEN.value,
        "version": 1,
        "filed_at": now,
    }
    if await disputed.add_dispute(work.connection, row):
        filed = DisputeFiled(**{name: row[name] for name in TOLD}, filed_at=now, due_at=row["due_at"])
        await append(work, filed, subject=body.dispute_id, version=1)
        details = {"application_id": body.application_id, "unit": unit, "place": told["place"], "key": body.key}
        await audit.record(
            work, actor=body.applicant_id, action="dispute.filed", subject=body.dispute_id, details=details
        )
    found = await _whole(work.connection, body.dispute_id)
    if found is None or any(row[name] != found[0][name] for name in SAME):
        raise DisputeOtherwise
    return _view(datashare, *found, work.clock.now())


async def list_own_disputes(datashare: Datashare, caller: Principal, *, after: str, size: int) -> Page[DisputeSummary]:
    """Return a page of the caller's disputes, the newest first. Raises Malformed for a wrong cursor."""
    async with datashare.database.asking() as connection:
        rows = await disputed.list_own(connection, applicant=caller.subject, after=_place(after), size=size)
    views = [DisputeSummary(**_summary(row, datashare.clock.now())) for row in rows]
    return page(views, size, key=lambda view: (view.filed_at.isoformat(), view.dispute_id))


async def show_own_dispute(datashare: Datashare, caller: Principal, dispute_id: str) -> DisputeView:
    """Return a dispute of the caller's. Raises DisputeNotFound."""
    async with datashare.database.reading() as connection:
        found = await _whole(connection, dispute_id)
    if found is None:
        raise DisputeNotFound
    require_own(caller, found[0])
    return _view(datashare, *found, datashare.clock.now())


async def withdraw_dispute(work: UnitOfWork, caller: Principal, dispute_id: str) -> None:
    """Withdraw an open dispute of the caller's; once more does nothing. Raises DisputeNotFound, DisputeEnded."""
    row = require_own(caller, await disputed.lock_dispute(work.connection, dispute_id))
    if row["state"] == DisputeState.WITHDRAWN:
        return
    now = work.clock.now()
    ended = {"state": DisputeState.WITHDRAWN.value, "ended_at": now, "version": row["version"] + 1}
    if not await disputed.end_dispute(work.connection, dispute_id, ended):
        raise DisputeEnded
    told = DisputeWithdrawn(**{name: row[name] for name in TOLD}, withdrawn_at=now)
    await append(work, told, subject=dispute_id, version=ended["version"])
    await audit.record(work, actor=caller.subject, action="dispute.withdrawn", subject=dispute_id)


async def list_unit_disputes(
    datashare: Datashare, caller: Principal, wanted: DisputeFilter, *, after: str, size: int
) -> Page[DisputeSummary]:
    """Return a page of a unit's inbox, what is due first at the top; the look is recorded.

    The unit is the caller's, or one that ended and whose work is the caller's unit's now; of any other there is none.
    """
    now = datashare.clock.now()
    unit = wanted.unit or caller.unit
    wanted = DisputeFilter(unit, wanted.state, wanted.overdue)
    async with datashare.database.reading() as connection:
        theirs = await does_work_of(connection, caller, unit, now)
        rows = (
            await disputed.list_of_unit(connection, wanted, now=now, after=_place(after), size=size) if theirs else []
        )
    if rows:
        details = {"state": wanted.state, "shown": [row["dispute_id"] for row in rows[:size]]}
        await audit.record_look(
            datashare.database, actor=caller.subject, action="disputes.listed", subject=unit, details=details
        )
    ranks = {row["dispute_id"]: row["rank_at"].isoformat() for row in rows}
    views = [DisputeSummary(**_summary(row, now)) for row in rows]
    return page(views, size, key=lambda view: (ranks[view.dispute_id], view.dispute_id))


async def show_unit_dispute(datashare: Datashare, caller: Principal, dispute_id: str) -> DisputeView:
    """Open a dispute of the caller's unit with its values, and record it. Raises DisputeNotFound, OwnDispute."""
    now = datashare.clock.now()
    async with datashare.database.reading() as connection:
        found = await _whole(connection, dispute_id)
        if found is None:
            raise DisputeNotFound
        await require_theirs(connection, caller, found[0], now)
    await audit.record_look(
        datashare.database,
        actor=caller.subject,
        action="dispute.opened",
        subject=dispute_id,
        details={"application_id": found[0]["application_id"], "fields": list(WORDS)},
    )
    return _view(datashare, *found, now)


async def answer_dispute(
    datashare: Datashare, work: UnitOfWork, caller: Principal, dispute_id: str, body: AnswerBody
) -> DisputeView:
    """Answer an open dispute of the caller's unit, once and for good.

    Raises AnswerUnfit, DisputeNotFound, OwnDispute, DisputeEnded.
    """
    _require_fit(body)
    now = work.clock.now()
    row = await require_theirs(work.connection, caller, await disputed.lock_dispute(work.connection, dispute_id), now)
    ended = {
        "state": body.outcome.value,
        "ended_at": now,
        "version": row["version"] + 1,
        "answered_by": caller.subject,
        "answer": sealed(datashare, dispute_id, "answer", body.reason),
        "corrected_value": sealed(datashare, dispute_id, "corrected_value", body.corrected_value),
    }
    if not await disputed.end_dispute(work.connection, dispute_id, ended):
        raise DisputeEnded
    told = DisputeAnswered(**{name: row[name] for name in TOLD}, outcome=body.outcome.value, answered_at=now)
    await append(work, told, subject=dispute_id, version=ended["version"])
    details = {"outcome": body.outcome.value, "application_id": row["application_id"]}
    await audit.record(work, actor=caller.subject, action="dispute.answered", subject=dispute_id, details=details)
    found = await _whole(work.connection, dispute_id)
    if found is None:
        raise DisputeNotFound
    return _view(datashare, *found, now)


def _require_fit(body: AnswerBody) -> None:
    if body.outcome is not DisputeOutcome.UPHELD:
        return
    if not body.reason:
        raise AnswerUnfit(errors=[FieldError("/reason", "required", "经校核无误的,请写明理由")])
    if body.corrected_value:
        raise AnswerUnfit(errors=[FieldError("/corrected_value", "not_asked", "经校核无误的,没有更正后的值")])


def sealed(datashare: Datashare, dispute_id: str, column: str, text: str) -> str:
    """Return a text of a dispute as it is kept; nothing for nothing."""
    return datashare.cipher.encrypt(text, table="dispute", column=column, row=dispute_id) if text else ""


def _place(after: str) -> tuple[datetime, str] | None:
    if not after:
        return None
    at, dispute_id = decode_cursor(after, str, str)
    return moment_in(at), id_in(dispute_id)


async def _whole(connection: AsyncConnection, dispute_id: str) -> tuple[Record, Sequence[Any]] | None:
    row = await disputed.find_dispute(connection, dispute_id)
    return None if row is None else (row, await evidence.evidence_of(connection, dispute_id))


def _summary(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        **{name: row[name] for name in KEPT},
        "state_name": LABELS[DisputeState(row["state"])],
        "overdue": row["due_at"] is not None and row["due_at"] < (row["ended_at"] or now),
    }


def _view(datashare: Datashare, row: Mapping[str, Any], found: Sequence[Any], now: datetime) -> DisputeView:
    words = {
        name: datashare.cipher.decrypt(row[name], table="dispute", column=name, row=row["dispute_id"])
        if row[name]
        else ""
        for name in WORDS
    }
    given = [evidence_view(datashare, one) for one in found]
    return DisputeView(**_summary(row, now), query_id=row["query_id"], **words, evidence=given)
