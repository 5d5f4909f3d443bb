"""Loading a city pack: what is new is published, what is only said otherwise gets its new wording, what is gone ends.

What a published version means never changes.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from chassis.base.clock import local
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.outbox import Event, append
from sqlalchemy import Table

from catalog_svc import store
from catalog_svc.domain.model import Item, Matter, Unit
from catalog_svc.domain.pack import Pack, publish
from catalog_svc.domain.wording import meaning
from catalog_svc.errors import PublishedVersionChanged, TooMuchWithdrawn
from catalog_svc.events import CalendarPublished
from catalog_svc.handlers.collaborators import Catalog
from catalog_svc.handlers.findable import keep_findable, phrases
from catalog_svc.handlers.tell import item_event, item_withdrawn_event, matter_event, unit_event, withdrawn_event
from catalog_svc.schemas import CalendarDocument
from catalog_svc.store import offering
from catalog_svc.store.searching import save_synonyms

LOADER = "city-pack"
REWORDED, WITHDRAWN, RESTORED, TOLD = "reworded ", "withdrawn ", "restored ", "told "
"""How a line begins that tells of something else than a publication."""


async def load_city(
    catalog: Catalog, work: UnitOfWork, pack: Pack, calendar: CalendarDocument, *, withdraw: bool = False
) -> list[str]:
    """Bring a checked pack into the catalogue; return what was published, nothing when all was there.

    Two loads at once take their turns. Raises PublishedVersionChanged when a document was given another meaning without
    raising its version, TooMuchWithdrawn when more than half would end and `withdraw` does not say that it shall.
    """
    await store.lock_for_loading(work.connection)
    done = await _publish_units(work, pack.units)
    if await save_synonyms(work.connection, phrases(pack)):
        done.append("synonyms")
    done += await _withdraw(work, pack, meant=withdraw)
    done += await _publish_items(work, pack)
    done += [name for matter in pack.matters if (name := await _publish_matter(work, pack, matter))]
    refound = await keep_findable(catalog, work, pack)
    if await _publish_calendar(work, calendar):
        done.append(f"calendar {calendar.calendar_version}")
    if refound and not done:  # words are cut, or spelt, otherwise than before: no change goes without a row
        done.append("words")
    for name in done:
        verb, _, rest = name.partition(" ")
        is_verb = f"{verb} " in {REWORDED, WITHDRAWN, RESTORED, TOLD}
        action, subject = (f"catalog.{verb}", rest) if is_verb else ("catalog.published", name)
        await audit.record(work, actor=LOADER, action=action, subject=subject)
    return done


async def _publish_units(work: UnitOfWork, units: Sequence[Unit]) -> list[str]:
    changed = await store.save_units(work.connection, units)
    for unit, version in changed:
        await append(work, unit_event(unit), subject=unit.unit_code, version=version)
    return [f"unit {unit.unit_code}" for unit, _ in changed]


async def _withdraw(work: UnitOfWork, pack: Pack, *, meant: bool) -> list[str]:
    """End what the pack does not have any more, from the day that it names or from today. Raises TooMuchWithdrawn."""
    today = local(work.clock.now()).date()
    items = await offering.offered(work.connection, store.items)
    matters = await offering.offered(work.connection, store.matters)
    gone = _gone(items, {item.task_code for item in pack.items}, pack.withdrawn, today)
    ended = _gone(matters, {matter.matter_code for matter in pack.matters}, pack.withdrawn, today)
    if not meant:
        _require_few("个事项", gone, items)
        _require_few("件一件事", ended, matters)
    for code, since in gone.items():
        await offering.set_withdrawn(work.connection, store.items, code, since)
        if (item := await store.find_item(work.connection, code)) is not None:
            await _tell(work, store.items, code, item_withdrawn_event(item, since, pack.region_code))
    for code, since in ended.items():
        await offering.set_withdrawn(work.connection, store.matters, code, since)
        published = (await store.matters_of(work.connection, [code]))[code]
        await _tell(work, store.matters, code, withdrawn_event(published, since, pack.region_code))
    lines = {f"item {code}": since for code, since in gone.items()}
    lines |= {f"matter {code}": since for code, since in ended.items()}
    return [f"{WITHDRAWN}{name} {since}" for name, since in lines.items()]


def _require_few(what: str, gone: Mapping[str, date], offered: Mapping[str, date | None]) -> None:
    there = [code for code, since in offered.items() if since is None]
    lost = [code for code in there if code in gone]
    if 2 * len(lost) > len(there):
        raise TooMuchWithdrawn(f"现有 {len(there)} {what},城市包中少了 {len(lost)} {what[0]};确要停办请加 --withdraw")


def _gone(
    offered: Mapping[str, date | None], kept: set[str], named: Mapping[str, date], today: date
) -> dict[str, date]:
    """Return from when each thing ends that is offered and not kept; nothing of what was told already."""
    ends = {code: named.get(code) or offered[code] or today for code in offered if code not in kept}
    return {code: since for code, since in ends.items() if since != offered[code]}


async def _publish_items(work: UnitOfWork, pack: Pack) -> list[str]:
    """Store and tell the items that are new, changed, offered again, or that an older release told nobody of."""
    ended = {code for code, since in (await offering.offered(work.connection, store.items)).items() if since}
    untold = await offering.untold_items(work.connection)
    names = {unit.unit_code: unit.name for unit in pack.units}
    done: list[str] = []
    for item in pack.items:
        name = await _publish_item(work, item, ended=item.task_code in ended)
        if not name and item.task_code in untold:
            name = f"{TOLD}item {item.task_code} v{item.task_version}"
        if name:
            await _tell(work, store.items, item.task_code, item_event(item, names[item.unit], pack.region_code))
            done.append(name)
    return done


async def _publish_item(work: UnitOfWork, item: Item, *, ended: bool) -> str:
    stored = await store.find_item(work.connection, item.task_code)
    restored = ended and await offering.set_withdrawn(work.connection, store.items, item.task_code, None)
    name = f"item {item.task_code} v{item.task_version}"
    if stored == item:
        return f"{RESTORED}{name}" if restored else ""
    same = stored is not None and meaning(stored) == meaning(item)
    if stored is not None and not same and stored.task_version >= item.task_version:
        raise PublishedVersionChanged(
            f"事项 {item.task_name} 内容有变,请将 task_version 改为 {stored.task_version + 1}"
        )
    await (store.reword_item if same else store.save_item)(work.connection, item)
    return f"{REWORDED}{name}" if same else name


async def _publish_matter(work: UnitOfWork, pack: Pack, matter: Matter) -> str:
    found = publish(pack, matter)
    stored = (await store.matters_of(work.connection, [matter.matter_code])).get(matter.matter_code)
    restored = await offering.set_withdrawn(work.connection, store.matters, matter.matter_code, None)
    if stored == found and not restored:
        return ""
    name = f"matter {matter.matter_code} v{matter.matter_version}"
    same = stored is not None and meaning(stored) == meaning(found)
    version = stored.matter.matter_version if stored else 0
    if not same and version >= matter.matter_version:
        raise PublishedVersionChanged(f"{matter.name}内容有变,请将 matter_version 改为 {version + 1}")
    if same:
        await store.reword_matter(work.connection, found)
    else:
        await store.save_matter(work.connection, found, work.clock.now())
    await _tell(work, store.matters, matter.matter_code, matter_event(found, pack.region_code))
    if not same:
        return name
    return f"{RESTORED}{name}" if restored else f"{REWORDED}{name}"


async def _tell(work: UnitOfWork, table: Table, code: str, event: Event) -> None:
    """Append an item's or a matter's next event: they count what was told of it, whatever its versions are called."""
    await append(work, event, subject=code, version=await offering.count_told(work.connection, table, code))


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
