"""Resources and sharing catalogues of the city pack."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.domain.documents import read_resource, read_sharing
from datashare_svc.domain.model import Connection, Resource, Sharing
from datashare_svc.store.tables import networks, resources, sharings, units

_RESOURCE = sa.select(resources.c.document).where(resources.c.resource == sa.bindparam("wanted"))
_RESOURCES = sa.select(resources.c.document).where(resources.c.resource.in_(sa.bindparam("wanted", expanding=True)))
_SHARING = sa.select(sharings.c.document).where(sharings.c.matter_code == sa.bindparam("wanted"))


_SERVED = (
    sa.select(resources.c.document, networks.c.state)
    .join(networks, networks.c.network == resources.c.network)
    .where(resources.c.resource == sa.bindparam("wanted"))
)


async def find_served(connection: AsyncConnection, resource: str) -> tuple[Resource, Connection] | None:
    """Return a resource by its key, with how far its network is connected."""
    row = (await connection.execute(_SERVED, {"wanted": resource})).first()
    return (read_resource(row.document), Connection(row.state)) if row else None


async def find_resource(connection: AsyncConnection, resource: str) -> Resource | None:
    """Return a resource by its key."""
    document: Any = (await connection.execute(_RESOURCE, {"wanted": resource})).scalar()
    return read_resource(document) if document else None


async def resources_of(connection: AsyncConnection, keys: Iterable[str]) -> dict[str, Resource]:
    """Return those resources of these keys that there are, by their keys."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    found = [read_resource(row.document) for row in await connection.execute(_RESOURCES, {"wanted": wanted})]
    return {one.resource: one for one in found}


async def find_sharing(connection: AsyncConnection, matter_code: str) -> Sharing | None:
    """Return the sharing catalogue of a matter."""
    document: Any = (await connection.execute(_SHARING, {"wanted": matter_code})).scalar()
    return read_sharing(document) if document else None


_UNIT_NAME = sa.select(units.c.name).where(units.c.unit_code == resources.c.unit).scalar_subquery()
_SHOWN = sa.select(
    resources,
    networks.c.name.label("network_name"),
    networks.c.state.label("network_state"),
    sa.func.coalesce(_UNIT_NAME, "").label("unit_name"),
).join(networks, networks.c.network == resources.c.network)
_ONE_SHOWN = _SHOWN.where(resources.c.resource == sa.bindparam("wanted"))
_SHOWN_OF = _SHOWN.where(resources.c.resource.in_(sa.bindparam("wanted", expanding=True)))


async def list_resources(  # noqa: PLR0913  one keyword per filter
    connection: AsyncConnection, *, network: str, unit: str, sharing_class: str, after: str, size: int
) -> list[Any]:
    """Return a page of the resources in the order of their keys, each with its network; empty filters take all."""
    query = _SHOWN.where(resources.c.resource > after)
    for column, wanted in (
        (resources.c.network, network),
        (resources.c.unit, unit),
        (resources.c.sharing_class, sharing_class),
    ):
        query = query.where(column == wanted) if wanted else query
    return list(await connection.execute(query.order_by(resources.c.resource).limit(size + 1)))


async def show_resource(connection: AsyncConnection, resource: str) -> Any | None:
    """Return a resource with its network and the name of its unit."""
    return (await connection.execute(_ONE_SHOWN, {"wanted": resource})).first()


async def resources_shown(connection: AsyncConnection, keys: Iterable[str]) -> dict[str, Any]:
    """Return resources with their networks and the names of their units, by their keys."""
    return {row.resource: row for row in await connection.execute(_SHOWN_OF, {"wanted": sorted(set(keys))})}
