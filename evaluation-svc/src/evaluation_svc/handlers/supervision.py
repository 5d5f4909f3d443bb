"""Supervision (督办) by rule: a light that turned red or purple drafts a letter, once for a case and unit.

What was answered or decided meanwhile drafts none. The letter goes the way of all letters: a person approves it.
"""

from datetime import datetime
from typing import Any, cast

from chassis.data.database import UnitOfWork
from chassis.worktime import LimitUnit, WorkTime

from evaluation_svc.domain.letters import LetterKind
from evaluation_svc.domain.supervision import (
    RANKS,
    LightColour,
    Overdue,
    Rule,
    SupervisionState,
    SupervisionStep,
    over_words,
    paragraphs_of,
    title_of,
)
from evaluation_svc.domain.terms import Term
from evaluation_svc.events.read import ApplicationAccepted, ApplicationSubmitted, DeadlineOverdue
from evaluation_svc.handlers.collaborators import SELF, Evaluation
from evaluation_svc.handlers.journal import About, note_own
from evaluation_svc.handlers.letters import draft_letter
from evaluation_svc.handlers.supervised import rules_of, take
from evaluation_svc.handlers.timers import reckoned, start_timer, stop_timer
from evaluation_svc.store import cases, learned
from evaluation_svc.store import supervising as store
from evaluation_svc.store.clocks import Record

READ_LATE = Term(1, LimitUnit.WORK_HOUR)
FIRST_ANSWER, DRAFTING = "first_answer", "supervision_draft"
"""The clocks: of whether an application is accepted, and of a letter that a rule drafts only after a while."""


async def await_first_answer(work: UnitOfWork, told: ApplicationSubmitted, case: Any | None) -> None:
    """Start the clock of the first answer (行政许可法 art. 32), unless it was given already.

    A submission that is read when its time is over has its answer a little behind it, or none: the answer has a while
    to arrive before anything follows.
    """
    rules = await rules_of(work.connection)
    if rules is None or (case is not None and case.accepted_at is not None):
        return
    term, subject = rules.first_answer, told.application_id
    due_at = await start_timer(work, FIRST_ANSWER, subject, unit=told.unit, at=told.submitted_at, term=term)
    if due_at is not None and due_at <= work.clock.now():
        await start_timer(work, FIRST_ANSWER, subject, unit=told.unit, at=work.clock.now(), term=READ_LATE)


async def end_first_answer(work: UnitOfWork, told: ApplicationAccepted) -> None:
    """Stop the clock of the first answer, and put out a purple light."""
    await stop_timer(work, FIRST_ANSWER, told.application_id)
    await store.end_late(work.connection, told.application_id, told.accepted_at)
    await stop_timer(work, DRAFTING, told.application_id)


async def first_answer_overdue(_evaluation: Evaluation, work: UnitOfWork, timer: Record) -> None:
    """Light purple: nobody said in time whether an application is accepted."""
    case = await cases.find_case(work.connection, timer["subject"])
    if case is None or case.accepted_at is not None:
        return
    now, application_id = work.clock.now(), str(timer["subject"])
    due_at = await _first_due(work, case.submitted_at, timer)
    late = {
        "application_id": application_id,
        "application_number": case.application_number or "",
        "matter_name": await store.matter_name(work.connection, case.matter_code, case.matter_version),
        "unit": timer["unit"],
        "due_at": due_at,
        "overdue_at": now,
    }
    await store.add_late(work.connection, late)
    data = {"application_id": application_id, "unit": timer["unit"], "due_at": due_at.isoformat()}
    data["at"] = now.isoformat()
    note_own(work, About.CASE, application_id, type_="evaluation.first_answer.overdue", version=1, at=now, data=data)
    await _due(work, LightColour.PURPLE, application_id, timer["unit"])


async def _first_due(work: UnitOfWork, submitted_at: datetime, timer: Record) -> datetime:
    rules = await rules_of(work.connection)
    if rules is None:
        return cast("datetime", timer["due_at"])
    found = reckoned(await learned.numbered_calendar(work.connection), submitted_at, rules.first_answer, timer["unit"])
    return cast("datetime", found["due_at"] or timer["due_at"])


async def task_overdue(work: UnitOfWork, told: DeadlineOverdue) -> None:
    """Follow a task's red light by the rule for it; none follows a task that was decided."""
    await _due(work, LightColour.RED, told.task_id, told.unit)


async def task_ended(work: UnitOfWork, task_id: str) -> None:
    """Stop what waits to draft a letter on a task that is over."""
    await stop_timer(work, DRAFTING, task_id)


async def draft_late(_evaluation: Evaluation, work: UnitOfWork, timer: Record) -> None:
    """Draft the letter that a rule drafts after a while, where the work is still not done."""
    if await store.find_task(work.connection, timer["subject"]) is not None:
        await _draft(work, LightColour.RED, timer["subject"])
    else:
        await _draft(work, LightColour.PURPLE, timer["subject"])


async def _due(work: UnitOfWork, light: LightColour, subject: str, unit: str) -> None:
    rules = await rules_of(work.connection)
    rule = rules and rules.rule_for(light)
    if not rule:
        return
    if rule.after_workdays == 0:
        await _draft(work, light, subject)
        return
    term = Term(rule.after_workdays, LimitUnit.WORKDAY)
    await start_timer(work, DRAFTING, subject, unit=unit, at=work.clock.now(), term=term)


async def _draft(work: UnitOfWork, light: LightColour, subject: str) -> None:
    rules = await rules_of(work.connection)
    rule = rules and rules.rule_for(light)
    what = await (_late_answer(work, subject) if light is LightColour.PURPLE else _late_task(work, subject))
    if rules is None or not rule or what is None:
        return
    now = work.clock.now()
    _, document = await learned.numbered_calendar(work.connection)
    over = over_words(WorkTime.from_json(document) if document else None, what.unit, what.due_at, now)
    letter_id = await draft_letter(
        work,
        kind=LetterKind.SUPERVISION,
        unit=what.unit,
        subject=what.application_id,
        title=title_of(what),
        paragraphs=paragraphs_of(what, rule, over=over, now=now, answer=rules.answer),
        drafted_by=SELF,
    )
    await _open(work, what, rule, letter_id)


async def _open(work: UnitOfWork, what: Overdue, rule: Rule, letter_id: str) -> None:
    now, state, supervision_id = work.clock.now(), SupervisionState.DRAFTED, work.ids()
    row = {
        "supervision_id": supervision_id,
        "application_id": what.application_id,
        "application_number": what.application_number,
        "subject": what.subject,
        "light": what.light.value,
        "rule": rule.rule,
        "unit": what.unit,
        "content": title_of(what),
        "letter_id": letter_id,
        "state": state.value,
        "rank": RANKS[state],
        "state_at": now,
        "steps": 0,
    }
    if await store.add_supervision(work.connection, row):
        supervision: Any = await store.lock_supervision(work.connection, supervision_id)
        await take(work, supervision, SupervisionStep.DRAFT, SELF)


async def _late_task(work: UnitOfWork, task_id: str) -> Overdue | None:
    task = await store.find_task(work.connection, task_id)
    if task is None or not task.is_open or task.promised_due is None or task.promised_due > work.clock.now():
        return None
    case = await cases.find_case(work.connection, task.application_id)
    code, version = (case.matter_code, case.matter_version) if case else (None, None)
    return Overdue(
        LightColour.RED,
        task_id,
        task.application_id,
        (case.application_number if case else None) or "",
        await store.matter_name(work.connection, code, version),
        task.name,
        task.unit,
        task.promised_due,
    )


async def _late_answer(work: UnitOfWork, application_id: str) -> Overdue | None:
    late = await store.find_late(work.connection, application_id)
    if late is None or late.answered_at is not None:
        return None
    return Overdue(
        LightColour.PURPLE,
        application_id,
        application_id,
        late.application_number,
        late.matter_name,
        "",
        late.unit,
        late.due_at,
    )
