"""A PDF file as a reader sees it that ends at a place: what a signer saw, or what stands there now."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from sealing.pdf_judge.filters import unpacked
from sealing.pdf_judge.sections import At, Entry, Free, Section, Within, chain, root_of
from sealing.pdf_judge.syntax import Parsed, Ref, Stream, Unreadable, object_at, skip, value_at

MOST_OBJECTS = 500_000


@dataclass(frozen=True, slots=True)
class Bytes:
    """The file's bytes, with the objects that were read from them, by place: each is read once."""

    data: bytes
    read: dict[int, Parsed] = field(default_factory=dict, repr=False)
    packed: dict[tuple[int, int], list[tuple[int, Any]]] = field(default_factory=dict, repr=False)

    def object_at(self, place: int) -> Parsed:
        """Return the object at a place. Raises Unreadable."""
        parsed = self.read.get(place)
        if parsed is None:
            parsed = self.read[place] = object_at(self.data, place)
        return parsed


class View:
    """The file up to `end`: objects by number."""

    def __init__(self, file: Bytes, end: int) -> None:
        self.file, self.end = file, end
        self.sections: list[Section] = chain(file.data, end)
        self.root = root_of(self.sections)
        self.entries: dict[int, Entry] = {}
        for section in reversed(self.sections):
            self.entries |= section.found()
        if len(self.entries) > MOST_OBJECTS:
            raise Unreadable("对象过多")

    @property
    def catalog(self) -> dict[str, Any]:
        """Return the catalog. Raises Unreadable."""
        catalog = self.resolved(self.root)
        if not isinstance(catalog, dict):
            raise Unreadable("文件没有目录(Root)")
        return catalog

    def where(self, number: int) -> tuple[Entry, Entry | None]:
        """Return where an object stands, and where its object stream stands: two views that agree read the same."""
        entry = self.entries.get(number, Free())
        return entry, self.entries.get(entry.container) if isinstance(entry, Within) else None

    def get(self, ref: Ref) -> Any:
        """Return an object's value; None where there is none. Raises Unreadable."""
        entry = self.entries.get(ref.number)
        if isinstance(entry, At):
            return self._standing(ref, entry)
        if isinstance(entry, Within) and ref.generation == 0:
            return self._within(ref.number, entry)
        return None

    def value(self, number: int) -> Any:
        """Return the value of whatever object has this number now; None where there is none. Raises Unreadable."""
        entry = self.entries.get(number)
        return self.get(Ref(number, entry.generation if isinstance(entry, At) else 0))

    def _standing(self, ref: Ref, entry: At) -> Any:
        if entry.generation != ref.generation:
            return None
        if entry.place >= self.end:
            raise Unreadable(f"对象 {ref.number} 不在文件之内")
        parsed = self.file.object_at(entry.place)
        if (parsed.number, parsed.generation) != ref:
            raise Unreadable(f"对象 {ref.number} 不在交叉引用表所说的位置")
        if parsed.end > self.end:
            raise Unreadable(f"对象 {ref.number} 没有正常结束")
        return parsed.value

    def _within(self, number: int, entry: Within) -> Any:
        members = self.members(entry.container)
        if entry.nth < len(members) and members[entry.nth][0] == number:
            return members[entry.nth][1]
        raise Unreadable(f"对象 {number} 不在所说的对象流里")

    def members(self, container: int) -> list[tuple[int, Any]]:
        """Return what an object stream holds, as numbers and values in its order. Raises Unreadable."""
        place = self.entries.get(container)
        if not isinstance(place, At):
            raise Unreadable(f"没有对象流 {container}")
        stream = self._standing(Ref(container, place.generation), place)
        if not isinstance(stream, Stream) or stream.attributes.get("Type") != "ObjStm":
            raise Unreadable(f"{container} 不是对象流")
        return self.unfolded(stream)

    def unfolded(self, stream: Stream) -> list[tuple[int, Any]]:
        """Return what is in an object stream. Raises Unreadable."""
        start, stop = self.span(stream)
        if (start, stop) not in self.file.packed:
            self.file.packed[start, stop] = _unfolded(unpacked(self.raw(stream), stream.attributes), stream.attributes)
        return self.file.packed[start, stop]

    def resolved(self, value: Any) -> Any:
        """Follow references to what is no reference."""
        for _ in range(20):
            if not isinstance(value, Ref):
                return value
            value = self.get(value)
        raise Unreadable("引用首尾相接")

    def span(self, stream: Stream) -> tuple[int, int]:
        """Return where a stream's bytes begin and end. Raises Unreadable."""
        data, length = self.file.data, self.resolved(stream.attributes.get("Length"))
        if isinstance(length, int) and length >= 0:
            stop = stream.start + length
            if stop < self.end and data.startswith(b"endstream", skip_white(data, stop)):
                return stream.start, stop
        stop = data.find(b"endstream", stream.start, self.end)
        if stop < 0:
            raise Unreadable("流没有结束")
        return stream.start, stop - (data[stop - 2 : stop] == b"\r\n") - (data[stop - 1 : stop] in {b"\n", b"\r"})

    def raw(self, stream: Stream) -> bytes:
        """Return a stream's bytes as they stand."""
        start, stop = self.span(stream)
        return self.file.data[start:stop]

    def plain(self, stream: Stream) -> bytes:
        """Return a stream's bytes without their filters. Raises Unreadable."""
        attributes = {key: self.resolved(value) for key, value in stream.attributes.items()}
        return unpacked(self.raw(stream), attributes)

    def dictionary(self, value: Any) -> dict[str, Any]:
        """Return a dictionary, followed to; an empty one where there is another thing."""
        found = self.resolved(value)
        return found if isinstance(found, dict) else {}

    def array(self, value: Any) -> list[Any]:
        """Return an array, followed to; an empty one where there is another thing."""
        found = self.resolved(value)
        return found if isinstance(found, list) else []

    def reached(self, *, without: tuple[str, ...] = ()) -> dict[int, set[str]]:
        """Return the numbers of all objects that the trailer leads to, each with the keys under which it was met.

        `without` names entries of the catalog that are not followed.
        """
        catalog = {key: value for key, value in self.catalog.items() if key not in without}
        met: dict[int, set[str]] = {self.root.number: {"Root"}}
        waiting: list[Any] = [catalog, {"Info": self.sections[0].trailer.get("Info")}]
        while waiting:
            for ref, key in references(waiting.pop()):
                waiting += self._meet(ref, key, met)
        return met

    def _meet(self, ref: Ref, key: str, met: dict[int, set[str]]) -> list[Any]:
        known = met.get(ref.number)
        if known is not None:
            known.add(key)
            return []
        met[ref.number] = {key}
        value = self.get(ref)
        return [] if value is None else [value]


def skip_white(data: bytes, at: int) -> int:
    """Return the first place that is no white space; of at most a few."""
    stop = min(len(data), at + 8)
    while at < stop and data[at] in b"\x00\t\n\f\r ":
        at += 1
    return at


def references(value: Any) -> Iterator[tuple[Ref, str]]:
    """Yield each reference in a value with the key of the dictionary in which it stands."""
    waiting: list[tuple[Any, str]] = [(value, "")]
    while waiting:
        one, key = waiting.pop()
        if isinstance(one, Ref):
            yield one, key
        elif isinstance(one, Stream):
            waiting += [(inner, name) for name, inner in one.attributes.items()]
        elif isinstance(one, dict):
            waiting += [(inner, name) for name, inner in one.items()]
        elif isinstance(one, list):
            waiting += [(inner, key) for inner in one]


def _unfolded(plain: bytes, attributes: dict[str, Any]) -> list[tuple[int, Any]]:
    count, first = attributes.get("N"), attributes.get("First")
    if not isinstance(count, int) or not isinstance(first, int) or not 0 <= count <= len(plain) or first < 0:
        raise Unreadable("对象流有误")
    heads = plain[:first].split()
    if len(heads) < 2 * count or not all(one.isdigit() for one in heads[: 2 * count]):
        raise Unreadable("对象流有误")
    pairs = [(int(heads[2 * nth]), int(heads[2 * nth + 1])) for nth in range(count)]
    return [(number, cast("Any", value_at(plain, skip(plain, first + at))[0])) for number, at in pairs]
