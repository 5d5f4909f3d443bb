"""What late facts have changed since a ranking was computed: shown beside it, never in it."""

from fractions import Fraction

from chassis.http.identity import Principal

from evaluation_svc.domain.periods import Period
from evaluation_svc.domain.rounding import rounded
from evaluation_svc.domain.scoring import Rules, standings_of
from evaluation_svc.errors import AssessmentNotFound
from evaluation_svc.handlers.assessed import Member, members_counts
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.whose import require_lead
from evaluation_svc.schemas.assessments import ChangedCountView, ChangesView, RankedFigureView
from evaluation_svc.store import assessing as store


async def show_assessment_changes(evaluation: Evaluation, caller: Principal, assessment_id: str) -> ChangesView:
    """Return which counts are others now, and whom that would move by the rules that were kept.

    Raises NotAuthority, AssessmentNotFound.
    """
    require_lead(caller)
    async with evaluation.database.reading() as connection:
        row = await store.find_assessment(connection, assessment_id, None)
        if row is None:
            raise AssessmentNotFound
        found = await store.standings_kept(connection, assessment_id, None)
        members = [Member(one["unit"], one["key"], one["name"]) for one in found]
        counted = await members_counts(connection, members, Period.named(row["period"]))
    rules = Rules.from_json(row["rules"])
    now = {unit: {name: Fraction(counts.get(name, 0)) for name in rules.measures} for unit, counts in counted.items()}
    kept = {one["unit"]: {name: Fraction(count) for name, count in one["counts"].items()} for one in found}
    changed = [
        ChangedCountView(unit=unit, measure=name, kept=_figure(counts[name]), now=_figure(now[unit][name]))
        for unit, counts in sorted(kept.items())
        for name in sorted(counts)
        if counts[name] != now[unit][name]
    ]
    places = {one["unit"]: (one["place"], one["ending"]) for one in found}
    moves = [one.unit for one in standings_of(rules, now) if places[one.unit] != (one.place, one.end)]
    return ChangesView(
        assessment_id=assessment_id,
        computed_at=row["computed_at"],
        as_of=evaluation.clock.now(),
        changed_since=changed,
        moves=sorted(moves),
    )


def _figure(value: Fraction) -> RankedFigureView:
    return RankedFigureView(exact=str(value), rounded=rounded(value))
