"""Appeals against ratings given by mistake or in bad faith: filed by the rated unit, decided by another one.

A unit never decides about a rating of itself: that is in the statement that finds the appeal. What nobody decided in
time is decided by 市政务办. A rating found void does not count; its rater reads why.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, id_in, moment_in, page
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.rectifications import (
    Action,
    RectificationOutcome,
    actors_of,
    move_of,
)
from evaluation_svc.errors import RatingAppealNotFound
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.province import ask_to_void
from evaluation_svc.handlers.rectification_rules import rules_of
from evaluation_svc.handlers.rectification_secrecy import findings_shown, matter_leads, text_shown
from evaluation_svc.handlers.rectification_steps import hold_for, require_move
from evaluation_svc.handlers.rectification_turns import Taken, hold, sealed, standing_of, turn
from evaluation_svc.handlers.rectify import VOIDED, tell_journal
from evaluation_svc.handlers.whose import leads, units_of
from evaluation_svc.schemas.rectifications import AppealBody, AppealDecisionBody, AppealSummary, AppealView
from evaluation_svc.store import rating_appeals as store
from evaluation_svc.store.rectifications import Record, steps_of

FILED, ESCALATED, UPHELD, ENDED_VOID = "FILED", "ESCALATED", "UPHELD", "VOIDED"


async def file_rating_appeal(
    evaluation: Evaluation, work: UnitOfWork, caller: Principal, rectification_id: str, body: AppealBody
) -> AppealView:
    """Appeal against a rating, once.

    Raises RectificationNotFound, RectificationStepNotPossible, RectificationNotYours, RatingAppealedBefore.
    """
    held = await hold_for(work, caller, rectification_id)
    move = require_move(move_of(standing_of(held.row), Action.APPEAL, held.actors), held.row, Action.APPEAL)
    appeal_id, now = work.ids(), work.clock.now()
    row = {
        "appeal_id": appeal_id,
        "rectification_id": rectification_id,
        "unit": held.row["unit"],
        "ground": body.ground.value,
        "words": _sealed(evaluation, appeal_id, "words", body.words),
        "state": FILED,
        "filed_at": now,
        "filed_by": caller.subject,
        "decided_at": None,
        "decided_by": None,
        "decided_for": None,
        "reason": "",
    }
    work.add(store.appeals, row)
    taken = Taken(Action.APPEAL, caller.subject, caller.unit, body.words, {"ground": body.ground.value})
    await turn(evaluation, work, held.rules, held.row, taken, to=move.to, was_appealed=True)
    await work.write()
    found = await store.find_appeal(work.connection, appeal_id, units=(), person=caller.subject)
    if found is None:
        raise RatingAppealNotFound
    return await _view(evaluation, work.connection, found, is_for_unit=True)


async def list_rating_appeals(
    evaluation: Evaluation, caller: Principal, *, state: str, after: str, size: int
) -> Page[AppealSummary]:
    """Return a page of the appeals of other units than the caller's, the oldest first. Raises Malformed."""
    place = _place(after)
    async with evaluation.database.reading() as connection:
        whose = await _whose(connection, caller, evaluation.clock.now())
        rows = await store.list_appeals(connection, state=state, **whose, after=place, size=size)
    if rows:
        shown = {"shown": [row["appeal_id"] for row in rows[:size]], "state": state}
        await audit.record_look(
            evaluation.database, actor=caller.subject, action="rating_appeals.listed", subject=state, details=shown
        )
    views = [AppealSummary(**_summary(row)) for row in rows]
    return page(views, size, key=lambda view: (view.filed_at.isoformat(), view.appeal_id))


async def show_rating_appeal(evaluation: Evaluation, caller: Principal, appeal_id: str) -> AppealView:
    """Open an appeal of another unit than the caller's, and record it. Raises RatingAppealNotFound."""
    async with evaluation.database.reading() as connection:
        whose = await _whose(connection, caller, evaluation.clock.now())
        found = await store.find_appeal(connection, appeal_id, **whose)
        if found is None:
            raise RatingAppealNotFound
        view = await _view(evaluation, connection, found)
    await audit.record_look(evaluation.database, actor=caller.subject, action="rating_appeal.shown", subject=appeal_id)
    return view


async def decide_rating_appeal(
    evaluation: Evaluation, work: UnitOfWork, caller: Principal, appeal_id: str, body: AppealDecisionBody
) -> AppealView:
    """Find a rating void, or uphold it, with a reason that its rater reads.

    Raises RatingAppealNotFound, RectificationStepNotPossible, RectificationNotYours.
    """
    whose = await _whose(work.connection, caller, work.clock.now())
    rectification_id = await store.rectification_of(work.connection, appeal_id, **whose)
    if rectification_id is None:
        raise RatingAppealNotFound
    row, now = await hold(work, rectification_id), work.clock.now()
    action = Action(body.decision)
    actors = actors_of(caller.roles, is_own_unit=False, is_assignee=False, is_authority=leads(caller))
    move = require_move(move_of(standing_of(row), action, actors), row, action)
    ended = {
        "state": ENDED_VOID if action is Action.VOID else UPHELD,
        "decided_at": now,
        "decided_by": caller.subject,
        "decided_for": caller.unit,
        "reason": _sealed(evaluation, appeal_id, "reason", body.reason),
    }
    rating_ids = await _ratings_in(work, row)
    await store.change_appeal(work.connection, rectification_id, ended)
    changed = {}
    if action is Action.VOID:
        answer = sealed(evaluation, rectification_id, "answer", body.reason)
        changed = {"outcome": RectificationOutcome.VOIDED.value, "answer": answer}
    taken = Taken(action, caller.subject, caller.unit, body.reason)
    await turn(evaluation, work, await rules_of(work.connection), row, taken, to=move.to, **changed)
    if action is Action.VOID:
        await _void(work, row, rating_ids)
    await work.write()
    shown = await store.find_appeal(work.connection, appeal_id, **whose)
    if shown is None:
        raise RatingAppealNotFound
    return await _view(evaluation, work.connection, shown)


async def _void(work: UnitOfWork, row: Record, rating_ids: Sequence[str]) -> None:
    """Have ratings count no more, here and at the province."""
    found = await store.appeal_of(work.connection, row["rectification_id"])
    for rating_id in rating_ids:
        tell_journal(work, row, VOIDED, {"rating_id": rating_id, "ground": found["ground"] if found else ""})
        await ask_to_void(work, rating_id)


async def _ratings_in(work: UnitOfWork, row: Record) -> list[str]:
    """Return the rating of a rectification, and the second one that came after it."""
    steps = await steps_of(work.connection, row["rectification_id"])
    again = {one["details"]["rating_id"] for one in steps if one["action"] == Action.RATED_AGAIN}
    return [row["rating_id"], *sorted(again)]


async def _whose(connection: AsyncConnection, caller: Principal, now: datetime) -> Any:
    """Return whose own appeals are not the caller's to see: those of units whose work is the own unit's."""
    return {"units": await units_of(connection, caller, now), "person": caller.subject}


async def _view(
    evaluation: Evaluation, connection: AsyncConnection, row: Record, *, is_for_unit: bool = False
) -> AppealView:
    hidden = {"matter_name": ""} if is_for_unit and await matter_leads(connection, row) else {}
    return AppealView(
        **_summary(row) | hidden,
        words=_opened(evaluation, row, "words"),
        reason=_opened(evaluation, row, "reason"),
        text=await text_shown(evaluation, connection, row, is_for_unit=is_for_unit),
        findings=await findings_shown(connection, row["rating_id"], with_figures=row["is_named"] or not is_for_unit),
    )


def _summary(row: Record) -> dict[str, object]:
    return {name: row[name] for name in AppealSummary.model_fields}


def _sealed(evaluation: Evaluation, appeal_id: str, column: str, text: str) -> str:
    return evaluation.cipher.encrypt(text, table="rating_appeal", column=column, row=appeal_id)


def _opened(evaluation: Evaluation, row: Record, column: str) -> str:
    kept: str = row[column]
    return evaluation.cipher.decrypt(kept, table="rating_appeal", column=column, row=row["appeal_id"]) if kept else ""


def _place(after: str) -> tuple[datetime, str] | None:
    if not after:
        return None
    at, appeal_id = decode_cursor(after, str, str)
    return moment_in(at), id_in(appeal_id)
