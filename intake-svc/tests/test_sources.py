import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_svc.domain.sources import SourceState, is_same, state_of
from intake_svc.domain.values import KINDS


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("date", "2026-02-26", "2026年2月26日"),
        ("past_date", "20260226", "2026/2/26"),
        ("validity", "长期", "长期有效"),
        ("id_number", "41019919551231123x", "410199 19551231 123X"),
        ("person_name", "阿依努尔·买买提", "阿依努尔 买买提"),
        ("person_name", "Anna-Maria Müller", "ANNA MARIA MÜLLER"),
        ("text", "郑州市测试路 1 号", "郑州市测试路1号"),
        ("text", "A座1—2室", "a座1-2室"),
        ("text", "测试医院(东区)", "测试医院(东区)"),
        ("phone", "+86 138 0000 0000", "13800000000"),
        ("region", "41 01 00", "410100"),
        ("choice", "１", "1"),
    ],
)
def test_two_ways_of_writing_are_one_value(kind: str, one: str, other: str) -> None:
    assert is_same(kind, one, other)
    assert is_same(kind, other, one)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("date", "2026-02-26", "2026-02-27"),
        ("person_name", "测小宝", "测大宝"),
        ("text", "测试路 1-2 号", "测试路 12 号"),
        ("id_number", "410199195512311230", "41019919551231123X"),
        ("choice", "1", "2"),
        ("text", "", "x"),
    ],
)
def test_two_values_are_two(kind: str, one: str, other: str) -> None:
    assert not is_same(kind, one, other)


@given(kind=st.sampled_from(sorted(KINDS)), text=st.text(max_size=40))
def test_whatever_is_written_is_the_same_as_itself(kind: str, text: str) -> None:
    assert is_same(kind, text, text)


@pytest.mark.parametrize(
    ("given_", "reason", "state"),
    [
        ("2026-02-26", "", SourceState.KEPT),
        ("20260226", "a reason that is not needed", SourceState.KEPT),
        ("2026-02-27", "", SourceState.DIFFERS),
        ("2026-02-27", "why", SourceState.DISPUTED),
        ("", "why", SourceState.LEFT_OUT),
        ("", "", SourceState.LEFT_OUT),
    ],
)
def test_what_became_of_a_shared_value(given_: str, reason: str, state: SourceState) -> None:
    assert state_of("date", given_, "2026-02-26", reason) is state
