"""Vector drawings in millimetres: what a seal looks like, before any format. The origin is the upper left corner."""

from dataclasses import dataclass
from itertools import chain

POINTS_PER_MM = 72 / 25.4
_PDF = {"M": "m", "L": "l", "C": "c", "Z": "h"}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a path: `M` (move), `L` (line), `C` (cubic curve: two controls and the end), `Z` (close); in mm."""

    kind: str
    points: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """A path, filled (nonzero winding) where `stroke_mm` is 0, else stroked at that width; its colour is `#rrggbb`."""

    steps: tuple[Step, ...]
    colour: str
    stroke_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """Paths on a sheet of this size, in mm. What is not painted is transparent."""

    width_mm: float
    height_mm: float
    paths: tuple[Path, ...]

    def svg(self) -> str:
        """Return the drawing as SVG of its true size."""
        drawn = "".join(_svg_path(path) for path in self.paths)
        size = f'width="{self.width_mm:g}mm" height="{self.height_mm:g}mm"'
        box = f'viewBox="0 0 {self.width_mm:g} {self.height_mm:g}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box}>{drawn}</svg>'

    def pdf(self) -> bytes:
        """Return the operators of a PDF content stream whose unit is the point and whose origin is the lower left."""
        scale = f"{POINTS_PER_MM:.6f} 0 0 {-POINTS_PER_MM:.6f} 0 {self.height_mm * POINTS_PER_MM:.4f} cm"
        return "\n".join(["q", scale, *chain.from_iterable(map(_pdf_path, self.paths)), "Q"]).encode()


def _numbers(step: Step) -> str:
    return " ".join(f"{number:.3f}" for point in step.points for number in point)


def _svg_path(path: Path) -> str:
    data = " ".join(f"{step.kind}{_numbers(step)}" for step in path.steps)
    if path.stroke_mm:
        return f'<path d="{data}" fill="none" stroke="{path.colour}" stroke-width="{path.stroke_mm:g}"/>'
    return f'<path d="{data}" fill="{path.colour}"/>'


def _pdf_path(path: Path) -> list[str]:
    colour = " ".join(f"{int(path.colour[at : at + 2], 16) / 255:.4f}" for at in (1, 3, 5))
    ink = [f"{colour} RG {path.stroke_mm:g} w"] if path.stroke_mm else [f"{colour} rg"]
    return [
        *ink,
        *(f"{_numbers(step)} {_PDF[step.kind]}".strip() for step in path.steps),
        "S" if path.stroke_mm else "f",
    ]
