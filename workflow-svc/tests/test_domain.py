"""The laws of a case, on random graphs, decisions and orders."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from workflow_svc.domain import FINAL, Change, Outcome, Task, TaskState, begin, complete, decide, on_the_way, restrict
from workflow_svc.errors import CaseAlreadyClosed, TaskNotOpen, TasksUnknown

ORDERS = st.randoms(use_true_random=False)


@st.composite
def graphs(draw: st.DrawFn, *, hard: bool = True) -> tuple[Task, ...]:
    found: list[Task] = []
    for number in range(draw(st.integers(1, 8))):
        gates = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        ends = hard and draw(st.sampled_from([False, False, True]))
        found.append(Task(f"t{number}", tuple(f"t{gate}" for gate in sorted(gates)), ends))
    draw(st.randoms()).shuffle(found)
    return tuple(found)


VERDICTS = st.fixed_dictionaries({f"t{number}": st.booleans() for number in range(8)})


def _open(change: Change) -> list[str]:
    return [task.key for task in change.tasks if task.state is TaskState.OPEN]


def _play(graph: Sequence[Task], verdicts: Mapping[str, bool], order: Random) -> list[Change]:
    """Decide open tasks in a random order until the case ends; return every change."""
    changes = [begin(graph)]
    while changes[-1].outcome is None:
        key = order.choice(_open(changes[-1]))
        changes.append(decide(changes[-1].tasks, key, granted=verdicts[key]))
    return changes


def _states(change: Change) -> dict[str, TaskState]:
    return {task.key: task.state for task in change.tasks}


@settings(max_examples=400, deadline=None)
@given(graphs(), VERDICTS, ORDERS)
def test_any_order_of_decisions_ends_with_one_closing_and_every_task_final(
    graph: tuple[Task, ...], verdicts: dict[str, bool], order: Random
) -> None:
    changes = _play(graph, verdicts, order)
    assert [change.outcome is not None for change in changes] == [False] * (len(changes) - 1) + [True]
    assert {task.state for task in changes[-1].tasks} <= FINAL
    assert len(changes) <= len(graph) + 1


@settings(max_examples=400, deadline=None)
@given(graphs(), VERDICTS, ORDERS)
def test_a_task_opens_once_and_only_behind_granted_gates(
    graph: tuple[Task, ...], verdicts: dict[str, bool], order: Random
) -> None:
    opened: list[str] = []
    for change in _play(graph, verdicts, order):
        states = _states(change)
        for key in change.opened:
            gates = next(task.after for task in graph if task.key == key)
            assert all(states[gate] is TaskState.GRANTED for gate in gates)
        opened += change.opened
    assert len(opened) == len(set(opened))


@settings(max_examples=400, deadline=None)
@given(graphs(), VERDICTS, ORDERS, ORDERS)
def test_every_order_of_the_same_decisions_ends_the_same(
    graph: tuple[Task, ...], verdicts: dict[str, bool], one: Random, other: Random
) -> None:
    assert _play(graph, verdicts, one)[-1].outcome == _play(graph, verdicts, other)[-1].outcome


@settings(max_examples=400, deadline=None)
@given(graphs(hard=False), VERDICTS, ORDERS, ORDERS)
def test_without_hard_refusals_every_order_leaves_every_task_in_the_same_state(
    graph: tuple[Task, ...], verdicts: dict[str, bool], one: Random, other: Random
) -> None:
    first, second = _play(graph, verdicts, one)[-1], _play(graph, verdicts, other)[-1]
    assert _states(first) == _states(second)
    lost = {key for key, state in _states(first).items() if state in {TaskState.REFUSED, TaskState.NOT_NEEDED}}
    for task in graph:
        spared = bool(lost & set(task.after))
        assert (_states(first)[task.key] is TaskState.NOT_NEEDED) is spared


class Case(RuleBasedStateMachine):
    """A case under any sequence of legal and illegal commands."""

    change: Change | None = None
    closings = 0

    @initialize(graph=graphs())
    def open_case(self, graph: tuple[Task, ...]) -> None:
        self.change = begin(graph)
        self.seen = _states(self.change)

    @precondition(lambda self: self.change is not None)
    @rule(order=ORDERS, granted=st.booleans())
    def decide_any_task(self, order: Random, granted: bool) -> None:  # noqa: FBT001  drawn by hypothesis
        assert self.change is not None
        before = self.change
        task = order.choice(before.tasks)
        if before.outcome is not None:
            with pytest.raises(CaseAlreadyClosed):
                decide(before.tasks, task.key, granted=granted)
        elif task.state is not TaskState.OPEN:
            with pytest.raises(TaskNotOpen):
                decide(before.tasks, task.key, granted=granted)
        else:
            self.change = decide(before.tasks, task.key, granted=granted)
            self.closings += self.change.outcome is not None

    @precondition(lambda self: self.change is not None)
    @invariant()
    def only_legal_transitions_happen(self) -> None:
        assert self.change is not None
        legal = {
            TaskState.WAITING: {TaskState.WAITING, TaskState.OPEN, TaskState.NOT_NEEDED},
            TaskState.OPEN: {TaskState.OPEN, TaskState.GRANTED, TaskState.REFUSED, TaskState.NOT_NEEDED},
        }
        now = _states(self.change)
        for key, state in self.seen.items():
            assert now[key] in legal.get(state, {state})
        self.seen = now

    @precondition(lambda self: self.change is not None)
    @invariant()
    def it_is_closed_once_and_work_is_left_until_then(self) -> None:
        assert self.change is not None
        closed = self.change.outcome is not None
        assert self.closings == closed
        assert bool(_open(self.change)) is not closed


Case.TestCase.settings = settings(max_examples=150, stateful_step_count=20, deadline=None)
test_a_case_under_any_commands = Case.TestCase


A, B, C = Task("a", (), hard=False), Task("b", ("a",), hard=False), Task("c", (), hard=False)


def test_a_soft_refusal_spares_what_waits_for_it_and_the_rest_goes_on() -> None:
    refused = decide(begin([A, B, C]).tasks, "a", granted=False)
    assert (refused.dropped, refused.outcome) == (("b",), None)
    assert decide(refused.tasks, "c", granted=True).outcome is Outcome.PARTLY_GRANTED


def test_a_hard_refusal_ends_the_matter_and_spares_what_was_open() -> None:
    refused = decide(begin([replace(A, hard=True), B, C]).tasks, "a", granted=False)
    assert (refused.opened, refused.dropped, refused.outcome) == ((), ("b", "c"), Outcome.REFUSED)
    assert _states(refused) == {"a": TaskState.REFUSED, "b": TaskState.NOT_NEEDED, "c": TaskState.NOT_NEEDED}


def test_a_hard_task_that_is_granted_ends_nothing() -> None:
    granted = decide(begin([replace(A, hard=True), B, C]).tasks, "a", granted=True)
    assert (granted.opened, granted.outcome) == (("b",), None)


def test_a_case_whose_every_task_is_granted_is_granted_and_of_none_is_refused() -> None:
    assert decide(begin([A]).tasks, "a", granted=True).outcome is Outcome.GRANTED
    assert decide(begin([A, B]).tasks, "a", granted=False).outcome is Outcome.REFUSED


@settings(max_examples=300, deadline=None)
@given(graphs(), st.data())
def test_a_smaller_situation_keeps_who_comes_before_whom(graph: tuple[Task, ...], data: st.DataObject) -> None:
    full = {task.key: task.after for task in graph}
    keys = data.draw(st.sets(st.sampled_from(sorted(full)), min_size=1))
    chosen = restrict(full, keys)
    assert set(chosen) == keys
    for key, gates in chosen.items():
        assert set(gates) <= keys
        assert _before(chosen, key) == _before(full, key) & keys


def _before(graph: Mapping[str, Sequence[str]], key: str) -> set[str]:
    return {*graph[key], *(far for gate in graph[key] for far in _before(graph, gate))}


def test_a_task_behind_an_absent_one_waits_for_what_that_one_waited_for() -> None:
    graph = {"a": (), "b": ("a",), "c": ("b",), "d": ("b", "a")}
    assert restrict(graph, ["d", "a", "c"]) == {"a": (), "c": ("a",), "d": ("a",)}


@pytest.mark.parametrize(("keys", "said"), [([], "no task"), (["x", "a", "unknown"], "unknown, x")])
def test_a_situation_of_unknown_or_no_tasks_is_refused(keys: list[str], said: str) -> None:
    with pytest.raises(TasksUnknown, match=f"^{said}$"):
        restrict({"a": ()}, keys)


PAYING = Task("paying", ("a",), hard=False, by_applicant=True)


def test_an_applicants_own_step_opens_what_waits_for_it_and_ends_no_case() -> None:
    begun = begin([A, PAYING, replace(B, after=("a", "paying"))])
    opened = decide(begun.tasks, "a", granted=True)
    assert (opened.opened, opened.outcome) == (("paying",), None)
    done = complete(opened.tasks, "paying")
    assert (_states(done)["paying"], done.opened, done.outcome) == (TaskState.COMPLETED, ("b",), None)
    assert decide(done.tasks, "b", granted=True).outcome is Outcome.GRANTED


def test_an_applicants_open_step_stays_hers_after_the_end_and_is_done_once() -> None:
    begun = begin([replace(A, hard=True), B, replace(PAYING, after=())])
    ended = decide(begun.tasks, "a", granted=False)
    assert (ended.outcome, ended.dropped, _states(ended)["paying"]) == (Outcome.REFUSED, ("b",), TaskState.OPEN)
    assert decide(begin([replace(A, hard=True), PAYING]).tasks, "a", granted=False).dropped == ("paying",)
    done = complete(ended.tasks, "paying")
    assert (_states(done)["paying"], done.outcome) == (TaskState.COMPLETED, Outcome.REFUSED)
    with pytest.raises(TaskNotOpen, match=r"^当前状态为“已完成”$"):
        complete(done.tasks, "paying")


def test_a_cases_time_is_that_of_the_units_and_of_what_they_wait_for() -> None:
    gates = {"a": (), "paying": ("a",), "b": ("paying",), "collecting": ("b",), "rating": ()}
    assert on_the_way(gates, {"paying", "collecting", "rating"}) == {"a", "paying", "b"}
    assert on_the_way(gates, gates.keys()) == set()


@settings(max_examples=200, deadline=None)
@given(graphs(), st.data())
def test_what_is_on_the_way_is_closed_under_waiting_and_nothing_more(
    graph: tuple[Task, ...], data: st.DataObject
) -> None:
    gates = {task.key: task.after for task in graph}
    steps = data.draw(st.sets(st.sampled_from(sorted(gates))))
    units = gates.keys() - steps
    assert on_the_way(gates, steps) == units.union(*(_before(gates, key) for key in units))
