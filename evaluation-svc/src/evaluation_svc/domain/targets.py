"""The reform's targets (改革目标): how far a number that the plan states is reached, in a month or in several."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from evaluation_svc.domain.formulas import value_of


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a target is reached; neither is known where nothing was counted."""

    value: Fraction | None
    is_met: bool | None


def reached(target: Mapping[str, Any], counts: Mapping[str, int]) -> Reached:
    """Hold a target of the city pack against what was counted."""
    value = value_of(target["formula"], counts)
    if value is None:
        return Reached(None, None)
    is_met = value >= target["goal"] if target["comparison"] == "at_least" else value <= target["goal"]
    return Reached(value, is_met)


def together(each: Sequence[Mapping[str, int]], stocks: Collection[str]) -> dict[str, int]:
    """Return the counts of months in a row: of flows their sum, of stocks what there is at the end."""
    names = {name for month in each for name in month}
    return {
        name: each[-1].get(name, 0) if name in stocks else sum(month.get(name, 0) for month in each) for name in names
    }
