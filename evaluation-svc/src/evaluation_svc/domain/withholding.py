"""Small numbers withheld: what few persons did is not shown to everybody, nor can it be reckoned from what is shown.

A row with a small count is withheld whole. Where that leaves a single row of the city hidden, its difference to the
city's sum would tell it: the smallest of the others is withheld, too.
"""

from collections.abc import Collection, Mapping

Counts = Mapping[str, Mapping[str, int]]


def withheld(counts: Counts, measures: Collection[str], shown_from: int) -> frozenset[str]:
    """Return the keys whose rows are withheld: with a count of these measures from 1 to below `shown_from`."""
    small = {key for key, of_key in counts.items() if any(0 < of_key.get(name, 0) < shown_from for name in measures)}
    others = sorted((key for key in counts if key not in small), key=lambda key: (_size(counts[key], measures), key))
    counting = [key for key in others if _size(counts[key], measures)]
    if len(small) == 1 and counting:
        small.add(counting[0])
    return frozenset(small)


def _size(of_key: Mapping[str, int], measures: Collection[str]) -> int:
    return sum(abs(of_key.get(name, 0)) for name in measures)
