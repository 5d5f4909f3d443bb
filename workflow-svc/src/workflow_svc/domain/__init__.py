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
    decide,
    restrict,
)

__all__ = ["FINAL", "LABELS", "REMEDIES", "Change", "Outcome", "Task", "TaskState", "begin", "decide", "restrict"]
