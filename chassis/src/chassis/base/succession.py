"""Who does a unit's work on a day: itself, or after its end its successor, or that one's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Term:
    """Until when a unit works, the last day included, and who follows it; without a successor its work stays."""

    valid_to: date | None
    successor: str | None


def in_force(terms: Mapping[str, Term], unit: str, today: date) -> str:
    """Return the unit that does a unit's work on a day.

    Goes along the chain as far as it is known; in a circle, which a city's check refuses, the work stays where it is.
    """
    seen = [unit]
    while (term := terms.get(seen[-1])) is not None and term.valid_to is not None and term.valid_to < today:
        if term.successor is None or term.successor not in terms:
            break
        if term.successor in seen:
            return unit
        seen.append(term.successor)
    return seen[-1]


def heirs(terms: Mapping[str, Term], today: date) -> dict[str, str]:
    """Return the unit that has taken over, for each unit whose work is another's on a day."""
    found = {unit: in_force(terms, unit, today) for unit in terms}
    return {unit: heir for unit, heir in found.items() if heir != unit}
