import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from catalog_svc import handlers, store
from catalog_svc.domain.model import ElementType
from catalog_svc.domain.pack import Pack, publish
from catalog_svc.errors import CalendarMissing, MatterWithdrawn, PublishedVersionChanged, TooMuchWithdrawn
from catalog_svc.handlers import Catalog, load_city
from catalog_svc.handlers.collaborators import MOST_AT_HAND
from catalog_svc.handlers.published import find_published
from catalog_svc.schemas import CalendarDocument
from chassis.base.clock import local
from chassis.data import schema
from chassis.data.database import Database
from chassis.testing import client
from chassis.testing.builders import ManualClock
from chassis.testing.client import appended
from sqlalchemy import event
from sqlalchemy.engine import Engine

MATTER, CALENDAR = "catalog.matter.published", "catalog.calendar.published"
UNIT, ITEM = "catalog.unit.published", "catalog.item.published"
SHORTEST = {
    "parents_nationality": "both",
    "birth_place": "zhengzhou",
    "in_wedlock": "yes",
    "residence": "none",
    "maternity": "none",
}


async def audited(database: Database) -> list[str]:
    return [row.subject for row in await client.audited(database)]


async def test_loading_publishes_once_and_a_second_time_nothing_happens(database: Database, load: Any) -> None:
    published = await load()
    events, records = await appended(database), await audited(database)
    assert Counter(event["type"] for event in events) == {UNIT: 58, ITEM: 8, MATTER: 1, CALENDAR: 1}
    assert records == published
    assert len([name for name in published if name.startswith("unit ")]) == 58
    assert {"synonyms", "matter newborn v1", "calendar 2026-1"} <= set(published)
    assert await load() == []
    assert (await appended(database), await audited(database)) == (events, records)


@pytest.mark.usefixtures("loaded")
async def test_loading_again_changes_no_items_row(load: Any) -> None:
    said: list[str] = []

    def hear(*heard: Any) -> None:
        said.append(heard[2])

    event.listen(Engine, "before_cursor_execute", hear)
    assert await load() == []
    event.remove(Engine, "before_cursor_execute", hear)
    assert [one for one in said if one.startswith("SELECT")]
    assert not [one for one in said if one.startswith("UPDATE item")]


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
        "item": "11410100MBXX0009494410709001000",
        "unit": "U09",
        "unit_name": "郑州市公安局",
        "after": ["birth_certificate"],
        "promise": {"amount": 2, "unit": "WORKDAY"},
        "statutory": None,
        "on_refusal": "SOFT",
        "by": "UNIT",
        "result": {"name": "居民户口簿内页", "type": "其他", "material": "child_hukou_record"},
        "clock_start": "ACCEPTANCE",
        "task_type": "07",
    }
    assert tasks["medical_insurance"]["clock_start"] == "RECEIPT"
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
        await load(changed(pack, stage="OTHER"))
    with pytest.raises(PublishedVersionChanged, match="matter_version 改为 2"):
        await load(changed(pack, stage="OTHER", matter_version=1))
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
        await load(replace(changed(pack, stage="OTHER"), units=units))
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


WORDS: list[tuple[str, Any]] = [
    ("units", lambda unit: replace(unit, name=f"新名{unit.name}") if unit.unit_code == "U23" else unit),
    ("regions", lambda region: replace(region, name=f"新名{region.name}")),
    ("elements", lambda element: replace(element, label=f"新名{element.label}", help="换一种说法")),
    ("sections", lambda section: replace(section, title=f"新名{section.title}")),
    ("materials", lambda material: replace(material, name=f"新名{material.name}")),
    ("items", lambda item: replace(item, task_name=f"新名{item.task_name}", common_name=("新俗称",))),
    ("matters", lambda matter: replace(matter, name="小宝宝来了", aliases=("添丁",), summary="换一种说法")),
    (
        "matters",
        lambda matter: replace(
            matter,
            questions=tuple(replace(one, text=f"新问法:{one.text}") for one in matter.questions),
            tasks=tuple(replace(one, name=f"新名{one.name}") for one in matter.tasks),
        ),
    ),
]


@pytest.mark.parametrize(("kind", "reword"), WORDS, ids=[kind for kind, _ in WORDS])
async def test_other_words_need_no_new_version_and_are_read_at_once(
    loaded: Catalog, database: Database, load: Any, pack: Pack, kind: str, reword: Any
) -> None:
    await handlers.show_matter(loaded, "newborn")  # at hand in its old words
    reworded: dict[str, Any] = {kind: tuple(reword(one) for one in getattr(pack, kind))}
    other = replace(pack, **reworded)
    done = await load(other)
    assert "reworded matter newborn v1" in done
    assert not [line for line in done if not line.startswith(("reworded ", "unit ", "synonyms"))]
    found = await find_published(loaded, "newborn")
    assert found.published == publish(other, other.matters[0])
    assert found.published_at == (await handlers.show_matter_version(loaded, "newborn", 1)).published_at
    told = (await appended(database, MATTER))[-1]
    assert (told["aggregateversion"], told["data"]["matter_version"]) == (2, 1)
    assert "reworded" not in " ".join(await load(other))


async def test_new_words_are_searched_for_and_the_old_ones_no_more(loaded: Catalog, load: Any, pack: Pack) -> None:
    await load(changed(pack, name="小宝宝来了", aliases=("添丁进口",), summary=""))
    assert [one.name for one in (await handlers.list_matters(loaded, "添丁进口", "", "", 10)).items] == ["小宝宝来了"]


async def test_another_place_to_choose_is_no_wording(loaded: Catalog, load: Any, pack: Pack) -> None:
    more = replace(pack.regions[-1], region_code="410186", name="新设区")
    with pytest.raises(PublishedVersionChanged, match="matter_version"):
        await load(replace(pack, regions=(*pack.regions, more)))


@pytest.fixture
async def two(loaded: Catalog, load: Any, pack: Pack) -> Pack:
    """Have a second matter published that shares the first one's items but its first."""
    second = replace(pack.matters[0], matter_code="second", name="第二件事", tasks=pack.matters[0].tasks[:1])
    both = replace(pack, matters=(*pack.matters, second))
    assert await load(both) == ["matter second v1"]
    return both


async def test_what_is_taken_out_of_the_pack_is_no_longer_offered_and_says_so(
    loaded: Catalog, database: Database, load: Any, pack: Pack, two: Pack
) -> None:
    today = local(loaded.clock.now()).date()
    assert (await handlers.list_stages(loaded)).items[0].matters == 2
    assert await load(pack) == [f"withdrawn matter second {today}"]
    assert (await handlers.list_stages(loaded)).items[0].matters == 1
    (event,) = await appended(database, "catalog.matter.withdrawn")
    assert (event["subject"], event["aggregateversion"]) == ("second", 2)
    assert event["data"]["withdrawn_from"] == today.isoformat()
    assert [one.matter_code for one in (await handlers.list_matters(loaded, "", "", "", 10)).items] == ["newborn"]
    assert [one.matter_code for one in (await handlers.list_matters(loaded, "第二", "", "", 10)).items] == []
    shown = await handlers.show_matter(loaded, "second")
    assert (shown.is_withdrawn, shown.withdrawn_from) == (True, today.isoformat())
    assert (await handlers.show_matter_version(loaded, "second", 1)).name == "第二件事"
    with pytest.raises(MatterWithdrawn, match=f"自 {today} 起不再受理“第二件事”"):
        await handlers.guide_matter(loaded, "second", {})
    assert await load(pack) == []
    assert await load(two) == ["restored matter second v1"]
    assert (await appended(database, MATTER))[-1]["aggregateversion"] == 3
    assert not (await handlers.show_matter(loaded, "second")).is_withdrawn


async def test_a_matter_goes_on_until_the_day_that_the_pack_names(
    loaded: Catalog, load: Any, pack: Pack, two: Pack, clock: ManualClock
) -> None:
    day = local(clock.now()).date() + timedelta(days=10)
    assert await load(replace(pack, withdrawn={"second": day})) == [f"withdrawn matter second {day}"]
    assert len((await handlers.list_matters(loaded, "", "", "", 10)).items) == 2
    assert not (await handlers.show_matter(loaded, "second")).is_withdrawn
    assert await load(pack) == []  # what was told stays told
    clock.advance(days=10)
    assert len((await handlers.list_matters(loaded, "", "", "", 10)).items) == 1
    assert (await handlers.show_matter(loaded, "second")).is_withdrawn


async def test_an_item_taken_out_is_neither_listed_nor_found(loaded: Catalog, load: Any, pack: Pack) -> None:
    item = replace(pack.items[0], task_code="spare", task_name="备用登记")
    assert await load(replace(pack, items=(*pack.items, item))) == ["item spare v1"]
    assert (await handlers.list_items(loaded, "备用登记", "", "", 10)).items[0].task_code == "spare"
    today = local(loaded.clock.now()).date()
    assert await load(pack) == [f"withdrawn item spare {today}"]
    assert "spare" not in [one.task_code for one in (await handlers.list_items(loaded, "备用登记", "", "", 10)).items]
    assert "spare" not in [one.task_code for one in (await handlers.list_items(loaded, "", "", "", 50)).items]
    assert (await handlers.show_item(loaded, "spare")).withdrawn_from == today.isoformat()


async def test_a_half_copied_pack_closes_no_city_unless_it_is_meant(
    loaded: Catalog, database: Database, catalog: Catalog, pack: Pack, calendar: CalendarDocument, load: Any
) -> None:
    before = await appended(database)
    half = replace(pack, items=pack.items[:2], matters=())
    with pytest.raises(TooMuchWithdrawn, match="--withdraw"):
        await load(half)
    assert await appended(database) == before
    async with database.unit_of_work() as work:
        done = await load_city(catalog, work, half, calendar, withdraw=True)
    assert len([line for line in done if line.startswith("withdrawn ")]) == len(pack.items) - 2 + 1


async def test_the_matter_of_today_names_who_has_taken_over_and_an_old_version_who_did_it(
    loaded: Catalog, load: Any, pack: Pack, clock: ManualClock
) -> None:
    today = local(clock.now()).date()
    ended = tuple(
        replace(unit, valid_to=today, successor="U10") if unit.unit_code == "U23" else unit for unit in pack.units
    )
    await load(replace(pack, units=ended))
    assert (await handlers.show_matter(loaded, "newborn")).lead_unit == "U23"
    clock.advance(days=1)
    shown = await handlers.show_matter(loaded, "newborn")
    assert (shown.lead_unit, shown.lead_unit_name) == ("U10", "郑州市民政局")
    published = (await find_published(loaded, "newborn")).published
    assert "U23" not in {item.unit for item in published.items} | {one.holder for one in published.materials}
    old = await handlers.show_matter_version(loaded, "newborn", shown.matter_version)
    assert old.lead_unit == "U23"


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


async def test_so_many_versions_are_at_hand_and_no_more(loaded: Catalog) -> None:
    newborn = await find_published(loaded, "newborn")
    for number in range(MOST_AT_HAND):
        loaded.at_hand.keep(number, newborn)
    await handlers.show_matter(loaded, "newborn")
    assert len(loaded.at_hand) == MOST_AT_HAND


async def test_of_many_calendars_the_newest_counts(
    loaded: Catalog, load: Any, pack: Pack, calendar: CalendarDocument
) -> None:
    closed = {f"2026-03-{day:02d}": "停办公告" for day in range(3, 21)}
    first = (await handlers.guide_matter(loaded, "newborn", SHORTEST)).promise
    for number, off in ((2, closed), (3, {})):
        version = f"2026-{number}"
        newer = calendar.model_copy(update={"calendar_version": version, "off": {**calendar.off, **off}})
        assert [await load(pack, newer), await load(pack, newer)] == [[f"calendar {version}"], []]
        promise = (await handlers.guide_matter(loaded, "newborn", SHORTEST)).promise
        assert promise.calendar_version == version
        assert (promise.finish == first.finish) == (not off), "eighteen days less are counted, or as many as at first"


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


async def test_each_item_is_told_with_what_the_city_promises_of_it(
    loaded: Catalog, database: Database, pack: Pack
) -> None:
    events = await appended(database, ITEM)
    assert [(event["subject"], event["aggregateversion"]) for event in events] == [
        (item.task_code, 1) for item in pack.items
    ]
    told = {event["data"]["name"]: event["data"] for event in events}
    (name,) = (one.task_name for one in pack.items if one.task_code == "11410100MBXX0009494410709001000")
    assert told[name] == {
        "item": "11410100MBXX0009494410709001000",
        "item_version": 1,
        "name": name,
        "unit": "U09",
        "unit_name": "郑州市公安局",
        "task_type": "07",
        "project_type": "2",
        "is_applied_for": True,
        "handle_type": ["1", "2", "3"],
        "online_handle_depth": "Ⅲ",
        "limit_scene_num": 1,
        "promise": {"amount": 2, "unit": "WORKDAY"},
        "statutory": None,
        "clock_start": "ACCEPTANCE",
        "materials": 6,
        "materials_required": 6,
        "is_fee": False,
        "region": "410100",
    }


async def test_an_item_is_told_again_when_it_is_changed_said_otherwise_ended_and_offered_again(
    loaded: Catalog, database: Database, load: Any, pack: Pack
) -> None:
    spare = replace(pack.items[0], task_code="spare", task_name="备用登记")
    with_spare = replace(pack, items=(*pack.items, spare))
    changed = replace(spare, task_version=2, limit_scene_num=1, online_handle_depth="Ⅲ")
    reworded = replace(changed, task_name="备用登记(新)")
    await load(with_spare)
    await load(replace(pack, items=(*pack.items, changed)))
    await load(replace(pack, items=(*pack.items, reworded)))
    await load(pack)
    await load(replace(pack, items=(*pack.items, reworded)))
    assert await load(replace(pack, items=(*pack.items, reworded))) == []
    events = [event for event in await appended(database) if event["subject"] == "spare"]
    today = local(loaded.clock.now()).date().isoformat()
    assert [
        (event["aggregateversion"], event["type"].rpartition(".")[2], event["data"]["item_version"]) for event in events
    ] == [(1, "published", 1), (2, "published", 2), (3, "published", 2), (4, "withdrawn", 2), (5, "published", 2)]
    assert [event["data"].get("limit_scene_num") for event in events] == [0, 1, 1, None, 1]
    assert events[2]["data"]["name"] == "备用登记(新)"
    assert events[3]["data"] == {
        "item": "spare",
        "item_version": 2,
        "unit": spare.unit,
        "withdrawn_from": today,
        "region": "410100",
    }


async def test_the_next_load_tells_the_items_that_an_older_release_told_nobody_of(
    loaded: Catalog, database: Database, load: Any, pack: Pack
) -> None:
    async with database.unit_of_work() as work:
        await work.connection.execute(store.items.update().values(told=None))
        await work.connection.execute(schema.outbox.delete().where(schema.outbox.c.topic == "catalog.item"))
    assert await load() == [f"told item {item.task_code} v1" for item in pack.items]
    assert len(await appended(database, ITEM)) == len(pack.items)
    assert (await client.audited(database))[-1].action == "catalog.told"
    assert await load() == []


async def test_what_is_stored_reads_back_as_it_was_published(loaded: Catalog, pack: Pack) -> None:
    async with loaded.database.reading() as connection:
        found = await store.find_version(connection, "newborn", 1)
        assert found is not None
        published = found[0]
        items = await store.items_of(connection, [item.task_code for item in pack.items])
    assert published.matter == pack.matters[0]
    assert tuple(items[item.task_code] for item in pack.items) == pack.items


async def test_the_guide_says_of_what_type_a_papers_number_is_and_whose_among_those_the_form_asks_for(
    catalog: Catalog, load: Any, pack: Pack
) -> None:
    of = ("mother_id_number", "father_id_number", "bank_account")
    card: dict[str, Any] = {"reference_type": ElementType.ID_NUMBER, "reference_of": of}
    materials = [replace(one, **card) if one.material == "parent_id_card" else one for one in pack.materials]
    await load(replace(pack, materials=tuple(materials)))
    guide = await handlers.guide_matter(catalog, "newborn", SHORTEST)
    found = {one.material: (one.reference_type, one.reference_of) for one in guide.materials}
    assert found["parent_id_card"] == ("id_number", ["mother_id_number", "father_id_number"])


async def test_a_guide_without_a_calendar_says_that_it_is_missing(loaded: Catalog, database: Database) -> None:
    async with database.unit_of_work() as work:
        await work.connection.execute(store.calendars.delete())
    with pytest.raises(CalendarMissing):
        await handlers.guide_matter(loaded, "newborn", SHORTEST)
