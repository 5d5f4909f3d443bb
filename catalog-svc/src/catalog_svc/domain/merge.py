"""One form and one set of materials out of many items' needs, and what that saves the applicant.

Sources: 国办发〔2025〕24号 (one form, one set of materials); 国务院令第716号 (what sharing can give is not asked for).
The outcome does not depend on the order of the items, nor on how often one is named.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from catalog_svc.domain.conditions import holds
from catalog_svc.domain.model import Element, Item, Material, NeededElement, NeededMaterial, ObtainMode
from catalog_svc.domain.pack import PublishedMatter

Need = TypeVar("Need", NeededElement, NeededMaterial)
Asked = Mapping[str, Sequence[tuple[str, Need]]]

SAVED_BY = {
    ObtainMode.LICENSE_REUSE: ("licence", "电子证照复用,免提交原件和复印件"),
    ObtainMode.DATA_VERIFY: ("data", "由数据共享核验,免提交"),
    ObtainMode.PROMISE: ("promise", "以书面承诺代替"),
    ObtainMode.FORM_FIELD: ("form_field", "在表单中填写,免提交材料"),
    ObtainMode.SYSTEM_GENERATED: ("produced_inside", "由本件事的前一环节产生,免提交"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the one form: an element under the strictest constraint, and which items use it."""

    element: Element
    required: bool
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetMaterial:
    """A material of the one set, under all items' standards, and which items use it.

    `obtain_mode` is SYSTEM_GENERATED where one of the items produces it, whatever the city says of it elsewhere.
    `to_bring` says that it was to be verified by data, and that no network serves it.
    """

    material: Material
    obtain_mode: ObtainMode
    required: bool
    used_by: tuple[str, ...]
    to_bring: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """Papers that need not be handed in any more, why, and the rules by which they had to be (`basis`)."""

    material: Material
    reason: str
    by: str
    copies: int
    basis: tuple[str, ...]


def merge_fields(published: PublishedMatter, items: Iterable[Item], answers: Mapping[str, str]) -> tuple[Field, ...]:
    """Return each data element once, in the catalogue's order: required if one item requires it, shortest limit."""
    asked = _asked(items, answers, lambda item: item.elements, lambda need: need.element)
    return tuple(
        Field(_strictest(element, asked[element.element]), *_used(asked[element.element]))
        for element in published.elements
        if element.element in asked
    )


def merge_materials(
    published: PublishedMatter,
    items: Iterable[Item],
    answers: Mapping[str, str],
    *,
    served: frozenset[str] | None = None,
) -> tuple[SetMaterial, ...]:
    """Return each canonical material once: required if one item requires it, to be accepted by all standards.

    What is verified by data is to be brought unless it is among `served`; None says that nobody has told of any.
    """
    items = tuple(items)
    asked = _asked_materials(items, answers)
    inside = {item.result_material for item in items}

    def one(material: Material, needs: Sequence[tuple[str, NeededMaterial]]) -> SetMaterial:
        mode = _mode(material, inside)
        unserved = served is not None and material.material not in served
        to_bring = mode is ObtainMode.DATA_VERIFY and unserved
        return SetMaterial(_by_all_standards(material, needs), mode, *_used(needs), to_bring)

    return tuple(one(material, needs) for material in published.materials if (needs := asked.get(material.material)))


def save(
    published: PublishedMatter,
    items: Iterable[Item],
    answers: Mapping[str, str],
    *,
    served: frozenset[str] | None = None,
) -> tuple[Saved, ...]:
    """Return the papers saved: copies that several items asked for, and those replaced by another way to know.

    Only what applicants had to hand in before is counted, and nothing that is still to be brought.
    """
    items = tuple(items)
    asked = _asked_materials(items, answers)
    saved: list[Saved] = []
    for one in merge_materials(published, items, answers, served=served):
        needs = [need for _, need in asked[one.material.material] if need.asked_before]
        basis = tuple(dict.fromkeys(need.asked_before for need in needs))
        pages = [need.page_num for need in needs]
        if len(pages) > 1:
            by = f"{len(pages)} 个事项共用一份"
            saved.append(Saved(one.material, "duplicate", by, sum(pages) - max(pages), basis))
        if pages and one.obtain_mode in SAVED_BY and not one.to_bring:
            saved.append(Saved(one.material, *SAVED_BY[one.obtain_mode], max(pages), basis))
    return tuple(saved)


def _asked(
    items: Iterable[Item],
    answers: Mapping[str, str],
    needs_of: Callable[[Item], Iterable[Need]],
    key_of: Callable[[Need], str],
) -> dict[str, list[tuple[str, Need]]]:
    """Return who needs what in a situation: (task_code, need) by key, each item once, in order of their codes."""
    asked: dict[str, list[tuple[str, Need]]] = {}
    for item in sorted({item.task_code: item for item in items}.values(), key=lambda item: item.task_code):
        for need in needs_of(item):
            if holds(need.when, answers):
                asked.setdefault(key_of(need), []).append((item.task_code, need))
    return asked


def _asked_materials(items: Iterable[Item], answers: Mapping[str, str]) -> dict[str, list[tuple[str, NeededMaterial]]]:
    return _asked(items, answers, lambda item: item.materials, lambda need: need.material)


def _used(needs: Sequence[tuple[str, Need]]) -> tuple[bool, tuple[str, ...]]:
    return any(need.required for _, need in needs), tuple(dict.fromkeys(code for code, _ in needs))


def _strictest(element: Element, needs: Sequence[tuple[str, NeededElement]]) -> Element:
    limits = [need.max_length for _, need in needs if need.max_length is not None]
    return replace(element, max_length=min([element.max_length, *limits]))


def _by_all_standards(material: Material, needs: Sequence[tuple[str, NeededMaterial]]) -> Material:
    stands = dict.fromkeys([material.accept_stand, *sorted({need.accept_stand for _, need in needs})])
    return replace(material, accept_stand=";".join(stand for stand in stands if stand))


def _mode(material: Material, inside: set[str]) -> ObtainMode:
    return ObtainMode.SYSTEM_GENERATED if material.material in inside else material.obtain_mode
