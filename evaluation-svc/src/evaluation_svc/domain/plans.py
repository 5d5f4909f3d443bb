"""The city's plan as numbers for formulas: how much of each step is planned, by when, for the city and each unit."""

from collections.abc import Iterator, Mapping
from typing import Any


def plan_names(plan: Mapping[str, Any] | None) -> frozenset[str]:
    """Return the names that a plan adds to those of the measures."""
    if plan is None:
        return frozenset()
    of_steps = {f"{step['step']}_{what}" for step in plan["steps"] for what in ("planned", "by_due")}
    return frozenset(of_steps | {one["number"] for one in plan["numbers"]})


def planned_numbers(plan: Mapping[str, Any], dimension: str) -> dict[str, dict[str, int]]:
    """Return the planned numbers by key of a dimension; a plan plans for the city ("") and for units."""
    numbers: dict[str, dict[str, int]] = {}
    named = [(f"{step['step']}_planned", step) for step in plan["steps"]]
    for name, one in [*named, *((one["number"], one) for one in plan["numbers"])]:
        if dimension == "city" and one["city"]:
            numbers.setdefault("", {})[name] = one["city"]
        if dimension == "unit":
            for unit, amount in one["units"].items():
                numbers.setdefault(unit, {})[name] = amount
    return numbers


def steps_by_due(plan: Mapping[str, Any], last: str) -> Iterator[tuple[str, str, str]]:
    """Return of each step the name of what was done by its due month, its measure, and up to which month to count."""
    for step in plan["steps"]:
        yield f"{step['step']}_by_due", step["measure"], min(step["due"], last)
