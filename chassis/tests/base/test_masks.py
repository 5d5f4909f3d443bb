from collections.abc import Callable

import pytest
from chassis.base.masks import mask_id_number, mask_name, mask_number, mask_phone

SHOWN = [(mask_id_number, 3, 15), (mask_phone, 3, 11), (mask_number, 0, 8)]
"""Each mask of a number, how many of its first characters it keeps, and from what length on it tells anything."""


def test_masks_keep_what_a_person_needs_to_recognise() -> None:
    assert (mask_name("张三"), mask_name("欧阳小明")) == ("张**", "欧**")
    assert mask_id_number("410199200002291025") == "410***********1025"
    assert mask_phone("13800001234") == "138****1234"
    assert mask_number("6200000000001234") == "************1234"


@pytest.mark.parametrize("name", ["张", "e\u0301"])
def test_a_name_of_one_character_is_hidden(name: str) -> None:
    assert mask_name(name) == "***"


def test_nothing_is_shown_as_nothing() -> None:
    for shown in (mask_name, mask_id_number, mask_phone, mask_number):
        assert shown("") == ""


@pytest.mark.parametrize(("shown", "first", "least"), SHOWN)
def test_a_number_keeps_its_ends_and_its_length_and_a_short_one_is_hidden(
    shown: Callable[[str], str], first: int, least: int
) -> None:
    for length in range(1, 21):
        number = "0123456789ABCDEFGHIJ"[:length]
        told = number[:first] + "*" * (length - first - 4) + number[-4:]
        assert shown(number) == ("***" if length < least else told)
