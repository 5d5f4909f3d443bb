"""The events that evaluation reads (`read`), and those it publishes, a module for each of its concepts."""

from evaluation_svc.events.letters import LetterApproved, NoticeSealed
from evaluation_svc.events.rankings import RankingPublished
from evaluation_svc.events.ratings import RatingSubmitted
from evaluation_svc.events.read import (
    ApplicationAccepted,
    ApplicationSubmitted,
    CalendarPublished,
    CaseClosed,
    CaseOpened,
    CaseTransferred,
    DeadlineOverdue,
    DeadlineRecomputed,
    DeadlineWarned,
    ItemPublished,
    ItemWithdrawn,
    LicenceIssued,
    MatterPublished,
    NetworkChanged,
    OfApplication,
    OfCase,
    OfTask,
    TaskCompleted,
    TaskDecided,
    TaskOpened,
    TaskTransferred,
    UnitPublished,
)
from evaluation_svc.events.rectifications import RectificationOverdue
from evaluation_svc.events.supervision import SupervisionEscalated

__all__ = [
    "ApplicationAccepted",
    "ApplicationSubmitted",
    "CalendarPublished",
    "CaseClosed",
    "CaseOpened",
    "CaseTransferred",
    "DeadlineOverdue",
    "DeadlineRecomputed",
    "DeadlineWarned",
    "ItemPublished",
    "ItemWithdrawn",
    "LetterApproved",
    "LicenceIssued",
    "MatterPublished",
    "NetworkChanged",
    "NoticeSealed",
    "OfApplication",
    "OfCase",
    "OfTask",
    "RankingPublished",
    "RatingSubmitted",
    "RectificationOverdue",
    "SupervisionEscalated",
    "TaskCompleted",
    "TaskDecided",
    "TaskOpened",
    "TaskTransferred",
    "UnitPublished",
]
