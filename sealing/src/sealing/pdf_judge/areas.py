"""How much of a page fields cover: what is laid over a page later may not hide it."""

from collections import defaultdict
from typing import Any

from sealing.pdf_judge.found import Field
from sealing.pdf_judge.syntax import Ref
from sealing.pdf_judge.view import View

_A4 = 595.0 * 842.0
_EVERYTHING = 1e12


def area(one: Field, view: View) -> float:
    """Return how large a field shows, in square points; 0 where nothing shows."""
    if view.resolved(one.attributes.get("AP")) is None:
        return 0.0
    return _area(view, one.attributes.get("Rect"), unknown=_EVERYTHING)


def largest_share(shown: list[Field], view: View) -> float:
    """Return what share of a page these fields cover together, of the page of which they cover most."""
    covering = {one.number: area(one, view) for one in shown}
    covering = {number: covered for number, covered in covering.items() if covered > 0}
    if not covering:
        return 0.0
    pages = _pages(view, {number for number in covering if number is not None})
    covered: dict[int | None, float] = defaultdict(float)
    for number, size in covering.items():
        for page, whole in pages.get(number, [(None, _A4)]):
            covered[page] += size / whole
    return max(covered.values())


def _pages(view: View, widgets: set[int]) -> dict[int | None, list[tuple[int | None, float]]]:
    """Return the pages that show each of these widgets, each with its area: what lists it, not what it says itself."""
    found: dict[int | None, list[tuple[int | None, float]]] = defaultdict(list)
    waiting: list[tuple[Any, Any, Any]] = [(view.catalog.get("Pages"), None, None)]
    seen: set[int] = set()
    while waiting:
        ref, media, crop = waiting.pop()
        if not isinstance(ref, Ref) or ref.number in seen:
            continue
        seen.add(ref.number)
        node = view.dictionary(ref)
        media, crop = node.get("MediaBox", media), node.get("CropBox", crop)
        waiting += [(kid, media, crop) for kid in view.array(node.get("Kids"))]
        for one in view.array(node.get("Annots")):
            if isinstance(one, Ref) and one.number in widgets:
                found[one.number].append((ref.number, _smallest(view, media, crop)))
    return found


def _smallest(view: View, *boxes: Any) -> float:
    sizes = [_area(view, box, unknown=_A4) for box in boxes if box is not None]
    return max(1.0, min(sizes, default=_A4))


def _area(view: View, box: Any, *, unknown: float) -> float:
    sides = [view.resolved(side) for side in view.array(box)]
    if len(sides) != 4 or not all(isinstance(side, int | float) for side in sides):
        return unknown
    left, bottom, right, top = map(float, sides)
    return abs(right - left) * abs(top - bottom)
