"""Loading a city pack: what is new is published, what is the same stays, what was published never changes."""

from collections.abc import Sequence

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.outbox import append
from chassis.worktime import Limit

from catalog_svc import store
from catalog_svc.domain.model import Item, Matter, Unit
from catalog_svc.domain.pack import Pack, PublishedMatter, publish
from catalog_svc.domain.search import ALIAS, NAME, TEXT, words_of
from catalog_svc.errors import PublishedVersionChanged
from catalog_svc.events import (
    CalendarPublished,
    LimitPart,
    MatterPublished,
    RemediesPart,
    ResultPart,
    TaskPart,
    UnitPublished,
)
from catalog_svc.handlers.collaborators import Catalog
from catalog_svc.schemas import CalendarDocument

LOADER = "city-pack"


async def load_city(catalog: Catalog, work: UnitOfWork, pack: Pack, calendar: CalendarDocument) -> list[str]:
    """Bring a checked pack into the catalogue; return what was published, nothing when all was there.

    Two loads at once take their turns. Raises PublishedVersionChanged when a document was changed without raising its
    version.
    """
    await store.lock_for_loading(work.connection)
    published = await _publish_units(work, pack.units)
    if await store.save_synonyms(work.connection, pack.synonyms):
        published.append("synonyms")
    published += [name for item in pack.items if (name := await _publish_item(catalog, work, item))]
    published += [name for matter in pack.matters if (name := await _publish_matter(catalog, work, pack, matter))]
    if await _publish_calendar(work, calendar):
        published.append(f"calendar {calendar.calendar_version}")
    for name in published:
        await audit.record(work, actor=LOADER, action="catalog.published", subject=name)
    return published


async def _publish_units(work: UnitOfWork, units: Sequence[Unit]) -> list[str]:
    changed = await store.save_units(work.connection, units)
    for unit, version in changed:
        await append(work, _unit_event(unit), subject=unit.unit_code, version=version)
    return [f"unit {unit.unit_code}" for unit, _ in changed]


def _unit_event(unit: Unit) -> UnitPublished:
    return UnitPublished(
        **{name: getattr(unit, name) for name in ("unit_code", "name", "short_name", "kind", "acceptance_word")},
        valid_from=unit.valid_from.isoformat(),
        valid_to=unit.valid_to.isoformat() if unit.valid_to else None,
        successor=unit.successor or None,
        remedies=RemediesPart(**{name: getattr(unit, name) for name in RemediesPart.model_fields}),
    )


async def _publish_item(catalog: Catalog, work: UnitOfWork, item: Item) -> str:
    stored = await store.find_item(work.connection, item.task_code)
    if stored == item:
        return ""
    if stored is not None and stored.task_version >= item.task_version:
        raise PublishedVersionChanged(
            f"事项 {item.task_name} 内容有变,请将 task_version 改为 {stored.task_version + 1}"
        )
    await store.save_item(work.connection, item)
    texts = [(item.task_name, NAME), (item.result_name, TEXT), *((name, ALIAS) for name in item.common_name)]
    await store.save_words(work.connection, "item", item.task_code, words_of(texts, catalog.cut))
    return f"item {item.task_code} v{item.task_version}"


async def _publish_matter(catalog: Catalog, work: UnitOfWork, pack: Pack, matter: Matter) -> str:
    found = publish(pack, matter)
    stored = (await store.matters_of(work.connection, [matter.matter_code])).get(matter.matter_code)
    if stored == found:
        return ""
    version = stored.matter.matter_version if stored else 0
    if version >= matter.matter_version:
        raise PublishedVersionChanged(f"{matter.name}内容有变,请将 matter_version 改为 {version + 1}")
    await store.save_matter(work.connection, found, work.clock.now())
    texts = [(matter.name, NAME), (matter.summary, TEXT)]
    texts += [(alias, ALIAS) for alias in matter.aliases]
    texts += [(item.task_name, TEXT) for item in found.items]
    await store.save_words(work.connection, "matter", matter.matter_code, words_of(texts, catalog.cut))
    # Events count what this catalogue published: a city may begin with, or skip to, a later matter_version.
    count = await store.count_versions(work.connection, matter.matter_code)
    await append(work, _matter_event(found, pack.region_code), subject=matter.matter_code, version=count)
    return f"matter {matter.matter_code} v{matter.matter_version}"


def _matter_event(published: PublishedMatter, region: str) -> MatterPublished:
    matter = published.matter
    tasks = [
        TaskPart(
            task_key=task.task_key,
            name=task.name,
            item=task.item,
            unit=item.unit,
            unit_name=published.unit_names[item.unit],
            after=list(task.after),
            promise=_limit(item.promise),
            statutory=_limit(item.anticipate) if item.anticipate else None,
            on_refusal=task.on_refusal.value,
            result=_result(item),
        )
        for task in matter.tasks
        for item in (published.item(task.item),)
    ]
    return MatterPublished(
        matter_code=matter.matter_code,
        matter_version=matter.matter_version,
        name=matter.name,
        lead_unit=matter.lead_unit,
        lead_unit_name=published.unit_names[matter.lead_unit],
        tasks=tasks,
        region=region,
    )


def _result(item: Item) -> ResultPart:
    known = {"name": item.result_name, "type": item.result_type, "material": item.result_material or None}
    return ResultPart.model_validate(known)


def _limit(limit: Limit) -> LimitPart:
    return LimitPart(amount=limit.amount, unit=limit.unit.value)


async def _publish_calendar(work: UnitOfWork, calendar: CalendarDocument) -> bool:
    stored = await store.newest_calendar(work.connection, calendar.region)
    document = calendar.model_dump(mode="json")
    if stored is not None and stored.document == document:
        return False
    if stored is not None and stored.document["calendar_version"] == calendar.calendar_version:
        raise PublishedVersionChanged(f"日历 {calendar.calendar_version} 内容有变,请改用新的 calendar_version")
    version = stored.version + 1 if stored else 1
    await store.save_calendar(work.connection, calendar.region, version, document)
    await append(work, CalendarPublished(**document), subject=calendar.region, version=version)
    return True
