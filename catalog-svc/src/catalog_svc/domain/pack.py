"""A whole city pack, and a matter published from it with all it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from catalog_svc.domain.form_rules import rules_over
from catalog_svc.domain.model import (
    APPLICANT,
    Choice,
    Element,
    ElementType,
    FormRule,
    Item,
    Material,
    Matter,
    Region,
    Section,
    Unit,
)

T = TypeVar("T")
CITY = "CITY"


@dataclass(frozen=True, slots=True)
class Pack:
    """A whole city pack."""

    region_code: str
    units: tuple[Unit, ...]
    regions: tuple[Region, ...]
    items: tuple[Item, ...]
    elements: tuple[Element, ...]
    sections: tuple[Section, ...]
    materials: tuple[Material, ...]
    matters: tuple[Matter, ...]
    synonyms: Mapping[str, tuple[str, ...]]
    rules: tuple[FormRule, ...] = ()
    withdrawn: Mapping[str, date] = field(default_factory=dict)
    """From when what the pack does not have any more is not offered: today where nothing is said."""


@dataclass(frozen=True, slots=True)
class PublishedMatter:
    """A published version with all it rests on, so that it can be read alone, for ever."""

    matter: Matter
    items: tuple[Item, ...]
    elements: tuple[Element, ...]
    sections: tuple[Section, ...]
    materials: tuple[Material, ...]
    unit_names: Mapping[str, str]
    rules: tuple[FormRule, ...] = ()

    def item(self, task_code: str) -> Item:
        """Return one of its items. Raises KeyError."""
        return _first(self.items, "task_code", task_code)


def publish(pack: Pack, matter: Matter) -> PublishedMatter:
    """Gather all that a matter rests on. Raises KeyError for a reference that the checks would have refused."""
    items = tuple(_first(pack.items, "task_code", task.item) for task in matter.tasks)
    elements = {needed.element for item in items for needed in item.elements}
    materials = {needed.material for item in items for needed in item.materials}
    kept = tuple(_with_places(element, pack.regions) for element in pack.elements if element.element in elements)
    used = tuple(material for material in pack.materials if material.material in materials)
    sections = {element.section for element in kept}
    holders = {material.holder for material in used} - {APPLICANT}
    units = {item.unit for item in items} | {matter.lead_unit, *matter.cooperating_units} | holders
    return PublishedMatter(
        matter,
        items,
        kept,
        tuple(section for section in pack.sections if section.key in sections),
        used,
        {unit.unit_code: unit.name for unit in pack.units if unit.unit_code in units},
        rules_over(pack.rules, elements),
    )


def succeeded(published: PublishedMatter, heirs: Mapping[str, str], names: Mapping[str, str]) -> PublishedMatter:
    """Return a matter with the work of units that have ended given to their heirs, who are called by `names`."""
    if not heirs.keys() & published.unit_names.keys():
        return published

    def now(unit: str) -> str:
        return heirs.get(unit, unit)

    matter = published.matter
    helping = tuple(dict.fromkeys(now(unit) for unit in matter.cooperating_units))
    return replace(
        published,
        matter=replace(matter, lead_unit=now(matter.lead_unit), cooperating_units=helping),
        items=tuple(replace(item, unit=now(item.unit)) for item in published.items),
        materials=tuple(replace(one, holder=now(one.holder)) for one in published.materials),
        unit_names={**published.unit_names, **{heir: names[heir] for heir in heirs.values()}},
    )


def _with_places(element: Element, regions: tuple[Region, ...]) -> Element:
    """Return a place's element with the city's divisions and zones to choose from."""
    if element.type is not ElementType.REGION:
        return element
    places = tuple(Choice(region.region_code, region.name) for region in regions if region.kind != CITY)
    return replace(element, options=places)


def _first(values: tuple[T, ...], name: str, wanted: str) -> T:
    for value in values:
        if getattr(value, name) == wanted:
            return value
    raise KeyError(wanted)
