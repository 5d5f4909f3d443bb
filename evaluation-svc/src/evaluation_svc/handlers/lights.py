"""Lights (红黄灯) by unit: as they stand now, and how many turned in a month; a unit sees its own."""

from collections.abc import Mapping

from chassis.base.clock import local
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, id_in, moment_in, page

from evaluation_svc.domain.supervision import LightColour
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.figures import counts_of
from evaluation_svc.handlers.whose import leads, units_of
from evaluation_svc.schemas.supervision import LightCounts, LightsView, LightView, UnitLights
from evaluation_svc.store import lights as store

TURNED = {
    "turned_yellow": "deadlines_warned",
    "turned_red": "deadlines_overdue",
    "turned_purple": "first_answers_overdue",
}
"""What is counted of a month, by the measure that the journal is folded into."""


async def show_lights(evaluation: Evaluation, caller: Principal, month: str) -> LightsView:
    """Return the lights of all units to the authority, to others those of their own unit; of the month now or named."""
    now = evaluation.clock.now()
    period = month or f"{local(now):%Y-%m}"
    async with evaluation.database.reading() as connection:
        mine = None if leads(caller) else await units_of(connection, caller, now)
        running = await store.count_lights(connection, mine)
        turned = await counts_of(connection, period, "unit")
        names = await store.unit_names(connection)
    shown = sorted(set(running) | {unit for unit, counts in turned.items() if _any(counts)} if mine is None else mine)
    views = [
        UnitLights(
            unit=unit,
            unit_name=names.get(unit, ""),
            **{light.value.lower(): running.get(unit, {}).get(light, 0) for light in LightColour},
            **{name: turned.get(unit, {}).get(measure, 0) for name, measure in TURNED.items()},
        )
        for unit in shown
        if unit
    ]
    total = {name: sum(getattr(view, name) for view in views) for name in LightCounts.model_fields}
    return LightsView(as_of=now, month=period, city=LightCounts(**total), units=views)


def _any(counts: Mapping[str, int]) -> bool:
    return any(counts.get(measure) for measure in TURNED.values())


async def list_lights(  # noqa: PLR0913  a list and its filters
    evaluation: Evaluation, caller: Principal, light: LightColour, unit: str, *, after: str, size: int
) -> Page[LightView]:
    """Return a page of what has a light, what is due first at the top; of another unit's there is none to a unit."""
    place = None
    if after:
        at, last = decode_cursor(after, str, str)
        place = (moment_in(at), id_in(last))
    async with evaluation.database.asking() as connection:
        mine = [unit] if unit else None
        if not leads(caller):
            theirs = await units_of(connection, caller, evaluation.clock.now())
            mine = [one for one in theirs if unit in {"", one}]
        rows = await store.list_lights(connection, mine, light, after=place, size=size)
    views = [LightView(**row._mapping, light=light) for row in rows]  # noqa: SLF001  SQLAlchemy's public name for it
    return page(views, size, key=lambda one: (one.due_at.isoformat(), one.subject))
