"""Rectifications as they are shown: to the unit and 市政务办 without the rater, to the rater without the officers."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal
from chassis.http.paging import Page, bad_cursor, decode_cursor, id_in, moment_in, page
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.ratings import LEVEL_NAMES, Level
from evaluation_svc.domain.rectifications import (
    ACTION_NAMES,
    BY_PERSON,
    STATE_NAMES,
    Action,
    Move,
    Rank,
    RectificationState,
    actors_of,
    move_of,
)
from evaluation_svc.errors import RectificationNotFound
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.rectification_secrecy import findings_shown, matter_leads, text_shown
from evaluation_svc.handlers.rectification_turns import opened, standing_of
from evaluation_svc.handlers.whose import leads, units_of
from evaluation_svc.schemas.rectifications import (
    DueStepView,
    OwnRectificationView,
    OwnStepView,
    PublishedRectificationView,
    RectificationStepView,
    RectificationSummary,
    RectificationView,
)
from evaluation_svc.store import cases, rating_appeals
from evaluation_svc.store import rectification_lists as lists
from evaluation_svc.store import rectifications as store
from evaluation_svc.store.rectification_lists import InboxFilter
from evaluation_svc.store.rectifications import Record

_NAMED = frozenset({"level_name", "state_name", "is_overdue"})
_KEPT = tuple(name for name in RectificationSummary.model_fields if name not in _NAMED)
_OWN = tuple(name for name in OwnRectificationView.model_fields if name in {*_KEPT, "rating_id"})
MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
TO_RATER = frozenset({Action.EXPLAIN, Action.ANSWER, Action.VOID})
"""Steps whose words the rater reads; so does she what was asked of her without a call."""


async def list_rectifications(
    evaluation: Evaluation, caller: Principal, wanted: InboxFilter, *, after: str, size: int
) -> Page[RectificationSummary]:
    """Return a page of the inbox of a unit, overdue ones first, then near ones, then the oldest; the look is recorded.

    Raises Malformed for a wrong cursor. A unit has its own, and those of units that ended and that it follows; 市政务办
    has all.
    """
    place = _inbox_place(after)
    async with evaluation.database.reading() as connection:
        units = await units_of(connection, caller, evaluation.clock.now())
        unit = wanted.unit or ("" if leads(caller) else caller.unit)
        seen = leads(caller) or unit in units
        given = InboxFilter(unit, wanted.state, wanted.overdue)
        rows = await lists.list_inbox(connection, given, person=caller.subject, after=place, size=size) if seen else []
        shown_rows = [await _for_caller(connection, caller, row) for row in rows]
    if rows:
        shown = {"shown": [row["rectification_id"] for row in rows[:size]], "state": wanted.state}
        await audit.record_look(
            evaluation.database,
            actor=caller.subject,
            action="rectifications.listed",
            subject=unit or "all",
            details=shown,
        )
    ranks = {row["rectification_id"]: row["rank"] for row in rows}
    views = [RectificationSummary(**_summary(row)) for row in shown_rows]

    def key(view: RectificationSummary) -> tuple[int, str, str]:
        return ranks[view.rectification_id], view.opened_at.isoformat(), view.rectification_id

    return page(views, size, key=key)


async def show_rectification(evaluation: Evaluation, caller: Principal, rectification_id: str) -> RectificationView:
    """Open a rectification for its unit or 市政务办, and record it. Raises RectificationNotFound."""
    async with evaluation.database.reading() as connection:
        view = await _view(evaluation, connection, caller, rectification_id)
    await audit.record_look(
        evaluation.database, actor=caller.subject, action="rectification.shown", subject=rectification_id
    )
    return view


async def whole_view(
    evaluation: Evaluation, work: UnitOfWork, caller: Principal, rectification_id: str
) -> RectificationView:
    """Return a rectification with what this transaction has done to it."""
    await work.write()
    return await _view(evaluation, work.connection, caller, rectification_id)


async def _view(
    evaluation: Evaluation, connection: AsyncConnection, caller: Principal, rectification_id: str
) -> RectificationView:
    units = await units_of(connection, caller, evaluation.clock.now())
    seen: dict[str, Any] = {"person": caller.subject, "of_units": units, "sees_all": leads(caller)}
    row = await lists.find_for_staff(connection, rectification_id, **seen)
    if row is None:
        raise RectificationNotFound
    steps = await store.steps_of(connection, rectification_id)
    appeal = await rating_appeals.appeal_of(connection, rectification_id)
    whole = row["is_named"] or leads(caller)
    case = await cases.find_case(connection, row["application_id"]) if whole else None
    return RectificationView(
        **_summary(await _for_caller(connection, caller, row)),
        application_number=(case and case.application_number) or "",
        text=await text_shown(evaluation, connection, row, is_for_unit=not leads(caller)),
        answer=opened(evaluation, rectification_id, "answer", row["answer"]),
        done=opened(evaluation, rectification_id, "done", row["done"]),
        called_back_at=row["called_back_at"],
        findings=await findings_shown(connection, row["rating_id"], with_figures=whole),
        derivation=[DueStepView(**step) for step in (row["derivation"] or {}).get("steps", ())],
        steps=[_step(evaluation, one) for one in steps],
        appeal_id=appeal and appeal["appeal_id"],
        possible=_possible(row, caller, units),
    )


def _possible(row: Record, caller: Principal, units: Sequence[str]) -> list[Action]:
    actors = actors_of(
        caller.roles,
        is_own_unit=row["unit"] in units,
        is_assignee=row["officer"] == caller.subject,
        is_authority=leads(caller),
    )
    wanted = (*BY_PERSON, Action.APPEAL)
    return [one for one in wanted if isinstance(move_of(standing_of(row), one, actors), Move)]


async def _for_caller(connection: AsyncConnection, caller: Principal, row: Record) -> Record:
    """Return a row without its matter where a unit would know the rater by it."""
    if leads(caller) or not await matter_leads(connection, row):
        return row
    return row | dict.fromkeys(("matter_code", "matter_name", "item"), "")


def _summary(row: Record) -> dict[str, Any]:
    return {
        **{name: row[name] for name in _KEPT},
        "level_name": LEVEL_NAMES[Level(row["level"])],
        "state_name": STATE_NAMES[RectificationState(row["state"])],
        "is_overdue": row["rank"] == Rank.OVERDUE,
    }


def _step(evaluation: Evaluation, one: Record) -> RectificationStepView:
    names = ("number", "action", "state", "actor", "unit", "at")
    return RectificationStepView(
        **{name: one[name] for name in names},
        action_name=ACTION_NAMES[Action(one["action"])],
        words=opened(evaluation, one["rectification_id"], "words", one["words"]),
        reached=one["details"].get("reached"),
    )


async def list_own_rectifications(
    evaluation: Evaluation, caller: Principal, *, after: str, size: int
) -> Page[OwnRectificationView]:
    """Return a page of what becomes of the caller's bad ratings, the newest first. Raises Malformed."""
    place = _own_place(after)
    async with evaluation.database.reading() as connection:
        rows = await lists.list_own(connection, rater=caller.subject, after=place, size=size)
        views = [await _own(evaluation, connection, row) for row in rows]
    return page(views, size, key=lambda view: (view.opened_at.isoformat(), view.rectification_id))


async def _own(evaluation: Evaluation, connection: AsyncConnection, row: Record) -> OwnRectificationView:
    rectification_id = row["rectification_id"]
    summary = _summary(row)
    told = TO_RATER if row["is_named"] else TO_RATER | {Action.CONTACT}
    steps = [
        OwnStepView(
            action_name=ACTION_NAMES[Action(one["action"])],
            at=one["at"],
            words=opened(evaluation, rectification_id, "words", one["words"]) if one["action"] in told else "",
        )
        for one in await store.steps_of(connection, rectification_id)
        if one["action"] != Action.WARNED
    ]
    return OwnRectificationView(
        **{name: row[name] for name in _OWN},
        state_name=summary["state_name"],
        is_overdue=summary["is_overdue"],
        answer=opened(evaluation, rectification_id, "answer", row["answer"]),
        findings=await findings_shown(connection, row["rating_id"], with_figures=True),
        steps=steps,
    )


async def list_published_rectifications(
    evaluation: Evaluation, *, unit: str, after: str, size: int
) -> Page[PublishedRectificationView]:
    """Return a page of what everybody may read, the newest month first. Raises Malformed for a wrong cursor."""
    place = _public_place(after)
    async with evaluation.database.asking() as connection:
        rows = await lists.list_published(connection, unit=unit, after=place, size=size)
    names = list(PublishedRectificationView.model_fields)
    views = [PublishedRectificationView(**{name: row[name] for name in names}) for row in rows]
    return page(views, size, key=lambda view: (view.month, view.publication_id))


def _inbox_place(after: str) -> tuple[int, datetime, str] | None:
    if not after:
        return None
    rank, at, rectification_id = decode_cursor(after, int, str, str)
    if rank not in set(Rank):
        raise bad_cursor()
    return rank, moment_in(at), id_in(rectification_id)


def _own_place(after: str) -> tuple[datetime, str] | None:
    if not after:
        return None
    at, rectification_id = decode_cursor(after, str, str)
    return moment_in(at), id_in(rectification_id)


def _public_place(after: str) -> tuple[str, str] | None:
    if not after:
        return None
    month, publication_id = decode_cursor(after, str, str)
    if not MONTH.fullmatch(month):
        raise bad_cursor()
    return month, id_in(publication_id)
