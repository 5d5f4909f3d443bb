"""Intake's event edge: what it reads and what each event does."""

from collections.abc import Sequence
from functools import partial

from chassis.events.inbox import Reader, on
from chassis.events.standing import Joins

from intake_svc import handlers
from intake_svc.events import (
    CaseClosed,
    CaseOpened,
    DeadlineRecomputed,
    DisputeAnswered,
    DocumentSealed,
    LicenceCancelled,
    LicenceExpired,
    LicenceForfeited,
    LicenceIssued,
    LicenceResumed,
    LicenceRevoked,
    LicenceSuperseded,
    LicenceSuspended,
    LicenceTransferred,
    MatterPublished,
    MatterWithdrawn,
    OfLicence,
    TaskCompleted,
    TaskDecided,
    TaskOpened,
    TaskTransferred,
    UnitPublished,
)
from intake_svc.handlers.guides import Guides

CHANGES: Sequence[type[OfLicence]] = (
    LicenceSuspended,
    LicenceResumed,
    LicenceRevoked,
    LicenceForfeited,
    LicenceCancelled,
    LicenceTransferred,
    LicenceExpired,
    LicenceSuperseded,
)
"""What may happen to a licence that is there."""


def readers(guides: Guides) -> Sequence[Reader]:
    """Return the events that intake reads; what some of them tell is in the guides of applications."""
    return [
        on(MatterPublished, handlers.store_matter, joins=Joins.ANY_VERSION),
        on(MatterWithdrawn, handlers.end_matter, joins=Joins.ANY_VERSION),
        on(UnitPublished, handlers.store_unit, joins=Joins.ANY_VERSION),
        on(CaseOpened, handlers.follow_case_opened, joins=Joins.REPUBLISHED),
        on(TaskOpened, partial(handlers.follow_task_opened, guides), joins=Joins.REPUBLISHED),
        on(TaskCompleted, handlers.follow_task_completed, joins=Joins.REPUBLISHED),
        on(TaskDecided, partial(handlers.follow_task_decided, guides), joins=Joins.REPUBLISHED),
        on(TaskTransferred, partial(handlers.follow_task_transferred, guides), joins=Joins.REPUBLISHED),
        on(DeadlineRecomputed, handlers.follow_deadline_recomputed, joins=Joins.REPUBLISHED),
        on(CaseClosed, handlers.follow_case_closed, joins=Joins.REPUBLISHED),
        on(DocumentSealed, handlers.follow_document_sealed, joins=Joins.FIRST_SEEN),
        on(DisputeAnswered, handlers.follow_dispute_answered, joins=Joins.FIRST_SEEN),
        on(LicenceIssued, handlers.store_licence, joins=Joins.REPUBLISHED),
        *(on(change, handlers.follow_licence, joins=Joins.REPUBLISHED) for change in CHANGES),
    ]
