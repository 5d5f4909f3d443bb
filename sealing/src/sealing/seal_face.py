"""What a seal looks like, drawn from data in its true size: nothing is copied from a picture.

Round seals of units (国发〔1999〕25号: round, a five-pointed star in the middle, the name around it from left to right)
with the kind of a business seal below the star and the seal's code along the lower arc; square and oblong
seals of persons. Names are as wide as there is room for: long ones get narrower characters, never a second row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, radians, sin, tan

from sealing.drawing import Drawing, Path, Step
from sealing.glyphs import Face, Place, outline, require_drawable, width

RED = "#d9000f"
UNIT_MM, BUSINESS_MM, PERSON_MM = 42.0, 40.0, 20.0
"""The diameter of a unit's seal and of its business seals, the side of a person's."""
LONGEST_NAME, LONGEST_LINE, LONGEST_PERSON = 40, 10, 12
"""How many characters fit on the arc, below the star, and on a person's seal."""
_FULL = UNIT_MM / 2
"""Measures below are of a seal of this radius; smaller ones are the same, scaled."""
_RING, _GAP, _TALL = 1.2, 1.1, 6.4
_STAR = 7.0
_PITCH, _SPAN, _SPAN_ABOVE_LINE = 30.0, 250.0, 226.0
"""Degrees: between characters at most, and from the first to the last at most, without and with a second line."""
_LINE_AT, _LINE_TALL, _LINE_WIDE = 10.1, 4.0, 18.0
_CODE_TALL, _CODE_SPAN = 1.7, 74.0
_BOLD = 0.16
"""The Song face is drawn with an edge of this width, in mm: cut seals are heavier than print."""


class FaceTooLong(ValueError):  # noqa: N818  named after the fact
    """A text has more characters than there is room for, or none where there must be one."""


@dataclass(frozen=True, slots=True)
class SealFace:
    """What stands on a seal: a unit's name on the arc, the second line, the code; or a person's name alone."""

    name: str
    line: str = ""
    code: str = ""
    person: bool = False

    @property
    def size_mm(self) -> tuple[float, float]:
        """Return width and height."""
        if self.person:
            rows, columns = _grid(len(_person_text(self.name)))
            return _person_size(rows, columns)
        side = BUSINESS_MM if self.line else UNIT_MM
        return side, side


def require_face(face: SealFace) -> None:
    """Raise GlyphMissing, naming characters that no font has, or FaceTooLong."""
    longest = LONGEST_PERSON if face.person else LONGEST_NAME
    if not 2 <= len(face.name) <= longest:
        raise FaceTooLong(f"印文应为 2 至 {longest} 字")
    if len(face.line) > LONGEST_LINE:
        raise FaceTooLong(f"第二行至多 {LONGEST_LINE} 字")
    require_drawable(face.name + face.line)
    require_drawable(face.code, Face.SANS)


@lru_cache(300)
def draw(face: SealFace) -> Drawing:
    """Return the drawing of a seal. Raises GlyphMissing, FaceTooLong."""
    require_face(face)
    wide, tall = face.size_mm
    steps = _person(face.name) if face.person else _round(face)
    return Drawing(wide, tall, tuple(steps))


def _round(face: SealFace) -> Iterator[Path]:
    scale, centre = face.size_mm[0] / UNIT_MM, face.size_mm[0] / 2
    yield Path(_circle(centre, (_FULL - _RING / 2) * scale), RED, _RING * scale)
    yield Path(_star(centre, _STAR * scale), RED)
    arc = _on_arc(face.name, span=_SPAN_ABOVE_LINE if face.line else _SPAN)
    text = (*arc, *_below(face.line), *_code(face.code))

    def moved(steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(
            Step(step.kind, tuple((centre + x * scale, centre + y * scale) for x, y in step.points)) for step in steps
        )

    name_and_line = len(face.name) + len(face.line)
    for place, steps in enumerate(text):
        yield Path(moved(steps), RED)
        if place < name_and_line:
            yield Path(moved(steps), RED, _BOLD)


def _circle(centre: float, radius: float) -> tuple[Step, ...]:
    """Return a circle as four curves; they differ from it by less than 0.03 % of its radius."""
    bend = radius * 0.5523
    corners = [(centre + radius * cos(turn), centre + radius * sin(turn)) for turn in (0, pi / 2, pi, 3 * pi / 2)]
    steps = [Step("M", (corners[0],))]
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        first = (ax - (ay - centre) / radius * bend, ay + (ax - centre) / radius * bend)
        second = (bx + (by - centre) / radius * bend, by - (bx - centre) / radius * bend)
        steps.append(Step("C", (first, second, (bx, by))))
    return (*steps, Step("Z"))


def _star(centre: float, radius: float) -> tuple[Step, ...]:
    """Return a regular five-pointed star, a point upwards."""
    inner = radius * sin(radians(18)) / sin(radians(54))
    points = [
        (centre + far * sin(radians(turn)), centre - far * cos(radians(turn)))
        for turn, far in ((36 * n, inner if n % 2 else radius) for n in range(10))
    ]
    return (Step("M", (points[0],)), *(Step("L", (point,)) for point in points[1:]), Step("Z"))


def _turned(angle: float, far: float, wide: float, tall: float) -> Place:
    """Return where a character stands, its foot to the centre and its head at `far`; `angle` is degrees from above."""
    turn = radians(angle)

    def place(x: float, y: float) -> tuple[float, float]:
        across, out = (x - 0.5) * wide, far - y * tall
        return across * cos(turn) + out * sin(turn), across * sin(turn) - out * cos(turn)

    return place


def pitch(characters: int, span: float) -> float:
    """Return the degrees between two characters of a name on the arc: even, the more of them the closer."""
    return min(_PITCH, span / max(characters - 1, 1))


def _on_arc(name: str, *, span: float) -> Iterator[tuple[Step, ...]]:
    step = pitch(len(name), span)
    far = _FULL - _RING - _GAP
    room = 2 * (far - _TALL) * tan(radians(step / 2)) * 0.92
    wide = min(room, _TALL * 0.86)
    tall = min(_TALL, wide * 2.9)
    for place, character in enumerate(name):
        angle = (place - (len(name) - 1) / 2) * step
        yield outline(character, _turned(angle, far, wide, tall))


def _below(line: str) -> Iterator[tuple[Step, ...]]:
    wide = min(_LINE_TALL * 0.92, _LINE_WIDE / max(len(line), 1))
    for place, character in enumerate(line):
        left = (place - len(line) / 2) * wide

        def put(x: float, y: float, left: float = left) -> tuple[float, float]:
            return left + x * wide * 0.96, _LINE_AT - _LINE_TALL / 2 + y * _LINE_TALL

        yield outline(character, put)


def _code(code: str) -> Iterator[tuple[Step, ...]]:
    """Return a code along the lower arc, from the left to the right, its heads to the centre."""
    step = min(6.4, _CODE_SPAN / max(len(code) - 1, 1))
    foot = _FULL - _RING - 0.75
    for place, character in enumerate(code):
        turn = radians((place - (len(code) - 1) / 2) * step)
        half = width(character, Face.SANS) / 2

        def put(x: float, y: float, turn: float = turn, half: float = half) -> tuple[float, float]:
            across, out = (x - half) * _CODE_TALL, foot - (0.88 - y) * _CODE_TALL
            return across * cos(turn) + out * sin(turn), out * cos(turn) - across * sin(turn)

        yield outline(character, put, Face.SANS)


def _person_text(name: str) -> str:
    """Return what a person's seal says: a name of three characters is filled up to the square by 印."""
    return f"{name}印" if len(name) == 3 else name


def _grid(characters: int) -> tuple[int, int]:
    """Return rows and columns: four characters stand in a square, others in one row."""
    return (2, 2) if characters == 4 else (1, characters)


def _person_size(rows: int, columns: int) -> tuple[float, float]:
    if rows == columns:
        return PERSON_MM, PERSON_MM
    return round(min(10.0 * columns, 40.0) + 2.0, 1), PERSON_MM / 2 + 2.0


def _person(name: str) -> Iterator[Path]:
    """Return a frame and the name in it: in a square by columns from the right, as seals are read, else in one row."""
    text = _person_text(name)
    rows, columns = _grid(len(text))
    wide, tall = _person_size(rows, columns)
    edge, inset = 0.8, 1.5
    frame = ((0.4, 0.4), (wide - 0.4, 0.4), (wide - 0.4, tall - 0.4), (0.4, tall - 0.4))
    corners = tuple(Step("L", (corner,)) for corner in frame[1:])
    yield Path((Step("M", (frame[0],)), *corners, Step("Z")), RED, edge)
    across, down = (wide - 2 * inset) / columns, (tall - 2 * inset) / rows
    for place, character in enumerate(text):
        column, row = (columns - 1 - place // rows, place % rows) if rows > 1 else (place, 0)
        centred = (1 - width(character)) / 2 * across * 0.92  # a dot is narrower than a character
        left, top = inset + column * across + centred, inset + row * down

        def put(x: float, y: float, left: float = left, top: float = top) -> tuple[float, float]:
            return left + (0.04 + x * 0.92) * across, top + (0.04 + y * 0.92) * down

        steps = outline(character, put)
        yield Path(steps, RED)
        yield Path(steps, RED, _BOLD)
