from dataclasses import replace
from typing import Any

import pytest
from catalog_svc.domain.model import Pack
from catalog_svc.errors import PublishedVersionChanged
from catalog_svc.handlers import Catalog, load_city
from catalog_svc.schemas import CalendarDocument
from chassis.database import Database
from chassis.testing.client import appended


async def load(catalog: Catalog, pack: Pack, calendar: CalendarDocument) -> list[str]:
    async with catalog.database.unit_of_work() as work:
        return await load_city(catalog, work, pack, calendar)


async def test_loading_publishes_once_and_a_second_time_nothing(
    loaded: Catalog, database: Database, pack: Pack, calendar: CalendarDocument
) -> None:
    events = await appended(database)
    assert [event["type"] for event in events] == ["catalog.matter.published", "catalog.calendar.published"]
    assert await load(loaded, pack, calendar) == []
    assert await appended(database) == events


def renamed(pack: Pack, **change: Any) -> Pack:
    return replace(pack, matters=(replace(pack.matters[0], **change),))


async def test_a_published_version_cannot_be_given_another_content(
    loaded: Catalog, pack: Pack, calendar: CalendarDocument
) -> None:
    with pytest.raises(PublishedVersionChanged, match="matter_version 改为 2"):
        await load(loaded, renamed(pack, summary="另一种说法"), calendar)
    item = replace(pack.items[0], result_name="另一种结果")
    with pytest.raises(PublishedVersionChanged, match="task_version 改为 2"):
        await load(loaded, replace(pack, items=(item, *pack.items[1:])), calendar)
    with pytest.raises(PublishedVersionChanged, match="calendar_version"):
        await load(loaded, pack, calendar.model_copy(update={"years": [2026]}))


async def test_a_new_version_is_published_and_the_old_one_stays_readable(
    loaded: Catalog, database: Database, pack: Pack, calendar: CalendarDocument
) -> None:
    again = renamed(pack, summary="另一种说法", matter_version=2)
    assert await load(loaded, again, calendar) == ["matter newborn v2"]
    versions = [event["aggregateversion"] for event in await appended(database, "catalog.matter.published")]
    assert versions == [1, 2]


async def test_a_version_may_not_be_skipped(loaded: Catalog, pack: Pack, calendar: CalendarDocument) -> None:
    with pytest.raises(PublishedVersionChanged, match="连续"):
        await load(loaded, renamed(pack, summary="x", matter_version=3), calendar)
