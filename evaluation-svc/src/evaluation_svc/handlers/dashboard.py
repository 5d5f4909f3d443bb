"""All that a dashboard shows, from the tallies: as many reads for a million cases as for one."""

from collections.abc import Mapping

from chassis.http.identity import Principal
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.measures import MEASURES
from evaluation_svc.domain.series import month_by_month
from evaluation_svc.errors import PackIncomplete, RankingNotFound
from evaluation_svc.handlers.assessment_views import show_ranking
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.figure_cases import sees_all
from evaluation_svc.handlers.indicator_values import Asked, Told, plan_kept, series_of
from evaluation_svc.handlers.lights import show_lights
from evaluation_svc.handlers.months import months_until_now
from evaluation_svc.handlers.targets import list_targets
from evaluation_svc.handlers.whose import units_of
from evaluation_svc.schemas.assessments import RankingView
from evaluation_svc.schemas.dashboard import (
    BoardIndicatorView,
    BoardKeyView,
    BoardPlaceView,
    BoardRankingView,
    CourseView,
    DashboardView,
)
from evaluation_svc.schemas.figures import CountView
from evaluation_svc.schemas.targets import TargetView
from evaluation_svc.store import folding, learned, pack, tallying
from evaluation_svc.store.tallying import STOCKS

GROUPS = ("regions", "departments", "companies")
OPEN_TO_ALL = frozenset(name for name, one in MEASURES.items() if not one.is_confidential)
"""Counts from which no single rater follows."""


async def show_dashboard(evaluation: Evaluation, caller: Principal, *, months: int) -> DashboardView:
    """Return a dashboard of so many months; to a unit's head the city's course and the own unit's counts."""
    names = months_until_now(evaluation.clock, months)
    shown = frozenset(MEASURES) if sees_all(caller) else OPEN_TO_ALL
    async with evaluation.database.reading() as connection:
        added = await tallying.by_month(connection, "city", "", frozenset(MEASURES), names[-1])
        told = Told(await plan_kept(connection), added)
        indicators = await _indicators(connection, told, names, shows_all=sees_all(caller))
        units = await _units(connection, evaluation, caller, names[-1], shown)
        matters = await _of_keys(connection, "matter", names[-1], shown, await learned.matter_names(connection))
        channels = await _of_keys(connection, "channel", names[-1], shown, {})
        until = await folding.oldest_uncounted(connection) or evaluation.clock.now()
    each = month_by_month(added, names, frozenset(STOCKS))
    return DashboardView(
        as_of=evaluation.clock.now(),
        counted_until=until,
        months=names,
        courses=[
            CourseView(
                measure=name,
                title=MEASURES[name].title,
                is_stock=MEASURES[name].is_stock,
                counts=[month.get(name, 0) for month in each],
            )
            for name in MEASURES
            if name in shown
        ],
        units=units,
        matters=matters,
        channels=channels,
        indicators=indicators,
        targets=await _targets(evaluation, months),
        lights=await show_lights(evaluation, caller, ""),
        rankings=[one for group in GROUPS if (one := await _ranking(evaluation, group)) is not None],
    )


async def _indicators(
    connection: AsyncConnection, told: Told, months: list[str], *, shows_all: bool
) -> list[BoardIndicatorView]:
    found = await pack.find_document(connection, "indicators")
    if found is None:
        return []
    views = []
    for entry in found.document["indicators"]:
        if "city" not in entry["level"]:
            continue
        asked = Asked(entry, found.version, found.document.get("shown_from", 1))
        rounded = [one.rounded for one in series_of(asked, told, months, shows_all=shows_all)]
        named = {name: entry[name] for name in ("indicator", "name", "unit", "direction", "target", "formula")}
        views.append(BoardIndicatorView(**named, rounded=rounded))
    return views


async def _units(
    connection: AsyncConnection, evaluation: Evaluation, caller: Principal, month: str, shown: frozenset[str]
) -> list[BoardKeyView]:
    names = {code: row.name for code, row in (await learned.units_told(connection)).items()}
    views = await _of_keys(connection, "unit", month, shown, names)
    if sees_all(caller):
        return views
    mine = await units_of(connection, caller, evaluation.clock.now())
    return [view for view in views if view.key in mine]


async def _of_keys(
    connection: AsyncConnection, dimension: str, month: str, shown: frozenset[str], names: Mapping[str, str]
) -> list[BoardKeyView]:
    tallied = await tallying.tallied(connection, dimension, month, month)
    return [
        BoardKeyView(
            key=key,
            name=names.get(key, ""),
            counts=[CountView(measure=name, count=amount) for name, amount in sorted(counts.items()) if name in shown],
        )
        for key, counts in sorted(tallied.items())
        if key
    ]


async def _targets(evaluation: Evaluation, months: int) -> list[TargetView]:
    try:
        return (await list_targets(evaluation, months=months)).targets
    except PackIncomplete:
        return []


async def _ranking(evaluation: Evaluation, group: str) -> BoardRankingView | None:
    """Return the two ends of a group's ranking as it was published last; None where none was."""
    try:
        found: RankingView = await show_ranking(evaluation, group, "")
    except RankingNotFound:
        return None
    ends = [
        BoardPlaceView(unit=one.unit, name=one.name, place=one.place, end=one.end, score=one.score)
        for one in found.ranking
        if one.place is not None and one.end is not None
    ]
    return BoardRankingView(group=found.group, period=found.period, published_at=found.published_at, ends=ends)
