import io
from collections.abc import Callable

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sealing.pdf_source import NotClean, read

Plain = Callable[..., bytes]


def test_what_typst_rendered_is_clean(letter: bytes) -> None:
    source = read(letter)
    other = pikepdf.open(io.BytesIO(letter))
    assert source.pages() == [page.obj.objgen[0] for page in other.pages]
    assert len(source.objects) == len([one for one in other.objects if one.objgen[0]])


def test_a_plain_file_is_clean(plain: Plain) -> None:
    assert read(plain()).pages() == [3]
    assert read(plain(page=b"/Lang((a(b)\\)c) (/JS) %)")).pages() == [3]


@pytest.mark.parametrize(
    "words",
    [
        {"catalog": b"/OpenAction 5 0 R", "extra": [b"<</S/JavaScript/JS(x)>>"]},
        {"catalog": b"/OpenAction[3 0 R/Fit]"},
        {"catalog": b"/Names<</JavaScript 5 0 R>>", "extra": [b"<</Names[]>>"]},
        {"catalog": b"/Names<</J#61vaScript 5 0 R>>", "extra": [b"<</Names[]>>"]},
        {"catalog": b"/AcroForm<</Fields[]>>"},
        {"catalog": b"/AcroForm<</Fields[]/XFA 5 0 R>>", "extra": [b"<</Length 0>>\nstream\n\nendstream"]},
        {"catalog": b"/Names<</EmbeddedFiles 5 0 R>>", "extra": [b"<</Names[]>>"]},
        {"catalog": b"/OCProperties<</OCGs[]>>"},
        {"catalog": b"/AF[]"},
        {"catalog": b"/Perms<<>>"},
        {"catalog": b"/Broken(("},
        {"catalog": b"/Twice 1/Twice 2"},
        {"page": b"/AA<</O 5 0 R>>", "extra": [b"<</S/URI/URI(x)>>"]},
        {"page": b"/Annots[5 0 R]", "extra": [b"<</Subtype/Widget/FT/Sig/Rect[0 0 1 1]>>"]},
        {"page": b"/Annots[5 0 R]", "extra": [b"<</Subtype/FreeText/Rect[0 0 1 1]>>"]},
        {"page": b"/Annots[<</Subtype/Text>>]"},
        {"page": b"/Annots[5 0 R]", "extra": [b"<</Subtype/Link/A<</S/Launch/F(cmd)>>>>"]},
        {"page": b"/Annots[5 0 R]", "extra": [b"<</Subtype/Link/A<</S/GoToR/F(x.pdf)>>>>"]},
        {"page": b"/X 5 0 R", "extra": [b"<</F(elsewhere)/Length 0>>\nstream\n\nendstream"]},
        {"page": b"/X 5 0 R", "extra": [b"<</Length 9>>\nstream\n\nendstream"]},
        {"page": b"/X 5 0 R", "extra": [b"<</Length 6 0 R>>\nstream\n\nendstream", b"0"]},
        {"page": b"/X 5 0 R", "extra": [b"1\nendobj\n6 0 obj\n2"]},
        {"page": b"/X 9 0 R"},
        {"extra": [b"<</Hidden true>>"]},
        {"trailer": b"/Encrypt 5 0 R", "extra": [b"<<>>"]},
        {"trailer": b"/XRefStm 5"},
        {"trailer": b"/Prev 5"},
        {"between": b"%hidden\n"},
        {"between": b"77 0 obj\n<<>>\nendobj\n"},
    ],
)
def test_what_acts_hides_or_comes_from_elsewhere_is_refused(plain: Plain, words: dict[str, object]) -> None:
    with pytest.raises(NotClean):
        read(plain(**words))


@pytest.mark.parametrize("how", [{"object_stream_mode": pikepdf.ObjectStreamMode.generate}, {"linearize": True}])
def test_another_program_s_file_is_refused(letter: bytes, how: dict[str, object]) -> None:
    saved = io.BytesIO()
    pikepdf.open(io.BytesIO(letter)).save(saved, **how)  # type: ignore[arg-type]
    with pytest.raises(NotClean):
        read(saved.getvalue())


@pytest.mark.parametrize("tail", [b"\n", b" ", b"\x00", b"5 0 obj\n<<>>\nendobj\n", b"%%EOF\n"])
def test_a_byte_behind_the_end_is_refused(letter: bytes, plain: Plain, tail: bytes) -> None:
    for one in (letter + b"\n" if not letter.endswith(b"\n") else letter, plain()):
        with pytest.raises(NotClean):
            read(one + tail)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_nothing_but_a_refusal_comes_of_a_broken_file(plain: Plain, data: st.DataObject) -> None:
    whole = plain(page=b"/X 5 0 R", extra=[b"<</Length 3>>\nstream\nabc\nendstream"])
    at = data.draw(st.integers(0, len(whole) - 1))
    put = data.draw(st.binary(max_size=12))
    try:
        read(whole[:at] + put + whole[at + data.draw(st.integers(0, 12)) :])
    except NotClean:
        return
