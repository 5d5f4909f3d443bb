"""What came after a signature: only further signatures, time stamps and proofs for later (LTV) may (rule R30).

Two views of the file are compared, as it ended with a signature and as it ended afterwards, object by object. What
the first one shows may not differ in the second one; a few entries may, each by a rule of its own.
"""

import re
from collections.abc import Callable
from typing import Any

from sealing.pdf_judge import metadata
from sealing.pdf_judge.found import Field, Refused, fields
from sealing.pdf_judge.sections import At, Entry, Free, Within
from sealing.pdf_judge.syntax import Name, Ref, Stream, skip
from sealing.pdf_judge.view import View

_OBJECT = re.compile(rb"(?<![A-Za-z])obj(?![A-Za-z])")
_ENDED = re.compile(rb"%%EOF(?:\r\n|\n|\r)?\Z")
_NEW_FIELD = {
    *("Type", "Subtype", "FT", "T", "TU", "TM", "V", "F", "Ff", "P", "Rect", "AP", "MK", "Parent", "Kids"),
    *("Lock", "SV", "DA", "DR", "BS", "Border", "H", "M", "NM", "AS", "StructParent", "Q"),
}
_FILLED = {"V", "AP", "M", "F", "MK", "DA", "AS", "Lock"}
_STORE = {"Type", "VRI", "Certs", "CRLs", "OCSPs"}
_PROOF = {"Type", "Cert", "CRL", "OCSP", "TU", "TS"}
_LARGEST_SHARE = 0.25
_A4 = 595.0 * 842.0
_VERSION = re.compile(r"(1\.[0-7]|2\.0)\Z")
_KINDS = {"Page": "页面", "Pages": "页面目录", "Font": "字体", "FontDescriptor": "字体", "Annot": "批注或表单域"}


def require_only_signatures(before: View, after: View) -> list[Field]:
    """Return the signature fields that were added. Raises Refused("later_changes"), Unreadable."""
    changed = _changed(before, after)
    known = {one.number for one in fields(before)}
    added = [one for one in fields(after) if one.number not in known]
    for one in added:
        _require_signature_field(one, after)
    _Comparison(before, after, added).require(changed)
    return added


def require_only_proofs(before: View, after: View) -> None:
    """Hold that nothing but proofs for later (`/DSS`, ETSI EN 319 142-1, 5.4.2) follows the last signature."""
    changed = _changed(before, after)
    if {one.number for one in fields(before)} != {one.number for one in fields(after)}:
        raise _refused("最后一个签章之后又增加了表单域")
    if _ENDED.search(after.file.data, after.end - 8, after.end) is None:
        raise _refused("文件末尾有多余的内容")
    _Comparison(before, after, None).require(changed)
    reached = after.reached()
    own = {section.place for section in after.sections}
    containers = {entry.container for entry in after.entries.values() if isinstance(entry, Within)}
    for number in sorted(changed):
        entry = after.entries.get(number, Free())
        is_own = isinstance(entry, At) and entry.place in own
        if not isinstance(entry, Free) and not is_own and number not in reached and number not in containers:
            raise _refused("最后一个签章之后藏有文件没有用到的内容")


def _refused(detail: str) -> Refused:
    return Refused("later_changes", detail)


def _changed(before: View, after: View) -> set[int]:
    """Return the numbers that do not stand where they stood. Raises Refused unless the file was only continued."""
    new = after.sections[: len(after.sections) - len(before.sections)]
    kept = [section.place for section in after.sections[len(new) :]]
    if not new or kept != [section.place for section in before.sections]:
        raise _refused("签章之后有多余的内容,或交叉引用绕过了签章时的内容")
    places: set[int] = set()
    for section in new:
        places |= {section.place} | ({section.hidden_place} if section.hidden_place is not None else set())
        for number, entry in (*section.entries.items(), *section.hidden.items()):
            if isinstance(entry, At) and before.entries.get(number) != entry:
                places.add(entry.place)
    if min(places) < before.end:
        raise _refused("签章之后的内容改用了签章时的另一处数据")
    _require_listed(before, after, places)
    numbers = before.entries.keys() | after.entries.keys()
    return {number for number in numbers if before.where(number) != after.where(number)}


def _require_listed(before: View, after: View, places: set[int]) -> None:
    """Hold that no object stands in the increment that its cross-references do not list: some readers look for them."""
    heads, bodies = set(), []
    for place in places:
        if not after.file.data.startswith(b"xref", skip(after.file.data, place)):
            parsed = after.file.object_at(place)
            heads.add(parsed.start)
            bodies += [after.span(parsed.value)] if isinstance(parsed.value, Stream) else []
    for hit in _OBJECT.finditer(after.file.data, before.end, after.end):
        if hit.start() not in heads and not any(start <= hit.start() < stop for start, stop in bodies):
            raise _refused("签章之后有没有登记的对象")


def _require_signature_field(one: Field, view: View) -> None:
    extra = one.attributes.keys() - _NEW_FIELD
    if one.kind != "Sig" or one.number is None or extra:
        raise _refused(f"签章之后增加了不是签章的表单域 {one.name}")
    if "Subtype" in one.attributes and one.attributes["Subtype"] != "Widget":
        raise _refused(f"签章之后增加了批注 {one.name}")
    if area(one) > _LARGEST_SHARE * _page_area(one, view):
        raise _refused(f"后加的签章 {one.name} 盖住了页面的大部分")


def area(one: Field) -> float:
    """Return how large a field shows, in square points; 0 where nothing shows."""
    rectangle = one.attributes.get("Rect")
    if not isinstance(rectangle, list) or len(rectangle) != 4 or "AP" not in one.attributes:
        return 0.0
    left, bottom, right, top = (float(side) if isinstance(side, int | float) else 1e6 for side in rectangle)
    return abs(right - left) * abs(top - bottom)


def _page_area(one: Field, view: View) -> float:
    page = view.dictionary(one.attributes.get("P"))
    for _ in range(20):
        box = view.array(page.get("MediaBox"))
        if len(box) == 4 and all(isinstance(side, int | float) for side in box):
            return abs(float(box[2]) - float(box[0])) * abs(float(box[3]) - float(box[1]))
        page = view.dictionary(page.get("Parent"))
    return _A4


class _Comparison:
    """Holds each object that the earlier view shows and that stands elsewhere in the later one to its rule."""

    def __init__(self, before: View, after: View, added: list[Field] | None) -> None:
        self.before, self.after = before, after
        self.added = None if added is None else {one.number for one in added}
        self.fields = {one.number for one in fields(before)}
        self.empty = {one.number for one in fields(before) if one.kind == "Sig" and one.value is None}
        self.met = before.reached(without=("DSS",))

    def require(self, changed: set[int]) -> None:
        """Hold all. Raises Refused."""
        if self.before.root != self.after.root:
            raise _refused("签章之后换了文件目录")
        for number in sorted(changed & self.met.keys()):
            old, new = _value(self.before, number), _value(self.after, number)
            if not self._same(old, new) and not self._allowed(number, old, new):
                raise _refused(f"签章之后改动了{_said(old)}(对象 {number})")
        before, after = (view.dictionary(view.sections[0].trailer.get("Info")) for view in (self.before, self.after))
        if not self._all(before, after, self._info_entry):
            raise _refused("签章之后改动了文件属性")
        self._require_store()

    def _same(self, old: Any, new: Any) -> bool:
        if isinstance(old, Stream) and isinstance(new, Stream):
            return old.attributes == new.attributes and self.before.raw(old) == self.after.raw(new)
        return bool(old == new) and type(old) is type(new)

    def _allowed(self, number: int, old: Any, new: Any) -> bool:
        keys = self.met[number]
        if keys == {"Metadata"} and self.before.catalog.get("Metadata") == Ref(number, 0):
            return metadata.differs_in_dates_only(self.before, old, self.after, new)
        if isinstance(old, list) and isinstance(new, list):
            return keys in ({"Fields"}, {"Annots"}) and self._appended(old, new)
        if not isinstance(old, dict) or not isinstance(new, dict):
            return False
        if keys in ({"DR"}, {"Extensions"}):
            return _only_grew(old, new)
        if number in self.empty:
            return self.added is not None and _differing(old, new) <= _FILLED
        return self._all(old, new, self._entry_rule(number, old))

    def _entry_rule(self, number: int, old: dict[str, Any]) -> Callable[[str, Any, Any], bool]:
        keys = self.met[number]
        if number == self.before.root.number:
            return self._catalog_entry
        if keys == {"AcroForm"}:
            return self._form_entry
        if keys == {"Info"}:
            return self._info_entry
        if number in self.fields:
            return self._field_entry
        return self._page_entry if old.get("Type") == "Page" else _never

    @staticmethod
    def _all(old: dict[str, Any], new: dict[str, Any], allowed: Callable[[str, Any, Any], bool]) -> bool:
        return all(allowed(key, old.get(key), new.get(key)) for key in _differing(old, new))

    def _catalog_entry(self, key: str, old: Any, new: Any) -> bool:
        if key == "AcroForm":
            return self._all(self.before.dictionary(old), self.after.dictionary(new), self._form_entry)
        if key == "Metadata":
            read = self.before.resolved(old), self.after.resolved(new)
            return metadata.differs_in_dates_only(self.before, read[0], self.after, read[1])
        if key == "Version":
            return isinstance(new, Name) and _VERSION.match(new) is not None
        return key in {"DSS", "Extensions"}

    def _form_entry(self, key: str, old: Any, new: Any) -> bool:
        if self.added is None:
            return False
        if key == "Fields":
            return self._appended(self.before.array(old), self.after.array(new))
        if key == "SigFlags":
            return new in {1, 3}
        if key == "DR":
            return _only_grew(self.before.dictionary(old), self.after.dictionary(new))
        return key == "DA" and old is None

    def _page_entry(self, key: str, old: Any, new: Any) -> bool:
        return key == "Annots" and self._appended(self.before.array(old), self.after.array(new))

    def _field_entry(self, key: str, old: Any, new: Any) -> bool:
        if key == "Type" and old is None and new == "Annot":
            return self.added is not None  # some makers say of every annotation that it is one
        is_list = isinstance(old, list) and isinstance(new, list)
        return key == "Kids" and is_list and self._appended(old, new)

    def _appended(self, old: list[Any], new: list[Any]) -> bool:
        """Tell whether only fields of the added signatures joined a list."""
        rest = iter(new)
        kept = all(any(one == other for other in rest) for one in old)
        joined = [one for one in new if one not in old]
        return kept and len(new) == len(old) + len(joined) and all(self._is_added(one) for one in joined)

    def _is_added(self, one: Any) -> bool:
        return isinstance(one, Ref) and self.added is not None and one.number in self.added

    @staticmethod
    def _info_entry(key: str, _old: Any, _new: Any) -> bool:
        return key in {"ModDate", "Producer"}

    def _require_store(self) -> None:
        """Hold that the store of proofs is certificates, revocation lists and answers, each a stream of its own."""
        store = self.after.dictionary(self.after.catalog.get("DSS"))
        proofs = [self.after.dictionary(one) for one in self.after.dictionary(store.get("VRI")).values()]
        if store.keys() - _STORE or any(proof.keys() - _PROOF for proof in proofs):
            raise _refused("签章之后附加的验证资料(DSS)里有其他内容")
        for holder, names in [(store, ("Certs", "CRLs", "OCSPs")), *((one, ("Cert", "CRL", "OCSP")) for one in proofs)]:
            for name in names:
                if not all(isinstance(self.after.resolved(one), Stream) for one in self.after.array(holder.get(name))):
                    raise _refused("签章之后附加的验证资料(DSS)里有其他内容")


def _never(_key: str, _old: Any, _new: Any) -> bool:
    return False


def _value(view: View, number: int) -> Any:
    entry: Entry = view.entries.get(number, Free())
    return view.get(Ref(number, entry.generation if isinstance(entry, At) else 0))


def _differing(old: dict[str, Any], new: dict[str, Any]) -> set[str]:
    return {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


def _only_grew(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return all(value == new.get(key) or _both_grew(value, new.get(key)) for key, value in old.items())


def _both_grew(old: Any, new: Any) -> bool:
    return isinstance(old, dict) and isinstance(new, dict) and _only_grew(old, new)


def _said(value: Any) -> str:
    attributes = value.attributes if isinstance(value, Stream) else value
    if isinstance(attributes, dict):
        kind = attributes.get("Type") or ("Annot" if "FT" in attributes else None)
        if kind in _KINDS:
            return _KINDS[kind]
        if attributes.get("Subtype") == "Image":
            return "图片"
    if value is None:
        return "当时空缺的内容"
    return "页面内容" if isinstance(value, Stream) else "文件内容"
