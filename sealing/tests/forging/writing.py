"""Writes increments and changes bytes of PDF files by hand, as a forger does: no library stands in the way."""

import io
import re
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader


def trailer(data: bytes) -> Any:
    """Return the newest trailer."""
    return PdfFileReader(io.BytesIO(data), strict=False).trailer_view


def root(data: bytes) -> int:
    """Return the catalog's number."""
    return int(trailer(data).raw_get("/Root").idnum)


def pages(data: bytes) -> list[int]:
    """Return the numbers of the pages."""
    kids = PdfFileReader(io.BytesIO(data), strict=False).root["/Pages"].raw_get("/Kids")
    return [int(kid.idnum) for kid in kids]


def size(data: bytes) -> int:
    """Return the first number that nobody has."""
    return int(trailer(data)["/Size"])


def body(data: bytes, number: int) -> bytes:
    """Return what the newest object of a number holds."""
    found = list(re.finditer(rb"(?<!\d)%d 0 obj(.*?)endobj" % number, data, re.DOTALL))
    return found[-1][1].strip()


def number_of(data: bytes, marks: bytes) -> int:
    """Return the number of the last object with these bytes in it."""
    found = [one for one in re.finditer(rb"(\d+) 0 obj(.*?)endobj", data, re.DOTALL) if marks in one[2]]
    return int(found[-1][1])


def with_entry(text: bytes, entry: bytes) -> bytes:
    """Return a dictionary with one more entry."""
    return text.replace(b"<<", b"<< " + entry + b" ", 1)


def stream(text: bytes, attributes: bytes = b"") -> bytes:
    """Return a stream object's body."""
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (attributes, len(text), text)


def start_of(data: bytes) -> int:
    """Return where the newest cross-references are."""
    return int(re.findall(rb"startxref\s+(\d+)", data)[-1])


def table(places: dict[int, int | None], extra: bytes, total: int, prev: int | None, catalog: int) -> bytes:
    """Return a cross-reference table with its trailer; None frees a number."""
    rows = [b"xref\n0 1\n0000000000 65535 f \n"]
    for number, place in sorted(places.items()):
        row = b"%010d 00000 n \n" % place if place is not None else b"0000000000 00001 f \n"
        rows.append(b"%d 1\n%s" % (number, row))
    before = b"" if prev is None else b" /Prev %d" % prev
    return b"%strailer\n<< /Size %d /Root %d 0 R%s %s >>\n" % (b"".join(rows), total, catalog, before, extra)


def appended(
    data: bytes,
    objects: dict[int, bytes],
    *,
    freed: tuple[int, ...] = (),
    pointed: dict[int, int] | None = None,
    extra: bytes = b"",
    prev: int | None = None,
    catalog: int | None = None,
) -> bytes:
    """Return the file with an increment: new bodies of objects, freed numbers, numbers that point to old places."""
    out = bytearray(data)
    if not data.endswith(b"\n"):
        out += b"\n"
    places: dict[int, int | None] = dict.fromkeys(freed)
    places |= pointed or {}
    for number, text in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    start = len(out)
    total = 1 + max([*objects, *places, *map(int, re.findall(rb"\n(\d+) 0 obj", data))])
    out += table(places, extra, total, start_of(data) if prev is None else prev, catalog or root(data))
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    """Return the data with the last occurrence replaced by something of the same length."""
    at = data.rindex(old)
    if len(new) > len(old):
        raise ValueError((old, new))
    return data[:at] + new.ljust(len(old)) + data[at + len(old) :]


def ranges(data: bytes) -> tuple[int, int, int, int]:
    """Return the last `/ByteRange`."""
    found = re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data)[-1]
    return tuple(map(int, found))  # type: ignore[return-value]


def range_text(data: bytes) -> bytes:
    """Return the text of the last `/ByteRange` with the blanks that follow it."""
    return re.findall(rb"/ByteRange\s*\[[^\]]*\] *", data)[-1]  # type: ignore[no-any-return]
