"""Small numbers withheld: what few persons did is not shown to everybody, nor can it be reckoned from what is shown.

A row with a small count is withheld whole. What the hidden rows are together follows from the city's sum and the rows
that are shown: where that is a single row, or is small itself, the smallest of the others are withheld, too.
A quarter or a half-year is withheld where the difference to those of its months that are shown would tell one that is
not.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

Counts = Mapping[str, Mapping[str, int]]


def withheld(counts: Counts, measures: Collection[str], shown_from: int) -> frozenset[str]:
    """Return the keys whose rows are withheld: with a count of these measures from 1 to below `shown_from`."""
    small = {key for key, of_key in counts.items() if any(0 < of_key.get(name, 0) < shown_from for name in measures)}
    others = sorted((key for key in counts if key not in small), key=lambda key: (_size(counts[key], measures), key))
    for key in others:
        if not small or _hides(counts, small, measures, shown_from):
            break
        if _size(counts[key], measures):
            small.add(key)
    return frozenset(small)


def _hides(counts: Counts, hidden: Collection[str], measures: Collection[str], shown_from: int) -> bool:
    """Tell whether hidden rows hide each other: they are several, and no sum of theirs is small."""
    sums = [sum(counts[key].get(name, 0) for key in hidden) for name in measures]
    return len(hidden) > 1 and not any(0 < total < shown_from for total in sums)


@dataclass(frozen=True, slots=True)
class Span:
    """Counts of some time, whose rows are withheld, and of those what the shown parts of that time leave untold."""

    counts: Counts
    hidden: frozenset[str]
    untold: Counts


def span_of(counts: Counts, measures: Collection[str], shown_from: int) -> Span:
    """Return a month as it is shown."""
    hidden = withheld(counts, measures, shown_from)
    return Span(counts, hidden, {key: counts[key] for key in hidden})


def joined(parts: Sequence[Span], measures: Collection[str], shown_from: int) -> Span:
    """Return the time of some parts as it is shown beside them.

    A row is withheld where a single part of it is, or where what the parts leave untold is small in sum.
    """
    counts = _summed([one.counts for one in parts])
    untold = _summed([one.untold for one in parts])
    apart = Counter(key for one in parts for key in one.hidden)
    telling = {
        key
        for key, hidden in apart.items()
        if hidden == 1 or any(0 < untold.get(key, {}).get(name, 0) < shown_from for name in measures)
    }
    hidden = withheld(counts, measures, shown_from) | telling
    return Span(counts, hidden, {key: untold[key] for key in hidden & untold.keys()})


def _summed(parts: Sequence[Counts]) -> dict[str, dict[str, int]]:
    sums: dict[str, Counter[str]] = {}
    for part in parts:
        for key, amounts in part.items():
            sums.setdefault(key, Counter()).update(amounts)
    return {key: dict(amounts) for key, amounts in sums.items()}


def _size(of_key: Mapping[str, int], measures: Collection[str]) -> int:
    return sum(abs(of_key.get(name, 0)) for name in measures)
