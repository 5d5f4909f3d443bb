"""Chinese lines: broken where GB/T 15834-2011, 5.1 allows: no closing mark begins one, no opening one ends one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sealing.ofd.fonts import advance

_NOT_FIRST = frozenset("，。、；：！？）》〉」』】〕”’…—·％%,.;:!?)]}℃")
_NOT_LAST = frozenset("（《〈「『【〔“‘([{")
_WORDS = re.compile(r"[A-Za-z0-9./:@#&?=_+-]+|.", re.DOTALL)
_WIDEST_GAP = 0.35
"""How far characters of a full line may be drawn apart, in ems, so that its right edge is flush."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its text, where it begins, and how far apart its characters' starts lie, in ems."""

    text: str
    start: float
    steps: tuple[float, ...]

    @property
    def width(self) -> float:
        """Return from the start to the right edge of the last character."""
        return sum(self.steps) + (advance(self.text[-1]) if self.text else 0)


def broken(text: str, room: float, *, indent: float = 0.0) -> list[Line]:
    """Break a paragraph into lines of so much room (ems), its first line indented; full ones are flush."""
    lines, start, taken = [], indent, ""
    for piece in _pieces(text, room - indent):  # each fits the first line as well
        if taken and start + _wide(taken + piece) > room:
            lines.append(_flush(taken, start, room))
            start, taken = 0.0, piece.lstrip(" ")
        else:
            taken += piece
    return [*lines, Line(taken.rstrip(" "), start, _steps(taken.rstrip(" ")))]


def single(text: str, start: float = 0.0) -> Line:
    """Return a line that is not broken."""
    return Line(text, start, _steps(text))


def width(text: str) -> float:
    """Return how wide a text is in one line, in ems."""
    return _wide(text)


def _pieces(text: str, room: float) -> Iterator[str]:
    """Cut a text into what must not be cut: words, and characters with the marks that belong to them."""
    held = ""
    for found in _WORDS.findall(text):
        joined = not held or found[0] in _NOT_FIRST or held[-1] in _NOT_LAST
        if joined and _wide(held + found) <= room:
            held += found
            continue
        yield from _cut(held, room)
        held = found
    yield from _cut(held, room)


def _cut(piece: str, room: float) -> Iterator[str]:
    """Cut a word that is longer than a line, wherever it must be."""
    while len(piece) > 1 and _wide(piece) > room:
        fits = max((size for size in range(1, len(piece)) if _wide(piece[:size]) <= room), default=1)
        yield piece[:fits]
        piece = piece[fits:]
    if piece:
        yield piece


def _flush(text: str, start: float, room: float) -> Line:
    text = text.rstrip(" ")
    slack, gaps = room - start - _wide(text), len(text) - 1
    apart = slack / gaps if gaps > 0 and slack / gaps <= _WIDEST_GAP else 0.0
    return Line(text, start, tuple(step + apart for step in _steps(text)))


def _steps(text: str) -> tuple[float, ...]:
    return tuple(advance(one) for one in text[:-1])


def _wide(text: str) -> float:
    return sum(map(advance, text))
