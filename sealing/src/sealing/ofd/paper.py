"""A letter or licence laid out on pages as official documents are (GB/T 9704-2012), in mm, before any format."""

from dataclasses import dataclass

from sealing.ofd.fonts import replaced
from sealing.ofd.lines import Line, broken, single, width

WIDE, TALL = 210, 297
LEFT, TOP, COLUMN, BOTTOM = 28.0, 37.0, 156.0, 262.0
"""The type area of GB/T 9704-2012, 5.2.1: 156 mm by 225 mm."""
BODY, TITLE, NOTE, SMALL = 5.64, 7.76, 4.23, 3.17
"""三号, 二号, 小四 and 小五: sizes of characters, in mm."""
PITCH = 9.9
"""From line to line: 22 lines a page."""
CODE = 24.0
_UNDER_SEAL = 4
"""The date stands so many characters from the right edge (7.3.5.1)."""
Code = tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """What is written: texts as they are read; a long one takes as many pages as it needs."""

    title: str
    number: str
    """文号 or 证照编号; may be empty."""
    addressee: str
    paragraphs: tuple[str, ...]
    unit_name: str
    date_text: str
    fields: tuple[tuple[str, str], ...] = ()
    """What a licence says, name by name, above the paragraphs."""
    opening: tuple[str, ...] = ()
    """Paragraphs above the fields."""
    code: Code = ()
    """The squares of a two-dimensional code, row by row, true where dark."""
    code_text: str = "扫码核验"
    reference: str = ""
    """What stands small at the right above the addressee, such as the number of the application."""

    def texts(self) -> tuple[str, ...]:
        """Return all that is written, piece by piece."""
        head = (self.title, self.number, self.reference, self.addressee, *self.opening)
        fields = (text for pair in self.fields for text in pair)
        return (*head, *fields, *self.paragraphs, self.unit_name, self.date_text, self.code_text)


@dataclass(frozen=True, slots=True)
class Placed:
    """A line on a page: its left edge and base line, and the size of its characters."""

    line: Line
    left: float
    base: float
    size: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: its lines, and where a code stands if it has one (left and top)."""

    lines: tuple[Placed, ...]
    code_at: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Laid:
    """The pages, and the middle of the seal, which stands over the signing line of the last one."""

    sheets: tuple[Sheet, ...]
    seal_at: tuple[float, float]


def lay(paper: Paper) -> Laid:
    """Lay out a paper. Every character that no font has becomes 〓."""
    head, rows = _head(paper), _rows(paper)
    signing = _signing(paper)
    first = int((BOTTOM - TOP - _tall(head)) / PITCH)
    pages = _filled(rows, first, len(signing))
    sheets, below = [], 0.0
    for number, page in enumerate(pages, 1):
        top = TOP + (_tall(head) if number == 1 else 0)
        lines = [*(head if number == 1 else []), *(_at(row, top, index) for index, row in enumerate(page))]
        below = top + len(page) * PITCH
        sheets.append(Sheet((*lines, _foot(number))))
    last = Sheet((*sheets[-1].lines, *(_at(row, below, index) for index, row in enumerate(signing))))
    if paper.code:
        code_at = (LEFT, below + 0.4 * PITCH)
        caption = Placed(single(replaced(paper.code_text)), LEFT, code_at[1] + CODE + 4.2, SMALL)
        last = Sheet((*last.lines, caption), code_at)
    date = signing[-1]
    middle = LEFT + BODY * (date.start + date.width / 2)
    return Laid((*sheets[:-1], last), (middle, below + (len(signing) - 1) * PITCH))


def _head(paper: Paper) -> list[Placed]:
    """Set the title, its lines in the middle, and the number under it."""
    placed, base = [], TOP + TITLE
    for line in broken(replaced(paper.title), COLUMN / TITLE):
        placed.append(_middle(line, base, TITLE))
        base += 1.45 * TITLE
    if paper.number:
        placed.append(_middle(single(replaced(paper.number)), base, BODY))
        base += PITCH
    if paper.reference:
        line = single(replaced(paper.reference))
        placed.append(Placed(line, LEFT + COLUMN - line.width * NOTE, base, NOTE))
    return placed


def _tall(head: list[Placed]) -> float:
    return head[-1].base - TOP + PITCH if head else 0.0


def _middle(line: Line, base: float, size: float) -> Placed:
    return Placed(line, LEFT + (COLUMN - line.width * size) / 2, base, size)


def _rows(paper: Paper) -> list[Line]:
    """Break what is said into lines of the body."""
    room = COLUMN / BODY
    rows = broken(replaced(f"{paper.addressee}："), room) if paper.addressee else []
    for paragraph in paper.opening:
        rows += broken(replaced(paragraph), room, indent=2.0)
    for name, value in paper.fields:
        rows += _field(replaced(name), replaced(value), room)
    for paragraph in paper.paragraphs:
        rows += broken(replaced(paragraph), room, indent=2.0)
    return rows


def _field(name: str, value: str, room: float) -> list[Line]:
    """Set a name and its value; further lines of the value stand under its first."""
    start = min(width(f"{name}："), room / 2)
    first, *others = broken(value, room, indent=start)
    if not others:
        return [single(f"{name}：{first.text}")]
    return [single(f"{name}："), *(Line(line.text, 2.0, line.steps) for line in broken(value, room - 2.0))]


def _signing(paper: Paper) -> list[Line]:
    """Set the unit and the date, both around the middle of the date's line, which ends before the right edge."""
    room = COLUMN / BODY
    date, unit = replaced(paper.date_text), replaced(paper.unit_name)
    end = room - _UNDER_SEAL
    middle = end - width(date) / 2
    start = min(max(0.0, middle - width(unit) / 2), max(0.0, room - width(unit)))
    return [single(""), *_unit(unit, start, room), single(date, end - width(date))]


def _unit(unit: str, start: float, room: float) -> list[Line]:
    lines = broken(unit, room)
    return [single(unit, start)] if len(lines) == 1 else lines


def _filled(rows: list[Line], first: int, signing: int) -> list[list[Line]]:
    """Share the lines among pages: the signing lines stand with at least one line of what is said."""
    whole = int((BOTTOM - TOP) / PITCH)
    pages: list[list[Line]] = []
    left, room = list(rows), first
    while len(left) > room - signing:
        take = room if len(left) > room else max(1, len(left) - 1)
        take = min(take, len(left) - 1)
        pages.append(left[:take])
        left, room = left[take:], whole
    return [*pages, left]


def _at(line: Line, top: float, index: int) -> Placed:
    return Placed(line, LEFT + line.start * BODY, top + index * PITCH + BODY, BODY)


def _foot(number: int) -> Placed:
    """Set the page's number (7.5): 四号, between dashes, 7 mm under the type area."""
    line = single(f"— {number} —")
    return _middle(line, BOTTOM + 7.0 + BODY, 4.94)
