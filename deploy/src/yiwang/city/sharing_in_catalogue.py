"""Whether what a city pack says of sharing fits its catalogue: units, matters, items, elements and materials."""

from collections.abc import Iterator, Mapping
from typing import Any

from catalog_svc.domain.model import Item, Matter, ObtainMode
from catalog_svc.domain.pack import Pack
from datashare_svc.domain.model import Resource, Sharing, Use
from datashare_svc.domain.pack import SharingPlan
from datashare_svc.domain.pack_grants import Fault


def catalogue_faults(plan: SharingPlan, pack: Pack) -> Iterator[Fault]:
    """Yield what of a plan the catalogue does not have."""
    units = {unit.unit_code for unit in pack.units}
    lists: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("networks", plan.networks),
        ("resources", plan.resources),
        ("grants", plan.grants),
    )
    for kind, entries in lists:
        for index, entry in enumerate(entries):
            if entry.unit not in units:
                yield (kind, 0, kind, index, "unit"), f"没有单位 {entry.unit}"
    for unit in plan.hands:
        if unit not in units:
            yield ("grants", 0, "hands", unit), f"没有单位 {unit}"
    matters = {matter.matter_code: matter for matter in pack.matters}
    resources = {resource.resource: resource for resource in plan.resources}
    for number, sharing in enumerate(plan.sharings):
        matter = matters.get(sharing.matter_code)
        if matter is None:
            yield ("sharing", number, "matter_code"), f"没有一件事 {sharing.matter_code}"
            continue
        for index, use in enumerate(sharing.uses):
            found = [*_known(use, matter, pack), *_lengths(use, resources.get(use.resource), pack)]
            yield from ((("sharing", number, "uses", index, *path), f"{use.use}: {said}") for path, said in found)


def items_of(matter: Matter, pack: Pack) -> dict[str, Item]:
    """Return a matter's items by their codes."""
    codes = {task.item for task in matter.tasks}
    return {item.task_code: item for item in pack.items if item.task_code in codes}


def verified_materials(sharing: Sharing, pack: Pack) -> dict[str, str]:
    """Return the materials of a matter that data are to verify, key → name; not those that its own items make."""
    matter = next((one for one in pack.matters if one.matter_code == sharing.matter_code), None)
    items = items_of(matter, pack).values() if matter else ()
    asked = {needed.material for item in items for needed in item.materials} - {item.result_material for item in items}
    return {
        one.material: one.name
        for one in pack.materials
        if one.obtain_mode is ObtainMode.DATA_VERIFY and one.material in asked
    }


def _known(use: Use, matter: Matter, pack: Pack) -> Iterator[Fault]:
    items = items_of(matter, pack)
    yield from ((("items", at), f"{matter.matter_code} 没有事项 {code}") for at, code in _strangers(use.items, items))
    tasks = {task.task_key: task for task in matter.tasks}
    if use.task and use.task not in tasks:
        yield ("task",), f"{matter.matter_code} 没有环节 {use.task}"
    elif use.task and tasks[use.task].item not in use.items:
        yield ("items",), f"环节 {use.task} 的事项 {tasks[use.task].item} 不在 items 中"
    elements = {needed.element for item in items.values() for needed in item.elements}
    materials = {needed.material for item in items.values() for needed in item.materials}
    for path, place in _places(use):
        part, _, key = place.rpartition(".")
        if part in {"", "form"} and key not in elements:
            yield path, f"{matter.matter_code} 不填数据元 {key}"
        if part == "materials" and key not in materials:
            yield path, f"{matter.matter_code} 没有材料 {key}"
    yield from _situation(use.when, matter)
    if use.material:
        yield from _material(use, items, pack)


def _places(use: Use) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the places that a use reads or fills in, each with where it is written."""
    yield from ((("keys", field), place) for field, place in use.keys.items())
    yield from ((("gives", place), place) for place in use.gives)
    yield from ((("compares", field), element) for field, element in use.compares.items())


def _strangers(wanted: tuple[str, ...], known: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    return ((at, one) for at, one in enumerate(wanted) if one not in known)


def _situation(when: Mapping[str, tuple[str, ...]], matter: Matter) -> Iterator[Fault]:
    questions = {question.key: {option.value for option in question.options} for question in matter.questions}
    for key, values in when.items():
        if key not in questions:
            yield ("when", key), f"没有问题 {key}"
            continue
        yield from (
            (("when", key, at), f"问题 {key} 没有选项 {one}")
            for at, one in _strangers(values, dict.fromkeys(questions[key]))
        )


def _material(use: Use, items: Mapping[str, Item], pack: Pack) -> Iterator[Fault]:
    material = next((one for one in pack.materials if one.material == use.material), None)
    if material is None:
        yield ("material",), f"没有材料 {use.material}"
        return
    if material.obtain_mode is not ObtainMode.DATA_VERIFY:
        yield ("material",), f"材料 {use.material} 的取得方式不是 DATA_VERIFY"
    for at, code in enumerate(use.items):
        if code in items and use.material not in {needed.material for needed in items[code].materials}:
            yield ("items", at), f"事项 {code} 不要材料 {use.material}"


def _lengths(use: Use, resource: Resource | None, pack: Pack) -> Iterator[Fault]:
    """Yield the fields that may bring more than their element takes."""
    longest = {element.element: element.max_length for element in pack.elements}
    for place, name in use.gives.items():
        field = resource.field(name) if resource else None
        if field and field.max_length > longest.get(place, field.max_length):
            yield ("gives", place), f"信息项 {name} 最长 {field.max_length} 字,数据元 {place} 最长 {longest[place]} 字"
