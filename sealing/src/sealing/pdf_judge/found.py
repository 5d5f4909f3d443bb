"""Finds every signature of a PDF file: those of its fields, and those that stand anywhere else and should not."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sealing.pdf_judge.sections import At
from sealing.pdf_judge.syntax import Parsed, Ref, Stream, Unreadable
from sealing.pdf_judge.view import View

MOST_FIELDS = 20_000
MOST_SIGNATURES = 100
LONGEST_NAME = 4000
"""How many characters a full name of a field may have: names are made of those above."""
_BYTE_RANGE = re.compile(rb"/(?:B|#42)(?:y|#79)(?:t|#74)(?:e|#65)(?:R|#52)(?:a|#61)(?:n|#6[eE])(?:g|#67)(?:e|#65)")
_DIGITS = re.compile(rb"[0-9A-Fa-f]*\Z")


class Refused(Exception):  # noqa: N818  named after the fact
    """The file does not hold: the check's name and the reason in Chinese."""

    def __init__(self, check: str, detail: str) -> None:
        super().__init__(detail)
        self.check, self.detail = check, detail


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form: its full name, its number, its dictionary, and what it inherits."""

    name: str
    number: int | None
    attributes: dict[str, Any]
    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Found:
    """A signature or time stamp: its field, its dictionary, and the places that its signed bytes have."""

    field: str
    place: int
    attributes: dict[str, Any]
    subfilter: str
    contents: bytes
    gap: tuple[int, int]
    end: int

    @property
    def is_stamp(self) -> bool:
        """Tell whether this is a document time stamp (ISO 32000-2, 12.8.5)."""
        return self.subfilter == "ETSI.RFC3161"

    def signed(self, data: bytes) -> tuple[memoryview, memoryview]:
        """Return the two parts that are signed."""
        whole = memoryview(data)
        return whole[: self.gap[0]], whole[self.gap[1] : self.end]


def fields(view: View) -> list[Field]:
    """Return all fields of the form. Raises Unreadable, Refused where one is met twice."""
    form = view.dictionary(view.catalog.get("AcroForm"))
    found: list[Field] = []
    seen: set[int] = set()
    waiting = [(ref, "", "", None) for ref in reversed(view.array(form.get("Fields")))]
    while waiting:
        ref, above, kind, value = waiting.pop()
        number = ref.number if isinstance(ref, Ref) else None
        if number in seen or len(found) > MOST_FIELDS or len(above) > LONGEST_NAME:
            raise Refused("fields", "同一个表单域出现两次,或表单域过多、过深")
        if number is not None:
            seen.add(number)
        one = view.dictionary(ref)
        own = view.resolved(one.get("T"))
        name = ".".join(filter(None, (above, text(own)))) if isinstance(own, bytes) else above
        kind, value = view.resolved(one.get("FT", kind)), one.get("V", value)
        found.append(Field(name, number, one, str(kind), value))
        waiting += [(kid, name, kind, value) for kid in reversed(view.array(one.get("Kids")))]
    return found


def text(raw: bytes) -> str:
    """Return a text string (7.9.2)."""
    encoding = "utf-16" if raw[:2] in {b"\xfe\xff", b"\xff\xfe"} else "latin-1"
    return raw.decode(encoding, "replace")


def signatures(view: View) -> list[Found]:
    """Return every signature of the file, in the order in which they were made.

    Raises Refused where one is malformed, in no field, in two, or hidden; Unreadable.
    """
    if "XFA" in view.dictionary(view.catalog.get("AcroForm")):
        raise Refused("fields", "文件含动态表单(XFA),所见内容无法由签章保证")
    held: dict[int, str] = {}
    for one in fields(view):
        if one.kind != "Sig" or view.resolved(one.value) is None:
            continue
        place = _place(view, one)
        if held.setdefault(place, one.name) != one.name:
            raise Refused("fields", f"签章域 {one.name} 与 {held[place]} 用的是同一个签章")
    if len(held) > MOST_SIGNATURES:
        raise Refused("fields", f"签章超过 {MOST_SIGNATURES} 个")
    _require_none_else(view, held)
    found = sorted((_signature(view, place, name) for place, name in held.items()), key=lambda one: one.end)
    if len({one.field for one in found}) < len(found) or len({one.end for one in found}) < len(found):
        raise Refused("fields", "两个签章域同名,或两个签章覆盖同一范围")
    return found


def _place(view: View, one: Field) -> int:
    if not isinstance(one.value, Ref):
        raise Refused("fields", f"签章域 {one.name} 的签章不是独立对象")
    entry = view.entries.get(one.value.number)
    if not isinstance(entry, At) or not isinstance(view.get(one.value), dict):
        raise Refused("fields", f"签章域 {one.name} 的签章不是独立对象")
    return entry.place


def _require_none_else(view: View, held: dict[int, str]) -> None:
    """Refuse signatures of any revision that no field of the form has."""
    bodies: list[tuple[int, int]] = []
    for place, value in _everything(view, bodies):
        if place not in held and _holds_signature(value):
            raise Refused("hidden_signatures", "文件里另有不属于任何签章域的签章,可能被替换或隐藏")
    spans = sorted([*bodies, *((place, view.file.object_at(place).end) for place in held)])
    starts = [start for start, _ in spans]
    for hit in _BYTE_RANGE.finditer(view.file.data):
        nearest = bisect_right(starts, hit.start()) - 1
        if nearest < 0 or hit.start() >= spans[nearest][1]:
            raise Refused("hidden_signatures", "文件里有一段签章数据不属于任何对象")


def _everything(view: View, bodies: list[tuple[int, int]]) -> Iterator[tuple[int | None, Any]]:
    """Yield each object of each revision with its place; what nobody can read is nobody's signature."""
    for section in view.sections:
        for entry in (*section.entries.values(), *section.hidden.values()):
            if not isinstance(entry, At):
                continue
            try:
                parsed = view.file.object_at(entry.place)
                if isinstance(parsed.value, Stream):
                    bodies.append(view.span(parsed.value))
            except Unreadable:
                continue
            yield entry.place, parsed.value
            if isinstance(parsed.value, Stream) and parsed.value.attributes.get("Type") == "ObjStm":
                yield from ((None, value) for _, value in _packed(view, parsed.value))


def _packed(view: View, stream: Stream) -> list[tuple[int, Any]]:
    try:
        return view.unfolded(stream)
    except Unreadable:
        return []


def _holds_signature(value: Any) -> bool:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Stream):
            one = one.attributes
        if isinstance(one, dict):
            if "ByteRange" in one or one.get("Type") in {"Sig", "DocTimeStamp"}:
                return True
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return False


def _signature(view: View, place: int, name: str) -> Found:
    parsed = view.file.object_at(place)
    one = parsed.value
    if one.get("Type", "Sig") not in {"Sig", "DocTimeStamp"}:
        raise Refused("byte_range", f"签章 {name} 的类型有误")
    subfilter, contents = view.resolved(one.get("SubFilter")), one.get("Contents")
    if not isinstance(contents, bytes) or not contents or not isinstance(subfilter, str):
        raise Refused("byte_range", f"签章 {name} 没有签名数据或没有说明格式")
    gap, end = _range(view.file.data, parsed, name)
    return Found(name, place, one, subfilter, contents, gap, end)


def _range(data: bytes, parsed: Parsed, name: str) -> tuple[tuple[int, int], int]:
    """Return the gap and the end of the signed bytes: `[0 a b c]` whose gap is the string of `/Contents`, no more."""
    given = parsed.value.get("ByteRange")
    whole = isinstance(given, list) and len(given) == 4
    if not whole or not all(isinstance(one, int) and not isinstance(one, bool) for one in given):
        raise Refused("byte_range", f"签章 {name} 的覆盖范围(ByteRange)缺失或有误")
    start, first, second, length = given
    end = second + length
    if start != 0 or not 0 < first < second or length <= 0 or end > len(data):
        raise Refused("byte_range", f"签章 {name} 的覆盖范围(ByteRange)越界、重叠或不从文件开头算起")
    if parsed.spans.get("Contents") != (first, second) or not _is_hex(data, first, second):
        raise Refused("byte_range", f"签章 {name} 的覆盖范围在签名数据之外留有空隙")
    if end < parsed.end:
        raise Refused("byte_range", f"签章 {name} 的覆盖范围没有包括签章本身")
    return (first, second), end


def _is_hex(data: bytes, first: int, second: int) -> bool:
    if data[first : first + 1] != b"<" or data[second - 1 : second] != b">":
        return False
    return (second - first) % 2 == 0 and _DIGITS.match(data[first + 1 : second - 1]) is not None
