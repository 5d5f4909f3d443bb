"""Assessment of a group: from counts and the city's rules to points, scores, places and the two ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from evaluation_svc.domain.formulas import names_of, value_of
from evaluation_svc.domain.ranking import Line, MissingPoints, ends, in_order, ranks, score_of

Counts = Mapping[str, int | Fraction]
"""What was counted of a unit, by measure; what is not named is 0."""


class Unranked(StrEnum):
    """Why a unit is listed without a place."""

    BELOW_MINIMUM = "below_minimum"
    SHARE_TOO_SMALL = "share_too_small"


class RankingEnd(StrEnum):
    """The end at which a unit is."""

    TOP = "TOP"
    BOTTOM = "BOTTOM"


@dataclass(frozen=True, slots=True)
class Criterion:
    """An indicator in an assessment, as `assessment.yaml` and `indicators.yaml` say it together."""

    indicator: str
    name: str
    formula: str
    direction: str
    unit: str
    weight: int
    target: int
    points: str
    volume: str
    minimum: int

    @property
    def measures(self) -> frozenset[str]:
        """Return the names of the counts that it rests on."""
        return names_of(self.formula) | {self.volume}


@dataclass(frozen=True, slots=True)
class Rules:
    """By what a group is ranked; `minimum_share` is in percent of the weights, `persistence` in periods."""

    group: str
    name: str
    top: int
    bottom: int
    volume: str
    minimum: int
    minimum_share: int
    persistence: int
    criteria: tuple[Criterion, ...]

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Rules":
        """Return the rules that were kept."""
        return cls(**{**kept, "criteria": tuple(Criterion(**one) for one in kept["criteria"])})

    @property
    def measures(self) -> frozenset[str]:
        """Return the names of all counts that the ranking rests on."""
        return frozenset({self.volume}.union(*(criterion.measures for criterion in self.criteria)))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a unit stands: its lines, score and place, or why it has none."""

    unit: str
    lines: tuple[Line, ...]
    share: Fraction
    score: Fraction | None
    place: int | None = None
    end: RankingEnd | None = None
    unranked: Unranked | None = None


def rules_of(group: Mapping[str, Any], assessment: Mapping[str, Any], indicators: Mapping[str, Any]) -> Rules:
    """Return the rules of a group of `assessment.yaml`, with the formulas of `indicators.yaml`."""
    by_name = {one["indicator"]: one for one in indicators["indicators"]}
    criteria = tuple(
        Criterion(
            **{name: by_name[one["indicator"]][name] for name in ("indicator", "name", "formula", "direction", "unit")},
            **{name: one[name] for name in ("weight", "target", "points", "volume", "minimum")},
        )
        for one in assessment["criteria"]
        if group["group"] in one["groups"]
    )
    said = {name: group[name] for name in ("group", "name", "top", "bottom", "volume", "minimum")}
    whole = {name: assessment[name] for name in ("minimum_share", "persistence")}
    return Rules(**said, **whole, criteria=criteria)


def line_of(criterion: Criterion, counts: Counts) -> Line:
    """Return an indicator's value and points for a unit's counts, or why it has none."""
    if counts.get(criterion.volume, 0) < criterion.minimum:
        return Line(criterion.indicator, criterion.weight, None, None, MissingPoints.BELOW_MINIMUM)
    value = value_of(criterion.formula, counts)
    if value is None:
        return Line(criterion.indicator, criterion.weight, None, None, MissingPoints.NO_VALUE)
    points = value_of(criterion.points, {"value": value, "target": criterion.target})
    return Line(
        criterion.indicator, criterion.weight, value, points, MissingPoints.NO_POINTS if points is None else None
    )


def standings_of(rules: Rules, counts: Mapping[str, Counts]) -> Sequence[Standing]:
    """Return how each unit stands, in the order of the list; who is not ranked stands at its end."""
    alone = {unit: _alone(rules, unit, counts[unit]) for unit in counts}
    scores = {unit: one.score for unit, one in alone.items() if one.unranked is None and one.score is not None}
    places, both = ranks(scores), ends(scores, top=rules.top, bottom=rules.bottom)
    return [
        Standing(one.unit, one.lines, one.share, one.score, places[unit], _end(unit, both.top, both.bottom))
        if (one := alone[unit]) and unit in scores
        else one
        for unit in in_order(scores, list(alone))
    ]


def _alone(rules: Rules, unit: str, counts: Counts) -> Standing:
    lines = tuple(line_of(criterion, counts) for criterion in rules.criteria)
    found = score_of(lines, Fraction(rules.minimum_share, 100))
    if counts.get(rules.volume, 0) < rules.minimum:
        return Standing(unit, lines, found.share, None, unranked=Unranked.BELOW_MINIMUM)
    reason = Unranked.SHARE_TOO_SMALL if found.score is None else None
    return Standing(unit, lines, found.share, found.score, unranked=reason)


def _end(unit: str, top: frozenset[str], bottom: frozenset[str]) -> RankingEnd | None:
    if unit in top:
        return RankingEnd.TOP
    return RankingEnd.BOTTOM if unit in bottom else None
