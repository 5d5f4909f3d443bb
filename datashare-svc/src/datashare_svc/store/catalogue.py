"""Resources and sharing catalogues of the city pack."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.domain.documents import read_resource, read_sharing
from datashare_svc.domain.model import Resource, Sharing
from datashare_svc.store.tables import resources, sharings

_RESOURCE = sa.select(resources.c.document).where(resources.c.resource == sa.bindparam("wanted"))
_RESOURCES = sa.select(resources.c.document).where(resources.c.resource.in_(sa.bindparam("wanted", expanding=True)))
_SHARING = sa.select(sharings.c.document).where(sharings.c.matter_code == sa.bindparam("wanted"))


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
