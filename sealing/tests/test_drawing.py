import io

import pikepdf
from sealing.drawing import Drawing, Path, Step

SQUARE = (Step("M", ((0, 0),)), Step("L", ((10, 0),)), Step("C", ((10, 5), (10, 8), (10, 10))), Step("Z"))
DRAWING = Drawing(42, 42, (Path(SQUARE, "#d00000"), Path(SQUARE, "#d00000", stroke_mm=1.2)))


def test_svg_has_the_true_size_in_millimetres() -> None:
    svg = DRAWING.svg()
    assert 'width="42mm" height="42mm" viewBox="0 0 42 42"' in svg
    assert 'd="M0.000 0.000 L10.000 0.000 C10.000 5.000 10.000 8.000 10.000 10.000 Z"' in svg
    assert 'fill="none" stroke="#d00000" stroke-width="1.2"' in svg


def test_the_pdf_stream_reads_as_operators_scaled_from_millimetres() -> None:
    document = pikepdf.new()
    read = pikepdf.parse_content_stream(pikepdf.Stream(document, DRAWING.pdf()))
    names = [str(one.operator) for one in read]
    assert names == ["q", "cm", "rg", "m", "l", "c", "h", "f", "RG", "w", "m", "l", "c", "h", "S", "Q"]
    assert [float(number) for number in read[1].operands] == [2.834646, 0, 0, -2.834646, 0, 119.0551]
    document.save(io.BytesIO())
