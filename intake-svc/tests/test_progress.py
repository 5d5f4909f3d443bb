from datetime import UTC, datetime
from itertools import product

import pytest
import sqlalchemy as sa
from chassis.base.problems import WrongState
from chassis.base.shapes import NAME
from intake_svc.domain.progress import NEXT, OUTCOMES, ApplicationState, Happening, line, moved, require_move
from intake_svc.errors import NotAccepted, NotSubmitted
from intake_svc.store import timeline

LEGAL = {(ApplicationState.SUBMITTED, ApplicationState.ACCEPTED), (ApplicationState.ACCEPTED, ApplicationState.CLOSED)}


@pytest.mark.parametrize(("now", "then"), list(product(ApplicationState, ApplicationState)))
def test_an_application_moves_on_in_one_order_only(now: ApplicationState, then: ApplicationState) -> None:
    if (now, then) in LEGAL:
        require_move(now, then)
        return
    with pytest.raises(WrongState) as refused:
        require_move(now, then)
    assert refused.value.status == 409
    assert refused.value.detail


def test_each_refused_move_has_its_own_code() -> None:
    with pytest.raises(NotSubmitted, match="已办结"):
        require_move(ApplicationState.CLOSED, ApplicationState.ACCEPTED)
    with pytest.raises(NotAccepted, match="待受理"):
        require_move(ApplicationState.SUBMITTED, ApplicationState.CLOSED)


@pytest.mark.parametrize("happening", Happening)
def test_every_happening_has_a_sentence(happening: Happening) -> None:
    said = line(happening, unit="市公安局", task="出生登记", outcome="granted", tasks=7)
    assert said
    assert "{" not in said


def test_a_refusal_names_what_it_makes_needless() -> None:
    said = line(Happening.TASK_REFUSED, unit="市公安局", task="出生登记", dropped=["医保参保登记", "医保缴费"])
    assert said == "市公安局不予办理:出生登记(理由与救济途径见办件详情);因此不再办理:医保参保登记、医保缴费"


@pytest.mark.parametrize(
    ("task_type", "called"),
    [("01", "不予许可"), ("07", "不予确认"), ("20", "不能办理"), ("10", "不予办理"), ("", "不予办理")],
)
def test_a_refusal_is_called_what_it_is_for_its_kind_of_item(task_type: str, called: str) -> None:
    assert f"市公安局{called}:出生登记" in line(
        Happening.TASK_REFUSED, unit="市公安局", task="出生登记", task_type=task_type
    )


def test_every_state_says_what_comes_next_and_every_outcome_has_words() -> None:
    assert set(NEXT) == set(ApplicationState)
    assert {line(Happening.CLOSED, outcome=outcome) for outcome in OUTCOMES} == {
        "各部门环节均已办结:全部办成",
        "各部门环节均已办结:部分办成",
        "各部门环节均已办结:未能办成",
    }


@pytest.mark.parametrize("happening", Happening)
def test_the_longest_names_there_may_be_leave_a_line_that_fits(happening: Happening) -> None:
    name = "长" * NAME
    said = line(happening, unit=name, task=name, outcome="granted", tasks=100, dropped=[name] * 100)
    column = timeline.c.text.type
    assert isinstance(column, sa.String)
    assert len(said) <= (column.length or 0)
    if happening is Happening.TASK_REFUSED:
        assert said.endswith(f"{name}、{name}等 100 项")


@pytest.mark.parametrize(
    ("old", "new", "provisional", "expected"),
    [
        ((1, 4, 9), (1, 5, 9), False, "由2027年1月4日改为2027年1月5日"),
        ((1, 4, 9), (1, 4, 8), False, "由2027年1月4日17:00改为2027年1月4日16:00"),
        ((1, 4, 17), (1, 5, 9), True, "由2027年1月5日01:00改为2027年1月5日17:00(放假安排未全部公布,暂定)"),
    ],
)
def test_another_expected_finish_is_told_in_days_of_shanghai_and_in_hours_where_the_day_is_the_same(
    old: tuple[int, int, int], new: tuple[int, int, int], expected: str, *, provisional: bool
) -> None:
    before, after = (datetime(2027, *moment, tzinfo=UTC) for moment in (old, new))
    assert moved(before, after, provisional=provisional) == expected
