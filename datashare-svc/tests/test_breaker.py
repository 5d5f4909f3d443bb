from datashare_svc.domain.breaker import Breaker, BreakerState, Endurance
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

ENDURANCE = Endurance(in_a_row=3, window=6, share=0.5, pause=10.0, longest=40.0)


def failing(breaker: Breaker, times: int, now: float = 0.0) -> None:
    for _ in range(times):
        ticket = breaker.admit(now)
        assert ticket is not None
        breaker.failed(ticket, now)


def test_failures_in_a_row_open_it_and_after_its_pause_one_question_tries() -> None:
    breaker = Breaker(ENDURANCE)
    failing(breaker, 3)
    assert breaker.state(9.9) is BreakerState.OPEN
    assert breaker.admit(9.9) is None
    ticket = breaker.admit(10.0)
    assert ticket is not None
    assert breaker.admit(10.0) is None, "only one tries"
    breaker.succeeded(ticket)
    assert breaker.state(10.0) is BreakerState.CLOSED


def test_an_answer_in_between_begins_the_row_anew_but_the_share_counts() -> None:
    breaker = Breaker(ENDURANCE)
    for _ in range(2):
        failing(breaker, 2)
        ticket = breaker.admit(0)
        assert ticket is not None
        breaker.succeeded(ticket)
    assert breaker.state(0) is BreakerState.CLOSED
    failing(breaker, 1)
    assert breaker.state(0) is BreakerState.OPEN


def test_each_failed_trial_doubles_the_pause_up_to_the_longest_and_a_good_one_ends_that() -> None:
    breaker, now = Breaker(ENDURANCE), 0.0
    failing(breaker, 3)
    for pause in (10.0, 20.0, 40.0, 40.0):
        assert breaker.admit(now + pause - 0.1) is None
        now += pause
        failing(breaker, 1, now)
    now += 40
    ticket = breaker.admit(now)
    assert ticket is not None
    breaker.succeeded(ticket)
    failing(breaker, 3, now)
    assert breaker.state(now + 10) is BreakerState.HALF_OPEN


def test_who_was_admitted_before_it_opened_has_no_more_say() -> None:
    breaker = Breaker(ENDURANCE)
    late, later = breaker.admit(0), breaker.admit(0)
    assert late is not None
    assert later is not None
    failing(breaker, 3)
    breaker.succeeded(late)
    breaker.failed(later, 10.0)
    breaker.let_go(late)
    assert breaker.state(1) is BreakerState.OPEN
    assert breaker.state(10) is BreakerState.HALF_OPEN


def test_a_trial_whose_asker_went_away_is_tried_by_the_next() -> None:
    breaker = Breaker(ENDURANCE)
    failing(breaker, 3)
    ticket = breaker.admit(10)
    assert ticket is not None
    breaker.let_go(ticket)
    assert breaker.admit(10) is not None


class AnyLife(RuleBasedStateMachine):
    """Whatever comes in whatever order: what is open admits nobody, what is half open one."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.breaker = Breaker(ENDURANCE)
        self.out: list[tuple[int, bool]] = []
        self.opened = 0.0

    @rule(seconds=st.floats(0, 50))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def ask(self) -> None:
        state, would = self.breaker.state(self.now), self.breaker.would_admit(self.now)
        ticket = self.breaker.admit(self.now)
        assert (ticket is not None) is would
        assert not (state is BreakerState.OPEN and would)
        if ticket is not None:
            if state is BreakerState.HALF_OPEN:
                assert not any(one == ticket for one, _ in self.out), "one trial at a time"
            self.out.append((ticket, state is BreakerState.HALF_OPEN))

    @precondition(lambda self: self.out)
    @rule(data=st.data(), how=st.sampled_from(["succeeded", "failed", "let_go"]))
    def answered(self, data: st.DataObject, how: str) -> None:
        ticket, was_trial = self.out.pop(data.draw(st.integers(0, len(self.out) - 1)))
        before = self.breaker.state(self.now)
        if how == "failed":
            self.breaker.failed(ticket, self.now)
        else:
            getattr(self.breaker, how)(ticket)
        after = self.breaker.state(self.now)
        if before is BreakerState.OPEN:
            assert after is BreakerState.OPEN, "only time ends a pause"
        if after is BreakerState.CLOSED and before is not BreakerState.CLOSED:
            assert was_trial
            assert how == "succeeded"
        if after is BreakerState.OPEN and before is not BreakerState.OPEN:
            assert how == "failed"

    @invariant()
    def it_is_never_open_for_longer_than_the_longest_pause(self) -> None:
        assert self.breaker.state(self.now + ENDURANCE.longest) is not BreakerState.OPEN


TestAnyLife = AnyLife.TestCase
