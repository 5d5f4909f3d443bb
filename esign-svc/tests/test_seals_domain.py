from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from esign_svc.domain.seals import (
    MOVES,
    SYSTEM,
    Approver,
    Capacity,
    Hands,
    SealState,
    SealStep,
    UsableBy,
    after_step,
    require_allowed,
    require_valid,
)
from esign_svc.errors import SameHands, SealNotAllowed, SealStepNotPossible, SealUnavailable
from hypothesis import given
from hypothesis import strategies as st

FULL = Hands("applicant", "maker", "auditor")
START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 12, 31, tzinfo=UTC)
people = st.sampled_from(["ann", "bob", "cai", "dan"])


def test_a_seal_lives_from_application_to_cancellation() -> None:
    state, hands = SealState.APPLIED, Hands("ann")
    seen = []
    for step, by in (
        (SealStep.MAKE, "bob"),
        (SealStep.FILE, "cai"),
        (SealStep.PUT_IN_USE, "cai"),
        (SealStep.SUSPEND, "ann"),
        (SealStep.RESUME, "cai"),
        (SealStep.CANCEL, "dan"),
    ):
        state, hands = after_step(state, hands, step, by)
        seen.append(state.value)
    assert seen == ["made", "filed", "in_use", "suspended", "in_use", "cancelled"]
    assert hands == Hands("ann", "bob", "cai")


@given(st.lists(st.tuples(st.sampled_from(sorted(MOVES)), people), max_size=12), people)
def test_whatever_is_tried_in_whatever_order_three_different_people_stand_behind_a_seal_in_use(
    tried: list[tuple[SealStep, str]], applicant: str
) -> None:
    state, hands = SealState.APPLIED, Hands(applicant)
    for step, by in tried:
        try:
            state, hands = after_step(state, hands, step, by)
        except (SameHands, SealStepNotPossible):
            continue
        if state in {SealState.IN_USE, SealState.SUSPENDED, SealState.FILED}:
            assert len({hands.applicant, hands.maker, hands.auditor, ""}) == 4


@pytest.mark.parametrize("step", MOVES)
def test_nothing_is_done_to_a_cancelled_seal(step: SealStep) -> None:
    with pytest.raises(SealStepNotPossible):
        after_step(SealState.CANCELLED, FULL, step, "somebody")


@pytest.mark.parametrize("step", [SealStep.FILE, SealStep.PUT_IN_USE, SealStep.RESUME, SealStep.CANCEL])
@pytest.mark.parametrize("by", ["applicant", "maker"])
def test_who_applied_or_made_does_not_audit(step: SealStep, by: str) -> None:
    with pytest.raises(SameHands):
        after_step(min(MOVES[step].before), FULL, step, by)


def test_whoever_applied_may_stop_a_seal_at_once() -> None:
    assert after_step(SealState.IN_USE, FULL, SealStep.SUSPEND, "applicant")[0] is SealState.SUSPENDED


@pytest.mark.parametrize("state", sorted(set(SealState) - {SealState.IN_USE}))
def test_a_seal_that_is_not_in_use_is_not_to_be_had(state: SealState) -> None:
    with pytest.raises(SealUnavailable):
        require_valid(state, valid_from=START, valid_until=END, at=START)


def test_a_seal_is_valid_from_its_first_moment_to_its_last() -> None:
    for at in (START, END):
        require_valid(SealState.IN_USE, valid_from=START, valid_until=END, at=at)
    for at in (START - timedelta(seconds=1), END + timedelta(seconds=1)):
        with pytest.raises(SealUnavailable):
            require_valid(SealState.IN_USE, valid_from=START, valid_until=END, at=at)


ANN = Approver("ann", "U09", Capacity.REVIEWER)


@pytest.mark.parametrize(
    "approver",
    [
        replace(ANN, unit="U23"),
        replace(ANN, kind=Capacity.WINDOW_CLERK),
        replace(ANN, kind=Capacity.SYSTEM),
        replace(ANN, subject="bob"),
        replace(ANN, subject=""),
    ],
)
def test_who_is_of_another_unit_or_capacity_or_is_not_named_does_not_use_a_seal(approver: Approver) -> None:
    usable_by = UsableBy(frozenset({Capacity.REVIEWER}), frozenset({"ann"}))
    require_allowed("U09", usable_by, ANN)
    with pytest.raises(SealNotAllowed):
        require_allowed("U09", usable_by, approver)


def test_the_system_uses_a_seal_by_rule_where_the_seal_says_so_whoever_is_named() -> None:
    receipt = Approver(SYSTEM, "U09", Capacity.SYSTEM)
    require_allowed("U09", UsableBy(frozenset({Capacity.SYSTEM}), frozenset({"ann"})), receipt)
    with pytest.raises(SealNotAllowed):
        require_allowed("U09", UsableBy(frozenset({Capacity.WINDOW_CLERK})), receipt)
