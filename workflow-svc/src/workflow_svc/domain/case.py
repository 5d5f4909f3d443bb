"""The rules of a case: tasks open when their gates are granted, a decision is final, the case joins once.

Source: 行政许可法 art. 42 (joint handling).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from workflow_svc.errors import CaseAlreadyClosed, TaskNotOpen, TasksUnknown


class TaskState(StrEnum):
    """The states of a task; the last four are final. An applicant's step is completed, never granted."""

    WAITING = "waiting"
    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    NOT_NEEDED = "not_needed"
    COMPLETED = "completed"


LABELS = {
    TaskState.WAITING: "等待前一环节",
    TaskState.OPEN: "办理中",
    TaskState.GRANTED: "已办结",
    TaskState.REFUSED: "未予办理",
    TaskState.NOT_NEEDED: "无需办理",
    TaskState.COMPLETED: "已完成",
}
FINAL = frozenset({TaskState.GRANTED, TaskState.REFUSED, TaskState.NOT_NEEDED, TaskState.COMPLETED})


class Outcome(StrEnum):
    """How a case ended."""

    GRANTED = "granted"
    PARTLY_GRANTED = "partly_granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Task:
    """A task as the rules see it: what it waits for, whether its refusal ends the matter, its state.

    One that is `by_applicant` (申请人环节) is her own act, as paying is: no unit decides it, and a case waits for it
    only through the tasks that do.
    """

    key: str
    after: tuple[str, ...]
    hard: bool
    state: TaskState = TaskState.WAITING
    by_applicant: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What a decision did: all tasks as they are now, those it opened, those it made needless, and the case's end."""

    tasks: tuple[Task, ...]
    opened: tuple[str, ...]
    dropped: tuple[str, ...]
    outcome: Outcome | None


def restrict(graph: Mapping[str, Sequence[str]], keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the gates of the chosen tasks, in the graph's order.

    One that waited for an absent task waits for what that one waited for. Raises TasksUnknown for a key that the graph
    does not have, and for no key at all: a case must be what was accepted, not less.
    """
    chosen = set(keys)
    if not chosen or not chosen <= graph.keys():
        raise TasksUnknown(", ".join(sorted(chosen - graph.keys())) or "no task")
    nearest: dict[str, tuple[str, ...]] = {}

    def gates(key: str) -> tuple[str, ...]:
        if key not in nearest:
            steps = ((name,) if name in chosen else gates(name) for name in graph[key])
            nearest[key] = tuple(dict.fromkeys(gate for step in steps for gate in step))
        return nearest[key]

    return {key: gates(key) for key in graph if key in chosen}


def begin(tasks: Iterable[Task]) -> Change:
    """Open the tasks that wait for nothing."""
    return _settle(tuple(tasks))


def decide(tasks: Sequence[Task], key: str, *, granted: bool) -> Change:
    """Grant or refuse an open task: a hard refusal ends the matter, a soft one spares only what waits for it.

    An applicant's step that is open already stays hers. A decision is made once: raises CaseAlreadyClosed when the
    case has ended, TaskNotOpen for a task that is not open.
    """
    if _outcome(tasks) is not None:
        raise CaseAlreadyClosed
    chosen = _open_one(tasks, key)
    decided = _moved(tasks, key, TaskState.GRANTED if granted else TaskState.REFUSED)
    if chosen.hard and not granted:
        ended = tuple(task if _stays(task) else replace(task, state=TaskState.NOT_NEEDED) for task in decided)
        dropped = tuple(a.key for a, b in zip(ended, decided, strict=True) if a != b)
        return Change(ended, (), dropped, Outcome.REFUSED)
    return _settle(decided)


def complete(tasks: Sequence[Task], key: str) -> Change:
    """Mark an applicant's open step as done, also after the case has ended. Raises TaskNotOpen."""
    _open_one(tasks, key)
    return _settle(_moved(tasks, key, TaskState.COMPLETED))


def on_the_way(gates: Mapping[str, Sequence[str]], steps: Collection[str]) -> set[str]:
    """Return the tasks by which a case's time is reckoned: those of units, and what one of them waits for.

    `steps` are the applicant's own.
    """
    counted: set[str] = set()
    left = [key for key in gates if key not in steps]
    while left:
        key = left.pop()
        if key not in counted:
            counted.add(key)
            left += gates[key]
    return counted


def _open_one(tasks: Sequence[Task], key: str) -> Task:
    chosen = next(task for task in tasks if task.key == key)
    if chosen.state is not TaskState.OPEN:
        raise TaskNotOpen(f"当前状态为“{LABELS[chosen.state]}”")
    return chosen


def _moved(tasks: Sequence[Task], key: str, state: TaskState) -> tuple[Task, ...]:
    return tuple(replace(task, state=state) if task.key == key else task for task in tasks)


def _stays(task: Task) -> bool:
    return task.state in FINAL or (task.by_applicant and task.state is TaskState.OPEN)


def _settle(tasks: tuple[Task, ...]) -> Change:
    """Follow the gates: a lost one makes a waiting task needless, all passed open it; end when the units are done."""
    states = {task.key: task.state for task in tasks}
    opened: list[str] = []
    dropped: list[str] = []
    changed = True
    while changed:
        changed = False
        for task in tasks:
            gates = {states[name] for name in task.after}
            if states[task.key] is not TaskState.WAITING:
                continue
            if gates & {TaskState.REFUSED, TaskState.NOT_NEEDED}:
                states[task.key], changed = TaskState.NOT_NEEDED, True
                dropped.append(task.key)
            elif gates <= {TaskState.GRANTED, TaskState.COMPLETED}:
                states[task.key] = TaskState.OPEN  # which settles no other task
                opened.append(task.key)
    settled = tuple(replace(task, state=states[task.key]) for task in tasks)
    return Change(settled, tuple(opened), tuple(dropped), _outcome(settled))


def _outcome(tasks: Iterable[Task]) -> Outcome | None:
    found = {task.state for task in tasks if not task.by_applicant}
    if found - FINAL:
        return None
    if found == {TaskState.GRANTED}:
        return Outcome.GRANTED
    return Outcome.PARTLY_GRANTED if TaskState.GRANTED in found else Outcome.REFUSED
