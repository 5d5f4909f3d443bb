from datetime import date
from unicodedata import category, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_svc.domain import values
from intake_svc.domain.person_names import JAMO

TODAY = date(2026, 3, 2)
KINDS = sorted(values.KINDS)
UNSEEN = ["\u200b", "\u200e", "\u202d", "\u2060", "\ufeff", "\u00ad", "\ufe0f"]
BLANKS = [" ", "\u3000", "\u00a0", "\u2009", "\u3164", "\u2800", "\t"]
odd = st.sampled_from(
    [*UNSEEN, *BLANKS, "\uffe3", "\u0301", "\n", "·", "•", "．", "-", "－", "'", "×", "年", "月", "1"]
)
typed = st.text(st.one_of(odd, st.characters(exclude_categories=["Cs"])), max_size=30)
FULL_WIDTH = {ord(char): ord(char) + 0xFEE0 for char in "0123456789Xx"}


@given(st.sampled_from(KINDS), typed)
def test_a_standard_form_is_its_own_standard_form_and_no_text_breaks_the_rules(kind: str, text: str) -> None:
    standard = values.normalise(kind, text)
    assert values.normalise(kind, standard) == standard
    assert isinstance(values.fault(kind, standard, TODAY), str)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("id_number", "41019919951201118X"),
        ("phone", "13800000000"),
        ("bank_account", "6200000000000000000"),
        ("region", "410105"),
        ("birth_certificate_no", "Z410000001"),
    ],
)
@given(data=st.data())
def test_a_number_with_blanks_and_invisible_characters_in_any_width_is_the_same_number(
    kind: str, number: str, data: st.DataObject
) -> None:
    shown = number.lower() if data.draw(st.booleans()) else number
    shown = shown.translate(FULL_WIDTH) if data.draw(st.booleans()) else shown
    between = st.lists(st.sampled_from([*UNSEEN, *BLANKS, *"-.。·()（）;'’“”/_*"]), max_size=2).map("".join)
    decorated = "".join(data.draw(between) + char for char in shown) + data.draw(between)
    assert values.normalise(kind, decorated) == number
    assert values.fault(kind, number, TODAY) == ""


@given(
    st.dates(date(1900, 1, 1), date(2400, 12, 31)),
    st.sampled_from(["{}-{}-{}", "{}/{}/{}", "{}.{}.{}", "{}年{}月{}日"]),
)
def test_a_date_is_the_same_in_every_usual_writing(day: date, writing: str) -> None:
    short = writing.format(day.year, day.month, day.day)
    padded = writing.format(day.year, f"{day.month:02d}", f"{day.day:02d}")
    for text in (
        short,
        padded,
        short.translate(FULL_WIDTH),
        f"{day:%Y%m%d}",
        f"{day.year} 年 {day.month} 月 {day.day} 日",
    ):
        assert values.normalise("date", text) == day.isoformat()


@given(
    st.text(
        st.characters(categories=["Cc", "Cf", "Co", "So", "Sk", "Nd", "Sm", "Ps", "Zl"]).filter(
            lambda char: not "\u2e80" <= char <= "\u2fdf"  # radicals: they are read as the character they look like
        ),
        min_size=1,
        max_size=5,
    )
)
def test_a_name_is_never_made_of_what_no_name_is_written_with(text: str) -> None:
    name = values.normalise("person_name", text)
    assert not name or values.fault("person_name", name, TODAY)


@pytest.mark.parametrize("point", range(0x2E80, 0x2FE0))
def test_a_radical_is_read_as_the_character_it_looks_like_or_refused(point: int) -> None:
    name = values.normalise("person_name", f"测{chr(point)}")
    assert name == f"测{normalize('NFKC', chr(point))}"
    assert (values.fault("person_name", name, TODAY) == "") == (name[-1] != chr(point))


@pytest.mark.parametrize("block", ["\u3400", "\u9fff", "\U00020000", "\U0002b739", "\U0002b81d", "\U0002cea1"])
@pytest.mark.parametrize("later", ["\U0002ebe0", "\U0002ebf0", "\U00030000", "\U000323af", "\U000323b0", "\ufa0e"])
def test_a_name_may_have_han_of_every_extension_whatever_this_pythons_tables_say(block: str, later: str) -> None:
    assert values.fault("person_name", values.normalise("person_name", f"测{block}{later}"), TODAY) == ""


@given(st.characters(categories=["Lo"]).filter(lambda char: values.normalise("person_name", char) == char))
def test_a_name_may_be_of_any_letters(letter: str) -> None:
    assert values.fault("person_name", letter * 50, TODAY) == "" or letter in "ᐧꞏªº" or JAMO.match(letter)


@given(st.text(st.characters(categories=["Lm", "Mn", "Mc", "Me"]), min_size=1, max_size=5))
def test_signs_alone_are_no_name(text: str) -> None:
    name = values.normalise("person_name", text)
    assert not name or values.fault("person_name", name, TODAY)


@given(st.sampled_from("Aa測测ئབ"), st.characters(categories=["Mn", "Mc"]), st.integers(7, 1500))
def test_a_name_is_not_heaped_with_marks(letter: str, mark: str, times: int) -> None:
    name = values.normalise("person_name", letter + mark * times)
    assert values.fault("person_name", name, TODAY) or "M" not in {category(char)[0] for char in name}


@pytest.mark.parametrize("name", ["ལྷ་མོ"[:2], "Nguyễn", "နှင်း", "လျှို့", "佐々木", "मोहन", "สมชาย", "José", "김하나"])
def test_a_name_in_any_script_has_the_marks_it_needs(name: str) -> None:
    assert values.fault("person_name", values.normalise("person_name", name), TODAY) == ""


@pytest.mark.parametrize(("mark", "most"), [("\u0301", 3), ("\u0e31", 6), ("\u064e", 6)])
def test_a_letter_bears_so_many_marks_and_each_letter_its_own(mark: str, most: int) -> None:
    for letters in ("a", "ab", "aba"):
        marked = "".join(letter + mark * most for letter in letters)
        assert values.fault("person_name", marked, TODAY) == ""
        assert values.fault("person_name", marked + mark, TODAY) == "有多余或单独的声调等附加符号,请删去后重新输入"


def test_what_stands_where_there_is_no_number_is_told_in_one_sentence() -> None:
    for typed in ("无", "n/a", "0·./*?", "**"):
        said = values.reference_fault("text", typed, TODAY)
        assert said == "请填写证照上的号码;没有这份证照的,请到窗口办理"


def test_a_number_of_few_signs_is_one_all_the_same() -> None:
    assert [values.reference_fault("text", typed, TODAY) for typed in ("X0", "0X", "01")] == [""] * 3


def test_dates_reach_from_1900_to_today_and_are_told_apart() -> None:
    assert values.fault("past_date", "1900-01-01", TODAY) == values.fault("past_date", TODAY.isoformat(), TODAY) == ""
    assert values.fault("past_date", "1899-12-31", TODAY) == "年份不应早于 1900 年"
    assert values.fault("past_date", "9999-12-31", TODAY) == "不得晚于今天"
    assert (
        values.normalise("date", "2026\u20132\u20143")
        == values.normalise("date", "2026 \uff0d 2 \u2212 3")
        == "2026-02-03"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        *((f"测{end}试", "请写在一行内,不要有换行和控制字符") for end in ("\u2028", "\u2029", "\u0085")),
        *((f"测{digit}", "姓名中不能有数字") for digit in ("1", "½", "Ⅷ")),
        *((f"测{unknown}", "有无法识别的字符;生僻字打不出来的,请到窗口办理") for unknown in ("\ud800", "\ue000")),
        *((letter, "") for letter in ("A", "a", "\u01c5", "ا", "小", "〇")),
        *((sign, "应有汉字或字母,请填写证件上的姓名") for sign in ("々", "ー")),
    ],
)
def test_a_name_is_told_what_no_name_has(name: str, said: str) -> None:
    assert values.fault("person_name", name, TODAY) == said


def test_a_kind_that_is_not_known_is_running_text() -> None:
    assert values.normalise("of_a_later_version", " 测\u200b试 ") == "测试"
    assert values.fault("of_a_later_version", "测\x07", TODAY) == "含有看不见的控制字符,请重新输入"
    assert values.fault("of_a_later_version", "测", TODAY) == ""
