"""Asks a network about a person: the evidence first, then the network, then what came of it; else there is no answer.

If the evidence cannot be written, nobody is asked; if the outcome cannot be written, nothing is told. A process that
dies between leaves a row which says that it was asked and that no more is known. No transaction waits for a network.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.base.crash import crash_point
from chassis.base.deadline import deadline
from chassis.base.problems import DeadlineExceeded, Problem
from chassis.data import audit
from chassis.data.database import UnitOfWork

from datashare_svc.domain.admission import OF_SOMEBODY, asked_fields
from datashare_svc.domain.answering import AccessState, answer_digest, state_of
from datashare_svc.domain.model import Depth
from datashare_svc.domain.queries import Answered, Query
from datashare_svc.errors import NetworkOut, Outage, QueryRefused
from datashare_svc.handlers.admit import Admitted, admit
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.outside.networks import Question, Told
from datashare_svc.store import access_log

NO_CASE = "no case"


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that is on record and may be put to its network."""

    query_id: str
    at: datetime
    admitted: Admitted


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a query: what was told, where anything was, and whether that was kept from before."""

    state: AccessState
    told: Told | None = None
    is_cached: bool = False


async def ask(datashare: Datashare, query: Query, *, within: float) -> Answered:
    """Return what a network tells within so many seconds. Raises QueryRefused, NetworkOut, DatabaseUnavailable."""
    asked = await put_on_record(datashare, query)
    outcome = await put(datashare, asked, within=within)
    async with datashare.database.unit_of_work() as work:
        answered = await settle(datashare, work, asked, outcome)
    crash_point("after_outcome_before_reply")
    return answered


async def put_on_record(datashare: Datashare, query: Query, *, reason: str = "") -> Asked:
    """Write down that a query is about to be made, and why its values are wanted whole; or that it was refused.

    Raises QueryRefused.
    """
    crash_point("before_evidence")
    async with datashare.database.unit_of_work() as work:
        try:
            admitted = await admit(datashare, work, query)
        except QueryRefused as refusal:
            await _record_refusal(work, query, refusal)
            refused = refusal
        else:
            return await _record_query(work, admitted, reason)
    raise refused


async def put_refusal_on_record(datashare: Datashare, query: Query, refusal: Problem) -> None:
    """Write down that somebody wanted what cannot even be held against the rules."""
    async with datashare.database.unit_of_work() as work:
        await _record_refusal(work, query, refusal)


async def put_again_on_record(datashare: Datashare, query: Query) -> None:
    """Write down that the answer of a query is told once more, or that it may not be; it spends no quota.

    Raises QueryRefused.
    """
    try:
        async with datashare.database.unit_of_work() as work:
            admitted = await admit(datashare, work, query, is_counted=False)
            details = {"person_id": admitted.person_id, "resource": query.resource, "item": query.item}
            subject = admitted.query.case.application_id
            await audit.record(work, actor=query.officer, action="data.told_again", subject=subject, details=details)
    except QueryRefused as refusal:
        await put_refusal_on_record(datashare, query, refusal)
        raise


async def put(datashare: Datashare, asked: Asked, *, within: float) -> Outcome:
    """Put a query to its network, or take what that told a moment ago. Raises NetworkOut, which is on record then."""
    crash_point("after_evidence_before_ask")
    question, resource = _question(asked), asked.admitted.resource
    kept = datashare.kept.get(resource, question)
    if kept is not None:
        return Outcome(_state_of(kept, asked), kept, is_cached=True)
    try:
        told = await datashare.networks.ask(resource, question, _seconds(resource.within_ms / 1000, within))
        _require_fitting(told, question)
    except NetworkOut as out:
        async with datashare.database.unit_of_work() as work:
            await settle(datashare, work, asked, Outcome(state_of(out.why)))
        raise
    crash_point("after_ask_before_outcome")
    datashare.kept.keep(resource, question, told)
    return Outcome(_state_of(told, asked), told)


async def settle(datashare: Datashare, work: UnitOfWork, asked: Asked, outcome: Outcome) -> Answered:
    """Write down what came of a query; only what is written down is told."""
    told = outcome.told or Told(is_known=False)
    salt, digest = "", ""
    if outcome.told is not None:
        salt = datashare.secrets()
        digest = answer_digest(salt, told.rows, told.matches, is_known=told.is_known)
        salt = datashare.cipher.encrypt(salt, table="access", column="salt", row=asked.query_id)
    ended: dict[str, Any] = {"state": outcome.state.value, "is_cached": outcome.is_cached, "answer_sha256": digest}
    await access_log.end_access(work.connection, asked.query_id, **ended, ended_at=work.clock.now(), salt=salt)
    officer = asked.admitted.query.officer
    await audit.record(work, actor=officer, action="data.answered", subject=asked.query_id, details=ended)
    return Answered(asked.query_id, asked.at, told.rows, told.matches, told.is_known)


async def _record_query(work: UnitOfWork, admitted: Admitted, reason: str) -> Asked:
    """Write the evidence: the row that the person will read, and the same facts in the log that is chained."""
    query, resource, place = admitted.query, admitted.resource, admitted.query.case
    query_id, at = work.ids(), work.clock.now()
    facts = {
        "person_id": admitted.person_id,
        "resource": resource.resource,
        "network": resource.network,
        "provider": resource.unit,
        "unit": query.unit,
        "officer": query.officer,
        "officer_kind": admitted.kind.value,
        "purpose": query.purpose.value,
        "basis": query.basis,
        "case_id": place.application_id or place.draft_id,
        "is_draft": not place.application_id,
        "application_number": place.application_number,
        "matter_code": place.matter_code,
        "item": query.item,
        "fields": list(asked_fields(query)[1]),
        "depth": query.depth.value,
        "is_unmasked": bool(reason),
    }
    access_log.add_access(work, {"query_id": query_id, "at": at, **facts, "state": AccessState.ASKED.value})
    details = facts | audit.sealed_note(work, reason, subject=query_id)
    await audit.record(work, actor=query.officer, action="data.asked", subject=query_id, details=details)
    return Asked(query_id, at, admitted)


async def _record_refusal(work: UnitOfWork, query: Query, refusal: Problem) -> None:
    """Write down who tried what and why it was refused; what looks like somebody's number is left out."""
    wrong = [error.pointer for error in refusal.errors if not OF_SOMEBODY.search(error.pointer)]
    typed = {"resource": query.resource, "item": query.item}
    details = {
        "why": refusal.code,
        "depth": query.depth.value,
        "purpose": "" if "/purpose" in wrong else query.purpose.value,
        "wrong": wrong,
        "unit": query.unit,
        "fields": [name for name in asked_fields(query)[1] if not OF_SOMEBODY.search(name)],
        **{name: value for name, value in typed.items() if not OF_SOMEBODY.search(value)},
    }
    subject = (refusal.case_id if isinstance(refusal, QueryRefused) else "") or NO_CASE
    await audit.record(work, actor=query.officer, action="data.refused", subject=subject, details=details)


def _question(asked: Asked) -> Question:
    """Return what a network is asked, with what it is told of why."""
    query, place = asked.admitted.query, asked.admitted.query.case
    is_value = query.depth is Depth.VALUE
    carried = {
        "query_id": asked.query_id,
        "project_no": place.application_number or f"draft:{place.draft_id}",
        "task_code": query.item,
        "purpose": query.purpose.value,
        "basis": query.basis,
        "officer": query.officer,
    }
    return Question(
        query_id=asked.query_id,
        keys=query.keys,
        fields=query.fields if is_value else (),
        compares={} if is_value else query.compares,
        carried=carried,
    )


def _seconds(allowed: float, within: float) -> float:
    """Return for how long a network may be waited for. Raises NetworkOut where the caller's time is over."""
    mine = deadline.get()
    try:
        return min(allowed, within, mine.left() if mine else within)
    except DeadlineExceeded as over:
        raise NetworkOut(why=Outage.TIMED_OUT) from over


def _require_fitting(told: Told, question: Question) -> None:
    """Hold that nothing leaves that was not asked for. Raises NetworkOut."""
    beyond = any(not row.keys() <= set(question.fields) for row in told.rows)
    if beyond or not told.matches.keys() <= question.compares.keys():
        raise NetworkOut(why=Outage.WRONG_SCHEMA)


def _state_of(told: Told, asked: Asked) -> AccessState:
    found = told.rows if asked.admitted.query.depth is Depth.VALUE else told.is_known
    return AccessState.ANSWERED if found else AccessState.NO_RECORD
