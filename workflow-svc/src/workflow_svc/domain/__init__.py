"""Workflow's rules, pure."""

from workflow_svc.domain.case import (
    FINAL,
    LABELS,
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
from workflow_svc.domain.clock import ClockStart, Start, clock_start, why_anew
from workflow_svc.domain.remedies import Words, remedies, words_of

__all__ = [
    "FINAL",
    "LABELS",
    "Change",
    "ClockStart",
    "Outcome",
    "Start",
    "Task",
    "TaskState",
    "Words",
    "begin",
    "clock_start",
    "complete",
    "decide",
    "on_the_way",
    "remedies",
    "restrict",
    "why_anew",
    "words_of",
]
