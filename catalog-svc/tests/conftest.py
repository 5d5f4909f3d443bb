"""The catalogue on a fresh database with Zhengzhou's pack loaded."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from catalog_svc import app
from catalog_svc.domain.pack import Pack, PublishedMatter, publish
from catalog_svc.handlers import Catalog, load_city
from catalog_svc.schemas import CalendarDocument
from catalog_svc.settings import CatalogSettings
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.service import Service
from chassis.testing.client import Client
from chassis.testing.plugin import OpenDatabase
from yiwang.calendar import read_calendar
from yiwang.city import read_pack

Load = Callable[..., Awaitable[list[str]]]
CITY = Path(__file__).resolve().parents[2] / "deploy" / "zhengzhou"


@cache
def _read() -> Pack:
    return read_pack(CITY)[0]


@pytest.fixture(scope="session")
def zhengzhou() -> Pack:
    """Zhengzhou's pack as it stands, read once in a process, however many sessions it has (make mutate)."""
    return _read()


@pytest.fixture(scope="session")
def pack(zhengzhou: Pack) -> Pack:
    """Zhengzhou's pack, all at its first version, with the remedies filled in that are still to be confirmed."""
    told: dict[str, Any] = {"court": "测试法院", "authority_address": "测试路 1 号", "authority_phone": "0371-00000000"}
    return replace(
        zhengzhou,
        units=tuple(replace(unit, **told) for unit in zhengzhou.units),
        items=tuple(replace(item, task_version=1) for item in zhengzhou.items),
        matters=tuple(replace(matter, matter_version=1) for matter in zhengzhou.matters),
    )


@pytest.fixture(scope="session")
def calendar() -> CalendarDocument:
    return read_calendar(CITY)


@pytest.fixture(scope="session")
def newborn(pack: Pack) -> PublishedMatter:
    return publish(pack, pack.matters[0])


@pytest.fixture
async def database(open_database: OpenDatabase) -> Database:
    return await open_database("catalog_svc")


@pytest.fixture
def catalog(database: Database) -> Catalog:
    return Catalog(database, database.clock, app.cut, app.spell)


@pytest.fixture
def load(catalog: Catalog, pack: Pack, calendar: CalendarDocument) -> Load:
    """Load Zhengzhou's pack, or another one, as the command does; return what was published."""

    async def load_one(changed: Pack = pack, days: CalendarDocument = calendar) -> list[str]:
        async with catalog.database.unit_of_work() as work:
            return await load_city(catalog, work, changed, days)

    return load_one


@pytest.fixture
async def loaded(catalog: Catalog, load: Load) -> Catalog:
    await load()
    return catalog


@pytest.fixture
def service(settings_for: Callable[..., CatalogSettings], database: Database, bus: Bus) -> Service:
    return app.build(settings_for(CatalogSettings), database=database, bus=bus)


@pytest.fixture
def api(client: Callable[..., Client], service: Service, loaded: Catalog) -> Client:
    return client(service.app)
