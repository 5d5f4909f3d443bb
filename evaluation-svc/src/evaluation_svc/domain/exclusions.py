"""What is left out of the figures (防刷分), by stated rules: whoever reads a ranking reads why a case is not in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class Rule(StrEnum):
    """The rules; their numbers and their words are the city's (`exclusions.yaml`)."""

    DEFAULT_RATING = "default_rating"
    OWN_STAFF = "own_staff"
    BURST_OF_DEVICE = "burst_of_device"
    BURST_AT_WINDOW = "burst_at_window"
    SPLITTING = "splitting"
    NO_WORK = "no_work"


NUMBERS: Mapping[Rule, frozenset[str]] = {
    Rule.DEFAULT_RATING: frozenset(),
    Rule.OWN_STAFF: frozenset(),
    Rule.BURST_OF_DEVICE: frozenset({"more_than", "within_minutes"}),
    Rule.BURST_AT_WINDOW: frozenset({"more_than", "within_minutes"}),
    Rule.SPLITTING: frozenset({"more_than", "within_days"}),
    Rule.NO_WORK: frozenset({"least_working_minutes"}),
}
"""Which numbers each rule needs."""
DEFAULT_REASON = "逾期未评,系统默认,不是主动评价"


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as a city states it; a rule that it does not state is not applied."""

    name: str
    reason: str
    numbers: Mapping[str, int] = field(default_factory=dict)

    def of(self, number: str) -> int:
        """Return one of the rule's numbers."""
        return self.numbers[number]


@dataclass(frozen=True, slots=True)
class Act:
    """A rating, or a case's end, as the rules look at it."""

    key: str
    at: datetime


def stated(document: Mapping[str, Any] | None) -> Mapping[Rule, RuleText]:
    """Return the rules that a city states; where it has said nothing, silence alone is left out."""
    if document is None:
        return {Rule.DEFAULT_RATING: RuleText("逾期未评", DEFAULT_REASON)}
    return {
        Rule(one["rule"]): RuleText(
            one["name"], one["reason"], {name: one[name] for name in NUMBERS[Rule(one["rule"])]}
        )
        for one in document["rules"]
    }


def burst(acts: Sequence[Act], latest: Act, *, more_than: int, within: timedelta) -> list[str]:
    """Return the keys of the acts in the time up to the latest, where they are more than may be; else none."""
    near = [act for act in acts if latest.at - within < act.at <= latest.at]
    return [act.key for act in near] if len(near) > more_than else []


def split(cases: Sequence[Act], latest: Act, *, more_than: int, within: timedelta) -> list[str]:
    """Return all but the first of cases that are one case cut in pieces: more of them in the time than may be."""
    near = sorted((act.at, act.key) for act in cases if latest.at - within < act.at <= latest.at)
    return [key for _, key in near[1:]] if len(near) > more_than else []


def lacks_work(*, decided_by: Sequence[str | None], working_minutes: int | None, least: int) -> bool:
    """Tell whether a case ended without work: nobody decided a task of it, or sooner than anybody can work.

    0 as the least does not ask how long it took, nor is asked what is not known.
    """
    if not any(decided_by):
        return True
    return working_minutes is not None and working_minutes < least
