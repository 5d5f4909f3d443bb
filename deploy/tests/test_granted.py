"""What the city pack's sharing catalogues use is granted once the providers have answered, and not before."""

from collections.abc import Iterator

import pytest
from chassis.data.database import Database
from chassis.testing.builders import ManualClock
from chassis.testing.plugin import OpenDatabase
from datashare_svc.domain.grants import Granted
from datashare_svc.domain.model import Depth, Purpose, Push, Use
from datashare_svc.handlers import finish_grants
from datashare_svc.store.grants import find_grant
from yiwang.suite import CITY, CityRead, load_datashare, read_city

PURPOSES = {Push.DRAFT: Purpose.PREFILL, Push.SUBMISSION: Purpose.VERIFICATION, Push.TASK: Purpose.REVIEW}


@pytest.fixture
async def database(open_database: OpenDatabase) -> Database:
    return await open_database("datashare_svc")


def uses(city: CityRead) -> Iterator[tuple[str, Use, str, str]]:
    """Yield each use of each matter with its item and the unit that uses the answer; without an item the provider."""
    unit_of = {item.task_code: item.unit for item in city.pack.items}
    provider = {one.resource: one.unit for one in city.sharing.resources}
    for sharing in city.sharing.sharings:
        for use in sharing.uses:
            for item in use.items or ("",):
                yield sharing.matter_code, use, item, unit_of.get(item, provider[use.resource])


def wanted(use: Use) -> frozenset[str]:
    return frozenset(use.gives.values() if use.depth is Depth.VALUE else use.compares)


async def ungranted(database: Database, city: CityRead, clock: ManualClock) -> list[str]:
    """Name the uses that no grant covers."""
    found: list[str] = []
    async with database.reading() as connection:
        for matter, use, item, unit in uses(city):
            granted: Granted | None = await find_grant(
                connection,
                resource=use.resource,
                matter_code=matter,
                item=item,
                unit=unit,
                purpose=PURPOSES[use.push],
                now=clock.now(),
                depth=use.depth,
                fields=wanted(use),
            )
            if granted is None or not granted.covers(use.depth, wanted(use)):
                found.append(f"{matter} {use.use} {item} {unit}")
    return found


async def test_each_use_of_a_sharing_catalogue_is_granted_by_its_provider(
    database: Database, clock: ManualClock
) -> None:
    city = await read_city(CITY)
    await load_datashare(database, city)
    assert await ungranted(database, city, clock)
    async with database.unit_of_work() as work:
        assert await finish_grants(work, city.sharing.hands)
    assert await ungranted(database, city, clock) == []
