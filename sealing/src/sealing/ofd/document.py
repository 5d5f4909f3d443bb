"""An unsealed OFD document as files: its root, resources and pages (GB/T 33190-2016, clauses 7 and 8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sealing import sm
from sealing.drawing import Drawing, Path, Step
from sealing.glyphs import Place, outline
from sealing.ofd.fonts import ASCENT, EM, FAMILY, subset
from sealing.ofd.package import write_package
from sealing.ofd.paper import CODE, TALL, WIDE, Laid, Paper, Placed, Sheet
from sealing.ofd.xml import Node, write

SIGNATURES = "Doc_0/Signs/Signatures.xml"
FONT = "2"
_ROOT, _DOCUMENT, _RESOURCES = "OFD.xml", "Doc_0/Document.xml", "Doc_0/PublicRes.xml"
_OPERATORS = {"M": "M", "L": "L", "C": "B", "Z": "C"}
_BLACK = "#000000"
_EDGE = 0.05
"""The edge of what is filled, in mm: some readers fill nothing in a seal, and would show none without an edge."""
_BASIC, _ROOM = 0xFFFF, "\u3000"
"""The last character of the basic plane, and the space that stands for one of the further planes."""


@dataclass(slots=True)
class _Numbers:
    """Gives each object its number; 2 is the font's."""

    last: int = 2

    def next(self) -> str:
        self.last += 1
        return str(self.last)


@dataclass(frozen=True, slots=True)
class Unsealed:
    """The files of a document, and the numbers of its pages."""

    files: dict[str, bytes]
    pages: tuple[str, ...]


def document_of(paper: Paper, laid: Laid, day: date) -> Unsealed:
    """Return a paper as the files of an OFD document that says where its signatures are."""
    numbers = _Numbers()
    pages = [_page(sheet, paper, numbers) for sheet in laid.sheets]
    used = {one for sheet in laid.sheets for placed in sheet.lines for one in _written(placed.line.text)}
    resources = {"Doc_0/Res/song.ttf": subset(used), _RESOURCES: write(_resources())}
    facts = {"Title": paper.title, "CreationDate": day.isoformat(), "Creator": "Yiwang"}
    return _assembled(pages, numbers, resources, _Frame(facts, (WIDE, TALL), signed=True))


def picture_of(drawing: Drawing) -> bytes:
    """Return a drawing as an OFD package of one page of its size: a seal's picture, in vectors."""
    numbers = _Numbers()
    paths = [_path(path, drawing.width_mm, drawing.height_mm, numbers) for path in drawing.paths]
    page = _written_page(paths, drawing.width_mm, drawing.height_mm, numbers)
    size = (drawing.width_mm, drawing.height_mm)
    frame = _Frame({"Creator": "Yiwang"}, size, signed=False)
    return write_package(_assembled([page], numbers, {}, frame).files, packed=True)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What stands around the pages: the facts of the document, the pages' size in mm, and whether it will be signed."""

    facts: dict[str, str]
    size: tuple[float, float]
    signed: bool


def _assembled(pages: list[bytes], numbers: _Numbers, resources: dict[str, bytes], frame: _Frame) -> Unsealed:
    places = [f"Doc_0/Pages/Page_{index}/Content.xml" for index in range(len(pages))]
    ids = [numbers.next() for _ in pages]
    common = [
        Node("MaxUnitID", text=str(numbers.last)),
        Node("PageArea", children=[Node("PhysicalBox", text=f"0 0 {frame.size[0]:g} {frame.size[1]:g}")]),
        *([Node("PublicRes", text="PublicRes.xml")] if resources else []),
    ]
    listed = [Node("Page", {"ID": one, "BaseLoc": place[6:]}) for one, place in zip(ids, places, strict=True)]
    document = write(Node("Document", children=[Node("CommonData", children=common), Node("Pages", children=listed)]))
    inside = {_DOCUMENT: document, **resources, **dict(zip(places, pages, strict=True))}
    return Unsealed({_ROOT: _root(inside, frame), **inside}, tuple(ids))


def _root(inside: dict[str, bytes], frame: _Frame) -> bytes:
    """Return OFD.xml; the document's number is the digest of what is in it."""
    number = sm.sm3(b"".join(map(sm.sm3, inside.values())))[:16].hex()
    told = [Node("DocID", text=number), *(Node(name, text=value) for name, value in frame.facts.items())]
    signatures = [Node("Signatures", text=f"/{SIGNATURES}")] if frame.signed else []
    body = [Node("DocInfo", children=told), Node("DocRoot", text=_DOCUMENT), *signatures]
    return write(Node("OFD", {"Version": "1.0", "DocType": "OFD"}, [Node("DocBody", children=body)]))


def _resources() -> Node:
    named = {"ID": FONT, "FontName": FAMILY, "FamilyName": FAMILY}
    font = Node("Font", named, [Node("FontFile", text="song.ttf")])
    return Node("Res", {"BaseLoc": "Res"}, [Node("Fonts", children=[font])])


def _page(sheet: Sheet, paper: Paper, numbers: _Numbers) -> bytes:
    objects = [_text(placed, numbers) for placed in sheet.lines if placed.line.text]
    objects += [_path(path, WIDE, TALL, numbers) for placed in sheet.lines for path in _drawn(placed)]
    if sheet.code_at is not None:
        objects.append(_path(_code(paper, *sheet.code_at), WIDE, TALL, numbers))
    return _written_page(objects, WIDE, TALL, numbers)


def _written_page(objects: list[Node], wide: float, tall: float, numbers: _Numbers) -> bytes:
    area = Node("Area", children=[Node("PhysicalBox", text=f"0 0 {wide:g} {tall:g}")])
    layer = Node("Layer", {"ID": numbers.next(), "Type": "Body"}, objects)
    return write(Node("Page", children=[area, Node("Content", children=[layer])]))


def _text(placed: Placed, numbers: _Numbers) -> Node:
    """Set a line: its box reaches from above its tallest character to below its lowest."""
    size, line = placed.size, placed.line
    box = _numbers((placed.left, placed.base - size, line.width * size + size, 1.3 * size))
    told = {"ID": numbers.next(), "Boundary": box, "Font": FONT, "Size": f"{size:g}"}
    steps = {"DeltaX": _numbers(step * size for step in line.steps)} if line.steps else {}
    code = Node("TextCode", {"X": "0", "Y": f"{size:g}", **steps}, text=_written(line.text))
    return Node("TextObject", told, [Node("FillColor", {"Value": "0 0 0"}), code])


def _written(text: str) -> str:
    """Return what readers can set: those that count in UTF-16 lose their way at a character of the further planes."""
    return "".join(one if ord(one) <= _BASIC else _ROOM for one in text)


def _drawn(placed: Placed) -> Iterable[Path]:
    """Draw the characters of the further planes, rare ones of names, as outlines over the room left for them."""
    left, size = placed.left, placed.size
    for one, step in zip(placed.line.text, (*placed.line.steps, 0.0), strict=False):
        if ord(one) > _BASIC:
            yield Path(outline(one, _spot(left, placed.base, size)), _BLACK)
        left += step * size


def _spot(left: float, base: float, size: float) -> Place:
    """Return where the square of a character lies whose base line is there."""
    top = base - size * ASCENT / EM
    return lambda x, y: (left + x * size, top + y * size)


def _path(path: Path, wide: float, tall: float, numbers: _Numbers) -> Node:
    red, green, blue = (int(path.colour[at : at + 2], 16) for at in (1, 3, 5))
    told = {"ID": numbers.next(), "Boundary": f"0 0 {wide:g} {tall:g}"}
    colour = {"Value": f"{red} {green} {blue}"}
    data = Node("AbbreviatedData", text=" ".join(map(_step, path.steps)))
    stroke, fill = Node("StrokeColor", colour), Node("FillColor", colour)
    if path.stroke_mm:
        return Node("PathObject", {**told, "LineWidth": f"{path.stroke_mm:g}"}, [stroke, data])
    told |= {"LineWidth": f"{_EDGE:g}", "Stroke": "true", "Fill": "true"}
    return Node("PathObject", told, [stroke, fill, data])


def _step(step: Step) -> str:
    return " ".join([_OPERATORS[step.kind], *(f"{number:.3f}" for point in step.points for number in point)])


def _code(paper: Paper, left: float, top: float) -> Path:
    """Draw the code as squares: each run of dark ones in a row is one."""
    side = CODE / len(paper.code)
    steps: list[Step] = []
    for row, dark in enumerate(paper.code):
        for start, end in _runs(dark):
            corners = [(start, row), (end, row), (end, row + 1), (start, row + 1)]
            points = [(left + x * side, top + y * side) for x, y in corners]
            steps += [Step("M", (points[0],)), *(Step("L", (point,)) for point in points[1:]), Step("Z")]
    return Path(tuple(steps), _BLACK)


def _runs(dark: tuple[bool, ...]) -> Iterable[tuple[int, int]]:
    start = None
    for index, one in enumerate((*dark, False)):
        if one and start is None:
            start = index
        elif not one and start is not None:
            yield start, index
            start = None


def _numbers(values: Iterable[float]) -> str:
    return " ".join(f"{value:.3f}".rstrip("0").rstrip(".") for value in values)
