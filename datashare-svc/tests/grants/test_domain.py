"""The rules of grants: which steps follow each other, what covers what, when a last day is over."""

from datetime import date

import pytest
from datashare_svc.domain.grants import (
    DECISIONS,
    STANDING,
    UNDECIDED,
    Granted,
    GrantStep,
    RequestState,
    end_of,
    fold,
    outcome_of,
    state_after,
    widest,
)
from datashare_svc.domain.model import Depth
from hypothesis import given
from hypothesis import strategies as st

ENDED = frozenset(RequestState) - UNDECIDED - STANDING


@given(st.lists(st.sampled_from(GrantStep), max_size=12))
def test_whatever_is_tried_a_request_is_decided_once_and_what_has_ended_stays_ended(tried: list[GrantStep]) -> None:
    taken, state = [GrantStep.REQUEST], state_after(None, GrantStep.REQUEST)
    for step in tried:
        after = state_after(state, step)
        if after is not None:
            assert state not in ENDED
            taken.append(step)
            state = after
    assert fold(taken) == state
    assert sum(step in DECISIONS for step in taken) <= 1
    assert taken.count(GrantStep.RETURN) <= 1
    assert (state in STANDING) is (bool(DECISIONS & set(taken[-1:])) and taken[-1] is not GrantStep.REFUSE)


@pytest.mark.parametrize("steps", [[GrantStep.GRANT], [GrantStep.REQUEST, GrantStep.ESCALATE], [GrantStep.REQUEST] * 2])
def test_steps_that_cannot_follow_are_no_history(steps: list[GrantStep]) -> None:
    with pytest.raises(ValueError, match="not possible"):
        fold(steps)


def test_a_decision_is_named_by_what_it_gives() -> None:
    assert outcome_of(["a"], []) is GrantStep.GRANT
    assert outcome_of(["a"], ["b"]) is GrantStep.GRANT_PART
    assert outcome_of([], ["b"]) is GrantStep.REFUSE


grants = st.builds(
    Granted,
    grant_id=st.text("abc", min_size=1, max_size=3),
    fields=st.frozensets(st.sampled_from("xyz")),
    depth=st.sampled_from(Depth),
    until=st.none(),
)


@given(st.lists(grants, max_size=6), st.sampled_from(Depth), st.frozensets(st.sampled_from("xyz")))
def test_a_grant_that_covers_is_found_if_there_is_one(
    found: list[Granted], depth: Depth, fields: frozenset[str]
) -> None:
    chosen = widest(found, depth, fields)
    covering = [one for one in found if one.covers(depth, fields)]
    assert (chosen is None) is (not found)
    assert chosen is None or chosen.covers(depth, fields) is bool(covering)


def test_a_value_covers_a_comparison_and_not_the_other_way_round() -> None:
    assert Granted("g", frozenset("x"), Depth.VALUE, None).covers(Depth.VERIFY, {"x"})
    assert not Granted("g", frozenset("x"), Depth.VERIFY, None).covers(Depth.VALUE, {"x"})
    assert not Granted("g", frozenset("x"), Depth.VALUE, None).covers(Depth.VERIFY, {"y"})


def test_a_last_day_is_over_as_it_is_in_shanghai() -> None:
    assert end_of(date(2026, 12, 31)).isoformat() == "2026-12-31T16:00:00+00:00"
