"""For whom an application is, over the ways of writing it."""

import pytest
from intake_svc.domain.subject import subjects_of

SUBJECTS = (("child_number",), ("mother_number", "child_name"))
FORM = {"child_number": "Z410-1", "mother_number": "41019919951201118x", "child_name": "测 小宝", "phone": "1"}


def test_an_application_is_for_whom_each_set_of_elements_names() -> None:
    assert subjects_of("newborn", SUBJECTS, FORM) == [
        "newborn\0child_number\0z4101",
        "newborn\0mother_number\0child_name\x0041019919951201118x\0测小宝",
    ]


@pytest.mark.parametrize("left", [{"child_name": ""}, {"child_name": "\u3164"}, {"child_name": "·"}])
def test_a_set_that_is_not_filled_in_whole_names_nobody(left: dict[str, str]) -> None:
    whole, *others = subjects_of("newborn", SUBJECTS, FORM | left)
    assert (whole, others) == ("newborn\0child_number\0z4101", [])
    assert subjects_of("newborn", SUBJECTS, {"child_name": "测小宝"}) == []
    assert subjects_of("newborn", [()], FORM) == []


def test_other_matters_and_other_elements_are_other_subjects() -> None:
    form = {"a": "1", "b": "1"}
    assert len({*subjects_of("m", [("a",), ("b",)], form), *subjects_of("n", [("a",), ("b",)], form)}) == 4
