"""Writes an incremental update (ISO 32000-1, 7.5.6) behind a PDF that `pdf_source` read: nothing before it changes.

As PDF/A-2 wants it (ISO 19005-2, 6.1): a table, not a stream, of objects; one line end each; an ID in the trailer.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from sealing.pdf_source import Source, first_text

_WIDTH = 10


@dataclass(frozen=True, slots=True)
class Gap:
    """A file but for the hexadecimal text of a signature: what is before it and what is after, both signed."""

    before: bytes = field(repr=False)
    after: bytes = field(repr=False)
    room: int
    """Bytes that the signature may have."""

    def digest(self) -> bytes:
        """Return the SHA-256 digest of what is signed."""
        hashed = hashlib.sha256(self.before)
        hashed.update(self.after)
        return hashed.digest()

    def filled(self, signature: bytes) -> bytes:
        """Return the file with its signature in the gap. Raises ValueError where it does not fit."""
        if len(signature) > self.room:
            raise ValueError("the signature is longer than its gap")
        return b"".join((self.before, b"<", signature.hex().encode().ljust(2 * self.room, b"0"), b">", self.after))


class Update:
    """New and changed objects of one update."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._next = int(source.trailer[b"/Size"])
        self._objects: dict[int, bytes] = {}

    def reserve(self) -> int:
        """Return the number of an object that is yet to be written."""
        self._next += 1
        return self._next - 1

    def put(self, number: int, body: bytes) -> None:
        """Write an object, new or changed."""
        self._objects[number] = body

    def add(self, body: bytes) -> int:
        """Write a new object and return its number."""
        number = self.reserve()
        self.put(number, body)
        return number

    def change(self, number: int, entries: Mapping[bytes, bytes]) -> None:
        """Write a dictionary anew, with these entries beside or in place of those it has."""
        self.put(number, dictionary({**self._source.objects[number].entries(), **entries}))

    def finished(self) -> bytes:
        """Return the file with the update behind it."""
        parts, at, offsets = self._started()
        return b"".join((*parts, self._tail(offsets, at)))

    def with_gap(self, number: int, entries: bytes, room: int) -> Gap:
        """Return the file whose last object is a signature dictionary with these entries, its signature left out.

        /ByteRange names all but the gap (ISO 32000-1, 12.8.1); the file ends where the second range does.
        """
        parts, at, offsets = self._started()
        offsets[number] = at
        begun = b"%d 0 obj\n<<%s/ByteRange[" % (number, entries)
        closing = b">>\nendobj\n"
        first = at + len(begun) + 3 * (_WIDTH + 1) + 1 + len(b"]/Contents")
        second = first + 2 * room + 2
        tail = closing + self._tail(offsets, second + len(closing))
        ranges = b"0" + b"".join(b" " + b"%*d" % (_WIDTH, one) for one in (first, second, len(tail)))
        return Gap(b"".join((*parts, begun, ranges, b"]/Contents")), tail, room)

    def _started(self) -> tuple[list[bytes], int, dict[int, int]]:
        parts = [self._source.data]
        if not self._source.data.endswith(b"\n"):
            parts.append(b"\n")
        at, offsets = sum(map(len, parts)), {}
        for number, body in self._objects.items():
            offsets[number] = at
            parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
            at += len(parts[-1])
        return parts, at, offsets

    def _tail(self, offsets: Mapping[int, int], at: int) -> bytes:
        """Return the table, the trailer and the end; `at` is where the table begins."""
        table, last = [b"xref\n"], -2
        sections: list[list[int]] = []
        for number in sorted(offsets):
            if number != last + 1:
                sections.append([])
            sections[-1].append(number)
            last = number
        for section in sections:
            table.append(b"%d %d\n" % (section[0], len(section)))
            table += [b"%010d 00000 n \n" % offsets[number] for number in section]
        trailer = {**self._source.trailer, b"/Size": b"%d" % self._next, b"/Prev": b"%d" % self._source.table}
        trailer[b"/ID"] = self._identity(at)
        table.append(b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (dictionary(trailer), at))
        return b"".join(table)

    def _identity(self, at: int) -> bytes:
        """Return the file's ID: the first half stays, the second is of this update (ISO 32000-1, 14.4)."""
        first = first_text(self._source.trailer[b"/ID"])
        second = hashlib.sha256(b"%d %s %d" % (self._source.table, first, at)).hexdigest()[:32]
        return b"[%s<%s>]" % (first, second.encode())


def dictionary(entries: Mapping[bytes, bytes]) -> bytes:
    """Return a dictionary."""
    return b"<<%s>>" % b"".join(key + b" " + value for key, value in entries.items())


def stream(entries: Mapping[bytes, bytes], content: bytes) -> bytes:
    """Return a stream."""
    return dictionary({**entries, b"/Length": b"%d" % len(content)}) + b"\nstream\n" + content + b"\nendstream"


def text(said: str) -> bytes:
    """Return a text string, UTF-16 in hexadecimal (ISO 32000-1, 7.9.2.2)."""
    return b"<FEFF%s>" % said.encode("utf-16-be").hex().upper().encode()
