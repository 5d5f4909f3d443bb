import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from catalog_svc import handlers, store
from catalog_svc.domain.pack import Pack
from catalog_svc.errors import CalendarMissing, PublishedVersionChanged
from catalog_svc.handlers import Catalog
from catalog_svc.schemas import CalendarDocument
from chassis.data.database import Database
from chassis.testing import client
from chassis.testing.client import appended

MATTER, CALENDAR = "catalog.matter.published", "catalog.calendar.published"
UNIT = "catalog.unit.published"


async def audited(database: Database) -> list[str]:
    return [row.subject for row in await client.audited(database)]


async def test_loading_publishes_once_and_a_second_time_nothing_happens(database: Database, load: Any) -> None:
    published = await load()
    events, records = await appended(database), await audited(database)
    assert Counter(event["type"] for event in events) == {UNIT: 58, MATTER: 1, CALENDAR: 1}
    assert records == published
    assert len([name for name in published if name.startswith("unit ")]) == 58
    assert {"synonyms", "matter newborn v1", "calendar 2026-1"} <= set(published)
    assert await load() == []
    assert (await appended(database), await audited(database)) == (events, records)


async def test_the_event_tells_the_graph_with_its_limits_and_nothing_of_the_form(
    loaded: Catalog, database: Database
) -> None:
    (event,) = await appended(database, MATTER)
    assert (event["subject"], event["aggregateversion"]) == ("newborn", 1)
    tasks = {task["task_key"]: task for task in event["data"]["tasks"]}
    assert tasks["medical_insurance"]["after"] == tasks["social_security_card"]["after"] == ["birth_registration"]
    assert tasks["birth_registration"] == {
        "task_key": "birth_registration",
        "name": "出生登记",
        "item": "11410100MBXX0009493410709001000",
        "unit": "U09",
        "unit_name": "郑州市公安局",
        "after": ["birth_certificate"],
        "promise": {"amount": 2, "unit": "WORKDAY"},
        "statutory": None,
        "on_refusal": "SOFT",
        "result": {"name": "居民户口簿内页", "type": "其他", "material": "child_hukou_record"},
    }
    assert tasks["vaccination"]["result"] == {"name": "预防接种证", "type": "证照", "material": None}
    assert tasks["medical_insurance"]["statutory"] == {"amount": 10, "unit": "WORKDAY"}
    assert tasks["birth_certificate"]["on_refusal"] == "HARD"
    told = {"matter_code", "matter_version", "name", "lead_unit", "lead_unit_name", "tasks", "region"}
    assert set(event["data"]) == told
    assert event["data"]["region"] == "410100"


def changed(pack: Pack, **change: Any) -> Pack:
    return replace(pack, matters=(replace(pack.matters[0], **change),))


async def test_a_published_version_cannot_be_given_another_content(
    loaded: Catalog, database: Database, load: Any, pack: Pack, calendar: CalendarDocument
) -> None:
    before = (await appended(database), await audited(database))
    with pytest.raises(PublishedVersionChanged, match="matter_version 改为 2"):
        await load(changed(pack, summary="另一种说法"))
    with pytest.raises(PublishedVersionChanged, match="matter_version 改为 2"):
        await load(changed(pack, summary="另一种说法", matter_version=1))
    item = replace(pack.items[0], result_name="另一种结果")
    with pytest.raises(PublishedVersionChanged, match="task_version 改为 2"):
        await load(replace(pack, items=(item, *pack.items[1:])))
    with pytest.raises(PublishedVersionChanged, match="calendar_version"):
        await load(pack, calendar.model_copy(update={"years": [2026]}))
    assert (await appended(database), await audited(database)) == before


async def test_a_refused_load_leaves_nothing_of_itself(
    loaded: Catalog, database: Database, load: Any, pack: Pack
) -> None:
    units = (replace(pack.units[0], name="改了名的单位"), *pack.units[1:])
    with pytest.raises(PublishedVersionChanged):
        await load(replace(changed(pack, summary="另一种说法"), units=units))
    assert (await handlers.show_unit(loaded, "U01")).name == pack.units[0].name


async def test_a_changed_item_needs_a_new_version_of_the_matter_too(loaded: Catalog, load: Any, pack: Pack) -> None:
    item = replace(pack.items[0], result_name="另一种结果", task_version=2)
    items = (item, *pack.items[1:])
    with pytest.raises(PublishedVersionChanged, match="matter_version"):
        await load(replace(pack, items=items))
    again = await load(replace(changed(pack, matter_version=2), items=items))
    assert again == [f"item {item.task_code} v2", "matter newborn v2"]
    assert (await handlers.show_item(loaded, item.task_code)).result_name == "另一种结果"


async def test_a_new_version_is_published_and_the_old_one_stays_as_it_was(
    loaded: Catalog, database: Database, load: Any, pack: Pack
) -> None:
    old = await handlers.show_matter_version(loaded, "newborn", 1)
    assert await load(changed(pack, summary="另一种说法", matter_version=3)) == ["matter newborn v3"]
    assert await handlers.show_matter_version(loaded, "newborn", 1) == old
    assert (await handlers.show_matter(loaded, "newborn")).summary == "另一种说法"
    events = await appended(database, MATTER)
    assert [(event["aggregateversion"], event["data"]["matter_version"]) for event in events] == [(1, 1), (2, 3)]


async def test_units_are_renamed_and_words_replaced_without_an_event_of_any_matter(
    loaded: Catalog, database: Database, load: Any, pack: Pack
) -> None:
    before = await appended(database, MATTER)
    units = (replace(pack.units[0], short_name="发改委"), *pack.units[1:])
    assert await load(replace(pack, units=units, synonyms={"小宝贝": ("新生儿",)})) == ["unit U01", "synonyms"]
    assert await appended(database, MATTER) == before
    assert (await audited(database))[-2:] == ["unit U01", "synonyms"]
    assert (await handlers.list_matters(loaded, "小宝贝", "", "", 10)).items[0].matter_code == "newborn"


async def test_a_new_calendar_is_published_as_the_next_of_its_region(
    loaded: Catalog, database: Database, load: Any, pack: Pack, calendar: CalendarDocument
) -> None:
    newer = calendar.model_copy(
        update={"calendar_version": "2026-2", "off": {**calendar.off, "2026-07-21": "停办公告"}}
    )
    assert await load(pack, newer) == ["calendar 2026-2"]
    events = await appended(database, CALENDAR)
    assert [(event["subject"], event["aggregateversion"]) for event in events] == [("410100", 1), ("410100", 2)]
    assert events[1]["data"]["off"]["2026-07-21"] == "停办公告"


async def test_two_loads_at_once_publish_once(database: Database, load: Any) -> None:
    outcomes = await asyncio.gather(load(), load())
    assert sorted(map(bool, outcomes)) == [False, True]
    told = await appended(database)
    assert len({(event["type"], event["subject"]) for event in told}) == len(told) > 2


async def test_each_new_or_changed_unit_is_told_once_with_its_remedies(
    loaded: Catalog, database: Database, load: Any, pack: Pack
) -> None:
    first = await appended(database, UNIT)
    assert [event["subject"] for event in first] == [unit.unit_code for unit in pack.units]
    told = {event["subject"]: event["data"] for event in first}
    tax, power = told["U43"]["remedies"], told["U49"]["remedies"]
    assert (tax["review_basis"], tax["review_authority"]) == ("higher_organ", "国家税务总局河南省税务局")
    assert (power["review_basis"], power["review_authority"]) == ("none", "")
    assert "12345" in power["complaint_way"]
    assert (told["U23"]["acceptance_word"], told["U23"]["valid_to"]) == ("郑卫受字", None)
    ended = replace(pack.units[0], valid_to=date(2026, 12, 31), successor="U02")
    assert await load(replace(pack, units=(ended, *pack.units[1:]))) == ["unit U01"]
    (event,) = (await appended(database, UNIT))[len(first) :]
    assert (event["subject"], event["aggregateversion"]) == ("U01", 2)
    assert (event["data"]["valid_to"], event["data"]["successor"]) == ("2026-12-31", "U02")
    shown = await handlers.show_unit(loaded, "U01")
    assert (shown.valid_to, shown.successor, shown.review_authority) == ("2026-12-31", "U02", "郑州市人民政府")


async def test_what_is_stored_reads_back_as_it_was_published(loaded: Catalog, pack: Pack) -> None:
    async with loaded.database.reading() as connection:
        published = await store.read_version(connection, "newborn", 1)
        items = await store.items_of(connection, [item.task_code for item in pack.items])
    assert published.matter == pack.matters[0]
    assert tuple(items[item.task_code] for item in pack.items) == pack.items


async def test_a_guide_without_a_calendar_says_that_it_is_missing(loaded: Catalog, database: Database) -> None:
    answers = {
        "parents_nationality": "both",
        "in_wedlock": "yes",
        "birth_here": "yes",
        "hukou_here": "no",
        "maternity": "no",
    }
    async with database.unit_of_work() as work:
        await work.connection.execute(store.calendars.delete())
    with pytest.raises(CalendarMissing):
        await handlers.guide_matter(loaded, "newborn", answers)
