"""Strict DER (ITU-T X.690, 10 and 11): what is read has one encoding, no bytes behind it, and bounds."""

from typing import Any, TypeVar, cast

from asn1crypto.core import Sequence

DEEPEST = 24
MOST_PARTS = 20_000

_Read = TypeVar("_Read", bound=Sequence)
_BOOLEAN, _INTEGER, _BIT_STRING, _NULL, _OID = 1, 2, 3, 5, 6
_CONSTRUCTED = 0x20
_SEQUENCES = (0x30, 0x31)


class Malformed(ValueError):  # noqa: N818  named after the fact
    """Bytes are not the one encoding that the format asks for; the words say what is wrong, in Chinese."""


def load(kind: type[_Read], data: bytes, *, at_most: int) -> _Read:
    """Read a structure of which every part is canonical. Raises Malformed."""
    if len(data) > at_most:
        raise Malformed(f"数据超过 {at_most} 字节")
    require_der(data)
    try:
        read = kind.load(data, strict=True)
        again = _reread(read)
    except Exception as refused:  # hostile bytes make asn1crypto raise anything
        raise Malformed("数据不符合规定的结构") from refused
    if again != data:
        raise Malformed("数据不是唯一的 DER 编码")
    return cast("_Read", read)


def require_der(data: bytes) -> None:
    """Walk all parts: definite and shortest lengths, canonical primitives, at most so deep. Raises Malformed."""
    ends, at, parts = [len(data)], 0, 0
    while at < len(data):
        parts += 1
        tag, start, end = _header(data, at, ends[-1])
        if parts > MOST_PARTS or len(ends) > DEEPEST:
            raise Malformed("数据嵌套过深或者组成部分过多")
        at = end
        if tag & _CONSTRUCTED:
            if tag < 0x80 and tag not in _SEQUENCES:
                raise Malformed("数据含有 DER 不允许的分段编码")
            ends.append(end)
            at = start
        else:
            _require_canonical(tag, data[start:end])
        while ends and at == ends[-1]:
            ends.pop()
        if not ends and at < len(data):
            raise Malformed("数据之后还有多余的字节")
    if ends:
        raise Malformed("数据不完整")


def _header(data: bytes, at: int, limit: int) -> tuple[int, int, int]:
    """Return the tag, where the contents start and where they end."""
    if at + 2 > limit or data[at] & 0x1F == 0x1F:
        raise Malformed("数据不完整,或者标签超出规定")
    length, start = data[at + 1], at + 2
    if length >= 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4 or start + size > limit or data[start] == 0:
            raise Malformed("长度不是 DER 的写法")
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
        if length < 0x80:
            raise Malformed("长度不是 DER 的写法")
    if start + length > limit:
        raise Malformed("数据不完整")
    return data[at], start, start + length


def _require_canonical(tag: int, contents: bytes) -> None:
    """Hold a primitive to its one encoding."""
    wrong = {
        0: True,
        _BOOLEAN: contents not in (b"\x00", b"\xff"),
        _INTEGER: not contents or (len(contents) > 1 and contents[0] in (0, 255) and _sign(contents)),
        _BIT_STRING: not contents or contents[0] > 7 or (contents[0] > 0 and not _unused_are_zero(contents)),
        _NULL: contents != b"",
        _OID: not contents or contents[-1] >= 0x80,
        _SEQUENCES[0] & ~_CONSTRUCTED: True,
        _SEQUENCES[1] & ~_CONSTRUCTED: True,
    }
    if wrong.get(tag, False):
        raise Malformed("数据含有不规范的编码")


def _sign(contents: bytes) -> bool:
    """Tell whether the first byte of an integer says only what the second says."""
    return (contents[0] == 0) == (contents[1] < 0x80)


def _unused_are_zero(contents: bytes) -> bool:
    return len(contents) > 1 and contents[-1] & ((1 << contents[0]) - 1) == 0


def _reread(read: Any) -> bytes:
    """Read every part to its ground and write all of it anew."""
    _ = read.native
    return bytes(read.dump(force=True))
