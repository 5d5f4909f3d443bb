"""What a city pack loads: networks, resources and sharing catalogues, new or in other words."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.store.tables import networks, resources, sharings

_NETWORKS = sa.select(networks)
_RESOURCES = sa.select(resources.c.resource, resources.c.document)
_SHARINGS = sa.select(sharings.c.matter_code, sharings.c.document)
WORDS = ("place", "name", "level", "unit", "owner_name", "status", "source")
"""What a pack says of a network; how far it is connected is not the pack's to say."""
_SAVE_NETWORK = insert(networks)
_SAVE_NETWORK = _SAVE_NETWORK.on_conflict_do_update(
    index_elements=["network"], set_={name: _SAVE_NETWORK.excluded[name] for name in WORDS}
)
_SAVE_RESOURCE = insert(resources)
_SAVE_RESOURCE = _SAVE_RESOURCE.on_conflict_do_update(
    index_elements=["resource"],
    set_={
        **{column.name: _SAVE_RESOURCE.excluded[column.name] for column in resources.columns if not column.primary_key},
        "version": resources.c.version + 1,
    },
)
_SAVE_SHARING = insert(sharings)
_SAVE_SHARING = _SAVE_SHARING.on_conflict_do_update(
    index_elements=["matter_code"], set_={"document": _SAVE_SHARING.excluded.document}
)


async def networks_kept(connection: AsyncConnection) -> dict[str, Any]:
    """Return the networks by their keys."""
    return {row.network: row for row in await connection.execute(_NETWORKS)}


async def resources_kept(connection: AsyncConnection) -> dict[str, Any]:
    """Return the documents of the resources by their keys."""
    return {row.resource: row.document for row in await connection.execute(_RESOURCES)}


async def sharings_kept(connection: AsyncConnection) -> dict[str, Any]:
    """Return the documents of the sharing catalogues by their matters."""
    return {row.matter_code: row.document for row in await connection.execute(_SHARINGS)}


async def save_networks(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep networks that are new, and the words of those that are there: how far they are connected stays."""
    await connection.execute(_SAVE_NETWORK, rows)


async def save_resources(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep resources that are new or changed; `version` counts the changes."""
    await connection.execute(_SAVE_RESOURCE, rows)


async def save_sharings(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep sharing catalogues that are new or changed."""
    await connection.execute(_SAVE_SHARING, rows)
