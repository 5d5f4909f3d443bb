"""Which materials of a matter the networks serve, as it was told last."""

from collections.abc import Sequence

from chassis.data.database import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog_svc.store import served

_KEEP = insert(served)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=["matter_code"],
    set_={name: _KEEP.excluded[name] for name in ("version", "materials")},
    where=served.c.version < _KEEP.excluded.version,
)


async def keep_served(connection: AsyncConnection, matter_code: str, version: int, materials: Sequence[str]) -> bool:
    """Keep what was told, unless something newer is kept; tell whether it was kept."""
    row = {"matter_code": matter_code, "version": version, "materials": list(materials)}
    return bool((await connection.execute(_KEEP, row)).rowcount)
