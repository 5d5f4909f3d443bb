"""What the catalogue's use cases work with."""

from dataclasses import dataclass, field
from datetime import datetime

from chassis.base.clock import Clock
from chassis.data.database import Database
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog_svc import store
from catalog_svc.domain.pack import PublishedMatter
from catalog_svc.domain.search import Cut
from catalog_svc.errors import MatterNotFound

MOST_AT_HAND = 200


@dataclass(frozen=True, slots=True)
class Catalog:
    """The catalogue's collaborators; `cut` cuts Chinese text into words, `at_hand` holds versions that were read."""

    database: Database
    clock: Clock
    cut: Cut
    at_hand: dict[tuple[str, int], PublishedMatter] = field(default_factory=dict)


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
