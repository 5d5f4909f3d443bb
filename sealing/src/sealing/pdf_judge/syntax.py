"""What PDF files are written in (ISO 32000-2, 7.2-7.3): values, and objects at a place of the file.

Lenient where readers agree on what is meant; where they might not, it refuses.
"""

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

DEEPEST = 60
"""How deep values may lie in each other."""
WHITE = rb"\x00\t\n\f\r "
_SPACE = re.compile(rb"(?:[" + WHITE + rb"]|%[^\r\n]*)*")
_REFERENCE = re.compile(rb"(\d{1,10})[" + WHITE + rb"]+(\d{1,5})[" + WHITE + rb"]+R(?![^" + WHITE + rb"()<>\[\]{}/%])")
_NUMBER = re.compile(rb"[+-]{0,2}(?:\d{1,40}\.?\d{0,40}|\.\d{1,40})(?:-\d{0,9})?")
_NAME = re.compile(rb"/([^" + WHITE + rb"()<>\[\]{}/%]*)")
_WORD = re.compile(rb"[^" + WHITE + rb"()<>\[\]{}/%]+")
_HEX = re.compile(rb"<([0-9A-Fa-f" + WHITE + rb"]*)>")
_PLAIN = re.compile(rb"[^()\\]*")
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_HASHED = re.compile(rb"#([0-9A-Fa-f]{2})")
_HEAD = re.compile(rb"(\d{1,10})[" + WHITE + rb"]+(\d{1,5})[" + WHITE + rb"]+obj(?![A-Za-z])")
_STREAM = re.compile(rb"stream(?:\r\n|\n|\r)")
_BLANK = bytes.maketrans(b"", b"")
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\r\n": b"", b"\n": b"", b"\r": b""}
_WORDS: dict[bytes, bool | None] = {b"true": True, b"false": False, b"null": None}


class Unreadable(Exception):  # noqa: N818  named after the fact
    """The file is not readable as PDF, or different readers would read different things."""


class Name(str):
    """A name, without its slash, its `#xx` resolved."""

    __slots__ = ()


class Ref(NamedTuple):
    """A reference to an indirect object."""

    number: int
    generation: int


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream: its dictionary and where its bytes begin; where they end, the file's view says (`/Length`)."""

    attributes: dict[str, Any]
    start: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """An indirect object: its number and value, where its word `obj` is, where it ends, and its values stand."""

    number: int
    generation: int
    value: Any
    start: int
    end: int
    spans: dict[str, tuple[int, int]]


def skip(data: bytes, at: int) -> int:
    """Return the first place that is neither white space nor comment."""
    found = _SPACE.match(data, at)
    return found.end() if found else at


def object_at(data: bytes, at: int) -> Parsed:
    """Read the indirect object that stands at a place. Raises Unreadable."""
    head = _HEAD.match(data, skip(data, at))
    if head is None:
        raise Unreadable(f"位置 {at} 处应为对象,却不是")
    spans: dict[str, tuple[int, int]] = {}
    value, end = value_at(data, head.end(), spans=spans)
    number, generation = int(head[1]), int(head[2])
    after = skip(data, end)
    stream = _STREAM.match(data, after) if isinstance(value, dict) else None
    if stream:
        return Parsed(number, generation, Stream(value, stream.end()), head.end() - 3, stream.end(), spans)
    if not data.startswith(b"endobj", after):
        raise Unreadable(f"对象 {number} 没有正常结束")
    return Parsed(number, generation, value, head.end() - 3, after + 6, spans)


def value_at(
    data: bytes, at: int, *, depth: int = 0, spans: dict[str, tuple[int, int]] | None = None
) -> tuple[Any, int]:
    """Read the value at a place and return it with where it ends. Raises Unreadable.

    Names are `Name`, strings `bytes`. `spans` receives where the values of the outermost dictionary stand.
    """
    at = skip(data, at)
    first = data[at : at + 1]
    if first == b"<" and data[at + 1 : at + 2] == b"<":
        return _dictionary(data, at + 2, depth, {} if spans is None else spans)
    if first == b"[":
        return _array(data, at + 1, depth)
    if first == b"/":
        return _name(data, at)
    if first == b"(":
        return _string(data, at + 1)
    if first == b"<":
        return _hex(data, at)
    return _plain(data, at)


def _plain(data: bytes, at: int) -> tuple[Any, int]:
    reference = _REFERENCE.match(data, at)
    if reference:
        return Ref(int(reference[1]), int(reference[2])), reference.end()
    number = _NUMBER.match(data, at)
    if number:
        text = number[0]
        if text.isdigit():
            return int(text), number.end()
        sign = -1 if text.startswith(b"-") else 1
        text = text.lstrip(b"+-").partition(b"-")[0]
        return sign * (float(text) if b"." in text else int(text)), number.end()
    word = _WORD.match(data, at)
    if word and word[0] in _WORDS:
        return _WORDS[word[0]], word.end()
    raise Unreadable(f"位置 {at} 处的内容不合 PDF 语法")


def _name(data: bytes, at: int) -> tuple[Name, int]:
    found = _NAME.match(data, at)
    if found is None:
        raise Unreadable(f"位置 {at} 处应为名称")
    raw = found[1]
    if b"#" in raw:
        raw = _HASHED.sub(lambda one: bytes([int(one[1], 16)]), raw)
    return Name(raw.decode("latin-1")), found.end()


def _hex(data: bytes, at: int) -> tuple[bytes, int]:
    found = _HEX.match(data, at)
    if found is None:
        raise Unreadable(f"位置 {at} 处的十六进制串没有结束")
    digits = found[1].translate(_BLANK, WHITE_BYTES)
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()), found.end()


WHITE_BYTES = b"\x00\t\n\f\r "


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    parts, open_ones = [], 1
    while True:
        plain = _PLAIN.match(data, at)
        parts.append(plain[0] if plain else b"")
        at = plain.end() if plain else at
        one = data[at : at + 1]
        if one == b"\\":
            escaped = _ESCAPED.match(data, at)
            if escaped is None:
                raise Unreadable("文字串没有结束")
            parts.append(_unescaped(escaped[1]))
            at = escaped.end()
            continue
        open_ones += {b"(": 1, b")": -1}.get(one, 0)
        if not one:
            raise Unreadable("文字串没有结束")
        at += 1
        if open_ones == 0:
            return b"".join(parts), at
        parts.append(one)


def _unescaped(text: bytes) -> bytes:
    if text[:1].isdigit():
        return bytes([int(text, 8) & 255])
    return _LETTERS.get(text, text)


def _array(data: bytes, at: int, depth: int) -> tuple[list[Any], int]:
    _require_shallow(depth)
    values: list[Any] = []
    while True:
        at = skip(data, at)
        if data[at : at + 1] == b"]":
            return values, at + 1
        value, at = value_at(data, at, depth=depth + 1)
        values.append(value)


def _dictionary(data: bytes, at: int, depth: int, spans: dict[str, tuple[int, int]]) -> tuple[dict[str, Any], int]:
    _require_shallow(depth)
    values: dict[str, Any] = {}
    while True:
        at = skip(data, at)
        if data.startswith(b">>", at):
            return values, at + 2
        key, at = _name(data, at)
        start = skip(data, at)
        value, at = value_at(data, start, depth=depth + 1)
        if key in values and values[key] != value:
            raise Unreadable(f"同一字典里 /{key} 出现两次,内容不同")
        if key in spans:
            raise Unreadable(f"同一字典里 /{key} 出现两次")
        values[key] = value
        spans[key] = (start, at)


def _require_shallow(depth: int) -> None:
    if depth > DEEPEST:
        raise Unreadable("内容嵌套过深")
