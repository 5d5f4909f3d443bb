"""Undoes what streams that matter here are packed with (ISO 32000-2, 7.4), up to a bound."""

import base64
import binascii
import re
import zlib
from typing import Any

from sealing.pdf_judge.syntax import WHITE_BYTES, Unreadable

LARGEST = 64 * 2**20
"""How many bytes a stream may unpack to."""
_NOT_HEX = re.compile(rb"[^0-9A-Fa-f]")


def unpacked(raw: bytes, attributes: dict[str, Any]) -> bytes:
    """Return the bytes of a stream without its filters. Raises Unreadable."""
    names, parameters = _listed(attributes.get("Filter")), _listed(attributes.get("DecodeParms"))
    for at, name in enumerate(names):
        given = parameters[at] if at < len(parameters) and isinstance(parameters[at], dict) else {}
        raw = _unfiltered(raw, name, given)
    return raw


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _unfiltered(raw: bytes, name: Any, parameters: dict[str, Any]) -> bytes:
    try:
        if name in {"FlateDecode", "Fl"}:
            return _predicted(_inflated(raw), parameters)
        if name in {"ASCIIHexDecode", "AHx"}:
            digits = _NOT_HEX.sub(b"", raw.partition(b">")[0])
            return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
        if name in {"ASCII85Decode", "A85"}:
            text = raw.translate(None, WHITE_BYTES).partition(b"~>")[0]
            return base64.a85decode(text)
    except (zlib.error, ValueError, binascii.Error) as broken:
        raise Unreadable("压缩的内容无法解开") from broken
    raise Unreadable(f"不支持的压缩方式 {name}")


def _inflated(raw: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    plain = unpacking.decompress(raw, LARGEST)
    if unpacking.unconsumed_tail:
        raise Unreadable("压缩的内容解开后过大")
    return plain


def _predicted(plain: bytes, parameters: dict[str, Any]) -> bytes:
    predictor = parameters.get("Predictor", 1)
    if predictor == 1:
        return plain
    if not isinstance(predictor, int) or predictor < 10:
        raise Unreadable("不支持的预测方式")
    colours, bits = parameters.get("Colors", 1), parameters.get("BitsPerComponent", 8)
    columns = parameters.get("Columns", 1)
    if not all(isinstance(one, int) and 0 < one < 100_000 for one in (colours, bits, columns)):
        raise Unreadable("预测参数有误")
    return _png(plain, width=(colours * bits * columns + 7) // 8, step=max(1, colours * bits // 8))


def _png(plain: bytes, *, width: int, step: int) -> bytes:
    """Undo PNG's filters of rows (ISO/IEC 15948, 9)."""
    before, rows = bytearray(width), bytearray()
    for at in range(0, len(plain), width + 1):
        kind, row = plain[at], bytearray(plain[at + 1 : at + 1 + width])
        row.extend(bytes(width - len(row)))
        _undo(kind, row, before, step)
        rows += row
        before = row
    return bytes(rows)


def _undo(kind: int, row: bytearray, before: bytearray, step: int) -> None:
    if kind == 0:
        return
    if kind == 2:
        row[:] = bytes((a + b) & 255 for a, b in zip(row, before, strict=True))
        return
    if kind not in {1, 3, 4}:
        raise Unreadable("预测方式有误")
    for at in range(len(row)):
        left = row[at - step] if at >= step else 0
        if kind == 1:
            guess = left
        elif kind == 3:
            guess = (left + before[at]) // 2
        else:
            guess = _paeth(left, before[at], before[at - step] if at >= step else 0)
        row[at] = (row[at] + guess) & 255


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    distances = ((abs(guess - left), 0, left), (abs(guess - above), 1, above), (abs(guess - corner), 2, corner))
    return min(distances)[2]
