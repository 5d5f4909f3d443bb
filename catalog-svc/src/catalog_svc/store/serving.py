"""Which materials of a matter the networks serve, as it was told last."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog_svc.store import served

_KEEP = insert(served)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=["matter_code"],
    set_={name: _KEEP.excluded[name] for name in ("version", "materials")},
    where=served.c.version < _KEEP.excluded.version,
)
_SERVED = sa.select(served.c.materials).where(served.c.matter_code == sa.bindparam("code"))


async def keep_served(connection: AsyncConnection, matter_code: str, version: int, materials: Sequence[str]) -> bool:
    """Keep what was told, unless something newer is kept; tell whether it was kept."""
    row = {"matter_code": matter_code, "version": version, "materials": list(materials)}
    return bool((await connection.execute(_KEEP, row)).rowcount)


async def served_of(connection: AsyncConnection, matter_code: str) -> frozenset[str] | None:
    """Return the materials that are served of a matter; None while nothing was told of it."""
    materials: Any | None = (await connection.execute(_SERVED, {"code": matter_code})).scalar()
    return None if materials is None else frozenset(materials)
