"""Networks as they are listed."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.store.tables import networks, units

_NAME = sa.select(units.c.name).where(units.c.unit_code == networks.c.unit).scalar_subquery()
_SHOWN = sa.select(*networks.columns, sa.func.coalesce(_NAME, "").label("unit_name"))
_ONE = _SHOWN.where(networks.c.network == sa.bindparam("wanted"))


async def list_networks(  # noqa: PLR0913  one keyword per filter
    connection: AsyncConnection, *, level: str, state: str, unit: str, after: int, size: int
) -> list[Any]:
    """Return a page of the networks in the order of the city's list; empty filters take all."""
    query = _SHOWN.where(networks.c.place > after)
    for column, wanted in ((networks.c.level, level), (networks.c.state, state), (networks.c.unit, unit)):
        query = query.where(column == wanted) if wanted else query
    return list(await connection.execute(query.order_by(networks.c.place).limit(size + 1)))


async def find_network(connection: AsyncConnection, network: str) -> Any | None:
    """Return a network by its key."""
    return (await connection.execute(_ONE, {"wanted": network})).first()


_NAMES = sa.select(networks.c.network, networks.c.name)


async def network_names(connection: AsyncConnection) -> dict[str, str]:
    """Return the names of all networks by their keys."""
    return {row.network: row.name for row in await connection.execute(_NAMES)}
