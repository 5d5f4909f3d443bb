"""Evaluation's tables and queries: the only SQL."""

from evaluation_svc.store import (
    assessment_appeals,
    findings,
    rating_appeals,
    rectifications,
)
from evaluation_svc.store.assessing_tables import appealed, assessments, standings
from evaluation_svc.store.cases import case_files, case_tasks
from evaluation_svc.store.clocks import timers
from evaluation_svc.store.figure_tables import figures, late_notes, marks, tallies
from evaluation_svc.store.lettering import letters
from evaluation_svc.store.rating_tables import SEALED as SEALED_RATINGS
from evaluation_svc.store.rating_tables import exclusions, invitations, known_staff, ratings, unjudged, visits
from evaluation_svc.store.statements import assessor_evidence, assessor_findings
from evaluation_svc.store.supervising import SEALED as SEALED_SUPERVISION
from evaluation_svc.store.supervising import late_answers, supervision_steps, supervisions
from evaluation_svc.store.tables import calendars, journal, matters, metadata, pack_documents, units

SEALED = (
    *assessment_appeals.SEALED,
    *SEALED_RATINGS,
    *rectifications.SEALED,
    *rating_appeals.SEALED,
    *SEALED_SUPERVISION,
)
"""What is kept encrypted."""
__all__ = [
    "SEALED",
    "appealed",
    "assessments",
    "assessor_evidence",
    "assessor_findings",
    "calendars",
    "case_files",
    "case_tasks",
    "exclusions",
    "figures",
    "findings",
    "invitations",
    "journal",
    "known_staff",
    "late_answers",
    "late_notes",
    "letters",
    "marks",
    "matters",
    "metadata",
    "pack_documents",
    "rating_appeals",
    "ratings",
    "rectifications",
    "standings",
    "supervision_steps",
    "supervisions",
    "tallies",
    "timers",
    "units",
    "unjudged",
    "visits",
]
