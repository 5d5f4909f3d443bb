"""Intake's use cases."""

from intake_svc.handlers.accept import accept_application, plan_acceptance
from intake_svc.handlers.attach import follow_document_sealed
from intake_svc.handlers.changes import stream_changes
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.corrections import follow_dispute_answered
from intake_svc.handlers.count import count_applications
from intake_svc.handlers.dossier import disclose_application, disclose_task, show_dossier
from intake_svc.handlers.draft import (
    change_draft,
    create_draft,
    discard_draft,
    guide_draft,
    list_drafts,
    plan_draft,
    show_draft,
)
from intake_svc.handlers.facts import show_facts
from intake_svc.handlers.find import search_applications
from intake_svc.handlers.follow import (
    follow_case_closed,
    follow_case_opened,
    follow_deadline_recomputed,
    follow_task_completed,
    follow_task_decided,
    follow_task_opened,
    follow_task_transferred,
)
from intake_svc.handlers.learn import end_matter, store_matter, store_unit
from intake_svc.handlers.ledger import show_ledger
from intake_svc.handlers.licences import follow_licence, store_licence
from intake_svc.handlers.matches import match_ratings
from intake_svc.handlers.read import Wanted, list_applications, show_application
from intake_svc.handlers.redigest import redigest
from intake_svc.handlers.sharing import keep_told, keep_verified
from intake_svc.handlers.submit import plan_submission, submit_application
from intake_svc.handlers.timeline import show_timeline, timeline_version
from intake_svc.handlers.transfer import keep_transferred, transfer_page

__all__ = [
    "Intake",
    "Wanted",
    "accept_application",
    "change_draft",
    "count_applications",
    "create_draft",
    "discard_draft",
    "disclose_application",
    "disclose_task",
    "end_matter",
    "follow_case_closed",
    "follow_case_opened",
    "follow_deadline_recomputed",
    "follow_dispute_answered",
    "follow_document_sealed",
    "follow_licence",
    "follow_task_completed",
    "follow_task_decided",
    "follow_task_opened",
    "follow_task_transferred",
    "guide_draft",
    "keep_told",
    "keep_transferred",
    "keep_verified",
    "list_applications",
    "list_drafts",
    "match_ratings",
    "plan_acceptance",
    "plan_draft",
    "plan_submission",
    "redigest",
    "search_applications",
    "show_application",
    "show_dossier",
    "show_draft",
    "show_facts",
    "show_ledger",
    "show_timeline",
    "store_licence",
    "store_matter",
    "store_unit",
    "stream_changes",
    "submit_application",
    "timeline_version",
    "transfer_page",
]
