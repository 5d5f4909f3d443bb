"""Finding a published version of a matter."""

from collections.abc import Hashable, Mapping
from datetime import date
from typing import Any

from chassis.base import succession
from chassis.base.clock import local
from chassis.data import audit
from chassis.http.identity import Principal
from chassis.worktime import WorkTime
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog_svc import store
from catalog_svc.domain.pack import succeeded
from catalog_svc.errors import CalendarMissing, MatterNotFound
from catalog_svc.handlers.collaborators import Catalog, Found

LOOK_SECONDS = 1.0


def today(catalog: Catalog) -> date:
    """Return the day it is in Shanghai."""
    return local(catalog.clock.now()).date()


async def edition(catalog: Catalog) -> Hashable:
    """Return the version of all that is published, with the day it is, on which it depends what is offered.

    A load is its audit rows. Of those of other processes it is asked once a second, of our own after each transaction.
    """
    seen, now = catalog.last_seen, catalog.clock.now()
    ended = catalog.database.ended
    if ended != seen.ended or not 0 <= (now - seen.at).total_seconds() < LOOK_SECONDS:
        async with catalog.database.asking() as connection:
            seen.newest = await audit.newest(connection)
        seen.ended, seen.at = ended, now
    return seen.newest, local(now).date()


async def published_version(catalog: Catalog, _caller: Principal, _values: Mapping[str, Any]) -> Hashable:
    """Return the version of an answer about what is published."""
    return await edition(catalog)


async def find_published(catalog: Catalog, matter_code: str, version: int | None = None) -> Found:
    """Return a matter, the current version unless one is named. Raises MatterNotFound.

    What was found stays at hand for as long as the edition is the same. The current version names who does the work
    today; one that is named says who did it when it was published.
    """
    key = (await edition(catalog), matter_code, version)
    found = catalog.at_hand.get(key)
    if found is None:
        async with catalog.database.reading() as connection:
            found = await _find(connection, matter_code, version, today(catalog))
        catalog.at_hand.keep(key, found)
    return found


async def _find(connection: AsyncConnection, matter_code: str, version: int | None, day: date) -> Found:
    row = await store.find_version(connection, matter_code, version)
    if row is None:
        raise MatterNotFound(f"没有 {matter_code}" + (f" 的第 {version} 版" if version else ""))
    published, published_at, withdrawn_from, served = row
    if version is None and await store.any_ended(connection, day):
        heirs = succession.heirs(await store.unit_terms(connection), day)
        published = succeeded(published, heirs, await store.unit_names(connection))
    return Found(published, published_at, withdrawn_from, served)


async def work_time(catalog: Catalog) -> WorkTime:
    """Return the working time by the newest calendar, parsed once an edition. Raises CalendarMissing."""
    known = await edition(catalog)
    times = catalog.times.get(known)
    if times is None:
        async with catalog.database.asking() as connection:
            stored = await store.newest_calendar(connection)
        if stored is None:
            raise CalendarMissing("请先载入城市包")
        times = WorkTime.from_json(stored.document)
        catalog.times.keep(known, times)
    return times
