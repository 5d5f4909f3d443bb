"""What came after a signature: only further signatures, time stamps and proofs for later (LTV) may (rule R30).

Two views of the file are compared, as it ended with a signature and as it ended afterwards, object by object. What
the first one shows may not differ in the second one; a few entries may, each by a rule of its own.
"""

import re
from collections.abc import Callable
from typing import Any

from sealing.pdf_judge import areas, metadata, unused
from sealing.pdf_judge.found import Field, Refused, fields
from sealing.pdf_judge.sections import At, Free, Section
from sealing.pdf_judge.syntax import Name, Ref, Stream, skip
from sealing.pdf_judge.unused import PROOF, STORE
from sealing.pdf_judge.view import View

_OBJECT = re.compile(rb"(?<![A-Za-z])obj(?![A-Za-z])")
_ENDED = re.compile(rb"%%EOF(?:\r\n|\n|\r)?\Z")
_NEW_FIELD = {
    *("Type", "Subtype", "FT", "T", "TU", "TM", "V", "F", "Ff", "P", "Rect", "AP", "MK", "Parent", "Kids"),
    *("Lock", "SV", "DA", "DR", "BS", "Border", "H", "M", "NM", "AS", "StructParent", "Q"),
}
_FILLED = {"V", "AP", "M", "F", "MK", "DA", "AS", "Lock"}
_LARGEST_SHARE, _LARGEST_PREPARED = 0.25, 0.5
_GENERAL = {
    *("Root", "Info", "ID", "Size", "Prev", "XRefStm", "Type", "W", "Index", "Length", "Filter", "DecodeParms"),
    *("DocChecksum", "AdditionalStreams"),  # LibreOffice's own, that no reader shows
}
_VERSION = re.compile(r"(1\.[0-7]|2\.0)\Z")
_KINDS = {"Page": "页面", "Pages": "页面目录", "Font": "字体", "FontDescriptor": "字体", "Annot": "批注或表单域"}


def require_only_signatures(before: View, after: View) -> list[Field]:
    """Return the signature fields that were added. Raises Refused("later_changes"), Unreadable."""
    changed = _changed(before, after)
    known = {one.number for one in fields(before)}
    added = [one for one in fields(after) if one.number not in known]
    for one in added:
        _require_signature_field(one)
    comparison = _Comparison(before, after, added)
    comparison.require(changed)
    filled = [one for one in fields(after) if one.number in comparison.filled]
    if areas.largest_share(added, after) > _LARGEST_SHARE or areas.largest_share(filled, after) > _LARGEST_PREPARED:
        raise _refused("后加的签章盖住了页面的大部分")
    return added


def require_only_proofs(before: View, after: View) -> None:
    """Hold that nothing but proofs for later (`/DSS`, ETSI EN 319 142-1, 5.4.2) follows the last signature."""
    changed = _changed(before, after)
    if {one.number for one in fields(before)} != {one.number for one in fields(after)}:
        raise _refused("最后一个签章之后又增加了表单域")
    if not after.dictionary(after.catalog.get("DSS")):
        raise _refused("最后一个签章之后又存过一次,却不是为了附加验证资料(DSS)")
    if _ENDED.search(after.file.data, after.end - 8, after.end) is None:
        raise _refused("文件末尾有多余的内容")
    _Comparison(before, after, None).require(changed)
    if not unused.are_left_behind(changed, before, after):
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
        _require_none_freed(section, before)
        for number, entry in (*section.entries.items(), *section.hidden.items()):
            if isinstance(entry, At) and before.entries.get(number) != entry:
                places.add(entry.place)
    if min(places) < before.end:
        raise _refused("签章之后的内容改用了签章时的另一处数据")
    _require_listed(before, after, places)
    numbers = before.entries.keys() | after.entries.keys()
    return {number for number in numbers if before.where(number) != after.where(number)}


def _require_none_freed(section: Section, before: View) -> None:
    """Hold that readers who know no hybrid sections (7.5.8.4) see nothing vanish that the others go on to see."""
    for number in section.hidden.keys() & section.entries.keys():
        if isinstance(section.entries[number], Free) and not isinstance(before.entries.get(number, Free()), Free):
            raise _refused("签章之后删去了签章时的内容")


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


def _require_signature_field(one: Field) -> None:
    extra = one.attributes.keys() - _NEW_FIELD
    if one.kind != "Sig" or one.number is None or extra:
        raise _refused(f"签章之后增加了不是签章的表单域 {one.name}")
    if "Subtype" in one.attributes and one.attributes["Subtype"] != "Widget":
        raise _refused(f"签章之后增加了批注 {one.name}")


class _Comparison:
    """Holds each object that the earlier view shows and that stands elsewhere in the later one to its rule."""

    def __init__(self, before: View, after: View, added: list[Field] | None) -> None:
        self.before, self.after = before, after
        self.added = None if added is None else {one.number for one in added}
        self.fields = {one.number for one in fields(before)}
        self.empty = {one.number for one in fields(before) if one.kind == "Sig" and one.value is None}
        signed = {one.number for one in fields(after) if after.resolved(one.value) is not None}
        self.filled = (self.empty & signed) - {None}
        self.met = before.reached(without=("DSS",))

    def require(self, changed: set[int]) -> None:
        """Hold all. Raises Refused."""
        if self.before.root != self.after.root:
            raise _refused("签章之后换了文件目录")
        self._require_read_alike(changed)
        for number in sorted(changed & self.met.keys()):
            old, new = self.before.value(number), self.after.value(number)
            if not self._same(old, new) and not self._allowed(number, old, new):
                raise _refused(f"签章之后改动了{_said(old)}(对象 {number})")
        before, after = (view.dictionary(view.sections[0].trailer.get("Info")) for view in (self.before, self.after))
        if not self._all(before, after, self._info_entry):
            raise _refused("签章之后改动了文件属性")
        self._require_store()

    def _require_read_alike(self, changed: set[int]) -> None:
        """Hold that what was shown stays in reach: same generations, numbers below `/Size` (7.5.5), a trailer alike."""
        for number in changed & self.met.keys():
            if _generation(self.before, number) != _generation(self.after, number):
                raise _refused(f"签章之后改了对象 {number} 的代号,原来的引用落空或改指他物")
        trailers = self.before.sections[0].trailer, self.after.sections[0].trailer
        there = max(number for number in self.met if not isinstance(self.before.entries.get(number, Free()), Free))
        for trailer in trailers:
            size = trailer.get("Size")
            if not isinstance(size, int) or size <= there:
                raise _refused("文件尾部(trailer)所记的对象数不足,有内容因此不显示")
        if {key for key in _differing(*trailers) if trailers[1].get(key) is not None} - _GENERAL:
            raise _refused("签章之后文件尾部(trailer)多了内容")

    def _same(self, old: Any, new: Any) -> bool:
        if isinstance(old, Stream) and isinstance(new, Stream):
            return _equal(old.attributes, new.attributes) and self.before.raw(old) == self.after.raw(new)
        return _equal(old, new)

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
            return number in self.filled and self.added is not None and _differing(old, new) <= _FILLED
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
        rest = iter(old)
        want = next(rest, None)
        for one in new:
            if want is not None and _equal(one, want):
                want = next(rest, None)
            elif not self._is_added(one):
                return False
        return want is None

    def _is_added(self, one: Any) -> bool:
        return isinstance(one, Ref) and self.added is not None and one.number in self.added

    @staticmethod
    def _info_entry(key: str, _old: Any, _new: Any) -> bool:
        return key in {"ModDate", "Producer"}

    def _require_store(self) -> None:
        """Hold that the store of proofs is certificates, revocation lists and answers, each a stream of its own."""
        store = self.after.dictionary(self.after.catalog.get("DSS"))
        proofs = [self.after.dictionary(one) for one in self.after.dictionary(store.get("VRI")).values()]
        if store.keys() - STORE or any(proof.keys() - PROOF for proof in proofs):
            raise _refused("签章之后附加的验证资料(DSS)里有其他内容")
        for holder, names in [(store, ("Certs", "CRLs", "OCSPs")), *((one, ("Cert", "CRL", "OCSP")) for one in proofs)]:
            for name in names:
                if not all(isinstance(self.after.resolved(one), Stream) for one in self.after.array(holder.get(name))):
                    raise _refused("签章之后附加的验证资料(DSS)里有其他内容")


def _never(_key: str, _old: Any, _new: Any) -> bool:
    return False


def _generation(view: View, number: int) -> int:
    entry = view.entries.get(number)
    return entry.generation if isinstance(entry, At) else 0


def _differing(old: dict[str, Any], new: dict[str, Any]) -> set[str]:
    return {key for key in old.keys() | new.keys() if not _equal(old.get(key), new.get(key))}


def _equal(one: Any, other: Any) -> bool:
    """Tell whether two values are the same to every reader: `true` is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_equal(*pair) for pair in zip(one, other, strict=True))
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)


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
