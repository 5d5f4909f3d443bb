"""The press: sets a paper from a template and its data as PDF/A-2b (ISO 19005-2), tagged, with its fonts inside.

Data reach a template only as JSON, so that nothing that somebody typed is read as markup. A character that no font has
is not printed as a box: the paper is refused.
"""

import asyncio
import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from threading import Lock
from typing import Any

import pylopdf_fonts_zh_cn
import typst
from fontTools.ttLib import TTFont

TEMPLATES = Path(str(resources.files("esign_svc.outside") / "templates"))
FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent
PIECES = "letter"
"""What all templates are made of."""
STANDARD: list[Any] = ["a-2b"]
NOT_SEEN = frozenset({"Cc", "Cf"})
SHOWN_AT_MOST = 10
AT_THE_SEAL = "<seal>"


class GlyphMissing(Exception):  # noqa: N818  named after the fact
    """No font has some characters; `codes` are their code points (U+…), and nothing else of the text."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__("、".join(codes))
        self.codes = codes


@dataclass(frozen=True, slots=True)
class Printed:
    """A paper: its PDF, and where the centre of its seal goes: the page from 1, and mm from the upper left corner."""

    pdf: bytes
    page: int
    x_mm: float
    y_mm: float


@cache
def version_of(template: str) -> str:
    """Return what tells one wording of a template from any other: a digest of it and of its pieces."""
    texts = [(TEMPLATES / f"{name}.typ").read_bytes() for name in (PIECES, template)]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]


@cache
def characters() -> frozenset[int]:
    """Return the code points that the fonts have."""
    found: set[int] = set()
    for file in FONTS.glob("*.otf"):
        with TTFont(file, lazy=True) as font:
            found |= font.getBestCmap().keys()
    return frozenset(found)


def require_printable(data: Any) -> None:
    """Raise GlyphMissing where a text among the data has a character that no font has."""
    missing = sorted({ord(char) for text in _texts(data) for char in text} - characters())
    if missing:
        raise GlyphMissing([f"U+{code:04X}" for code in missing[:SHOWN_AT_MOST]])


def readable(data: Any) -> Any:
    """Return data without the characters that nobody sees (controls, formats); line breaks stay."""
    if isinstance(data, str):
        return "".join(char for char in data if char == "\n" or unicodedata.category(char) not in NOT_SEEN)
    if isinstance(data, Mapping):
        return {key: readable(value) for key, value in data.items()}
    return [readable(one) for one in data] if isinstance(data, (list, tuple)) else data


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data.replace("\n", "")
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, (list, tuple)):
        for one in data:
            yield from _texts(one)


class Press:
    """Sets papers, one at a time, in a thread: the requests go on meanwhile."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._compiler: typst.Compiler | None = None

    async def print(self, template: str, data: Mapping[str, Any], *, at: datetime) -> Printed:
        """Return a paper of a template from its data; `at` is when it says that it was made. Raises GlyphMissing."""
        seen = readable(data)
        await asyncio.to_thread(require_printable, seen)
        return await asyncio.to_thread(self._print, template, seen, at)

    def _print(self, template: str, data: Mapping[str, Any], at: datetime) -> Printed:
        given = {"data": json.dumps(data, ensure_ascii=False)}
        with self._turn:
            compiler = self._compiler = self._compiler or typst.Compiler(
                root=TEMPLATES, font_paths=[FONTS], ignore_system_fonts=True
            )
            pdf = compiler.compile(
                input=TEMPLATES / f"{template}.typ",
                format="pdf",
                sys_inputs=given,
                pdf_standards=STANDARD,
                timestamp=int(at.timestamp()),
            )
            found = json.loads(compiler.query(AT_THE_SEAL, field="value", one=True))
        if not isinstance(pdf, bytes):
            raise TypeError("a PDF of one file")
        return Printed(pdf, int(found["page"]), float(found["x"]), float(found["y"]))
