"""What figures count, and what came late to them: for the authority all, for a unit's head that of the own unit.

What leads to single raters is the authority's alone: the rated must not find who rated them (国办发〔2019〕51号).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chassis.data import audit
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, page
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.measures import MEASURES
from evaluation_svc.errors.figures import FigureConfidential, MeasureNotFound
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.months import last_month
from evaluation_svc.handlers.whose import leads, units_of
from evaluation_svc.schemas.figures import CountedView, LateNoteView, MeasuresView, MeasureView
from evaluation_svc.store import opened_figures
from evaluation_svc.store.opened_figures import FigureFilter

LEADER = "leader"
"""The role of a leader of the city, who sees the figures of all units."""


def sees_all(caller: Principal) -> bool:
    """Tell whether the caller sees the figures of all units, and small ones."""
    return leads(caller) or LEADER in caller.roles


def list_measures() -> MeasuresView:
    """Return everything that is counted."""
    names = MeasureView.model_fields
    return MeasuresView(
        measures=[MeasureView(**{name: getattr(one, name) for name in names}) for one in MEASURES.values()]
    )


async def list_counted(
    evaluation: Evaluation, caller: Principal, wanted: FigureFilter, *, after: str, size: int
) -> Page[CountedView]:
    """Return a page of what a figure counts; that it was looked at is recorded.

    Raises MeasureNotFound, FigureConfidential.
    """
    last = decode_cursor(after, str, str, str, int) if after else None
    if wanted.measure not in MEASURES:
        raise MeasureNotFound
    if MEASURES[wanted.measure].is_confidential and not sees_all(caller):
        raise FigureConfidential
    async with evaluation.database.reading() as connection:
        units = await _seen(evaluation, connection, caller)
        of_caller = replace(wanted, units=units)
        rows = await opened_figures.list_marks(connection, of_caller, after=last, size=size)
    details: dict[str, Any] = {"month": wanted.month, "by": wanted.dimension, "key": wanted.key}
    details |= {"counted": [row.key for row in rows[:size]]}
    await audit.record_look(
        evaluation.database, actor=caller.subject, action="figure.opened", subject=wanted.measure, details=details
    )
    views = [CountedView(**{name: getattr(row, name) for name in CountedView.model_fields}) for row in rows]
    places = {id(view): (row.unit, row.key, row.kind, row.nth) for view, row in zip(views, rows, strict=True)}
    return page(views, size, key=lambda view: places[id(view)])


async def list_late_notes(
    evaluation: Evaluation, caller: Principal, period: str, *, after: str, size: int
) -> Page[LateNoteView]:
    """Return a page of what came late to a month, the one before this by default; that it was looked at is recorded."""
    last = decode_cursor(after, str, str, str, str) if after else None
    period = period or last_month(evaluation.clock)
    async with evaluation.database.reading() as connection:
        units = await _seen(evaluation, connection, caller)
        rows = await opened_figures.list_notes(connection, period, units, after=last, size=size)
    details = {"keys": sorted({row.key for row in rows[:size]})}
    await audit.record_look(
        evaluation.database, actor=caller.subject, action="late_notes.listed", subject=period, details=details
    )
    views = [LateNoteView(**{name: getattr(row, name) for name in LateNoteView.model_fields}) for row in rows]
    return page(views, size, key=lambda one: (one.unit, one.key, one.measure, one.kind))


async def _seen(evaluation: Evaluation, connection: AsyncConnection, caller: Principal) -> Sequence[str] | None:
    """Return the units whose keys the caller may see; None for all."""
    return None if sees_all(caller) else await units_of(connection, caller, evaluation.clock.now())
