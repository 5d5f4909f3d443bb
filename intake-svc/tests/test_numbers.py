from datetime import date

import pytest
from chassis.base.shapes import UNIT_CODE
from hypothesis import given
from hypothesis import strategies as st
from intake_svc.domain.numbers import ApplicationNumber, Channel, NotANumber, check_37_36

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def remainder(whole: str) -> int:
    """ISO 7064 hybrid system MOD 37,36 by the standard's recursion over the whole string: 1 where the check holds."""
    state = 36
    for char in whole[:-1]:
        state = ((state + ALPHABET.index(char)) % 36 or 36) * 2 % 37
    return (state + ALPHABET.index(whole[-1])) % 36


@given(st.text(alphabet=ALPHABET, min_size=1, max_size=40))
def test_the_check_character_is_the_only_one_that_the_standard_allows(body: str) -> None:
    assert [char for char in ALPHABET if remainder(body + char) == 1] == [check_37_36(body)]


def test_the_check_character_agrees_with_a_published_licence_identifier() -> None:
    assert check_37_36("11100000000013338W01111430000006122244L20230000403001") == "U"


numbers = st.builds(
    ApplicationNumber,
    st.from_regex(r"[0-9]{6}", fullmatch=True),
    st.from_regex(UNIT_CODE, fullmatch=True),
    st.dates(date(1, 1, 1), date(9999, 12, 31)),
    st.sampled_from(list(Channel)),
    st.integers(1, 999_999),
)


@given(numbers)
def test_a_number_has_22_characters_beside_its_unit_and_is_read_back_as_it_was(number: ApplicationNumber) -> None:
    text = str(number)
    assert len(text) == 22 + len(number.unit)
    assert remainder(text) == 1
    assert ApplicationNumber.parse(text) == number


@given(numbers, st.integers(0, 29), st.sampled_from(ALPHABET))
def test_any_one_wrong_character_shows(number: ApplicationNumber, place: int, wrong: str) -> None:
    text = str(number)
    changed = text[:place] + wrong + text[place + 1 :]
    if len(changed) == len(text) and changed != text:
        with pytest.raises(NotANumber):
            ApplicationNumber.parse(changed)


@given(st.text(max_size=30))
def test_no_other_text_is_a_number(text: str) -> None:
    with pytest.raises(NotANumber):
        ApplicationNumber.parse(text)


def test_a_right_check_character_does_not_save_a_date_that_does_not_exist() -> None:
    body = "410100U23202602302000001"
    with pytest.raises(NotANumber):
        ApplicationNumber.parse(body + check_37_36(body))


@pytest.mark.parametrize(
    ("region", "unit", "sequence"),
    [
        ("41010", "U23", 1),
        ("410100", "U2", 1),
        ("410100", "u23", 1),
        ("410100", "U23", 0),
        ("410100", "U23", 1_000_000),
    ],
)
def test_parts_that_do_not_fit_make_no_number(region: str, unit: str, sequence: int) -> None:
    with pytest.raises(NotANumber):
        ApplicationNumber(region, unit, date(2026, 3, 2), Channel.ONLINE, sequence)


@pytest.mark.parametrize(
    "typed",
    ["410100u232026030220000019", " 410100 U23 20260302 20000019", "４１０１００Ｕ２３-20260302-2000001\u200b９"],
)
def test_a_number_is_read_as_people_type_it(typed: str) -> None:
    assert str(ApplicationNumber.parse(typed)) == "410100U232026030220000019"
