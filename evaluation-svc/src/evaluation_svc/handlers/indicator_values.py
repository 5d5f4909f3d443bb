"""Values of indicators: the city's formulas on what was counted, exact, with their counts, and month by month."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from chassis.base.problems import FieldError, Malformed
from chassis.http.identity import Principal
from chassis.http.paging import decode_cursor, encode_cursor
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.formulas import names_of, value_of
from evaluation_svc.domain.measures import MEASURES
from evaluation_svc.domain.periods import Period
from evaluation_svc.domain.plans import planned_numbers, steps_by_due
from evaluation_svc.domain.rounding import rounded
from evaluation_svc.domain.series import month_by_month, months_between, up_to
from evaluation_svc.domain.withholding import joined, span_of, withheld
from evaluation_svc.errors import PackIncomplete
from evaluation_svc.errors.figures import IndicatorNotFound
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.figure_cases import sees_all
from evaluation_svc.handlers.figures import EARLIEST, counts_of
from evaluation_svc.schemas.figures import CountView, ExactValue, IndicatorValueView, MonthView, SeriesView, ValuesView
from evaluation_svc.store import folding, opened_figures, pack, tallying

MOST_MONTHS = 60
Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """An indicator as the city says it, with the version of its document, and from which count on it is shown."""

    entry: Mapping[str, Any]
    version: int
    shown_from: int

    @property
    def names(self) -> frozenset[str]:
        """Return the names that its formula uses."""
        return names_of(self.entry["formula"])

    @property
    def of_persons(self) -> frozenset[str]:
        """Return the counts of it that small numbers of persons could be told from."""
        return frozenset(name for name in self.names if name in MEASURES and MEASURES[name].is_of_persons)


async def show_values(  # noqa: PLR0913  one parameter per part of the question
    evaluation: Evaluation, caller: Principal, indicator: str, *, period: str, by: str, after: str, size: int
) -> ValuesView:
    """Return an indicator's values in a period by the keys of a dimension. Raises PackIncomplete, IndicatorNotFound."""
    (last,) = decode_cursor(after, str) if after else (None,)
    months = Period.named(period).months
    async with evaluation.database.reading() as connection:
        asked = await _asked(connection, indicator, by)
        counts = await counts_of(connection, period, by, to_date=asked.entry["period"] == "to_date")
        late = [await opened_figures.notes_on(connection, month, sorted(asked.names)) for month in months]
        until = await folding.oldest_uncounted(connection) or evaluation.clock.now()
        hidden = frozenset() if sees_all(caller) else await _hidden(connection, asked, by, months, counts)
    told = {key: {name: counts[key][name] for name in asked.names & counts[key].keys()} for key in counts}
    told = {key: told[key] for key in sorted(told) if told[key] or by == "city"}
    keys = [key for key in told if last is None or key > last]
    views = [_value(asked, key, told[key], is_withheld=key in hidden) for key in keys[:size]]
    return ValuesView(
        **{name: asked.entry[name] for name in ("indicator", "name", "formula", "unit")},
        period=period,
        by=by,
        version=asked.version,
        counted_until=until,
        late=sum(late),
        items=views,
        next=encode_cursor(views[-1].key) if len(keys) > size else None,
    )


async def show_series(  # noqa: PLR0913  one parameter per part of the question
    evaluation: Evaluation, caller: Principal, indicator: str, *, by: str, key: str, first: str, last: str
) -> SeriesView:
    """Return an indicator's value of each month for one key. Raises PackIncomplete, IndicatorNotFound, Malformed."""
    months = list(months_between(first, last))
    if not 0 < len(months) <= MOST_MONTHS:
        raise Malformed(
            "月份范围有误", errors=[FieldError("/to", "range", f"应在起始月份之后,至多 {MOST_MONTHS} 个月")]
        )
    async with evaluation.database.reading() as connection:
        asked = await _asked(connection, indicator, by)
        plan = await plan_kept(connection)
        measures = asked.names | {step["measure"] for step in plan["steps"]}
        told = await tallying.by_month(connection, by, key, measures, last)
        hidden = await _months_withheld(connection, asked, by, key, months) if not sees_all(caller) else frozenset()
        until = await folding.oldest_uncounted(connection) or evaluation.clock.now()
    views = series_of(asked, Told(plan, told, by, key), months, shows_all=sees_all(caller), hidden=hidden)
    named = {name: asked.entry[name] for name in ("indicator", "name", "unit")}
    return SeriesView(**named, by=by, key=key, counted_until=until, months=views)


async def _hidden(
    connection: AsyncConnection,
    asked: Asked,
    by: str,
    months: Sequence[str],
    counts: Mapping[str, Counts],
) -> frozenset[str]:
    """Return whose rows of a period are withheld, so that neither the others nor its months tell them."""
    if asked.entry["period"] == "to_date":
        return withheld(counts, asked.of_persons, asked.shown_from)
    spans = [
        span_of(await tallying.tallied(connection, by, month, month), asked.of_persons, asked.shown_from)
        for month in months
    ]
    while len(spans) > 1:
        quarters = range(0, len(spans), 3)
        spans = [joined(spans[first : first + 3], asked.of_persons, asked.shown_from) for first in quarters]
    return spans[0].hidden


async def _months_withheld(
    connection: AsyncConnection, asked: Asked, by: str, key: str, months: Sequence[str]
) -> frozenset[str]:
    """Return the months in which a key is withheld among the others of its dimension, as in the values of a month."""
    if by == "city" or not asked.of_persons:
        return frozenset()
    to_date = asked.entry["period"] == "to_date"
    first = EARLIEST if to_date else months[0]
    added: dict[str, list[tuple[str, str, int]]] = {}
    for month, one, measure, amount in await tallying.months_of_each(
        connection, by, asked.of_persons, first, months[-1]
    ):
        added.setdefault(month, []).append((one, measure, amount))
    hidden, counts = set(), dict[str, dict[str, int]]()
    for month in sorted({*added, *months}):
        counts = counts if to_date else {}
        for one, measure, amount in added.get(month, ()):
            of_one = counts.setdefault(one, {})
            of_one[measure] = of_one.get(measure, 0) + amount
        if key in withheld(counts, asked.of_persons, asked.shown_from):
            hidden.add(month)
    return frozenset(hidden)


@dataclass(frozen=True, slots=True)
class Told:
    """What was counted of a key of a dimension, month by month, and what is planned."""

    plan: Mapping[str, Any]
    added: Sequence[tuple[str, str, int]]
    by: str = "city"
    key: str = ""


async def plan_kept(connection: AsyncConnection) -> Mapping[str, Any]:
    """Return what the city plans; empty where it has not said."""
    found = await pack.find_document(connection, "plan")
    plan: Mapping[str, Any] = found.document if found else {"steps": [], "numbers": []}
    return plan


def series_of(
    asked: Asked, told: Told, months: Sequence[str], *, shows_all: bool, hidden: Collection[str] = ()
) -> list[MonthView]:
    """Return an indicator's value of each month; it is withheld in those `hidden`, and where its own count is small."""
    to_date = asked.entry["period"] == "to_date"
    names = asked.names | {step["measure"] for step in told.plan["steps"]}
    summed = frozenset(name for name in names if to_date or (name in MEASURES and MEASURES[name].is_stock))
    added = [row for row in told.added if row[1] in names]
    planned = planned_numbers(told.plan, told.by).get(told.key, {})
    views = []
    for month, counts in zip(months, month_by_month(added, months, summed), strict=True):
        steps = [step for step in steps_by_due(told.plan, month) if step[0] in asked.names]
        done = {name: up_to(added, measure, until) for name, measure, until in steps}
        of_month = {name: amount for name, amount in {**counts, **planned, **done}.items() if name in asked.names}
        is_small = not shows_all and bool(withheld({told.key: of_month}, asked.of_persons, asked.shown_from))
        view = _value(asked, told.key, of_month, is_withheld=is_small or month in hidden)
        views.append(MonthView(month=month, **view.model_dump(exclude={"key"})))
    return views


async def _asked(connection: AsyncConnection, indicator: str, by: str) -> Asked:
    found = await pack.find_document(connection, "indicators")
    if found is None:
        raise PackIncomplete("indicators")
    entries = {one["indicator"]: one for one in found.document["indicators"]}
    if indicator not in entries:
        raise IndicatorNotFound
    if by not in entries[indicator]["level"]:
        possible = "、".join(entries[indicator]["level"])
        raise Malformed("此指标不按该维度计算", errors=[FieldError("/by", "not_of_indicator", f"可用:{possible}")])
    return Asked(entries[indicator], found.version, found.document.get("shown_from", 1))


def _value(asked: Asked, key: str, counts: Counts, *, is_withheld: bool) -> IndicatorValueView:
    value: Fraction | None = None if is_withheld else value_of(asked.entry["formula"], counts)
    exact = None
    if value is not None:
        exact = ExactValue(numerator=str(value.numerator), denominator=str(value.denominator))
    shown = {} if is_withheld else counts
    return IndicatorValueView(
        key=key,
        value=exact,
        rounded="" if value is None else rounded(value),
        is_withheld=is_withheld,
        counts=[CountView(measure=name, count=shown[name]) for name in sorted(shown)],
    )
