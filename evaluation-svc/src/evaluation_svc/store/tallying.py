"""What the figures say: tallies of a span of months, of one measure over time, and the marks that a figure opens to."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.measures import MEASURES
from evaluation_svc.store.figure_tables import tallies
from evaluation_svc.store.generations import CURRENT

STOCKS = tuple(sorted(name for name, one in MEASURES.items() if one.is_stock))
_DIMENSION = sa.bindparam("of_dimension", type_=sa.String)
_FIRST, _LAST = sa.bindparam("first", type_=sa.String), sa.bindparam("last", type_=sa.String)
_SUMMED = (tallies.c.measure, tallies.c.key, sa.func.sum(tallies.c.amount))
_HERE = (tallies.c.generation == CURRENT, tallies.c.dimension == _DIMENSION)
_FLOWS = (
    sa.select(*_SUMMED)
    .where(*_HERE, tallies.c.period >= _FIRST, tallies.c.period <= _LAST, tallies.c.measure.not_in(STOCKS))
    .group_by(tallies.c.measure, tallies.c.key)
)
_STOCKS = (
    sa.select(*_SUMMED)
    .where(*_HERE, tallies.c.period <= _LAST, tallies.c.measure.in_(STOCKS))
    .group_by(tallies.c.measure, tallies.c.key)
)
_ONE = (
    sa.select(tallies.c.key, sa.func.sum(tallies.c.amount))
    .where(*_HERE, tallies.c.measure == sa.bindparam("of_measure"), tallies.c.period <= _LAST)
    .group_by(tallies.c.key)
)
_BY_MONTH = (
    sa.select(tallies.c.period, tallies.c.measure, tallies.c.amount)
    .where(*_HERE, tallies.c.key == sa.bindparam("of_key"), tallies.c.period <= _LAST)
    .where(tallies.c.measure.in_(sa.bindparam("measures", expanding=True)))
)
_OF_EACH = (
    sa.select(tallies.c.period, tallies.c.key, tallies.c.measure, tallies.c.amount)
    .where(*_HERE, tallies.c.period >= _FIRST, tallies.c.period <= _LAST)
    .where(tallies.c.measure.in_(sa.bindparam("measures", expanding=True)))
)
Counts = dict[str, dict[str, int]]
"""By key of the dimension, what was counted of each measure; what is not named is 0."""


async def tallied(connection: AsyncConnection, dimension: str, first: str, last: str) -> Counts:
    """Return the counts of the months from `first` to `last`; of stocks what there is at the end of `last`."""
    given = {"of_dimension": dimension, "first": first, "last": last}
    counts: Counts = {}
    for statement in (_FLOWS, _STOCKS):
        for measure, key, amount in await connection.execute(statement, given):
            if amount:
                counts.setdefault(key, {})[measure] = int(amount)
    return counts


async def stock_of(connection: AsyncConnection, dimension: str, measure: str, last: str) -> dict[str, int]:
    """Return by key what was counted of a measure up to the end of a month."""
    given = {"of_dimension": dimension, "of_measure": measure, "last": last}
    return {key: int(amount) for key, amount in await connection.execute(_ONE, given)}


async def months_of_each(
    connection: AsyncConnection, dimension: str, measures: Collection[str], first: str, last: str
) -> list[tuple[str, str, str, int]]:
    """Return what each month added to these measures of each key: month, key, measure, amount."""
    given = {"of_dimension": dimension, "measures": sorted(measures), "first": first, "last": last}
    found = await connection.execute(_OF_EACH, given)
    return [(period, key, measure, int(amount)) for period, key, measure, amount in found]


async def by_month(
    connection: AsyncConnection, dimension: str, key: str, measures: frozenset[str], last: str
) -> list[tuple[str, str, int]]:
    """Return what each month up to `last` added to these measures of one key: month, measure, amount."""
    given = {"of_dimension": dimension, "of_key": key, "measures": sorted(measures), "last": last}
    return [(period, measure, int(amount)) for period, measure, amount in await connection.execute(_BY_MONTH, given)]
