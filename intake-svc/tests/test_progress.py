from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.base.problems import WrongState
from chassis.base.shapes import NAME
from intake_svc.domain.progress import (
    LISTED_AT_MOST,
    NEXT,
    OUTCOMES,
    ApplicationState,
    Happening,
    line,
    moved,
    require_move,
)
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
    with pytest.raises(NotSubmitted, match=r"^当前状态为“已办结”$"):
        require_move(ApplicationState.CLOSED, ApplicationState.ACCEPTED)
    with pytest.raises(NotAccepted, match="待受理"):
        require_move(ApplicationState.SUBMITTED, ApplicationState.CLOSED)


SENTENCES = {
    Happening.SUBMITTED: "您已提交申请,等待窗口受理",
    Happening.ACCEPTED: "市公安局窗口已受理",
    Happening.CASE_OPENED: "已分送各部门并联办理,共 7 个环节",
    Happening.TASK_OPENED: "市公安局开始办理:出生登记",
    Happening.TASK_GRANTED: "市公安局已办结:出生登记",
    Happening.TASK_REFUSED: "市公安局不予办理:出生登记(理由与救济途径见办件详情)",
    Happening.STEP_OPENED: "请您完成:出生登记。在网上缴费",
    Happening.STEP_COMPLETED: "您已完成:出生登记",
    Happening.TASK_TRANSFERRED: "出生登记由市卫健委转市公安局办理",
    Happening.TRANSFERRED: "受理窗口由市卫健委转至市公安局",
    Happening.DEADLINE_RECOMPUTED: "因停业,预计办结时间推后",
    Happening.CLOSED: "各部门环节均已办结:全部办成",
    Happening.POSSIBLE_DUPLICATE: "可能重复:A1",
}


@pytest.mark.parametrize("happening", Happening)
def test_every_happening_has_its_sentence(happening: Happening) -> None:
    told: dict[str, Any] = {
        "unit": "市公安局",
        "before": "市卫健委",
        "task": "出生登记",
        "outcome": "granted",
        "tasks": 7,
    }
    told |= {"duplicate": "A1", "how": "在网上缴费", "reason": "停业", "moved": "推后"}
    assert line(happening, **told) == SENTENCES[happening]


def test_what_a_sentence_is_not_told_it_leaves_out() -> None:
    for happening, sentence in SENTENCES.items():
        untold = sentence.replace("全部办成", "").replace("7", "0")
        for word in ("市公安局", "市卫健委", "出生登记", "A1", "在网上缴费", "停业", "推后"):
            untold = untold.replace(word, "")
        assert line(happening) == untold


def test_a_step_of_her_own_says_until_when() -> None:
    said = line(Happening.STEP_OPENED, task="缴费", until=date(2026, 3, 9), how="在网上缴费")
    assert said == "请您完成:缴费,请于 2026 年 3 月 9 日前(含当日)办理。在网上缴费"


def test_a_list_is_told_whole_while_it_fits() -> None:
    fits = ["长" * 100, "长" * (LISTED_AT_MOST - 101)]
    assert line(Happening.TASK_REFUSED, dropped=fits).endswith(f"不再办理:{'、'.join(fits)}")
    longer = [fits[0], fits[1] + "长"]
    assert line(Happening.TASK_REFUSED, dropped=longer).endswith(f"不再办理:{longer[0]}等 2 项")


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
