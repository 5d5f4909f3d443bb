from collections.abc import Iterator
from itertools import pairwise
from math import atan2, degrees, hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sealing.drawing import Drawing, Path
from sealing.glyphs import GlyphMissing
from sealing.seal_face import LONGEST_NAME, FaceTooLong, SealFace, draw

NAME = "郑州黄河生态文化旅游风景名胜区管理委员会行政审批服务办公室知识产权保护与特种设备"
CODE = "4101990230021"
names = st.integers(2, LONGEST_NAME).flatmap(lambda size: st.text(NAME, min_size=size, max_size=size))


def flattened(path: Path) -> Iterator[tuple[float, float]]:
    """Yield points on a path, close to one another where it is curved."""
    here = (0.0, 0.0)
    for step in path.steps:
        if step.kind == "C":
            (ax, ay), (bx, by), (cx, cy) = step.points
            for part in range(1, 9):
                t = part / 8
                u = 1 - t
                yield (
                    u**3 * here[0] + 3 * u * u * t * ax + 3 * u * t * t * bx + t**3 * cx,
                    u**3 * here[1] + 3 * u * u * t * ay + 3 * u * t * t * by + t**3 * cy,
                )
        elif step.points:
            yield step.points[0]
        here = step.points[-1] if step.points else here


def around(drawing: Drawing, path: Path) -> list[tuple[float, float]]:
    """Return a path's points as the distance from the middle and the degrees from above, to the right positive."""
    middle = drawing.width_mm / 2
    return [(hypot(x - middle, y - middle), degrees(atan2(x - middle, middle - y))) for x, y in flattened(path)]


def filled(drawing: Drawing) -> list[Path]:
    return [path for path in drawing.paths if not path.stroke_mm]


@given(names)
def test_a_unit_seals_name_stands_evenly_between_ring_and_star_and_no_characters_touch(name: str) -> None:
    drawing = draw(SealFace(name, "受理专用章", CODE))
    ring, star, *characters = (around(drawing, path) for path in [drawing.paths[0], *filled(drawing)])
    inside = min(far for far, _ in ring) - drawing.paths[0].stroke_mm / 2
    outside = max(far for far, _ in star)
    arc = characters[: len(name)]
    assert all(outside + 1 < far < inside - 0.5 for one in arc for far, _ in one)
    spans = [(min(turn for _, turn in one), max(turn for _, turn in one)) for one in arc]
    assert all(left[1] < right[0] for left, right in pairwise(spans))
    assert spans[0][0] == pytest.approx(-spans[-1][1], abs=7), "as far to the left as to the right"


@given(names)
def test_the_second_line_and_the_code_touch_neither_the_name_nor_the_star_nor_the_ring(name: str) -> None:
    line = "受理专用章"
    drawing = draw(SealFace(name, line, CODE))
    middle = drawing.width_mm / 2
    star, *characters = filled(drawing)
    arc, below, code = characters[: len(name)], characters[len(name) : -len(CODE)], characters[-len(CODE) :]
    assert len(below) == len(line)
    feet = max(y for _, y in flattened(star))
    assert min(y for path in below for _, y in flattened(path)) > feet + 1
    digits = [point for path in code for point in around(drawing, path)]
    heads = min(far for far, _ in digits)
    assert max(far for path in below for far, _ in around(drawing, path)) < heads - 0.5
    assert max(far for far, _ in digits) < middle - 1.2
    assert (
        min(abs(turn) for _, turn in digits) > max(abs(turn) for path in arc for _, turn in around(drawing, path)) + 3
    )


def test_a_code_reads_from_left_to_right_below() -> None:
    drawing = draw(SealFace("郑州市公安局", code="1" + "0" * 12))
    first, *_, last = filled(drawing)[-13:]
    middle = drawing.width_mm / 2
    assert max(x for x, _ in flattened(first)) < middle < min(x for x, _ in flattened(last))
    curves = [sum(step.kind == "C" for step in path.steps) for path in (first, last)]
    assert curves == [1, 8], "a one is nearly straight, a nought is round"


def test_the_star_has_a_point_upwards_and_is_as_wide_to_the_left_as_to_the_right() -> None:
    drawing = draw(SealFace("郑州市公安局"))
    points = list(flattened(filled(drawing)[0]))
    top = min(points, key=lambda point: point[1])
    assert top[0] == pytest.approx(drawing.width_mm / 2)
    assert min(x for x, _ in points) + max(x for x, _ in points) == pytest.approx(drawing.width_mm)


@pytest.mark.parametrize(
    ("face", "size"),
    [
        (SealFace("郑州市公安局"), (42.0, 42.0)),
        (SealFace("郑州市公安局", "受理专用章"), (40.0, 40.0)),
        (SealFace("李小四", person=True), (20.0, 20.0)),
        (SealFace("欧阳小四", person=True), (20.0, 20.0)),
        (SealFace("李四", person=True), (22.0, 12.0)),
        (SealFace("阿依古丽·买买提", person=True), (42.0, 12.0)),
    ],
)
def test_a_seal_has_its_true_size_and_nothing_beyond_it(face: SealFace, size: tuple[float, float]) -> None:
    drawing = draw(face)
    assert (drawing.width_mm, drawing.height_mm) == size
    for path in drawing.paths:
        edge = path.stroke_mm / 2
        for x, y in flattened(path):
            assert edge - 1e-6 <= x <= size[0] - edge + 1e-6
            assert edge - 1e-6 <= y <= size[1] - edge + 1e-6


def test_a_square_seal_of_three_characters_is_filled_up_and_reads_by_columns_from_the_right() -> None:
    three, four = draw(SealFace("李小四", person=True)), draw(SealFace("李小四印", person=True))
    assert three.paths == four.paths
    first, second, third, _ = filled(three)
    assert min(x for x, _ in flattened(first)) > 10 > max(y for _, y in flattened(first))
    assert min(x for x, _ in flattened(second)) > 10 < min(y for _, y in flattened(second))
    assert max(x for x, _ in flattened(third)) < 10


def test_who_asks_for_a_character_that_no_font_has_is_told_which() -> None:
    with pytest.raises(GlyphMissing, match="U\\+2B329") as missing:
        draw(SealFace("李\U0002b329", person=True))
    assert missing.value.characters == "\U0002b329"


@pytest.mark.parametrize(
    "face", [SealFace("郑"), SealFace("郑" * 41), SealFace("郑州", "章" * 11), SealFace("李" * 13, person=True)]
)
def test_what_has_no_room_is_refused(face: SealFace) -> None:
    with pytest.raises(FaceTooLong):
        draw(face)
