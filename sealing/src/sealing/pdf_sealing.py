"""Seals a PDF: a PAdES signature (ETSI EN 319 142-1) with a visible seal, in one update that leaves a PDF/A a PDF/A.

Level B-T where a time stamp is given, else B-B. Only what `pdf_source` takes is sealed. There is no DocMDP: more seals
and later time stamps stay possible, and that nothing else is added is for the verifier, which refuses it anyway.
"""

import zlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from asn1crypto.x509 import Certificate

from sealing import pdf_source
from sealing.cms import detached, size_of
from sealing.drawing import POINTS_PER_MM, Drawing
from sealing.pdf_fields import Field, add_field
from sealing.pdf_source import NotClean, Source
from sealing.pdf_update import Gap, Update, stream, text
from sealing.signing import Signatory, Stamp

STAMP_ROOM = 8192
"""Bytes kept for a time stamp; a longer one is asked for a second time with the room that it needs."""
_TURNS = {0: b"1 0 0 1 0 0", 90: b"0 1 -1 0 0 0", 180: b"-1 0 0 -1 0 0", 270: b"0 -1 1 0 0 0"}


class PlaceOutside(ValueError):  # noqa: N818  named after the fact
    """A seal would not be on the page, or there is no such page."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a seal's upper left corner is: on a page (1 is the first, -1 the last), in mm from the page's own corner.

    Meant is the page as it is shown: its crop box, after it was turned.
    """

    page: int
    left_mm: float
    top_mm: float


async def seal_pdf(  # noqa: PLR0913  a seal has this many parts
    pdf: bytes,
    signatory: Signatory,
    *,
    drawing: Drawing,
    place: Place,
    stamp: Stamp | None,
    reason: str,
    at: datetime,
) -> bytes:
    """Return the PDF with a seal: drawn at its true size, signed at `at` for a reason, stamped.

    Raises NotClean, PlaceOutside, StampRefused, and whatever the key raises.
    """
    source = _sealable(pdf)
    room = size_of(signatory) + (STAMP_ROOM if stamp else 0)
    said = _said(signatory, reason, at)
    gap = _prepared(source, drawing, place, said, room)
    signed = await detached(gap.digest(), signatory, stamp)
    if len(signed) > gap.room:
        gap = _prepared(source, drawing, place, said, len(signed) + 512)
        signed = await detached(gap.digest(), signatory, stamp)
    return gap.filled(signed)


def _sealable(pdf: bytes) -> Source:
    """Read a PDF that was just rendered, or that has seals of ours already. Raises NotClean."""
    source = pdf_source.read(pdf)
    if source.revisions > 1 and b"/AcroForm" not in source.entries(source.trailer[b"/Root"]):
        raise NotClean("渲染之后已有改动")
    return source


def _said(signatory: Signatory, reason: str, at: datetime) -> bytes:
    """Return the signature dictionary's entries (ISO 32000-1, table 252; with /M: ETSI EN 319 142-1, clause 6.3)."""
    said = {
        b"/Type": b"/Sig",
        b"/Filter": b"/Adobe.PPKLite",
        b"/SubFilter": b"/ETSI.CAdES.detached",
        b"/Name": _name(signatory.certificate),
        b"/Reason": text(reason),
        b"/M": moment(at),
    }
    return b"".join(key + value for key, value in said.items())


@lru_cache(maxsize=1024)
def _name(certificate: bytes) -> bytes:
    """Return a certificate's common name. asn1crypto reads it: cryptography warns of names of over 64 bytes."""
    common = Certificate.load(certificate).subject.native.get("common_name", "")
    return text(common if isinstance(common, str) else common[0])


def moment(at: datetime) -> bytes:
    """Return a date (ISO 32000-1, 7.9.4), in the time zone that it has."""
    zone = at.strftime("%z") or "+0000"
    return f"(D:{at:%Y%m%d%H%M%S}{zone[:3]}'{zone[3:5]}')".encode()


def _prepared(source: Source, drawing: Drawing, place: Place, said: bytes, room: int) -> Gap:
    """Return the file with all of the seal but its signature."""
    pages = source.pages()
    if not -len(pages) <= place.page <= len(pages) or place.page == 0:
        raise PlaceOutside(f"there is no page {place.page}")
    page = pages[place.page - 1 if place.page > 0 else place.page]
    rectangle, turn = _rectangle(source, page, drawing, place)
    update = Update(source)
    signature = update.reserve()
    appearance = update.add(_appearance(drawing, turn))
    add_field(update, source, Field(page, signature, rectangle, appearance))
    return update.with_gap(signature, said, room)


@lru_cache(maxsize=256)
def _appearance(drawing: Drawing, turn: int) -> bytes:
    """Return the drawing as a form: what is under it stays readable (Multiply), and it stands upright as shown."""
    box = b"[0 0 %.4f %.4f]" % (drawing.width_mm * POINTS_PER_MM, drawing.height_mm * POINTS_PER_MM)
    entries = {
        b"/Type": b"/XObject",
        b"/Subtype": b"/Form",
        b"/BBox": box,
        b"/Matrix": b"[%s]" % _TURNS[turn],
        b"/Resources": b"<</ExtGState<</M<</BM/Multiply>>>>>>",
        b"/Filter": b"/FlateDecode",
    }
    return stream(entries, zlib.compress(b"/M gs\n" + drawing.pdf(), 9))


def _rectangle(
    source: Source, page: int, drawing: Drawing, place: Place
) -> tuple[tuple[float, float, float, float], int]:
    """Return where the seal is in the page's own units, and by how many degrees the page is turned when it is shown.

    Raises PlaceOutside.
    """
    media = _box(source.inherited(page, b"/MediaBox"))
    crop = source.inherited(page, b"/CropBox")
    left, bottom, right, top = _common(media, _box(crop)) if crop else media
    turn = int(source.inherited(page, b"/Rotate") or b"0") % 360
    unit = POINTS_PER_MM / float(source.objects[page].entries().get(b"/UserUnit", b"1"))
    x, y = place.left_mm * unit, place.top_mm * unit
    right_x, low_y = x + drawing.width_mm * unit, y + drawing.height_mm * unit
    wide, high = (right - left, top - bottom) if turn in {0, 180} else (top - bottom, right - left)
    if turn not in _TURNS or x < 0 or y < 0 or right_x > wide + 0.01 or low_y > high + 0.01:
        raise PlaceOutside(f"the seal does not lie on page {place.page}")
    return {
        0: (left + x, top - low_y, left + right_x, top - y),
        90: (left + y, bottom + x, left + low_y, bottom + right_x),
        180: (right - right_x, bottom + y, right - x, bottom + low_y),
        270: (right - low_y, top - right_x, right - y, top - x),
    }[turn], turn


def _box(value: bytes) -> tuple[float, float, float, float]:
    a, b, c, d = map(float, value.strip(b"[] ").split())
    return min(a, c), min(b, d), max(a, c), max(b, d)


def _common(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
