from collections.abc import Sequence

import pytest
from evaluation_svc.domain.rectifications import (
    ACTION_NAMES,
    CLOCKS,
    MOVES,
    OPEN,
    STATE_NAMES,
    TERMS,
    Action,
    Actor,
    Move,
    RectificationClock,
    RectificationState,
    Refusal,
    Standing,
    actors_of,
    clock_in,
    move_of,
)
from hypothesis import given
from hypothesis import strategies as st

EXPECTED = {
    "ASSIGN": {
        "OPENED": ("ASSIGNED", "HEAD OFFICER AUTHORITY"),
        **{state: (state, "HEAD") for state in ("ASSIGNED", "CONTACTED", "FIXING", "LEDGERED", "SETTLED", "ANSWERED")},
    },
    "CONTACT": {"ASSIGNED": ("CONTACTED", "HEAD ASSIGNEE"), "CONTACTED": ("CONTACTED", "HEAD ASSIGNEE")},
    "FIX_NOW": {"CONTACTED": ("FIXING", "HEAD ASSIGNEE")},
    "LEDGER": {"CONTACTED": ("LEDGERED", "HEAD ASSIGNEE"), "FIXING": ("LEDGERED", "HEAD ASSIGNEE")},
    "EXPLAIN": {"CONTACTED": ("SETTLED", "HEAD ASSIGNEE")},
    "FIXED": {"FIXING": ("SETTLED", "HEAD ASSIGNEE"), "LEDGERED": ("SETTLED", "HEAD ASSIGNEE")},
    "APPEAL": {"CONTACTED": ("APPEALED", "HEAD ASSIGNEE")},
    "ESCALATE": {"APPEALED": ("ESCALATED", "SERVICE")},
    "UPHOLD": {"APPEALED": ("CONTACTED", "REVIEWER"), "ESCALATED": ("CONTACTED", "AUTHORITY")},
    "VOID": {"APPEALED": ("ANSWERED", "REVIEWER"), "ESCALATED": ("ANSWERED", "AUTHORITY")},
    "ANSWER": {"SETTLED": ("ANSWERED", "HEAD ASSIGNEE")},
    "CALL_BACK": {"ANSWERED": ("ANSWERED", "HEAD ASSIGNEE")},
    "CLOSE": {"ANSWERED": ("CLOSED", "HEAD ASSIGNEE")},
    "REOPEN": {"ANSWERED": ("OPENED", "SERVICE"), "CLOSED": ("OPENED", "SERVICE")},
    "RATED_AGAIN": {state.value: (state.value, "SERVICE") for state in RectificationState},
    "WARNED": {state.value: (state.value, "SERVICE") for state in OPEN},
    "OVERDUE": {state.value: (state.value, "SERVICE") for state in OPEN},
}
"""Written by hand from the issue: what is not here is refused."""


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("state", RectificationState)
def test_each_step_in_each_state_by_each_actor_leads_where_it_should_or_is_refused(
    state: RectificationState, action: Action
) -> None:
    to, actors = EXPECTED.get(action.value, {}).get(state.value, ("", ""))
    for actor in Actor:
        standing = Standing(state, is_named=action is Action.CALL_BACK)
        found = move_of(standing, action, frozenset({actor}))
        if not to:
            assert found is Refusal.NOT_POSSIBLE
        elif actor.value in actors.split():
            assert isinstance(found, Move)
            assert found.to.value == to
        else:
            assert found is Refusal.NOT_YOURS


def test_nobody_acting_as_nothing_takes_a_step() -> None:
    assert all(move_of(Standing(state), action, frozenset()) is Refusal.NOT_YOURS for state, action in MOVES)


def test_after_a_second_bad_rating_only_the_head_or_the_authority_assigns() -> None:
    again = Standing(RectificationState.OPENED, round_=2)
    assert move_of(again, Action.ASSIGN, frozenset({Actor.OFFICER})) is Refusal.NOT_YOURS
    for actor in (Actor.HEAD, Actor.AUTHORITY):
        assert isinstance(move_of(again, Action.ASSIGN, frozenset({actor})), Move)


def test_a_rating_is_appealed_against_once_and_reopens_the_loop_once() -> None:
    head, service = frozenset({Actor.HEAD}), frozenset({Actor.SERVICE})
    appealed = Standing(RectificationState.CONTACTED, was_appealed=True)
    assert move_of(appealed, Action.APPEAL, head) is Refusal.ONCE_ONLY
    assert isinstance(move_of(appealed, Action.FIX_NOW, head), Move)
    assert move_of(Standing(RectificationState.CLOSED, round_=2), Action.REOPEN, service) is Refusal.ONCE_ONLY


def test_a_rater_who_wants_a_call_is_called_back_before_the_end_and_no_other_is() -> None:
    head, state = frozenset({Actor.HEAD}), RectificationState.ANSWERED
    assert move_of(Standing(state, is_named=True), Action.CLOSE, head) is Refusal.CALL_BACK_FIRST
    assert isinstance(move_of(Standing(state, is_named=True, is_called_back=True), Action.CLOSE, head), Move)
    assert isinstance(move_of(Standing(state), Action.CLOSE, head), Move)
    assert move_of(Standing(state), Action.CALL_BACK, head) is Refusal.NO_CALL_WANTED


@pytest.mark.parametrize(
    ("roles", "where", "expected"),
    [
        ("unit_head", "own", "HEAD"),
        ("unit_head", "other", ""),
        ("rectification_officer", "own", "OFFICER"),
        ("rectification_officer", "own assigned", "OFFICER ASSIGNEE"),
        ("rectification_officer", "other assigned", ""),
        ("rating_reviewer", "own", ""),
        ("rating_reviewer", "other", "REVIEWER"),
        ("evaluation_officer", "other authority", "AUTHORITY"),
        ("evaluation_officer", "other", ""),
        ("window_clerk reviewer", "own assigned", ""),
    ],
)
def test_people_act_as_what_their_role_and_unit_make_them(roles: str, where: str, expected: str) -> None:
    place = where.split()
    found = actors_of(
        roles.split(),
        is_own_unit="own" in place,
        is_assignee="assigned" in place,
        is_authority="authority" in place,
    )
    assert found == {Actor(name) for name in expected.split()}


@given(st.lists(st.sampled_from(Action), max_size=40))
def test_in_each_state_that_steps_can_reach_the_right_clock_runs(actions: Sequence[Action]) -> None:
    state, clock = RectificationState.OPENED, clock_in(RectificationState.OPENED, None)
    for action in actions:
        found = move_of(Standing(state), action, frozenset(Actor))
        if isinstance(found, Move):
            state, clock = found.to, clock_in(found.to, clock)
        assert clock in CLOCKS[state] if CLOCKS[state] else clock is None


def test_the_clock_of_fixing_goes_on_until_the_answer_and_starts_anew_after_an_appeal_in_vain() -> None:
    for state in (RectificationState.CONTACTED, RectificationState.FIXING, RectificationState.SETTLED):
        assert clock_in(state, RectificationClock.FIX) is RectificationClock.FIX
    assert clock_in(RectificationState.SETTLED, RectificationClock.LEDGER) is RectificationClock.LEDGER
    assert clock_in(RectificationState.CONTACTED, RectificationClock.APPEAL) is RectificationClock.FIX


def test_all_has_a_name_a_clock_and_a_term_that_is_proposed() -> None:
    assert set(STATE_NAMES) == set(CLOCKS) == set(RectificationState)
    assert set(ACTION_NAMES) == set(Action)
    assert {term.status for term in TERMS.values()} == {"proposed"}
    assert set(TERMS) == set(RectificationClock)
