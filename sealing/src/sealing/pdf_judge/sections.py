"""The cross-reference sections of a PDF file (ISO 32000-2, 7.5.4-7.5.8): what each revision says where objects are."""

import re
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from sealing.pdf_judge.filters import unpacked
from sealing.pdf_judge.syntax import WHITE, Ref, Stream, Unreadable, object_at, skip, value_at

MOST_SECTIONS = 500
_START = re.compile(rb"startxref[" + WHITE + rb"]+(\d{1,12})[" + WHITE + rb"]+%%EOF[" + WHITE + rb"]*\Z")
_SUBSECTION = re.compile(rb"[" + WHITE + rb"]*(\d{1,10})[" + WHITE + rb"]+(\d{1,10})[" + WHITE + rb"]*")
_ROW = re.compile(rb"[" + WHITE + rb"]*(\d{1,10})[" + WHITE + rb"]+(\d{1,5})[" + WHITE + rb"]+([nf])")
_TRAILER = re.compile(rb"[" + WHITE + rb"]*trailer")


class Free(NamedTuple):
    """The number is not used."""


class At(NamedTuple):
    """The object stands at this place of the file."""

    place: int
    generation: int


class Within(NamedTuple):
    """The object is in this object stream, at this place of its list."""

    container: int
    nth: int


Entry = Free | At | Within


@dataclass(frozen=True, slots=True)
class Section:
    """What one revision adds: its trailer, its entries, and those of its hybrid part (`/XRefStm`)."""

    place: int
    trailer: dict[str, Any]
    entries: dict[int, Entry]
    hidden: dict[int, Entry] = field(default_factory=dict)
    hidden_place: int | None = None

    def found(self) -> dict[int, Entry]:
        """Return what a reader of today finds here: the hybrid part where the table says free."""
        return self.entries | {n: e for n, e in self.hidden.items() if isinstance(self.entries.get(n, Free()), Free)}


def chain(data: bytes, end: int) -> list[Section]:
    """Return the sections of the file that ends there, the newest first. Raises Unreadable."""
    place: int | None = _start(data, end)
    sections: list[Section] = []
    seen: set[int] = set()
    while place is not None:
        if place in seen or len(seen) > MOST_SECTIONS:
            raise Unreadable("交叉引用表首尾相接,或过多")
        seen.add(place)
        section = _section(data, place, end)
        sections.append(section)
        before = section.trailer.get("Prev")
        place = None if before is None else _place(before, end)
    return _once_hidden(sections)


def _once_hidden(sections: list[Section]) -> list[Section]:
    """Return the sections without repeated hybrid parts: some makers copy `/XRefStm` from the trailer before.

    The older section has its entries already, and the newer tables go before them. Raises Unreadable where one that
    stands between would be undone.
    """
    kept: list[Section] = []
    since: dict[int, set[int]] = {}
    for one in reversed(sections):
        section, place = one, one.hidden_place
        if place is not None and place in since:
            if since[place] & one.hidden.keys():
                raise Unreadable("混合交叉引用表让旧内容重新出现")
            section = replace(one, hidden={}, hidden_place=None)
        _require_one_reading(section.entries, section.hidden)
        for numbers in since.values():
            numbers.update(section.entries)
        if place is not None:
            since.setdefault(place, set())
        kept.append(section)
    return kept[::-1]


def _start(data: bytes, end: int) -> int:
    tail = data[max(0, end - 2048) : end]
    found = _START.search(tail, max(0, tail.rfind(b"startxref")))
    if found is None:
        raise Unreadable("文件末尾不是正常的 PDF 结尾")
    return int(found[1])


def _place(value: Any, end: int) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < end:
        raise Unreadable("交叉引用表的位置有误")
    return value


def _section(data: bytes, place: int, end: int) -> Section:
    _place(place, end)
    at = skip(data, place)
    if not data.startswith(b"xref", at):
        trailer, entries = _stream(data, place, end)
        return Section(place, trailer, entries)
    entries, after = _table(data, at + 4, end)
    trailer, stop = value_at(data, after)
    if not isinstance(trailer, dict) or stop > end:
        raise Unreadable("文件尾部(trailer)有误")
    if "XRefStm" not in trailer:
        return Section(place, trailer, entries)
    hidden_place = _place(trailer["XRefStm"], end)
    _, hidden = _stream(data, hidden_place, end)
    return Section(place, trailer, entries, hidden, hidden_place)


def _require_one_reading(entries: dict[int, Entry], hidden: dict[int, Entry]) -> None:
    """Refuse a hybrid section that tells old readers of another object than new ones (7.5.8.4)."""
    for number, entry in hidden.items():
        shown = entries.get(number)
        if isinstance(shown, At) and shown != entry and not isinstance(entry, Free):
            raise Unreadable(f"混合交叉引用表对对象 {number} 有两种说法")


def _table(data: bytes, at: int, end: int) -> tuple[dict[int, Entry], int]:
    entries: dict[int, Entry] = {}
    while True:
        trailer = _TRAILER.match(data, skip(data, at))
        if trailer:
            return entries, trailer.end()
        head = _SUBSECTION.match(data, at)
        if head is None or head.end() > end:
            raise Unreadable("交叉引用表有误")
        at = _rows(data, head, entries)


def _rows(data: bytes, head: re.Match[bytes], entries: dict[int, Entry]) -> int:
    first, count, at = int(head[1]), int(head[2]), head.end()
    for nth in range(count):
        row = _ROW.match(data, at)
        if row is None:
            raise Unreadable("交叉引用表有误")
        place, generation, at = int(row[1]), int(row[2]), row.end()
        if nth == 0 and first == 1 and row[3] == b"f" and generation == 65535 and place == 0:
            first = 0  # makers that begin to count at 1 mean 0
        entry: Entry = At(place, generation) if row[3] == b"n" and place else Free()
        _enter(entries, first + nth, entry)
    return at


def _enter(entries: dict[int, Entry], number: int, entry: Entry) -> None:
    if entries.setdefault(number, entry) != entry:
        raise Unreadable(f"交叉引用表里对象 {number} 出现两次")


def _stream(data: bytes, place: int, end: int) -> tuple[dict[str, Any], dict[int, Entry]]:
    parsed = object_at(data, place)
    if not isinstance(parsed.value, Stream) or parsed.value.attributes.get("Type") != "XRef":
        raise Unreadable("交叉引用表不在所说的位置")
    attributes, length = parsed.value.attributes, parsed.value.attributes.get("Length")
    if not isinstance(length, int) or length < 0 or parsed.end + length > end:
        raise Unreadable("交叉引用流的长度有误")
    rows = unpacked(data[parsed.end : parsed.end + length], attributes)
    return attributes, _unrolled(rows, attributes)


def stream_entries(data: bytes, place: int, end: int) -> dict[int, Entry]:
    """Return what the cross-reference stream at a place says. Raises Unreadable."""
    return _stream(data, place, end)[1]


def _unrolled(rows: bytes, attributes: dict[str, Any]) -> dict[int, Entry]:
    widths: list[int] = attributes.get("W", [])
    index: list[int] = attributes.get("Index", [0, attributes.get("Size")])
    if not _are_counts(widths) or len(widths) < 3 or max(widths) > 8 or not _are_counts(index) or len(index) % 2:
        raise Unreadable("交叉引用流有误")
    ends = (widths[0], widths[0] + widths[1], sum(widths[:3]))
    width, at = sum(widths), 0
    entries: dict[int, Entry] = {}
    for first, count in zip(index[::2], index[1::2], strict=True):
        if count > len(rows) or at + count * width > len(rows):
            raise Unreadable("交叉引用流不完整")
        for number in range(first, first + count):
            row = rows[at : at + width]
            at += width
            kind = int.from_bytes(row[: ends[0]]) if widths[0] else 1
            _enter(entries, number, _entry(kind, _number(row, ends[0], ends[1]), _number(row, ends[1], ends[2])))
    return entries


def _are_counts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, int) and 0 <= one < 10**9 for one in value)


def _number(row: bytes, start: int, stop: int) -> int:
    return int.from_bytes(row[start:stop])


def _entry(kind: int, one: int, other: int) -> Entry:
    if kind == 1:
        return At(one, other)
    return Within(one, other) if kind == 2 else Free()


def root_of(sections: list[Section]) -> Ref:
    """Return the catalog's reference. Raises Unreadable where there is none, or the file is encrypted."""
    for section in sections:
        if "Encrypt" in section.trailer:
            raise Unreadable("文件是加密的,无法核验;请用未加密的原件")
    root = sections[0].trailer.get("Root")
    if not isinstance(root, Ref):
        raise Unreadable("文件没有目录(Root)")
    return root
