"""Workflow's problems, and what makes an event wait.

Problem
├── NotFound: TaskNotFound, CaseNotFound, DecisionNotFound
├── WrongState: TaskNotOpen, CaseAlreadyClosed
├── Forbidden: OwnCase
└── Malformed: ReasonMissing
NotYetKnown: DefinitionUnknown, CalendarUnknown
TasksUnknown
"""

from chassis.base.problems import Forbidden, Malformed, NotFound, WrongState
from chassis.events.inbox import NotYetKnown


class TaskNotFound(NotFound):
    """No such task, or it belongs to another unit."""

    code, title = "task_not_found", "没有这个待办"


class CaseNotFound(NotFound):
    """No such case, or it is not the caller's to see."""

    code, title = "case_not_found", "没有这个办件"


class DecisionNotFound(NotFound):
    """No such task, or no unit has decided it."""

    code, title = "decision_not_found", "没有这个决定"


class TaskNotOpen(WrongState):
    """The task waits for others, or was decided already."""

    code, title = "task_not_open", "该环节当前不可办理"


class CaseAlreadyClosed(WrongState):
    """The case has ended; nothing in it can be decided any more."""

    code, title = "case_closed", "该办件已办结"


class OwnCase(Forbidden):
    """Nobody decides his own application."""

    code, title = "own_case", "不得办理本人的申请"


class ReasonMissing(Malformed):
    """A refusal without reason and legal basis (行政许可法 art. 38)."""

    code, title = "reason_missing", "不予办理须说明理由并注明依据"


class DefinitionUnknown(NotYetKnown):
    """The matter's version has not arrived from the catalogue."""


class CalendarUnknown(NotYetKnown):
    """No working calendar has arrived from the catalogue."""


class TasksUnknown(Exception):  # noqa: N818  named after the fact
    """An accepted application names tasks that its matter's version does not have, or none; no retry helps."""
