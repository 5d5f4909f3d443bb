"""Composes workflow."""

from functools import partial

from chassis.data.database import Database
from chassis.data.keyring import Kept
from chassis.events.bus import Bus
from chassis.service import Service, build_service

from workflow_svc import store
from workflow_svc.consumers import readers
from workflow_svc.domain.near import Near
from workflow_svc.events import (
    CaseClosed,
    CaseOpened,
    CaseTransferred,
    DeadlineOverdue,
    DeadlineRecomputed,
    DeadlineWarned,
    TaskCompleted,
    TaskDecided,
    TaskOpened,
    TaskTransferred,
)
from workflow_svc.handlers import Workflow, keep_deadlines, keep_filled, keep_reckoned, keep_timed, keep_transferred
from workflow_svc.routes import routes
from workflow_svc.settings import WorkflowSettings


def build(settings: WorkflowSettings, *, database: Database, bus: Bus) -> Service:
    """Build the service from its settings and its two backends."""
    near = Near(settings.yellow_workdays, settings.yellow_percent)
    workflow = Workflow(database, database.clock, settings.cipher(), near)
    return build_service(
        "workflow",
        package="workflow_svc",
        title="并联审批",
        description="办件、环节、时限与决定",
        settings=settings,
        database=database,
        bus=bus,
        collaborators=workflow,
        routes=[routes],
        readers=readers(workflow),
        publishes=[
            CaseOpened,
            TaskOpened,
            TaskCompleted,
            TaskDecided,
            TaskTransferred,
            CaseTransferred,
            DeadlineRecomputed,
            DeadlineWarned,
            DeadlineOverdue,
            CaseClosed,
        ],
        works={
            "deadlines": partial(keep_deadlines, workflow),
            "filling": partial(keep_filled, database),
            "reckoning": partial(keep_reckoned, workflow),
            "timing": partial(keep_timed, workflow),
            "transferring": partial(keep_transferred, workflow),
        },
        kept=Kept(store.SEALED),
    )
