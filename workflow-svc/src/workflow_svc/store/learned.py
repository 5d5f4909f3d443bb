"""What the catalogue tells of matters, calendars and units, as it was told."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from chassis.base.succession import Term
from chassis.data.database import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from workflow_svc.store import calendars, definitions, units


async def save_definition(connection: AsyncConnection, told: int, document: Mapping[str, Any]) -> None:
    """Keep a matter's version in the words in which it was told last; `told` counts the matter's events."""
    row = {"matter_code": document["matter_code"], "matter_version": document["matter_version"]}
    words = {"document": dict(document), "told": told}
    change = insert(definitions, connection).values(**row, **words)
    newer = definitions.c.told < told
    await connection.execute(change.on_conflict_do_update(index_elements=list(row), set_=words, where=newer))


async def find_definition(connection: AsyncConnection, matter_code: str, matter_version: int) -> Any | None:
    """Return a matter's version as it was published."""
    query = sa.select(definitions.c.document)
    chosen = (definitions.c.matter_code == matter_code, definitions.c.matter_version == matter_version)
    return (await connection.execute(query.where(*chosen))).scalar()


def _newest_calendar() -> sa.Select[Any]:
    return sa.select(calendars.c.version, calendars.c.document).order_by(calendars.c.version.desc()).limit(1)


async def newest_calendar(connection: AsyncConnection) -> tuple[int, Any] | None:
    """Return the newest calendar's version, as its events count, and its document."""
    found = (await connection.execute(_newest_calendar())).first()
    return None if found is None else (found.version, found.document)


async def calendars_of(connection: AsyncConnection, versions: Collection[int]) -> dict[int, Any]:
    """Return the documents of some versions of the calendar, by version."""
    query = sa.select(calendars.c.version, calendars.c.document).where(calendars.c.version.in_(versions))
    return {row.version: row.document for row in await connection.execute(query)}


async def save_calendar(connection: AsyncConnection, version: int, document: Mapping[str, Any]) -> None:
    """Store a version of a region's calendar; one that is there stays as it is."""
    row = {"region": document["region"], "version": version, "document": dict(document)}
    await connection.execute(insert(calendars, connection).values(**row).on_conflict_do_nothing())


async def save_unit(connection: AsyncConnection, version: int, row: Mapping[str, Any]) -> None:
    """Keep the newest that is known of a unit; an older version that comes late changes nothing."""
    values = {**row, "version": version}
    rest = {name: value for name, value in values.items() if name != "unit_code"}
    change = insert(units, connection).values(**values)
    newer = units.c.version < version
    await connection.execute(change.on_conflict_do_update(index_elements=["unit_code"], set_=rest, where=newer))


async def unit_terms(connection: AsyncConnection) -> dict[str, Term]:
    """Return until when each unit works and who follows it."""
    rows = await connection.execute(sa.select(units.c.unit_code, units.c.valid_to, units.c.successor))
    return {row.unit_code: Term(row.valid_to, row.successor) for row in rows}


async def unit_name(connection: AsyncConnection, unit: str) -> str:
    """Return a unit's name; its code while the catalogue has not told it."""
    return (await connection.execute(sa.select(units.c.name).where(units.c.unit_code == unit))).scalar() or unit
