"""What the catalogue tells of matters and units, as it was told last."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.store import matters, units


async def save_matter(
    connection: AsyncConnection, matter_code: str, told: int, *, matter_version: int, withdrawn_from: date | None
) -> None:
    """Keep what was told last of a matter, its version and its end; `told` counts its events, a late one is none."""
    row = {"matter_code": matter_code, "told": told, "matter_version": matter_version, "withdrawn_from": withdrawn_from}
    await connection.execute(_SAVE_MATTER, row)


def _newest(table: sa.Table, key: str, counted: str) -> sa.Insert:
    """Return the upsert of a row of which only the newest is kept, as its counter tells."""
    told = insert(table)
    rest = {column.name: told.excluded[column.name] for column in table.columns if column.name != key}
    newer = table.c[counted] < told.excluded[counted]
    return told.on_conflict_do_update(index_elements=[key], set_=rest, where=newer)


_SAVE_MATTER = _newest(matters, "matter_code", "told")


async def save_unit(connection: AsyncConnection, version: int, row: Mapping[str, Any]) -> None:
    """Keep the newest that is known of a unit; an older version that comes late changes nothing."""
    await connection.execute(_SAVE_UNIT, {**row, "version": version})


_SAVE_UNIT = _newest(units, "unit_code", "version")
