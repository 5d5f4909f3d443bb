"""DER (X.690): values written, and read back strictly: tags of one byte, the shortest length, nothing behind."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from asn1crypto import core

BOOLEAN, INTEGER, OCTETS, TIME, SEQUENCE, SET = 0x01, 0x02, 0x04, 0x18, 0x30, 0x31
FIRST, SECOND = 0xA0, 0xA1
"""The context's tags 0 and 1, constructed."""


class NotDer(ValueError):  # noqa: N818  named after the fact
    """Bytes are not the value in DER that was expected."""


def der(tag: int, *parts: bytes) -> bytes:
    """Return a value: tag, shortest length, content."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    width = (size.bit_length() + 7) // 8
    return bytes((tag, 0x80 | width)) + size.to_bytes(width, "big") + content


def oid(dotted: str) -> bytes:
    """Return an object identifier."""
    encoded: bytes = core.ObjectIdentifier(dotted).dump()
    return encoded


def integer(number: int) -> bytes:
    """Return a whole number, not negative."""
    return der(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


@dataclass(frozen=True, slots=True)
class Value:
    """A value that was read: its tag, all of its bytes, and where its content begins in them."""

    tag: int
    whole: bytes = field(repr=False)
    start: int

    @property
    def content(self) -> bytes:
        """The content alone."""
        return self.whole[self.start :]

    def number(self) -> int:
        """Return a whole number. Raises NotDer."""
        if self.tag != INTEGER or not self.content:
            raise NotDer("not a number")
        return int.from_bytes(self.content, "big", signed=True)

    def parts(self, tag: int = SEQUENCE) -> "Parts":
        """Return what stands in a value of this tag. Raises NotDer."""
        if self.tag != tag:
            raise NotDer(f"tag {self.tag:#x}, not {tag:#x}")
        return Parts(list(_values(self.whole, self.start)))


class Parts:
    """The values in a value, taken one by one in their order."""

    def __init__(self, values: list[Value]) -> None:
        self.left = values

    def take(self, tag: int) -> Value:
        """Return the next value, which has this tag. Raises NotDer."""
        found = self.maybe(tag)
        if found is None:
            raise NotDer(f"no value with tag {tag:#x}")
        return found

    def maybe(self, tag: int) -> Value | None:
        """Return the next value if it has this tag."""
        return self.left.pop(0) if self.left and self.left[0].tag == tag else None

    def one(self, tag: int) -> Value:
        """Return the only value there is, of this tag. Raises NotDer."""
        found = self.take(tag)
        self.end()
        return found

    def end(self) -> None:
        """Raise NotDer if anything is left."""
        if self.left:
            raise NotDer("something is left")


def read(data: bytes, tag: int = SEQUENCE) -> Parts:
    """Read the one value that bytes are, and return what stands in it. Raises NotDer."""
    return Parts(list(_values(data, 0))).one(tag).parts(tag)


def _values(data: bytes, at: int) -> Iterator[Value]:
    while at < len(data):
        if len(data) - at < 2 or data[at] & 0x1F == 0x1F:
            raise NotDer("cut, or a long tag")
        size, start = data[at + 1], at + 2
        if size >= 0x80:
            width = size & 0x7F
            size = int.from_bytes(data[start : start + width], "big")
            start += width
            if not 1 <= width <= 4 or size < 0x80 or size.bit_length() <= 8 * (width - 1):
                raise NotDer("a length that is not the shortest")
        if start + size > len(data):
            raise NotDer("cut")
        yield Value(data[at], data[at : start + size], start - at)
        at = start + size
