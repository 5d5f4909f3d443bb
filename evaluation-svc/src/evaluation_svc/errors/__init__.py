"""Evaluation's problems, a module for each of its concepts, and what makes an event wait.

Problem
├── NotFound: PackIncomplete, IndicatorNotFound, MeasureNotFound, LetterNotFound, SupervisionNotFound,
│   NothingToRate, CaseOfVisitNotFound,
│   RatingNotFound, RectificationNotFound, RatingAppealNotFound, FindingNotFound, FindingEvidenceNotFound,
│   ExclusionNotFound
├── WrongState: LetterEnded, LetterChanged, SupervisionStateWrong, NotFinished, AlreadyRated, RatingTooLate,
│   RectificationStepNotPossible,
│   CallBackFirst, CallNotWanted, RatingAppealedBefore, FindingKnown, FindingEnded, FindingEvidenceDiffers,
│   ExclusionLifted
├── Forbidden: FigureConfidential, OwnLetter, NotAuthority, HeadAnswers, OwnWork, RectificationNotYours,
│   OfficerWasRated,
│   AssessorUnknown, FindingOfAnother
└── Malformed: RatingUnfit, RectificationStepUnfit, FindingForged, FindingUnfit
NotYetKnown: CalendarUnknown
Unavailable: ProvinceOut
StartRefused: ProvinceAddressRefused
"""

from chassis.base.problems import NotFound
from chassis.events.inbox import NotYetKnown

from evaluation_svc.errors.assessor_findings import (
    AssessorUnknown,
    FindingEnded,
    FindingEvidenceDiffers,
    FindingEvidenceNotFound,
    FindingForged,
    FindingKnown,
    FindingNotFound,
    FindingOfAnother,
    FindingUnfit,
)
from evaluation_svc.errors.letters import LetterChanged, LetterEnded, LetterNotFound, NotAuthority, OwnLetter
from evaluation_svc.errors.rectifications import (
    CallBackFirst,
    CallNotWanted,
    OfficerWasRated,
    RatingAppealedBefore,
    RatingAppealNotFound,
    RectificationNotFound,
    RectificationNotYours,
    RectificationStepNotPossible,
    RectificationStepUnfit,
)
from evaluation_svc.errors.supervision import HeadAnswers, SupervisionNotFound, SupervisionStateWrong


class PackIncomplete(NotFound):
    """The city has not said what is needed here."""

    code, title = "pack_incomplete", "本市尚未公布此项规则"


class CalendarUnknown(NotYetKnown):
    """No working calendar has arrived."""


__all__ = [
    "AssessorUnknown",
    "CalendarUnknown",
    "CallBackFirst",
    "CallNotWanted",
    "FindingEnded",
    "FindingEvidenceDiffers",
    "FindingEvidenceNotFound",
    "FindingForged",
    "FindingKnown",
    "FindingNotFound",
    "FindingOfAnother",
    "FindingUnfit",
    "HeadAnswers",
    "LetterChanged",
    "LetterEnded",
    "LetterNotFound",
    "NotAuthority",
    "OfficerWasRated",
    "OwnLetter",
    "PackIncomplete",
    "RatingAppealNotFound",
    "RatingAppealedBefore",
    "RectificationNotFound",
    "RectificationNotYours",
    "RectificationStepNotPossible",
    "RectificationStepUnfit",
    "SupervisionNotFound",
    "SupervisionStateWrong",
]
