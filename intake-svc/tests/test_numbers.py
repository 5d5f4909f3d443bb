from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_svc.domain.numbers import ApplicationNumber, Channel, check_37_36, id_number_fault, is_application_number


def slow_check(body: str) -> str:
    """ISO 7064 MOD 37,36 written from its definition: the char that makes the whole run end in 1."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for candidate in alphabet:
        state = 36
        for char in body:
            state = ((state + alphabet.index(char)) % 36 or 36) * 2 % 37
        if (state + alphabet.index(candidate)) % 36 == 1:
            return candidate
    raise AssertionError(body)


@given(st.text(alphabet="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=40))
def test_the_check_character_is_what_the_standard_defines(body: str) -> None:
    assert check_37_36(body) == slow_check(body)


def test_the_check_character_agrees_with_a_published_licence_identifier() -> None:
    assert check_37_36("11100000000013338W01111430000006122244L20230000403001") == "U"


@given(st.dates(date(2020, 1, 1), date(2099, 12, 31)), st.sampled_from(list(Channel)), st.integers(1, 999_999))
def test_a_number_has_25_characters_and_one_wrong_character_shows(day: date, channel: Channel, sequence: int) -> None:
    number = str(ApplicationNumber("410100", "U23", day, channel, sequence))
    assert len(number) == 25
    assert is_application_number(number)
    for place in (0, 7, 12, 20, 24):
        other = "1" if number[place] != "1" else "2"
        assert not is_application_number(number[:place] + other + number[place + 1 :])


@pytest.mark.parametrize("number", ["410199199003070018", "410199200002291025", "41019919551231123X"])
def test_synthetic_id_numbers_are_right(number: str) -> None:
    assert id_number_fault(number) == ""


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("410199198502290029", "出生日期"),
        ("410199199003070019", "校验位"),
        ("41019919551231123x", "18 位"),
        ("4101991990030700", "18 位"),
        ("41019919900307001８", "18 位"),
        ("4101991990130700180", "18 位"),
    ],
)
def test_wrong_id_numbers_are_told_what_is_wrong(number: str, said: str) -> None:
    assert said in id_number_fault(number)
