"""Types of licences in a city pack (licence_types.yaml): read, checked against the rest of the pack, put into one form.

A city without the file issues no licences.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from catalog_svc.domain.codes import is_uscc
from catalog_svc.domain.model import Item
from catalog_svc.domain.pack import Pack
from esign_svc.schemas.pack import LicenceEntry
from esign_svc.store.licence_types import TypesKept

KIND = "licences"
LICENCE = "证照"
"""The type of result (结果类型) of an item that ends in a licence."""
Fault = tuple[int, str, str]
"""The entry's place, the key in it, and what is wrong."""


def licence_faults(
    entries: Sequence[tuple[int, LicenceEntry]], pack: Pack, unread: Mapping[str, Collection[str]]
) -> Iterator[Fault]:
    """Yield what does not fit: between the entries, and with the pack that they belong to.

    What of the pack could not be read, by kind, is told where it stands; whoever refers to it is not at fault.
    """
    seen: dict[str, set[str]] = {"licence": set(), "type_code": set(), "items": set()}
    for place, entry in entries:
        for key in ("licence", "type_code", "items"):
            value = getattr(entry, key)
            for one in value if isinstance(value, tuple) else (value,):
                if one in seen[key]:
                    yield place, key, f"{one} 已有别的证照类型"
                seen[key].add(one)
        yield from ((place, key, detail) for key, detail in _misfits(entry, pack, unread))
    if entries:
        last = entries[-1][0]
        for item in pack.items:
            if item.result_type == LICENCE and item.task_code not in seen["items"]:
                yield last, "", f"事项 {item.task_code}({item.result_name})的结果为证照,却没有证照类型"


def _misfits(entry: LicenceEntry, pack: Pack, unread: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str]]:
    if not is_uscc(entry.type_code[:18]):
        yield "type_code", f"前 18 位不是有效的统一社会信用代码:{entry.type_code[:18]}"
    elements = {element.element for element in pack.elements} | set(unread.get("elements", ()))
    named = {entry.holder.name, entry.holder.number, *entry.subject, *(field.element for field in entry.fields)} - {""}
    yield from (("fields", f"没有数据元 {name}") for name in sorted(named - elements))
    known = {item.task_code: item for item in pack.items}
    for code in entry.items:
        if code not in known and code not in unread.get("items", ()):
            yield "items", f"没有事项 {code}"
        elif code in known:
            yield from (("items", detail) for detail in _unasked(entry, known[code], named & elements))
    materials = {material.material for material in pack.materials} | set(unread.get("materials", ()))
    yield from (("materials", f"没有材料 {name}") for name in entry.materials if name not in materials)


def _unasked(entry: LicenceEntry, item: Item, named: set[str]) -> Iterator[str]:
    asked = {needed.element for needed in item.elements}
    yield from (f"事项 {item.task_code} 不填 {name}" for name in sorted(named - asked))
    required = {needed.element for needed in item.elements if needed.required}
    for name in sorted({entry.holder.name, *entry.subject} & (asked - required)):
        yield f"事项 {item.task_code} 不必填 {name},不能据以确定持证者"


def licence_documents(entries: Sequence[LicenceEntry], pack: Pack) -> TypesKept:
    """Return the types as esign keeps them, with the issuers' codes."""
    return TypesKept(
        {entry.licence: _document(entry) for entry in entries},
        {item: entry.licence for entry in entries for item in entry.items},
        {unit.unit_code: unit.uscc for unit in pack.units},
    )


def _document(entry: LicenceEntry) -> dict[str, Any]:
    fields = [field.model_dump() for field in entry.fields]
    kept = {name: getattr(entry, name) for name in ("type_code", "name", "level", "number", "definer", "statement")}
    return {
        **kept,
        **{name: list(getattr(entry, name)) for name in ("items", "subject", "materials")},
        "code": entry.licence,
        "holder_name": entry.holder.name,
        "holder_number": entry.holder.number,
        "fields": fields,
        "period": entry.period.model_dump(mode="json") if entry.period else None,
    }
