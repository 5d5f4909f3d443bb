"""Workflow's rules, pure."""

from workflow_svc.domain.case import (
    FINAL,
    LABELS,
    REMEDIES,
    Change,
    Outcome,
    Task,
    TaskState,
    begin,
    complete,
    decide,
    on_the_way,
    restrict,
)

__all__ = [
    "FINAL",
    "LABELS",
    "REMEDIES",
    "Change",
    "Outcome",
    "Task",
    "TaskState",
    "begin",
    "complete",
    "decide",
    "on_the_way",
    "restrict",
]
