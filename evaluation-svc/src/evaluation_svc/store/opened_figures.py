"""The marks that a figure opens to, and the notes of what came late: pages by key, of all units or of some."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.measures import MEASURES
from evaluation_svc.store.figure_tables import late_notes, marks
from evaluation_svc.store.generations import CURRENT

CONFIDENTIAL = tuple(sorted(name for name, one in MEASURES.items() if one.is_confidential))


@dataclass(frozen=True, slots=True)
class FigureFilter:
    """Which figure is opened: a measure of a month, of one key of a dimension.

    `units` are those whose marks the caller may see; None is all.
    """

    measure: str
    month: str
    dimension: str = "city"
    key: str = ""
    units: Sequence[str] | None = None

    @property
    def of_units(self) -> Sequence[str] | None:
        """Return the units whose marks are wanted, in order; None for all."""
        if self.dimension != "unit":
            return None if self.units is None else sorted(self.units)
        return [self.key] if self.units is None or self.key in self.units else []


Place = tuple[str, str, str, int]
"""Unit, key, kind and number of a mark: the place after which a page begins."""
_BY = {name: marks.c[name] for name in ("region", "matter", "item", "channel")}
_PLACE = (marks.c.unit, marks.c.key, marks.c.kind, marks.c.nth)
_OF_FIGURE = (
    marks.c.generation == CURRENT,
    marks.c.measure == sa.bindparam("of_measure"),
    marks.c.period == sa.bindparam("of_month"),
)


def _after(columns: Sequence[sa.Column[Any]]) -> sa.ColumnElement[bool]:
    return sa.tuple_(*columns) > sa.tuple_(*(sa.bindparam(f"after_{one.name}", type_=one.type) for one in columns))


_SIZE = sa.bindparam("size", type_=sa.Integer)
_OF_ALL = sa.select(marks).where(*_OF_FIGURE, _after(_PLACE)).order_by(*_PLACE).limit(_SIZE)
_OF_UNIT = (
    sa.select(marks)
    .where(*_OF_FIGURE, marks.c.unit == sa.bindparam("of_unit"), _after(_PLACE[1:]))
    .order_by(*_PLACE[1:])
    .limit(_SIZE)
)
_STATEMENTS = {
    name: tuple(statement.where(column == sa.bindparam("of_key")) for statement in (_OF_ALL, _OF_UNIT))
    for name, column in _BY.items()
} | dict.fromkeys(("city", "unit"), (_OF_ALL, _OF_UNIT))


async def list_marks(connection: AsyncConnection, wanted: FigureFilter, *, after: Place | None, size: int) -> list[Any]:
    """Return a page of marks by unit and key, one more than asked for."""
    of_all, of_unit = _STATEMENTS[wanted.dimension]
    given: dict[str, Any] = {"of_measure": wanted.measure, "of_month": wanted.month}
    if wanted.dimension in _BY:
        given["of_key"] = wanted.key
    begin = after or ("", "", "", 0)
    places = {f"after_{column.name}": value for column, value in zip(_PLACE, begin, strict=True)}
    if wanted.of_units is None:
        return list(await connection.execute(of_all, {**given, **places, "size": size + 1}))
    rows: list[Any] = []
    del places["after_unit"]
    for unit in wanted.of_units:
        if unit < begin[0] or len(rows) > size:
            continue
        place = places if unit == begin[0] else {"after_key": "", "after_kind": "", "after_nth": 0}
        here = {**given, **place, "of_unit": unit, "size": size + 1 - len(rows)}
        rows += await connection.execute(of_unit, here)
    return rows


NotePlace = tuple[str, str, str, str]
"""Unit, key, measure and kind of a note."""
_NOTE_PLACE = (late_notes.c.unit, late_notes.c.key, late_notes.c.measure, late_notes.c.kind)
_OF_PERIOD = (late_notes.c.generation == CURRENT, late_notes.c.period == sa.bindparam("of_period"))
_NOTES = sa.select(late_notes).where(*_OF_PERIOD, _after(_NOTE_PLACE)).order_by(*_NOTE_PLACE).limit(_SIZE)
_NOTES_OF_UNIT = (
    sa.select(late_notes)
    .where(*_OF_PERIOD, late_notes.c.unit == sa.bindparam("of_unit"), late_notes.c.measure.not_in(CONFIDENTIAL))
    .where(_after(_NOTE_PLACE[1:]))
    .order_by(*_NOTE_PLACE[1:])
    .limit(_SIZE)
)
_NOTED = sa.select(sa.func.count()).where(
    *_OF_PERIOD, late_notes.c.measure.in_(sa.bindparam("measures", expanding=True))
)


async def list_notes(
    connection: AsyncConnection, period: str, units: Sequence[str] | None, *, after: NotePlace | None, size: int
) -> list[Any]:
    """Return a page of a month's notes by unit and key, one more than asked for: all, or what some units may see."""
    begin = after or ("", "", "", "")
    places = {f"after_{column.name}": value for column, value in zip(_NOTE_PLACE, begin, strict=True)}
    if units is None:
        return list(await connection.execute(_NOTES, {"of_period": period, **places, "size": size + 1}))
    rows: list[Any] = []
    del places["after_unit"]
    for unit in sorted(units):
        if unit < begin[0] or len(rows) > size:
            continue
        place = places if unit == begin[0] else dict.fromkeys(places, "")
        here = {"of_period": period, **place, "of_unit": unit, "size": size + 1 - len(rows)}
        rows += await connection.execute(_NOTES_OF_UNIT, here)
    return rows


async def notes_on(connection: AsyncConnection, period: str, measures: Sequence[str]) -> int:
    """Return how many notes there are on these measures in a month."""
    given = {"of_period": period, "measures": list(measures)}
    return int((await connection.execute(_NOTED, given)).scalar_one())
