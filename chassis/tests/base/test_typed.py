import pytest
from chassis.base.typed import compact, is_control, is_dash, is_unseen, plain, seen_length, written
from hypothesis import given
from hypothesis import strategies as st

SEEN = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")))


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        (" 测 小宝\u3000", "测 小宝"),
        ("小\u200b宝\ufeff", "小宝"),
        ("e\u0301", "\u00e9"),
        ("葛\U000e0100城", "葛\U000e0100城"),  # a variant of the character, and not another one
        ("\u3164测\u3164", "测"),
        ("一\u2800二", "一 二"),
        ("\u3164\u200d\ufe0f", ""),
        ("\u0301", ""),
        ("ａ１", "ａ１"),
    ],
)
def test_running_text_is_read_as_it_is_seen(typed: str, value: str) -> None:
    assert written(typed) == value


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("４１０１９９Ｘ", "410199X"),
        ("\u202d410199X\u202c", "410199X"),
        ("\u31644 1", "4 1"),
        ("葛\U000e0100城", "葛城"),
        ("㎏", "kg"),
        ("e\u200b\u0301", "\u00e9"),
    ],
)
def test_a_short_value_has_one_plain_form(typed: str, value: str) -> None:
    assert plain(typed) == value


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("410199 1995-1201 118x", "41019919951201118X"),
        ("豫a\u2212１\u3000２", "豫a12"),  # letters of more than one script may not have a capital each
        ("e-\u0301", "\u00e9"),
        ("ß", "ß"),
    ],
)
def test_a_number_has_neither_blanks_nor_dashes_nor_small_letters(typed: str, value: str) -> None:
    assert compact(typed) == value


@given(SEEN)
def test_what_has_its_standard_form_keeps_it(text: str) -> None:
    for standard in (written, plain, compact):
        assert standard(standard(text)) == standard(text)


def test_people_count_no_marks_and_nothing_unseen() -> None:
    assert [seen_length(text) for text in ("", "小宝", "e\u0301", "o\u20dd", "\u200d\u3164", "a\u0903")] == [
        *(0, 2, 1, 1, 1, 2),
    ]


@pytest.mark.parametrize("char", "-\u2010\u2011\u2013\u2014\u2212\u02d7\uff0d")
def test_whatever_looks_like_a_dash_is_one(char: str) -> None:
    assert is_dash(char)


@pytest.mark.parametrize("char", "_~一ー")
def test_a_stroke_that_means_something_is_no_dash(char: str) -> None:
    assert not is_dash(char)


def test_blanks_and_marks_are_seen_and_joiners_are_not() -> None:
    assert [is_unseen(char) for char in "\u00ad\u200d\ufe0f\u034f"] == [True] * 4
    assert [is_unseen(char) for char in " \t\u0301\u3000"] == [False] * 4


def test_tabs_and_line_breaks_are_no_control_characters() -> None:
    assert [is_control(char) for char in "\t\n\r\x00\x0b\x7f\x85"] == [False] * 3 + [True] * 4
    assert not is_control("\u200b")
