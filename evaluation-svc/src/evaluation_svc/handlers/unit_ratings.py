"""What a unit sees of its ratings: how many of which level; one by one only what leads to nobody (decision 61).

A case's number leads to its applicant, and so does a day or a channel where few came: a unit gets neither, and single
ratings of a matter only when the month is over and enough persons rated it. Who wants to be called is known by her own
wish: her case's number is given, and she does not hide others.
"""

from collections.abc import Mapping
from typing import Any

from chassis.base.clock import local
from chassis.base.screening import screened
from chassis.data import audit
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, id_in, page
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.ratings import LEVEL_NAMES, Level
from evaluation_svc.errors.ratings import RatingNotFound
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.invitations import rules_of
from evaluation_svc.handlers.months import last_month
from evaluation_svc.handlers.rating_views import opened_text
from evaluation_svc.handlers.whose import require_lead, units_of
from evaluation_svc.schemas.unit_ratings import (
    LevelCountView,
    RatingTextView,
    UnitRatingCountsView,
    UnitRatingView,
)
from evaluation_svc.store import unit_ratings as store
from evaluation_svc.store.unit_ratings import UnitRatingFilter

LONGEST = 2000
"""Of a text that is shown; what is hidden may make it longer."""


async def list_unit_ratings(
    evaluation: Evaluation, caller: Principal, wanted: UnitRatingFilter, *, after: str, size: int
) -> Page[UnitRatingView]:
    """Return a page of the ratings that the caller's unit may see one by one; the look is recorded.

    Raises Malformed for a wrong cursor.
    """
    last = id_in(decode_cursor(after, str)[0]) if after else ""
    unit, period = wanted.unit or caller.unit, wanted.period or last_month(evaluation.clock)
    async with evaluation.database.reading() as connection:
        theirs = unit in await units_of(connection, caller, evaluation.clock.now())
        shown = await _shown(evaluation, connection, unit, period) if theirs else frozenset()
        asked = UnitRatingFilter(unit, period, wanted.level, wanted.matter, shown)
        rows = await store.list_of_unit(connection, asked, after=last, size=size) if theirs else []
    if rows:
        details = {"period": period, "shown": [row["rating_id"] for row in rows[:size]]}
        await audit.record_look(
            evaluation.database, actor=caller.subject, action="ratings.listed", subject=unit, details=details
        )
    views = [_view(evaluation, row) for row in rows]
    return page(views, size, key=lambda view: (view.rating_id,))


async def count_unit_ratings(
    evaluation: Evaluation, caller: Principal, *, unit: str, period: str
) -> UnitRatingCountsView:
    """Return how many ratings of each level the caller's unit has in a month; of another unit's none."""
    unit, period = unit or caller.unit, period or last_month(evaluation.clock)
    async with evaluation.database.reading() as connection:
        theirs = unit in await units_of(connection, caller, evaluation.clock.now())
        counts = await store.counts_by_level(connection, unit, period) if theirs else {}
        withheld = await _withheld(evaluation, connection, unit, period) if theirs else 0
        rules = await rules_of(connection)
    levels = [LevelCountView(level=one, level_name=LEVEL_NAMES[one], count=counts.get(one, 0)) for one in Level]
    silent = counts.get("", 0)
    return UnitRatingCountsView(
        unit=unit, period=period, levels=levels, silent=silent, withheld=withheld, seen_from=rules.seen_from
    )


async def show_rating_text(evaluation: Evaluation, caller: Principal, rating_id: str) -> RatingTextView:
    """Return what was written in a rating to the authority, and record that it was read.

    Raises NotAuthority, RatingNotFound.
    """
    require_lead(caller)
    async with evaluation.database.asking() as connection:
        row = await store.find_text(connection, rating_id)
    if row is None:
        raise RatingNotFound
    await audit.record_look(
        evaluation.database,
        actor=caller.subject,
        action="rating.text_read",
        subject=rating_id,
        details={"unit": row["unit"]},
    )
    text = opened_text(evaluation, row)
    return RatingTextView(rating_id=rating_id, unit=row["unit"], text=text, shown=screened(text)[:LONGEST])


async def _shown(evaluation: Evaluation, connection: AsyncConnection, unit: str, period: str) -> frozenset[str]:
    """Return the matters of which single ratings may be seen: the month is over, and enough persons rated them."""
    if period >= local(evaluation.clock.now()).strftime("%Y-%m"):
        return frozenset()
    rules = await rules_of(connection)
    raters = await store.raters_by_matter(connection, unit, period)
    return frozenset(matter for matter, count in raters.items() if count >= rules.seen_from)


async def _withheld(evaluation: Evaluation, connection: AsyncConnection, unit: str, period: str) -> int:
    shown = await _shown(evaluation, connection, unit, period)
    listed = await store.count_listed(connection, unit, period, shown)
    counts = await store.counts_by_level(connection, unit, period)
    return sum(count for level, count in counts.items() if level) - listed


def _view(evaluation: Evaluation, row: Mapping[str, Any]) -> UnitRatingView:
    kept = {name: row[name] for name in UnitRatingView.model_fields if name not in {"level_name", "text"}}
    text = screened(opened_text(evaluation, row))[:LONGEST]
    return UnitRatingView(**kept, level_name=LEVEL_NAMES[Level(row["level"])], text=text)
