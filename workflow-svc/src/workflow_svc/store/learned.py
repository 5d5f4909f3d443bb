"""What the catalogue tells of matters, calendars and units, as it was told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from chassis.base.succession import Term
from sqlalchemy.dialects.postgresql import insert  # what it says of conflicts, SQLite says in the same words
from sqlalchemy.ext.asyncio import AsyncConnection

from workflow_svc.store import NEWEST, calendars, definitions, units


@dataclass(frozen=True, slots=True)
class Known:
    """What is known for opening a case of a matter's version.

    By which event the version was told last, the newest calendar's number, and of the units those that have an end and
    those that follow them.
    """

    told: int
    calendar: int | None
    terms: Mapping[str, Term]


_SAVE_DEFINITION = insert(definitions)
_SAVE_DEFINITION = _SAVE_DEFINITION.on_conflict_do_update(
    index_elements=["matter_code", "matter_version"],
    set_={name: _SAVE_DEFINITION.excluded[name] for name in ("document", "told")},
    where=definitions.c.told < _SAVE_DEFINITION.excluded.told,
)


async def save_definition(connection: AsyncConnection, told: int, document: Mapping[str, Any]) -> None:
    """Keep a matter's version in the words in which it was told last; `told` counts the matter's events."""
    row = {"matter_code": document["matter_code"], "matter_version": document["matter_version"]}
    await connection.execute(_SAVE_DEFINITION, {**row, "document": document, "told": told})


_OF_VERSION = (
    definitions.c.matter_code == sa.bindparam("matter_code"),
    definitions.c.matter_version == sa.bindparam("matter_version"),
)
_SUCCESSORS = sa.select(units.c.successor).where(units.c.successor.is_not(None))
_KNOWN = (
    sa.select(definitions.c.told, NEWEST.label("calendar"), units.c.unit_code, units.c.valid_to, units.c.successor)
    .outerjoin(units, sa.or_(units.c.valid_to.is_not(None), units.c.unit_code.in_(_SUCCESSORS)))
    .where(*_OF_VERSION)
)


async def known_of(connection: AsyncConnection, matter_code: str, matter_version: int) -> Known | None:
    """Return what is known for opening a case of a matter's version; None while that has not been told."""
    given = {"matter_code": matter_code, "matter_version": matter_version}
    rows = list(await connection.execute(_KNOWN, given))
    if not rows:
        return None
    terms = {row.unit_code: Term(row.valid_to, row.successor) for row in rows if row.unit_code}
    return Known(rows[0].told, rows[0].calendar, terms)


_DEFINITION = sa.select(definitions.c.document).where(*_OF_VERSION)


async def find_definition(connection: AsyncConnection, matter_code: str, matter_version: int) -> Any | None:
    """Return a matter's version as it was published."""
    given = {"matter_code": matter_code, "matter_version": matter_version}
    return (await connection.execute(_DEFINITION, given)).scalar()


_CALENDAR_NUMBER = sa.select(NEWEST)


async def newest_calendar(connection: AsyncConnection) -> int | None:
    """Return the newest calendar's number, as its events count."""
    return (await connection.execute(_CALENDAR_NUMBER)).scalar()


_CALENDAR = sa.select(calendars.c.document).where(calendars.c.version == sa.bindparam("version"))


async def find_calendar(connection: AsyncConnection, version: int) -> Any | None:
    """Return a version of the calendar as it was published."""
    return (await connection.execute(_CALENDAR, {"version": version})).scalar()


_SAVE_CALENDAR = insert(calendars).on_conflict_do_nothing()


async def save_calendar(connection: AsyncConnection, version: int, document: Mapping[str, Any]) -> None:
    """Store a version of a region's calendar; one that is there stays as it is."""
    row = {"region": document["region"], "version": version, "document": document}
    await connection.execute(_SAVE_CALENDAR, row)


_SAVE_UNIT = insert(units)
_SAVE_UNIT = _SAVE_UNIT.on_conflict_do_update(
    index_elements=["unit_code"],
    set_={column.name: _SAVE_UNIT.excluded[column.name] for column in units.columns if not column.primary_key},
    where=units.c.version < _SAVE_UNIT.excluded.version,
)


async def save_unit(connection: AsyncConnection, version: int, row: Mapping[str, Any]) -> None:
    """Keep the newest that is known of a unit; an older version that comes late changes nothing."""
    await connection.execute(_SAVE_UNIT, {**row, "version": version})


_UNITS = sa.select(units.c.unit_code, units.c.name, units.c.valid_to, units.c.successor)


async def units_told(connection: AsyncConnection) -> dict[str, tuple[str, Term]]:
    """Return the name of each unit, until when it works and who follows it."""
    rows = await connection.execute(_UNITS)
    return {row.unit_code: (row.name, Term(row.valid_to, row.successor)) for row in rows}
