"""What was counted, for whoever computes with it: counts by key of a dimension, with the numbers of the city's plan."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.periods import Period
from evaluation_svc.domain.plans import planned_numbers, steps_by_due
from evaluation_svc.store import pack, tallying

DIMENSIONS = ("city", "unit", "region", "matter", "item", "channel")
EARLIEST = "0000-00"
"""Before every month."""


async def counts_of(
    connection: AsyncConnection, period: str, dimension: str, *, to_date: bool = False
) -> Mapping[str, Mapping[str, int]]:
    """Return, by key of the dimension ("" for the city), the counts of a month, a quarter or a half-year by measure.

    What is not named is 0. Stocks are those at the end of the period; `to_date` counts from the beginning. With them
    come the planned numbers (`STEP_planned`) and what of each step was done by its due month (`STEP_by_due`). Raises
    NoPeriod.
    """
    months = Period.named(period).months
    first, last = EARLIEST if to_date else months[0], months[-1]
    counts: dict[str, dict[str, int]] = await tallying.tallied(connection, dimension, first, last)
    found = await pack.find_document(connection, "plan")
    if found is not None:
        for key, numbers in (await _of_the_plan(connection, found.document, dimension, last)).items():
            counts.setdefault(key, {}).update(numbers)
    return counts


async def _of_the_plan(connection: AsyncConnection, plan: Any, dimension: str, last: str) -> dict[str, dict[str, int]]:
    numbers = planned_numbers(plan, dimension)
    for name, measure, until in steps_by_due(plan, last):
        for key, amount in (await tallying.stock_of(connection, dimension, measure, until)).items():
            if amount:
                numbers.setdefault(key, {})[name] = amount
    return numbers
