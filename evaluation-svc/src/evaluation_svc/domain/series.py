"""Counts month by month: flows as they happened, stocks and figures to date as their sums up to each month."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate


def months_between(first: str, last: str) -> Iterator[str]:
    """Return the months from one to another, `2026-03`."""
    number, end = _number(first), _number(last)
    while number <= end:
        yield f"{number // 12:04d}-{number % 12 + 1:02d}"
        number += 1


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def month_by_month(
    told: Iterable[tuple[str, str, int]], months: Sequence[str], summed: frozenset[str]
) -> list[dict[str, int]]:
    """Return the counts of each month by measure; of the measures that are `summed` what came up to it."""
    by_measure: dict[str, dict[str, int]] = {}
    for month, measure, amount in told:
        of_measure = by_measure.setdefault(measure, {})
        of_measure[month] = of_measure.get(month, 0) + amount
    counts: list[dict[str, int]] = [{} for _ in months]
    for measure, of_measure in by_measure.items():
        amounts: Iterable[int] = (of_measure.get(month, 0) for month in months)
        if measure in summed:
            before = sum(amount for month, amount in of_measure.items() if month < months[0])
            amounts = list(accumulate((of_measure.get(month, 0) for month in months), initial=before))[1:]
        for of_month, amount in zip(counts, amounts, strict=True):
            if amount:
                of_month[measure] = amount
    return counts


def up_to(told: Iterable[tuple[str, str, int]], measure: str, last: str) -> int:
    """Return what came of a measure up to a month."""
    return sum(amount for month, of_measure, amount in told if of_measure == measure and month <= last)
