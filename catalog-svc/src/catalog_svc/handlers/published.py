"""Finding a published version of a matter."""

from dataclasses import dataclass
from datetime import date, datetime

from chassis.base import succession
from chassis.base.clock import local
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog_svc import store
from catalog_svc.domain.pack import PublishedMatter, succeeded
from catalog_svc.errors import MatterNotFound
from catalog_svc.handlers.collaborators import Catalog

MOST_AT_HAND = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A version, when it was published, and from when the matter is not offered any more, if that is known."""

    published: PublishedMatter
    published_at: datetime
    withdrawn_from: date | None

    def is_withdrawn(self, today: date) -> bool:
        """Tell whether the matter has ended."""
        return self.withdrawn_from is not None and self.withdrawn_from <= today


def today(catalog: Catalog) -> date:
    """Return the day it is in Shanghai."""
    return local(catalog.clock.now()).date()


async def find_published(
    catalog: Catalog, connection: AsyncConnection, matter_code: str, version: int | None = None
) -> Found:
    """Return a matter, the current version unless one is named. Raises MatterNotFound.

    A version that was read stays at hand in the wording it has, since its meaning never changes. The current version
    names who does the work today; one that is named says who did it when it was published.
    """
    found = await store.find_version(connection, matter_code, version)
    if found is None:
        raise MatterNotFound(f"没有 {matter_code}" + (f" 的第 {version} 版" if version else ""))
    key = (matter_code, found.matter_version, found.wording)
    if key not in catalog.at_hand:
        if len(catalog.at_hand) >= MOST_AT_HAND:
            catalog.at_hand.clear()
        catalog.at_hand[key] = await store.read_version(connection, matter_code, found.matter_version)
    published = catalog.at_hand[key]
    if version is None and await store.any_ended(connection, today(catalog)):
        heirs = succession.heirs(await store.unit_terms(connection), today(catalog))
        published = succeeded(published, heirs, await store.unit_names(connection))
    return Found(published, found.published_at, found.withdrawn_from)
