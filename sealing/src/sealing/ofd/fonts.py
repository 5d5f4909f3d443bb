"""The font that travels with an OFD: the characters that are used and no other, as TrueType, which all readers draw."""

import io
from collections.abc import Iterable
from functools import lru_cache
from threading import Lock
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from pylopdf_fonts_zh_cn import serif_path

from sealing.glyphs import Face, missing

EM, ASCENT, DESCENT = 1000, 880, -120
FAMILY = "Yiwang Song"
_NEAR = 1.0
"""How far, in units of the em, a curve of TrueType may lie from the one it stands for."""
_READING = Lock()
"""The large font is read piece by piece from one file."""


def subset(characters: Iterable[str]) -> bytes:
    """Return a TrueType font of these characters; the same bytes for the same characters.

    Raises KeyError for a character that the font lacks: ask `replaced` first.
    """
    used = sorted(set(characters))
    names = [".notdef", *(f"u{ord(one):04X}" for one in used)]
    drawn = {".notdef": (TTGlyphPen(None).glyph(), EM), **dict(zip(names[1:], map(_drawn, used), strict=True))}
    made = FontBuilder(EM, isTTF=True)
    made.setupGlyphOrder(names)
    made.setupCharacterMap({ord(one): name for one, name in zip(used, names[1:], strict=True)})
    made.setupGlyf({name: glyph for name, (glyph, _) in drawn.items()})
    table = made.font["glyf"]
    made.setupHorizontalMetrics({name: (wide, getattr(table[name], "xMin", 0)) for name, (_, wide) in drawn.items()})
    made.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    made.setupNameTable({"familyName": FAMILY, "styleName": "Regular", "psName": FAMILY.replace(" ", "")})
    made.setupOS2(sTypoAscender=ASCENT, sTypoDescender=DESCENT, usWinAscent=ASCENT, usWinDescent=-DESCENT)
    made.setupPost()
    made.font["head"].created = made.font["head"].modified = 0
    made.font.recalcTimestamp = False
    written = io.BytesIO()
    made.font.save(written)
    return written.getvalue()


def advance(character: str) -> float:
    """Return how wide a character is, in ems."""
    return _drawn(character)[1] / EM


def replaced(text: str) -> str:
    """Return the text with 〓, the printers' mark, where the font lacks a character, so that the lack is seen."""
    lacking = set(missing(text, Face.SERIF))
    return "".join("〓" if one in lacking else one for one in text)


@lru_cache(1)
def _source() -> tuple[Any, Any]:
    font = TTFont(serif_path(), lazy=True)
    return font.getBestCmap(), font.getGlyphSet()


@lru_cache(8000)
def _drawn(character: str) -> tuple[Any, int]:
    """Return the outline in quadratic curves, and the advance."""
    with _READING:
        names, glyphs = _source()
        glyph = glyphs[names[ord(character)]]
        pen = TTGlyphPen(None)
        glyph.draw(Cu2QuPen(pen, _NEAR, reverse_direction=True))
        return pen.glyph(), round(glyph.width)
