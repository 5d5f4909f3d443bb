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
    """Which figure is opened: a measure of the months from `first` to `last`, of one key of a dimension.

    `units` are those whose marks the caller may see; None is all.
    """

    measure: str
    first: str
    last: str
    dimension: str = "city"
    key: str = ""
    units: Sequence[str] | None = None


Place = tuple[str, str, str, str, int]
"""Month, unit, key, kind and number of a mark: the place after which a page begins."""
START: Place = ("", "", "", "", 0)
_BY = {name: marks.c[name] for name in ("unit", "region", "matter", "item", "channel")}
_PLACE = (marks.c.period, marks.c.unit, marks.c.key, marks.c.kind, marks.c.nth)
_AFTER = sa.tuple_(*(sa.bindparam(f"after_{column.name}", type_=column.type) for column in _PLACE))
_OF_ALL = (
    sa.select(marks)
    .where(
        marks.c.generation == CURRENT,
        marks.c.measure == sa.bindparam("of_measure"),
        marks.c.period <= sa.bindparam("last"),
        sa.tuple_(*_PLACE) > _AFTER,
    )
    .order_by(*_PLACE)
    .limit(sa.bindparam("size", type_=sa.Integer))
)
_OF_SOME = _OF_ALL.where(marks.c.unit.in_(sa.bindparam("units", expanding=True)))
_OF_DIMENSION = {
    (name, of_some): statement.where(column == sa.bindparam("of_key"))
    for name, column in _BY.items()
    for of_some, statement in ((False, _OF_ALL), (True, _OF_SOME))
} | {("city", False): _OF_ALL, ("city", True): _OF_SOME}


async def list_marks(connection: AsyncConnection, wanted: FigureFilter, *, after: Place | None, size: int) -> list[Any]:
    """Return a page of marks by month, unit and key, one more than asked for."""
    place = after or (wanted.first, "", "", "", 0)
    given = {f"after_{column.name}": value for column, value in zip(_PLACE, place, strict=True)}
    given |= {"of_measure": wanted.measure, "last": wanted.last, "of_key": wanted.key, "size": size + 1}
    if wanted.dimension == "city":
        del given["of_key"]
    if wanted.units is not None:
        given["units"] = list(wanted.units)
    statement = _OF_DIMENSION[wanted.dimension, wanted.units is not None]
    return list(await connection.execute(statement, given))


NotePlace = tuple[str, str, str, str]
"""Key, measure, unit and kind of a note."""
_NOTE_PLACE = (late_notes.c.key, late_notes.c.measure, late_notes.c.unit, late_notes.c.kind)
_NOTE_AFTER = sa.tuple_(*(sa.bindparam(f"after_{column.name}", type_=column.type) for column in _NOTE_PLACE))
_OF_PERIOD = (late_notes.c.generation == CURRENT, late_notes.c.period == sa.bindparam("of_period"))
_NOTES = (
    sa.select(late_notes)
    .where(*_OF_PERIOD, sa.tuple_(*_NOTE_PLACE) > _NOTE_AFTER)
    .order_by(*_NOTE_PLACE)
    .limit(sa.bindparam("size", type_=sa.Integer))
)
_NOTES_OF_SOME = _NOTES.where(
    late_notes.c.unit.in_(sa.bindparam("units", expanding=True)), late_notes.c.measure.not_in(CONFIDENTIAL)
)
_NOTED = sa.select(sa.func.count()).where(
    *_OF_PERIOD, late_notes.c.measure.in_(sa.bindparam("measures", expanding=True))
)


async def list_notes(
    connection: AsyncConnection, period: str, units: Sequence[str] | None, *, after: NotePlace | None, size: int
) -> list[Any]:
    """Return a page of a month's notes by key, one more than asked for: all, or what some units may see."""
    place = after or ("", "", "", "")
    given: dict[str, Any] = {f"after_{column.name}": value for column, value in zip(_NOTE_PLACE, place, strict=True)}
    given |= {"of_period": period, "size": size + 1}
    if units is None:
        return list(await connection.execute(_NOTES, given))
    return list(await connection.execute(_NOTES_OF_SOME, {**given, "units": list(units)}))


async def notes_on(connection: AsyncConnection, period: str, measures: Sequence[str]) -> int:
    """Return how many notes there are on these measures in a month."""
    given = {"of_period": period, "measures": list(measures)}
    return int((await connection.execute(_NOTED, given)).scalar_one())
