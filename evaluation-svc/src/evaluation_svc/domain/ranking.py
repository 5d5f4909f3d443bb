"""Rankings (排名): a weighted score for each unit, places, who is at the two ends, and who stays at the lower one.

All numbers are exact fractions; nothing depends on the order in which units are given.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class MissingPoints(StrEnum):
    """Why an indicator has no points for a unit."""

    BELOW_MINIMUM = "below_minimum"
    NO_VALUE = "no_value"
    NO_POINTS = "no_points"


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator of a unit: its value and points, or why there are none; `weight` is positive."""

    indicator: str
    weight: int
    value: Fraction | None
    points: Fraction | None
    missing: MissingPoints | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """A unit's score and the share of all weights that it rests on; None where that share is below the minimum."""

    score: Fraction | None
    share: Fraction


@dataclass(frozen=True, slots=True)
class Ends:
    """The units at the upper and at the lower end."""

    top: frozenset[str]
    bottom: frozenset[str]


def score_of(lines: Sequence[Line], minimum_share: Fraction) -> Score:
    """Return the mean of the points by weight: the weight of what has no points is left out, and the rest scaled.

    Without any points, or with points for less than the minimum share of the weights, there is no score.
    """
    whole = sum(line.weight for line in lines)
    there = [(line.weight, line.points) for line in lines if line.points is not None]
    weights = sum(weight for weight, _ in there)
    share = Fraction(weights, whole) if whole else Fraction(0)
    if not weights or share < minimum_share:
        return Score(None, share)
    return Score(sum((weight * points for weight, points in there), Fraction(0)) / weights, share)


def ranks(scores: Mapping[str, Fraction]) -> dict[str, int]:
    """Return each unit's place: one more than how many are better, so that equals share it («1224»)."""
    better: dict[Fraction, int] = {}
    for place, score in enumerate(sorted(scores.values(), reverse=True)):
        better.setdefault(score, place)
    return {unit: better[score] + 1 for unit, score in scores.items()}


def ends(scores: Mapping[str, Fraction], *, top: int, bottom: int) -> Ends:
    """Return who is at the two ends: fewer than `top` are better, fewer than `bottom` worse; ties come together.

    Who would be at both, because the group is small or all are equal, is at neither: nobody is praised and criticised
    for one result, and where all are equal nobody is either (decision 68).
    """
    from_above = ranks(scores)
    from_below = ranks({unit: -score for unit, score in scores.items()})
    above = {unit for unit, place in from_above.items() if place <= top}
    below = {unit for unit, place in from_below.items() if place <= bottom}
    return Ends(frozenset(above - below), frozenset(below - above))


def in_order(scores: Mapping[str, Fraction], units: Collection[str]) -> list[str]:
    """Return the units as they are listed: the better first, equals by codes, those without a score at the end."""
    scored = sorted((unit for unit in units if unit in scores), key=lambda unit: (-scores[unit], unit))
    return [*scored, *sorted(unit for unit in units if unit not in scores)]


def lasting(stretch: Sequence[Collection[str]], unit: str, *, at: int, periods: int) -> bool:
    """Tell whether a unit stays at the lower end: so many periods in a row, the one `at` among them.

    `stretch` are the published lower ends of periods that follow each other; one that was not published is empty.
    """
    if unit not in stretch[at]:
        return False
    first = last = at
    while first > 0 and unit in stretch[first - 1]:
        first -= 1
    while last + 1 < len(stretch) and unit in stretch[last + 1]:
        last += 1
    return last - first + 1 >= periods
