"""Evaluation's event edge: what it reads and what each event does."""

from collections.abc import Sequence

from chassis.events.inbox import Reader, on
from chassis.events.standing import Joins

from evaluation_svc import handlers
from evaluation_svc.events import read
from evaluation_svc.events.letters import NoticeSealed


def readers() -> Sequence[Reader]:
    """Return the events that evaluation reads.

    Of cases and licences it reads the whole history, however late it begins; of applications and networks what the bus
    still holds.
    """
    return [
        on(read.UnitPublished, handlers.store_unit, joins=Joins.ANY_VERSION),
        on(read.MatterPublished, handlers.store_matter, joins=Joins.ANY_VERSION),
        on(read.ItemPublished, handlers.follow_item, joins=Joins.ANY_VERSION),
        on(read.ItemWithdrawn, handlers.follow_item_withdrawn, joins=Joins.ANY_VERSION),
        on(read.CalendarPublished, handlers.store_calendar, joins=Joins.ANY_VERSION),
        on(read.ApplicationSubmitted, handlers.follow_submitted, joins=Joins.FIRST_SEEN),
        on(read.ApplicationAccepted, handlers.follow_accepted, joins=Joins.FIRST_SEEN),
        on(read.CaseOpened, handlers.follow_case_opened, joins=Joins.REPUBLISHED),
        on(read.CaseTransferred, handlers.follow_case_transferred, joins=Joins.REPUBLISHED),
        on(read.CaseClosed, handlers.follow_case_closed, joins=Joins.REPUBLISHED),
        on(read.TaskOpened, handlers.follow_task_opened, joins=Joins.REPUBLISHED),
        on(read.TaskDecided, handlers.follow_task_decided, joins=Joins.REPUBLISHED),
        on(read.TaskCompleted, handlers.follow_task_completed, joins=Joins.REPUBLISHED),
        on(read.TaskTransferred, handlers.follow_task_transferred, joins=Joins.REPUBLISHED),
        on(read.DeadlineRecomputed, handlers.follow_recomputed, joins=Joins.REPUBLISHED),
        on(read.DeadlineWarned, handlers.follow_warned, joins=Joins.REPUBLISHED),
        on(read.DeadlineOverdue, handlers.follow_overdue, joins=Joins.REPUBLISHED),
        on(read.NetworkChanged, handlers.follow_network, joins=Joins.FIRST_SEEN),
        on(NoticeSealed, handlers.follow_notice, joins=Joins.FIRST_SEEN),
        on(read.LicenceIssued, handlers.follow_licence, joins=Joins.REPUBLISHED),
    ]
