"""Supervisions as units and the authority work on them: listed, answered, sent back, closed, escalated when silent."""

from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.outbox import append
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, id_in, page

from evaluation_svc.domain.letters import AUTHORITY, HEAD
from evaluation_svc.domain.supervision import RANKS, STATES, SupervisionState, SupervisionStep
from evaluation_svc.errors import HeadAnswers, SupervisionNotFound
from evaluation_svc.events.supervision import SupervisionEscalated
from evaluation_svc.handlers.collaborators import SELF, Evaluation
from evaluation_svc.handlers.supervised import await_answer, end_answer, take
from evaluation_svc.handlers.whose import leads, require_lead, units_of
from evaluation_svc.schemas.supervision import (
    SupervisionAnswerBody,
    SupervisionConclusionBody,
    SupervisionStepView,
    SupervisionSummary,
    SupervisionView,
)
from evaluation_svc.store import supervising as store
from evaluation_svc.store.clocks import Record
from evaluation_svc.store.supervising import SupervisionFilter

MADE = frozenset({"is_done", "state_name", "authority", "result", "steps"})


async def list_supervisions(
    evaluation: Evaluation, caller: Principal, wanted: SupervisionFilter, *, after: str, size: int
) -> Page[SupervisionSummary]:
    """Return a page of supervisions, what was escalated first: all to the authority, to a unit what was sent to it."""
    place = None
    if after:
        rank, last = decode_cursor(after, int, str)
        place = (rank, id_in(last))
    async with evaluation.database.asking() as connection:
        mine = None if leads(caller) else await units_of(connection, caller, evaluation.clock.now())
        rows = await store.list_supervisions(connection, mine, wanted, after=place, size=size)
    views = [SupervisionSummary(**_shown(row, SupervisionSummary)) for row in rows]
    return page(views, size, key=lambda one: (RANKS[one.state], one.supervision_id))


async def show_supervision(evaluation: Evaluation, caller: Principal, supervision_id: str) -> SupervisionView:
    """Return a supervision with its steps, and record the look. Raises SupervisionNotFound."""
    async with evaluation.database.reading() as connection:
        mine = None if leads(caller) else await units_of(connection, caller, evaluation.clock.now())
        row = await store.find_supervision(connection, supervision_id, mine)
        if row is None:
            raise SupervisionNotFound
        steps = await store.steps_of(connection, supervision_id)
    details = {"application_id": row.application_id, "fields": ["words"]}
    await audit.record_look(
        evaluation.database, actor=caller.subject, action="supervision.read", subject=supervision_id, details=details
    )
    return _view(evaluation, row, steps)


async def answer_supervision(
    evaluation: Evaluation, work: UnitOfWork, caller: Principal, supervision_id: str, body: SupervisionAnswerBody
) -> SupervisionView:
    """Answer a supervision of the caller's unit, once escalated as its head.

    Raises SupervisionNotFound, HeadAnswers, SupervisionStateWrong.
    """
    mine = await units_of(work.connection, caller, work.clock.now())
    row = await _held(work, supervision_id, mine)
    if row.state == SupervisionState.ESCALATED and HEAD not in caller.roles:
        raise HeadAnswers
    await _say(evaluation, work, row, SupervisionStep.ANSWER, caller.subject, body.words)
    await end_answer(work, row)
    return await _whole(evaluation, work, supervision_id)


async def conclude_supervision(
    evaluation: Evaluation, work: UnitOfWork, caller: Principal, supervision_id: str, body: SupervisionConclusionBody
) -> SupervisionView:
    """Close a supervision with a result, or send an answer back: then the clock begins anew.

    Raises NotAuthority, SupervisionNotFound, SupervisionStateWrong.
    """
    require_lead(caller)
    row = await _held(work, supervision_id, None)
    await _say(evaluation, work, row, SupervisionStep(body.action), caller.subject, body.words)
    await end_answer(work, row)
    if body.action == SupervisionStep.SEND_BACK:
        await await_answer(work, row, work.clock.now())
    return await _whole(evaluation, work, supervision_id)


async def answer_near(_evaluation: Evaluation, work: UnitOfWork, timer: Record) -> None:
    """Mark that the time for an answer is nearly over."""
    await store.change_supervision(work.connection, timer["subject"], {"warned_at": work.clock.now()})


async def answer_overdue(_evaluation: Evaluation, work: UnitOfWork, timer: Record) -> None:
    """Escalate a supervision that was not answered to the head of its unit, and tell."""
    row = await store.lock_supervision(work.connection, timer["subject"])
    if row is None or row.state != SupervisionState.SENT:
        return
    await take(work, row, SupervisionStep.ESCALATE, SELF)
    told = {name: getattr(row, name) for name in ("supervision_id", "application_id", "unit", "rule", "light")}
    event = SupervisionEscalated(**told, number=row.number or "", escalated_at=work.clock.now())
    steps = await store.steps_of(work.connection, row.supervision_id)
    version = sum(one.action == SupervisionStep.ESCALATE for one in steps)
    await append(work, event, subject=row.supervision_id, version=version)


async def _held(work: UnitOfWork, supervision_id: str, mine: list[str] | None) -> Any:
    if await store.find_supervision(work.connection, supervision_id, mine) is None:
        raise SupervisionNotFound
    return await store.lock_supervision(work.connection, supervision_id)


async def _say(  # noqa: PLR0913, PLR0917  what a step is
    evaluation: Evaluation, work: UnitOfWork, row: Any, step: SupervisionStep, actor: str, words: str
) -> None:
    step_id = work.ids()
    sealed = evaluation.cipher.encrypt(words, table="supervision_step", column="words", row=step_id)
    await take(work, row, step, actor, words=sealed, step_id=step_id)


async def _whole(evaluation: Evaluation, work: UnitOfWork, supervision_id: str) -> SupervisionView:
    row = await store.find_supervision(work.connection, supervision_id, None)
    if row is None:
        raise SupervisionNotFound
    return _view(evaluation, row, await store.steps_of(work.connection, supervision_id))


def _shown(row: Any, view: type[SupervisionSummary]) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in view.model_fields if name not in MADE},
        "is_done": bool(row.is_done),
        "state_name": STATES[SupervisionState(row.state)],
        "authority": AUTHORITY,
    }


def _view(evaluation: Evaluation, row: Any, steps: list[Any]) -> SupervisionView:
    views = [_step(evaluation, one) for one in steps]
    closing = [one.words for one in views if one.action is SupervisionStep.CLOSE]
    return SupervisionView(**_shown(row, SupervisionView), result=closing[-1] if closing else "", steps=views)


def _step(evaluation: Evaluation, step: Any) -> SupervisionStepView:
    words = _words(evaluation, step)
    return SupervisionStepView(number=step.number, action=step.action, by=step.actor, at=step.at, words=words)


def _words(evaluation: Evaluation, step: Any) -> str:
    if not step.words:
        return ""
    return evaluation.cipher.decrypt(step.words, table="supervision_step", column="words", row=step.step_id)
