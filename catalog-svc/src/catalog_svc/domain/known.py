"""What a pack defines, to look references up in."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from catalog_svc.domain.model import Element, Item
from catalog_svc.domain.pack import Pack


@dataclass(frozen=True, slots=True)
class Known:
    """The codes and keys of a pack; entries that could not be read count, so that one mistake is told once."""

    units: Collection[str]
    usccs: Mapping[str, str]
    regions: Collection[str]
    sections: Collection[str]
    elements: Mapping[str, Element | None]
    materials: Collection[str]
    items: Mapping[str, Item]
    unread_items: Collection[str]

    @classmethod
    def of(cls, pack: Pack, unread: Mapping[str, Collection[str]]) -> "Known":
        """Return what a pack defines; `unread` are the keys of entries that could not be read, by kind."""

        def keys(kind: str, found: Collection[str]) -> set[str]:
            return {*found, *unread.get(kind, ())}

        return cls(
            units=keys("units", [unit.unit_code for unit in pack.units]),
            usccs={unit.unit_code: unit.uscc for unit in pack.units},
            regions=keys("regions", [region.region_code for region in pack.regions]),
            sections=keys("sections", [section.key for section in pack.sections]),
            elements={
                **dict.fromkeys(unread.get("elements", ())),
                **{element.element: element for element in pack.elements},
            },
            materials=keys("materials", [material.material for material in pack.materials]),
            items={item.task_code: item for item in pack.items},
            unread_items=unread.get("items", ()),
        )
