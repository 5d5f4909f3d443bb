"""What the catalogue tells of matters and units, as it was told last."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from chassis.data.database import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.store import matters, units


async def save_matter(
    connection: AsyncConnection, matter_code: str, told: int, *, matter_version: int, withdrawn_from: date | None
) -> None:
    """Keep what was told last of a matter, its version and its end; `told` counts its events, a late one is none."""
    values = {"told": told, "matter_version": matter_version, "withdrawn_from": withdrawn_from}
    change = insert(matters, connection).values(matter_code=matter_code, **values)
    newer = matters.c.told < told
    await connection.execute(change.on_conflict_do_update(index_elements=["matter_code"], set_=values, where=newer))


async def save_unit(connection: AsyncConnection, version: int, row: Mapping[str, Any]) -> None:
    """Keep the newest that is known of a unit; an older version that comes late changes nothing."""
    values = {**row, "version": version}
    rest = {name: value for name, value in values.items() if name != "unit_code"}
    change = insert(units, connection).values(**values)
    newer = units.c.version < version
    await connection.execute(change.on_conflict_do_update(index_elements=["unit_code"], set_=rest, where=newer))
