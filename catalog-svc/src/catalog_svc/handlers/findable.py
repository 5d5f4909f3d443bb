"""Keeps items and matters findable: by the words of their texts, by their units, and by how their titles are spelt."""

from collections.abc import Iterable, Mapping

from chassis.data.database import UnitOfWork

from catalog_svc.domain.model import Item, Matter
from catalog_svc.domain.pack import Pack
from catalog_svc.domain.search import ALIAS, NAME, TEXT, unit_phrases, unit_word, words_of
from catalog_svc.domain.spelling import LONGEST_SPELLING, spellings
from catalog_svc.handlers.collaborators import Catalog
from catalog_svc.store import searching


def phrases(pack: Pack) -> dict[str, tuple[str, ...]]:
    """Return what people say and what it means: everyday words, and what units are called."""
    found = unit_phrases(pack.units)
    return {phrase: (*pack.synonyms.get(phrase, ()), *found.get(phrase, ())) for phrase in {**found, **pack.synonyms}}


async def keep_findable(catalog: Catalog, work: UnitOfWork, pack: Pack) -> bool:
    """Renew the words and the spellings of what the pack has; tell whether any were not the same already."""
    items = {item.task_code: item for item in pack.items}
    of_items = await _renew(
        catalog,
        work,
        "item",
        words={code: _item_words(catalog, item) for code, item in items.items()},
        titles={code: (item.task_name, *item.common_name) for code, item in items.items()},
    )
    of_matters = await _renew(
        catalog,
        work,
        "matter",
        words={matter.matter_code: _matter_words(catalog, matter, items) for matter in pack.matters},
        titles={matter.matter_code: (matter.name, *matter.aliases) for matter in pack.matters},
    )
    return of_items or of_matters


async def _renew(
    catalog: Catalog,
    work: UnitOfWork,
    kind: str,
    *,
    words: Mapping[str, Mapping[str, int]],
    titles: Mapping[str, Iterable[str]],
) -> bool:
    stored = await searching.all_words(work.connection, kind)
    reworded = {code: wanted for code, wanted in words.items() if stored.get(code) != wanted}
    for code, wanted in reworded.items():
        await searching.save_words(work.connection, kind, code, wanted)
    spelt = await searching.all_spellings(work.connection, kind)
    made = {
        code: {(spelling[:LONGEST_SPELLING], text) for text in texts for spelling in spellings(text, catalog.spell)}
        for code, texts in titles.items()
    }
    respelt = {code: found for code, found in made.items() if spelt.get(code, set()) != found}
    for code, found in respelt.items():
        await searching.save_spellings(work.connection, kind, code, found)
    return bool(reworded or respelt)


def _item_words(catalog: Catalog, item: Item) -> dict[str, int]:
    texts = [(item.task_name, NAME), (item.result_name, TEXT), *((name, ALIAS) for name in item.common_name)]
    return {**words_of(texts, catalog.cut), unit_word(item.unit): TEXT}


def _matter_words(catalog: Catalog, matter: Matter, items: Mapping[str, Item]) -> dict[str, int]:
    used = [items[task.item] for task in matter.tasks]
    texts = [(matter.name, NAME), (matter.summary, TEXT), *((alias, ALIAS) for alias in matter.aliases)]
    texts += [(item.task_name, TEXT) for item in used]
    units = {matter.lead_unit, *matter.cooperating_units, *(item.unit for item in used)}
    return {**words_of(texts, catalog.cut), **{unit_word(unit): TEXT for unit in units}}
