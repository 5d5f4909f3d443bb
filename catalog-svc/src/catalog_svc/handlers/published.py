"""Finding a published version of a matter."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog_svc import store
from catalog_svc.domain.pack import PublishedMatter
from catalog_svc.errors import MatterNotFound
from catalog_svc.handlers.collaborators import Catalog

MOST_AT_HAND = 200


async def find_published(
    catalog: Catalog, connection: AsyncConnection, matter_code: str, version: int | None = None
) -> tuple[PublishedMatter, datetime]:
    """Return a matter, the current version unless one is named, and when it was published. Raises MatterNotFound.

    A version that was read stays at hand, since none ever changes.
    """
    found = await store.find_version(connection, matter_code, version)
    if found is None:
        raise MatterNotFound(f"没有 {matter_code}" + (f" 的第 {version} 版" if version else ""))
    key = (matter_code, found.matter_version)
    if key not in catalog.at_hand:
        if len(catalog.at_hand) >= MOST_AT_HAND:
            catalog.at_hand.clear()
        catalog.at_hand[key] = await store.read_version(connection, *key)
    return catalog.at_hand[key], found.published_at
