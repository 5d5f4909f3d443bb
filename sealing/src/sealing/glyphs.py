"""Characters as outlines in millimetres, from the fonts that papers are set in too."""

from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from threading import Lock
from typing import Any, TypeAlias

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont
from pylopdf_fonts_zh_cn import sans_path, serif_path

from sealing.drawing import Step

Place: TypeAlias = Callable[[float, float], tuple[float, float]]
"""Brings a point of the unit square of a character (x to the right, y down, each 0…1) to the sheet, in mm."""
EM_TOP, EM = 880, 1000
"""Where the square of a Chinese character begins in these fonts, and how large it is, in their units."""


class Face(StrEnum):
    """The type faces: 宋体 for names, 黑体 for small numbers."""

    SERIF = "serif"
    SANS = "sans"


class GlyphMissing(ValueError):  # noqa: N818  named after the fact
    """A font lacks characters; no box is drawn in their place. `characters` names them."""

    def __init__(self, characters: str) -> None:
        super().__init__(f"字库中没有:{'、'.join(f'{one}(U+{ord(one):04X})' for one in characters)}")
        self.characters = characters


class _Outline(BasePen):  # type: ignore[misc] # fontTools ships no types
    """Collects a character's outline in the unit square."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.steps: list[tuple[str, tuple[tuple[float, float], ...]]] = []

    def _add(self, kind: str, *points: tuple[float, float]) -> None:
        self.steps.append((kind, tuple((x / EM, (EM_TOP - y) / EM) for x, y in points)))

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802  the names are fontTools'
        self._add("M", point)

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._add("L", point)

    def _curveToOne(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._add("C", *points)

    def _closePath(self) -> None:  # noqa: N802
        self._add("Z")

    def _endPath(self) -> None:  # noqa: N802
        self._add("Z")


_READING = Lock()
"""A font is read piece by piece from one file, by drawings in several threads."""


@lru_cache(2)
def _font(face: Face) -> tuple[Any, Any]:
    font = TTFont(serif_path() if face is Face.SERIF else sans_path(), lazy=True)
    return font.getBestCmap(), font.getGlyphSet()


@lru_cache(2000)
def _outline(face: Face, character: str) -> tuple[float, tuple[tuple[str, tuple[tuple[float, float], ...]], ...]]:
    """Return a character's advance and outline, of the unit square."""
    with _READING:
        names, glyphs = _font(face)
        name = names[ord(character)]
        pen = _Outline(glyphs)
        glyphs[name].draw(pen)
        return glyphs[name].width / EM, tuple(pen.steps)


def missing(text: str, face: Face = Face.SERIF) -> str:
    """Return the characters of a text that a font lacks, each once."""
    with _READING:
        names, _ = _font(face)
    return "".join(dict.fromkeys(one for one in text if ord(one) not in names))


def require_drawable(text: str, face: Face = Face.SERIF) -> None:
    """Raise GlyphMissing, naming the characters, unless a font has all of a text."""
    if lacking := missing(text, face):
        raise GlyphMissing(lacking)


def width(character: str, face: Face = Face.SERIF) -> float:
    """Return a character's advance, in parts of the square. Raises GlyphMissing."""
    require_drawable(character, face)
    return _outline(face, character)[0]


def outline(character: str, place: Place, face: Face = Face.SERIF) -> tuple[Step, ...]:
    """Return a character's outline where `place` puts it. Raises GlyphMissing."""
    require_drawable(character, face)
    return tuple(Step(kind, tuple(place(x, y) for x, y in points)) for kind, points in _outline(face, character)[1])
