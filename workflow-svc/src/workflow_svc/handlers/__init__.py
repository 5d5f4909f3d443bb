"""Workflow's use cases."""

from workflow_svc.handlers.collaborators import Workflow
from workflow_svc.handlers.complete import complete_task
from workflow_svc.handlers.count import count_tasks
from workflow_svc.handlers.deadlines import deadline_page, keep_deadlines
from workflow_svc.handlers.decide import decide_task
from workflow_svc.handlers.decided import show_decision
from workflow_svc.handlers.fill import fill_page, keep_filled
from workflow_svc.handlers.learn import store_calendar, store_definition, store_unit
from workflow_svc.handlers.open import open_case
from workflow_svc.handlers.read import list_cases, list_tasks, show_case, show_task
from workflow_svc.handlers.reckon import keep_reckoned, reckon_page
from workflow_svc.handlers.timers import keep_timed, time_page
from workflow_svc.handlers.transfer import keep_transferred, transfer_page
from workflow_svc.store.listing import TaskFilter

__all__ = [
    "TaskFilter",
    "Workflow",
    "complete_task",
    "count_tasks",
    "deadline_page",
    "decide_task",
    "fill_page",
    "keep_deadlines",
    "keep_filled",
    "keep_reckoned",
    "keep_timed",
    "keep_transferred",
    "list_cases",
    "list_tasks",
    "open_case",
    "reckon_page",
    "show_case",
    "show_decision",
    "show_task",
    "store_calendar",
    "store_definition",
    "store_unit",
    "time_page",
    "transfer_page",
]
