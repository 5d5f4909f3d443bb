"""F8: what differs only in how it is written did not change."""

import pytest
from chassis.base import typed
from datashare_svc.domain.canonical import agrees, canonical, is_value, writings
from datashare_svc.domain.model import Kind
from hypothesis import example, given
from hypothesis import strategies as st

SAME = [
    (Kind.DATE, "2026-03-01", "20260301"),
    (Kind.DATE, "2026-03-01", "2026年3月1日"),
    (Kind.DATE, "2026-03-01", "2026/3/1"),
    (Kind.DATE, "2026-03-01", " 2026.03.01 "),
    (Kind.DATE, "2026-03-01", "2026 3 1"),
    (Kind.DATE, "2026-03-01", "20260301000000"),
    (Kind.DATE, "2026-03-01", "2026-03-01T00:00:00+08:00"),
    (Kind.DATE, "2026-03-01", "2026-03-01 00:00:00.000"),
    (Kind.DATE, "长期", "长期有效"),
    (Kind.DATE, "长期", "99991231"),
    (Kind.ID_NUMBER, "41019919900307001X", "41019919900307001x"),
    (Kind.ID_NUMBER, "41019919900307001X", "410199 19900307 001X"),
    (Kind.ID_NUMBER, "41019919900307001X", "41019919900307001Х"),
    (Kind.PERSON_NAME, "买买提·艾力", "买买提•艾力"),
    (Kind.PERSON_NAME, "买买提·艾力", "买买提.艾力"),
    (Kind.PERSON_NAME, "买买提·艾力", "买买提 ・ 艾力"),
    (Kind.PERSON_NAME, "张三", " 张 三 "),
    (Kind.PERSON_NAME, "Anna Li", "ANNA  LI"),
    (Kind.PHONE, "13800000000", "+86 138-0000-0000"),
    (Kind.PHONE, "13800000000", "008613800000000"),
    (Kind.NUMBER, "3200", "3,200.00"),
    (Kind.NUMBER, "3200", "3200"),
    (Kind.NUMBER, "0", "-0.0"),
    (Kind.CODE, "1", " 1 "),
    (Kind.CODE, "Z410000001", "Z410000001"),
    (Kind.REGION, "410105", "410105000000"),
    (Kind.TEXT, "郑州市金水区花园路 1 号", "郑州市金水区花园路1号"),
    (Kind.TEXT, "郑州市(金水区)", "郑州市(金水区)"),
]
OTHER = [
    (Kind.DATE, "2026-03-01", "2026-03-10"),
    (Kind.DATE, "2026-03-01", "2026-03-01T16:00:00Z"),
    (Kind.ID_NUMBER, "41019919900307001X", "410199199003070010"),
    (Kind.PERSON_NAME, "张三", "张三丰"),
    (Kind.PHONE, "13800000000", "138****0000"),
    (Kind.NUMBER, "3200", "32000"),
    (Kind.REGION, "410105", "410105001000"),
    (Kind.TEXT, "", ""),
    (Kind.CODE, " ", ""),
]
NO_VALUES = [
    (Kind.DATE, "2026-02-30"),
    (Kind.DATE, "1 March"),
    (Kind.ID_NUMBER, "410***********1234"),
    (Kind.PHONE, "138****0000"),
    (Kind.NUMBER, "many"),
    (Kind.NUMBER, "1e9"),
    (Kind.REGION, "郑州"),
    (Kind.TEXT, "a\x00b"),
    (Kind.TEXT, "half \ud83d"),
]


@pytest.mark.parametrize(("kind", "one", "other"), SAME)
def test_the_same_value_agrees_however_it_is_written(kind: Kind, one: str, other: str) -> None:
    assert agrees(kind, one, other)
    assert agrees(kind, other, one)
    assert is_value(kind, canonical(kind, other))


@pytest.mark.parametrize(("kind", "one", "other"), OTHER)
def test_another_value_does_not_agree_and_nothing_agrees_with_nothing(kind: Kind, one: str, other: str) -> None:
    assert not agrees(kind, one, other)


@pytest.mark.parametrize(("kind", "text"), NO_VALUES)
def test_what_is_no_value_of_a_kind_is_known(kind: Kind, text: str) -> None:
    assert not is_value(kind, canonical(kind, text))


@given(st.sampled_from(Kind), st.text(max_size=40))
@example(Kind.NUMBER, "-000.5000")
@example(Kind.DATE, "2026年3月1日 00:00")
@example(Kind.PERSON_NAME, "· ·")
def test_the_canonical_form_of_a_canonical_form_is_itself(kind: Kind, text: str) -> None:
    once = canonical(kind, text)
    assert canonical(kind, once) == once
    assert agrees(kind, text, once) or not once


@given(st.sampled_from(Kind), st.text(max_size=40))
def test_a_value_is_looked_for_in_its_canonical_writing_first_and_in_two_at_most(kind: Kind, text: str) -> None:
    ways = writings(kind, text)
    assert ways[0] == canonical(kind, text)
    assert len(ways) <= 2


@given(st.text(st.sampled_from([*" -~.aZ09é１－", "张", "·", "\u3000", "\u200b", "X"]), max_size=12))
def test_a_simple_text_has_the_form_that_a_look_at_each_character_gives(text: str) -> None:
    assert canonical(Kind.CODE, text) == typed.plain(text)
    assert canonical(Kind.TEXT, text) == typed.written(text)
    assert canonical(Kind.ID_NUMBER, text) == typed.compact(typed.compact(text))


def test_tables_write_the_x_of_a_number_small_and_dates_bare() -> None:
    assert writings(Kind.ID_NUMBER, "41019919900307001x") == ("41019919900307001X", "41019919900307001x")
    assert writings(Kind.DATE, "2026年3月1日") == ("2026-03-01", "20260301")
