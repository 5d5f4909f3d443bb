"""What the networks serve of the matters' sharing catalogues, and what was told of it last."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert, take_turn
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.domain.documents import read_sharing
from datashare_svc.domain.model import Sharing
from datashare_svc.domain.served import Served
from datashare_svc.store.connection_tables import told_served
from datashare_svc.store.tables import resources, sharings


async def take_telling(connection: AsyncConnection) -> None:
    """Wait until no other transaction is about to tell what is served: each counts what the one before changed."""
    await take_turn(connection, "what is served")


_SHARINGS = sa.select(sharings.c.document).order_by(sharings.c.matter_code)
_NETWORKS = sa.select(resources.c.resource, resources.c.network).where(
    resources.c.resource.in_(sa.bindparam("wanted", expanding=True))
)
_TOLD = sa.select(told_served)


async def all_sharings(connection: AsyncConnection) -> list[Sharing]:
    """Return the sharing catalogues of all matters."""
    return [read_sharing(document) for document in (await connection.execute(_SHARINGS)).scalars()]


async def networks_of(connection: AsyncConnection, wanted: Iterable[str]) -> dict[str, str]:
    """Return whose each of these resources is: resource → network."""
    keys = sorted(set(wanted))
    if not keys:
        return {}
    return {row.resource: row.network for row in await connection.execute(_NETWORKS, {"wanted": keys})}


async def told_before(connection: AsyncConnection) -> dict[str, Served]:
    """Return what was told last, by matter."""
    rows = await connection.execute(_TOLD)
    return {row.matter_code: Served(tuple(row.served), tuple(row.to_bring)) for row in rows}


_KEEP = insert(told_served)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=["matter_code"], set_={name: _KEEP.excluded[name] for name in ("served", "to_bring")}
)
_COUNT = (
    sharings.update()
    .where(sharings.c.matter_code == sa.bindparam("matter"))
    .values(version=sharings.c.version + 1)
    .returning(sharings.c.version)
)


async def keep_told(connection: AsyncConnection, matter_code: str, served: Served) -> int:
    """Keep what is told of a matter now; return the number of its event."""
    row: dict[str, Any] = {"served": list(served.served), "to_bring": list(served.to_bring)}
    await connection.execute(_KEEP, {"matter_code": matter_code, **row})
    return int((await connection.execute(_COUNT, {"matter": matter_code})).scalar_one())
