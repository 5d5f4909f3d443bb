"""The zip around an OFD: written the same for the same files, and read so strictly that it hides nothing.

Entries lie one behind the other from the first byte to the list, the list ends the file, and both say the same;
one program wrote them all: a file that another put together is not the one that was sealed.
"""

import io
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass

MOST_BYTES = 64 * 1024 * 1024
MOST_ENTRIES = 4096
MOST_EXPANDED = 96 * 1024 * 1024
MOST_OF_ONE = 32 * 1024 * 1024
_RATIO, _SMALL = 100, 1024 * 1024
_END, _ENTRY, _LOCAL = struct.Struct("<4s4H2LH"), struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED = 0, 8
_DESCRIBED, _UTF8, _LEVEL = 8, 0x800, 6
_HARMLESS = frozenset({0x5455, 0x5855, 0x7875, 0x000A, 0xCAFE})
"""Extra fields that only tell of times and owners; any other can rename, encrypt or enlarge."""
LONGEST_EXTRA = 96
"""Bytes: what times and owners take together, and too few for a file."""
_FORBIDDEN = frozenset('\\:*?"<>|')


class Unreadable(ValueError):  # noqa: N818  named after the fact
    """The package is not to be read, or hides something; the words say what, in Chinese."""


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    raw_name: bytes
    maker: tuple[int, int, int]
    common: tuple[int, ...]
    """Version, flags, method, time and date: the same in the list and before the file."""
    crc: int
    packed: int
    size: int
    offset: int


def write_package(files: dict[str, bytes], *, packed: bool = False) -> bytes:
    """Write the files in their order, the same bytes each time.

    Stored as they are, each byte of the package has one right value; packed is for what is signed as a whole.
    """
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.create_system = 0
            package.writestr(entry, content, zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)
    return written.getvalue()


def read_package(data: bytes) -> dict[str, bytes]:
    """Read all files by their names. Raises Unreadable."""
    if len(data) > MOST_BYTES:
        raise Unreadable("文件过大")
    start, entries = _listed(data)
    files, at, total = {}, 0, 0
    for entry in sorted(entries, key=lambda one: one.offset):
        if entry.offset != at:
            raise Unreadable("压缩包内有未列出的字节")
        total += entry.size
        if entry.size > MOST_OF_ONE or total > min(MOST_EXPANDED, _RATIO * len(data) + _SMALL):
            raise Unreadable("压缩包展开后过大")
        begin = _require_local(data, entry, start)
        content = _expanded(entry, data[begin : begin + entry.packed])
        at = _behind(data, entry, begin + entry.packed)
        if not entry.name.endswith("/"):
            files[entry.name] = content
        elif content:
            raise Unreadable("压缩包的目录项带有内容")
    if at != start:
        raise Unreadable("压缩包内有未列出的字节")
    if len({entry.maker for entry in entries if not entry.name.endswith("/")}) > 1:
        raise Unreadable("压缩包由不同的程序拼成,不是签章时的原文件")
    return files


def _listed(data: bytes) -> tuple[int, list[_Entry]]:
    """Read the list at the end; return where it starts and what it lists."""
    if len(data) < _END.size:
        raise Unreadable("不是 OFD 文件")
    mark, disk, first, here, count, size, start, comment = _END.unpack(data[-_END.size :])
    if mark != b"PK\x05\x06":
        raise Unreadable("不是 OFD 文件,或者文件末尾有多余的字节")
    if disk or first or here != count or comment or start + size != len(data) - _END.size:
        raise Unreadable("压缩包的目录与文件末尾不一致")
    if not 0 < count <= MOST_ENTRIES:
        raise Unreadable("压缩包内的文件数超出规定")
    entries, at = [], start
    for _ in range(count):
        entry, at = _entry(data, at, start + size)
        entries.append(entry)
    if at != start + size:
        raise Unreadable("压缩包的目录与文件末尾不一致")
    names = [unicodedata.normalize("NFKC", entry.name).casefold().rstrip("/") for entry in entries]
    if len(set(names)) != len(names):
        raise Unreadable("压缩包内有重名的文件")
    return start, entries


def _entry(data: bytes, at: int, end: int) -> tuple[_Entry, int]:
    if at + _ENTRY.size > end:
        raise Unreadable("压缩包的目录不完整")
    read = _ENTRY.unpack_from(data, at)
    mark, made_by, *common = read[:6]
    crc, packed, size, name_size, extra_size, comment, disk, inside, outside, offset = read[7:]
    common.append(read[6])
    name_at = at + _ENTRY.size
    extra_at = name_at + name_size
    behind = extra_at + extra_size
    if mark != b"PK\x01\x02" or behind > end or comment or disk:
        raise Unreadable("压缩包的目录不合格式")
    _require_plain(common, outside)
    _require_harmless(data[extra_at:behind])
    raw = data[name_at:extra_at]
    entry = _Entry(_name(raw, common[1]), raw, (made_by, inside, outside), tuple(common), crc, packed, size, offset)
    return entry, behind


def _require_plain(common: list[int], attributes: int) -> None:
    """Refuse what is encrypted, a link, packed by an unknown method, or wants more than this reads."""
    version, flags, method, *_ = common
    if version > 45 or flags & ~(_DESCRIBED | _UTF8 | _LEVEL) or method not in (_STORED, _DEFLATED):
        raise Unreadable("压缩包使用了加密或者不认识的方法")
    if attributes >> 28 not in (0, 4, 8):
        raise Unreadable("压缩包内有链接或者特殊文件")


def _require_harmless(extra: bytes) -> None:
    """Refuse additional fields that are unknown or have room for another file, which other programs would show."""
    if len(extra) > LONGEST_EXTRA:
        raise Unreadable("压缩包的附加字段过长")
    at = 0
    while at < len(extra):
        if at + 4 > len(extra):
            raise Unreadable("压缩包的附加字段不完整")
        kind, size = struct.unpack_from("<2H", extra, at)
        at += 4 + size
        if kind not in _HARMLESS or at > len(extra):
            raise Unreadable("压缩包带有不认识的附加字段")


def _name(raw: bytes, flags: int) -> str:
    """Return a name that means the same everywhere: relative, without steps upwards and without a drive."""
    try:
        name = raw.decode("utf-8" if flags & _UTF8 else "ascii")
    except UnicodeDecodeError as refused:
        raise Unreadable("压缩包内的文件名不可读") from refused
    parts = name.removesuffix("/").split("/")
    if any(part in ("", ".", "..") or part != part.strip(" .") for part in parts):
        raise Unreadable("压缩包内的文件名指向别处")
    if _FORBIDDEN & set(name) or any(unicodedata.category(one)[0] in "CZ" and one != " " for one in name):
        raise Unreadable("压缩包内的文件名含有不允许的字符")
    return name


def _require_local(data: bytes, entry: _Entry, end: int) -> int:
    """Hold what stands before a file to what the list says; return where its bytes begin."""
    at = entry.offset
    if at + _LOCAL.size > end:
        raise Unreadable("压缩包不完整")
    mark, *common, crc, packed, size, name_size, extra_size = _LOCAL.unpack_from(data, at)
    name_at = at + _LOCAL.size
    begin = name_at + name_size + extra_size
    told = (crc, packed, size)
    known = told == (entry.crc, entry.packed, entry.size) or (entry.common[1] & _DESCRIBED and told == (0, 0, 0))
    same = tuple(common) == entry.common and data[name_at : name_at + name_size] == entry.raw_name
    if mark != b"PK\x03\x04" or not known or not same or begin + entry.packed > end:
        raise Unreadable("压缩包的目录与文件头不一致")
    _require_harmless(data[name_at + name_size : begin])
    return int(begin)


def _expanded(entry: _Entry, packed: bytes) -> bytes:
    """Return the file, of exactly the size and check sum that the list says."""
    content = packed
    if entry.common[2] == _DEFLATED:
        engine = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = engine.decompress(packed, entry.size + 1)
        except zlib.error as refused:
            raise Unreadable("压缩包内的文件已损坏") from refused
        if not engine.eof or engine.unused_data or engine.unconsumed_tail:
            raise Unreadable("压缩包内的文件大小与目录不一致")
    if len(content) != entry.size or zlib.crc32(content) != entry.crc:
        raise Unreadable("压缩包内的文件已损坏")
    return content


def _behind(data: bytes, entry: _Entry, at: int) -> int:
    """Return where the entry ends: behind its descriptor where it has one, which says what the list says."""
    if not entry.common[1] & _DESCRIBED:
        return at
    told = struct.pack("<3L", entry.crc, entry.packed, entry.size)
    for form in (b"PK\x07\x08" + told, told):
        if data[at : at + len(form)] == form:
            return at + len(form)
    raise Unreadable("压缩包的目录与文件头不一致")
