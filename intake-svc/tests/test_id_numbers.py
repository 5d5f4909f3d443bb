from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_svc.domain.id_numbers import birth_of, id_number_fault, kind_of, sex_of, unaccepted

TODAY = date(2026, 3, 2)


def id_check(first: str) -> str:
    """The check character of GB 11643-1999 by its congruence: sum of a_i * 2^(i-1) is 1 modulo 11, i from the right."""
    total = sum(int(char) * 2 ** (18 - place) for place, char in enumerate(first, start=1))
    return next(char for value, char in enumerate("0123456789X") if (total + value) % 11 == 1)


def number(first: str) -> str:
    return first + id_check(first)


@pytest.mark.parametrize("right", ["410199199003070018", "410199200002291025", "41019919551231123X"])
def test_synthetic_id_numbers_are_right(right: str) -> None:
    assert id_number_fault(right, TODAY) == ""


@given(st.dates(date(1900, 1, 1), date(2030, 12, 31)), st.integers(0, 999), st.sampled_from("0123456789X"))
def test_of_all_check_characters_exactly_the_standards_is_right(born: date, order: int, last: str) -> None:
    first = f"410199{born:%Y%m%d}{order:03d}"
    assert (id_number_fault(first + last, date(2030, 12, 31)) == "") == (last == id_check(first))


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999))
def test_a_number_tells_birth_and_sex(born: date, order: int) -> None:
    right = number(f"410199{born:%Y%m%d}{order:03d}")
    assert (birth_of(right), sex_of(right)) == (born, "1" if order % 2 else "2")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("410199198502290029", "出生日期不存在"),
        (number("41019918991231001"), "早于 1900 年"),
        (number("41019920260303001"), "晚于今天"),
        ("410199199003070019", "校验位"),
        (number("99019919900307001")[:17] + "Q", "18 位"),
        (number("00019919900307001"), "省份"),
        (number("70019919900307001"), "省份"),
        ("4101991990030700", "18 位,现在是 16 位"),
        ("4101991990130700180", "18 位,现在是 19 位"),
        ("410199900307001", "15 位号码已停用"),
        ("41019919900307001８", "18 位"),
        ("USA110080010101", "旧版"),
        ("无", "身份证号应为 18 位,现在是 1 位"),
        ("E12345678", "其他证件"),
    ],
)
def test_wrong_id_numbers_are_told_what_is_wrong(wrong: str, said: str) -> None:
    assert said in id_number_fault(wrong, TODAY)


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        ("41019919900307001", "resident"),
        ("71000019900307001", "resident"),
        ("81000019900307001", "hmt_permit"),
        ("82000019900307001", "hmt_permit"),
        ("83000019900307001", "hmt_permit"),
        ("94184019900307001", "permanent_resident"),
    ],
)
def test_each_kind_of_number_is_known_and_where_it_is_not_taken_its_holder_is_told_where_to_go(
    first: str, kind: str
) -> None:
    right = number(first)
    assert (id_number_fault(right, TODAY), kind_of(right)) == ("", kind)
    assert unaccepted(right, ()) == unaccepted(right, (kind,)) == ""
    other = "hmt_permit" if kind == "resident" else "resident"
    assert "窗口" in unaccepted(right, (other,))


def test_who_has_another_card_is_told_which_are_taken() -> None:
    permit = number("81000019900307001")
    assert unaccepted(permit, ("resident", "permanent_resident", "of_a_later_version")) == (
        "这是港澳台居民居住证号码,这里应填居民身份证、外国人永久居留身份证号码;没有的,请到窗口办理"
    )


def test_whoever_was_born_today_has_a_right_number() -> None:
    assert id_number_fault(number("41019920260302001"), TODAY) == ""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("41019919900307001Y", "身份证号应为 18 位:前 17 位是数字,末位是数字或 X"),
        ("USA110080010101", "这是旧版外国人永久居留身份证的号码,请到窗口办理"),
        ("410199900307001", "15 位号码已停用,身份证号应为 18 位"),
        ("E12345678", "这不是身份证号;持护照、通行证等其他证件的,请到窗口办理"),
        ("1", "身份证号应为 18 位,现在是 1 位"),
        (number("00019919900307001"), "开头两位不是省份代码,请核对号码"),
        ("410199198502290029", "号码中的出生日期不存在,请核对号码"),
        (number("41019918991231001"), "号码中的出生年份早于 1900 年,请核对号码"),
        (number("41019920260303001"), "号码中的出生日期晚于今天,请核对号码"),
        ("410199199003070019", "校验位不符,请核对号码"),
    ],
)
def test_what_is_wrong_with_a_number_is_one_sentence(wrong: str, said: str) -> None:
    assert id_number_fault(wrong, TODAY) == said
