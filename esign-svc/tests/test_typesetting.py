from datetime import date, datetime

import pytest
from esign_svc.domain.typesetting import PAIR, WIDE, in_figures, typeset
from hypothesis import given
from hypothesis import strategies as st

TYPED = st.text(st.sampled_from([*"申请人所在 ab19,;:?!()。《》“”、〔〕", "𬀩"]), max_size=40)
NARROW = {wide: narrow for narrow, wide in (WIDE | PAIR).items()}


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("如不服本决定,可申请复议(第二十四条);", "如不服本决定，可申请复议（第二十四条）；"),
        ("电话:0371-67180000;或自", "电话：0371-67180000；或自"),
        ("见 http://127.0.0.1:8000, 9:30", "见 http://127.0.0.1:8000, 9:30"),
        ("共1,000(元)", "共1,000（元）"),
        ("f(x), (a)", "f(x), (a)"),
        ("(《条例》)", "（《条例》）"),
        ("为何?", "为何？"),
        ("", ""),
        ("(", "("),
    ],
)
def test_marks_have_their_full_width_beside_chinese(typed: str, printed: str) -> None:
    assert typeset(typed) == printed


@given(TYPED)
def test_typesetting_changes_nothing_but_the_width_of_marks(typed: str) -> None:
    assert "".join(NARROW.get(char, char) for char in typeset(typed)) == typed


@given(st.text(st.characters(max_codepoint=0x2FF), max_size=40))
def test_what_has_no_chinese_stays_as_it_is(typed: str) -> None:
    assert typeset(typed) == typed


@given(st.text(st.sampled_from("申请人"), min_size=1), st.sampled_from(sorted(WIDE)), TYPED)
def test_no_narrow_mark_follows_chinese(before: str, mark: str, after: str) -> None:
    assert typeset(before + mark + after)[len(before)] == WIDE[mark]


def test_days_and_moments_in_figures_have_no_zeros_before_them() -> None:
    assert in_figures(date(2026, 3, 2)) == "2026年3月2日"
    assert in_figures(datetime(2026, 3, 2, 9, 5)) == "2026年3月2日9时05分"  # noqa: DTZ001  civil time, as it is printed
