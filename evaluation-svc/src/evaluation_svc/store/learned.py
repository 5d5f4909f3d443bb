"""What the catalogue tells of units, matters and calendars, as it was told last."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from chassis.base.succession import Term
from chassis.data.database import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store.tables import calendars, matters, units

_SAVE_UNIT = insert(units)
_SAVE_UNIT = _SAVE_UNIT.on_conflict_do_update(
    index_elements=["unit_code"],
    set_={column.name: _SAVE_UNIT.excluded[column.name] for column in units.columns if not column.primary_key},
    where=units.c.version < _SAVE_UNIT.excluded.version,
)


async def save_unit(connection: AsyncConnection, version: int, told: Mapping[str, Any]) -> None:
    """Keep what was told of a unit, unless something newer is kept."""
    await connection.execute(_SAVE_UNIT, {**told, "version": version})


_SAVE_MATTER = insert(matters)
_SAVE_MATTER = _SAVE_MATTER.on_conflict_do_update(
    index_elements=["matter_code", "matter_version"],
    set_={name: _SAVE_MATTER.excluded[name] for name in ("name", "lead_unit", "tasks", "told")},
    where=matters.c.told < _SAVE_MATTER.excluded.told,
)


async def save_matter(connection: AsyncConnection, told: int, matter: Mapping[str, Any]) -> None:
    """Keep a matter's version in the words in which it was told last; `told` counts the matter's events."""
    await connection.execute(_SAVE_MATTER, {**matter, "told": told})


_SAVE_CALENDAR = insert(calendars).on_conflict_do_nothing()


async def save_calendar(connection: AsyncConnection, version: int, document: Mapping[str, Any]) -> None:
    """Store a version of a region's calendar; one that is there stays as it is."""
    await connection.execute(_SAVE_CALENDAR, {"region": document["region"], "version": version, "document": document})


_NUMBERED = sa.select(calendars.c.version, calendars.c.document).order_by(calendars.c.version.desc()).limit(1)
_UNITS = sa.select(units.c.unit_code, units.c.name, units.c.short_name, units.c.kind, units.c.valid_to)
_TERMS = sa.select(units.c.unit_code, units.c.valid_to, units.c.successor)


async def numbered_calendar(connection: AsyncConnection) -> tuple[int, Any]:
    """Return the newest calendar with its number; 0 and nothing while none was told."""
    row = (await connection.execute(_NUMBERED)).first()
    return (0, None) if row is None else (row.version, row.document)


async def units_told(connection: AsyncConnection) -> dict[str, Any]:
    """Return the units that the catalogue has told, by their codes."""
    return {row.unit_code: row for row in await connection.execute(_UNITS)}


async def unit_terms(connection: AsyncConnection) -> dict[str, Term]:
    """Return until when each unit works and who follows it."""
    return {row.unit_code: Term(row.valid_to, row.successor) for row in await connection.execute(_TERMS)}


_MATTERS = sa.select(matters.c.matter_code, matters.c.name).order_by(matters.c.matter_version)


async def matter_names(connection: AsyncConnection) -> dict[str, str]:
    """Return the names of the matters, each by its newest version."""
    return {row.matter_code: row.name for row in await connection.execute(_MATTERS)}
