"""Assessments and rankings as they are shown: whole to the authority, to a unit its own line until publication."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, id_in, page
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.assessing import OBJECTION_CLOCK, AssessmentState
from evaluation_svc.domain.ranking import MissingPoints
from evaluation_svc.domain.rounding import rounded
from evaluation_svc.domain.scoring import Rules, Unranked
from evaluation_svc.errors import AssessmentNotFound, RankingNotFound
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.whose import leads, units_of
from evaluation_svc.schemas.assessments import (
    AssessmentSummary,
    AssessmentView,
    RankedCountView,
    RankedFigureView,
    RankingRulesView,
    RankingView,
    StandingLineView,
    StandingView,
)
from evaluation_svc.store import assessing as store
from evaluation_svc.store.assessing import Record
from evaluation_svc.store.clocks import find_timer

SUMMARY = tuple(name for name in AssessmentSummary.model_fields if name != "group")


async def list_assessments(
    evaluation: Evaluation, caller: Principal, group: str, *, after: str, size: int
) -> Page[AssessmentSummary]:
    """Return a page of assessments, the newest first: all to the authority, to a unit those that it was told."""
    last = id_in(*decode_cursor(after, str)) if after else ""
    async with evaluation.database.asking() as connection:
        if leads(caller):
            rows = await store.list_assessments(connection, group, after=last, size=size)
        else:
            rows = await store.list_assessments_of(connection, caller.unit, after=last, size=size)
    views = [AssessmentSummary(**_summary(row)) for row in rows]
    return page(views, size, key=lambda view: (view.assessment_id,))


async def show_assessment(evaluation: Evaluation, caller: Principal, assessment_id: str) -> AssessmentView:
    """Return an assessment. Raises AssessmentNotFound, for a unit that was not told of it too."""
    async with evaluation.database.reading() as connection:
        if leads(caller):
            return await shown_to_authority(connection, assessment_id)
        mine = await units_of(connection, caller, evaluation.clock.now())
        return await _shown(connection, assessment_id, mine)


async def shown_to_authority(connection: AsyncConnection, assessment_id: str) -> AssessmentView:
    """Return an assessment whole. Raises AssessmentNotFound."""
    return await _shown(connection, assessment_id, None)


async def _shown(connection: AsyncConnection, assessment_id: str, mine: list[str] | None) -> AssessmentView:
    row = await store.find_assessment(connection, assessment_id, mine)
    if row is None:
        raise AssessmentNotFound
    timer = await find_timer(connection, OBJECTION_CLOCK, assessment_id)
    rules = Rules.from_json(row["rules"])
    found = await store.standings_kept(connection, assessment_id, mine)
    return AssessmentView(
        **_summary(row),
        rules=rules_view(rules),
        ranking=[standing_view(rules, one) for one in found],
        appeals_due_at=timer["due_at"] if timer and row["state"] != AssessmentState.DRAFT else None,
        computed_by=row["computed_by"] if mine is None else None,
        published_by=row["published_by"] if mine is None else None,
    )


async def show_ranking(evaluation: Evaluation, group: str, period: str) -> RankingView:
    """Return a group's published ranking of a period, or the one that was published last. Raises RankingNotFound.

    What is below the minimum of its indicator is told as that, without its count.
    """
    async with evaluation.database.reading() as connection:
        row = await store.published_assessment(connection, group, period)
        if row is None:
            raise RankingNotFound
        found = await store.standings_kept(connection, row["assessment_id"], None)
    rules = Rules.from_json(row["rules"])
    return RankingView(
        **{
            name: row[name] for name in ("period", "revision", "reason", "computed_at", "counted_until", "published_at")
        },
        group=row["group_name"],
        rules=rules_view(rules),
        ranking=[_without_small_numbers(standing_view(rules, one)) for one in found],
    )


def rules_view(rules: Rules) -> RankingRulesView:
    """Return a group's rules as they are shown."""
    criteria = [{name: getattr(one, name) for name in one.__slots__} for one in rules.criteria]
    said = {name: getattr(rules, name) for name in RankingRulesView.model_fields if name != "criteria"}
    return RankingRulesView.model_validate({**said, "criteria": criteria})


def standing_view(rules: Rules, row: Record) -> StandingView:
    """Return how a unit stands, with each indicator's counts."""
    used = {one.indicator: sorted(one.measures) for one in rules.criteria}
    return StandingView(
        **{name: row[name] for name in ("unit", "name", "place", "unranked")},
        end=row["ending"],
        score=_figure(row["score"]),
        share=RankedFigureView(exact=row["share"], rounded=rounded(Fraction(row["share"]))),
        lines=[_line(line, row["counts"], used[line["indicator"]]) for line in row["lines"]],
    )


def _line(line: Mapping[str, Any], counts: Mapping[str, str], used: Sequence[str]) -> StandingLineView:
    told = [
        RankedCountView(
            measure=name, count=RankedFigureView(exact=counts[name], rounded=rounded(Fraction(counts[name])))
        )
        for name in used
    ]
    return StandingLineView(
        **{name: line[name] for name in ("indicator", "weight", "missing")},
        value=_figure(line["value"]),
        points=_figure(line["points"]),
        counts=told,
    )


def _without_small_numbers(standing: StandingView) -> StandingView:
    small = standing.unranked is Unranked.BELOW_MINIMUM
    lines = [
        line.model_copy(update={"counts": [], "value": None, "points": None})
        if small or line.missing is MissingPoints.BELOW_MINIMUM
        else line
        for line in standing.lines
    ]
    return standing.model_copy(update={"lines": lines})


def _figure(kept: str | None) -> RankedFigureView | None:
    return None if kept is None else RankedFigureView(exact=kept, rounded=rounded(Fraction(kept)))


def _summary(row: Record) -> dict[str, Any]:
    return {"group": row["group_name"], **{name: row[name] for name in SUMMARY}}
