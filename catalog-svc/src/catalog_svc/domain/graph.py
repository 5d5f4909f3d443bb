"""The task graph of a matter: who waits for whom, and what is left of it in a situation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from catalog_svc.domain.conditions import holds
from catalog_svc.domain.model import Actor, Task


def chosen_tasks(tasks: Sequence[Task], answers: Mapping[str, str]) -> tuple[Task, ...]:
    """Return the tasks of a situation; one that waited for an absent task waits for what that one waited for."""
    after = {task.task_key: task.after for task in tasks}
    absent = {task.task_key for task in tasks if not holds(task.when, answers)}
    return tuple(
        replace(task, after=tuple(_gates(task.after, after, absent))) for task in tasks if task.task_key not in absent
    )


def _gates(names: Iterable[str], after: Mapping[str, Sequence[str]], absent: set[str]) -> list[str]:
    """Return the nearest present tasks behind some names, in order, each once; linear in the edges."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    left = list(names)[::-1]
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in absent:
            left += after[name][::-1]
        else:
            found[name] = None
    return list(found)


def on_the_way(tasks: Sequence[Task]) -> set[str]:
    """Return the tasks by which a matter's time is reckoned: those of units, and whatever one of them waits for."""
    behind = ancestors(tasks)
    units = {task.task_key for task in tasks if task.by is Actor.UNIT}
    return units.union(*(behind[key] for key in units))


def ancestors(tasks: Sequence[Task]) -> dict[str, set[str]]:
    """Return for each task all it waits for, near and far; names that are no task, and circles, do no harm."""
    after = {task.task_key: task.after for task in tasks}
    return {task.task_key: _behind(task.after, after) for task in tasks}


def _behind(names: Iterable[str], after: Mapping[str, Sequence[str]]) -> set[str]:
    seen: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            left += after.get(name, ())
    return seen
