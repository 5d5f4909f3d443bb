"""What the catalogue tells of units, as it was told last."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert  # what it says of conflicts, SQLite says in the same words
from sqlalchemy.ext.asyncio import AsyncConnection

from esign_svc.store.tables import units

_SAVE_UNIT = insert(units)
_SAVE_UNIT = _SAVE_UNIT.on_conflict_do_update(
    index_elements=["unit_code"],
    set_={column.name: _SAVE_UNIT.excluded[column.name] for column in units.columns if not column.primary_key},
    where=units.c.version < _SAVE_UNIT.excluded.version,
)


async def save_unit(connection: AsyncConnection, version: int, told: Mapping[str, Any]) -> None:
    """Keep what was told of a unit, unless something newer is kept."""
    await connection.execute(_SAVE_UNIT, {**told, "version": version})
