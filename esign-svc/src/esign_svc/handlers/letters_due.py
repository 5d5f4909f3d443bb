"""What makes letters due: a submission its receipt, an acceptance its notice, a decision its letter.

Each only writes rows: whether a seal, a key or another service can be had now stops no one. What release 1.0.0 accepted
and decided, before there were letters, was handed over on paper: its events do not tell who did, and nothing is sealed
afterwards, when an installation gets esign or its old events are published again.
"""

from chassis.data.database import UnitOfWork
from chassis.events.inbox import Received

from esign_svc.domain.documents import DocumentKind
from esign_svc.domain.letters import title_of
from esign_svc.events import ApplicationAccepted, ApplicationSubmitted, TaskDecided
from esign_svc.handlers.documents import Wanted, want


async def want_receipt(work: UnitOfWork, received: Received[ApplicationSubmitted]) -> None:
    """Want the receipt (收件凭证), which nobody decides: the service issues it by rule, with the window's seal."""
    told = received.data
    wanted = Wanted(
        kind=DocumentKind.RECEIPT,
        subject=told.application_id,
        title=title_of(DocumentKind.RECEIPT),
        application_id=told.application_id,
        matter_code=told.matter_code,
        applicant_id=told.applicant_id,
        unit=told.unit,
        lead_unit=told.lead_unit or told.unit,
        dated=told.submitted_at,
        units=told.units or (),
    )
    await want(work, wanted)


async def want_acceptance_notice(work: UnitOfWork, received: Received[ApplicationAccepted]) -> None:
    """Want the notice of acceptance (受理通知书; 行政许可法 art. 32 (2)), in the name of the clerk who accepted."""
    told = received.data
    if told.accepted_by is None:
        return
    wanted = Wanted(
        kind=DocumentKind.ACCEPTANCE,
        subject=told.application_id,
        title=title_of(DocumentKind.ACCEPTANCE),
        application_id=told.application_id,
        matter_code=told.matter_code,
        applicant_id=told.applicant_id,
        unit=told.unit,
        lead_unit=told.lead_unit or told.unit,
        approver=told.accepted_by,
        dated=told.accepted_at,
        units=told.units or (),
    )
    await want(work, wanted)


async def want_decision_letter(work: UnitOfWork, received: Received[TaskDecided]) -> None:
    """Want the letter of a decision (行政许可法 art. 38), in the name of the person who decided for the unit.

    Where it is not told for whom, the units of the case alone can read it.
    """
    told = received.data
    wanted = Wanted(
        kind=DocumentKind.DECISION,
        subject=told.task_id,
        title=title_of(DocumentKind.DECISION, task_type=told.task_type or "", outcome=told.outcome),
        application_id=told.application_id,
        case_id=told.case_id,
        task_id=told.task_id,
        matter_code=told.matter_code or "",
        applicant_id=told.applicant_id or "",
        unit=told.unit,
        lead_unit=told.lead_unit or told.unit,
        approver=told.decided_by or "",
        dated=told.decided_at,
        units=told.units or (),
    )
    await want(work, wanted)
