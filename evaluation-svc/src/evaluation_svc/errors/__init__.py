"""Evaluation's problems, a module for each of its concepts, and what makes an event wait.

Problem
├── NotFound: PackIncomplete, IndicatorNotFound, MeasureNotFound, LetterNotFound, SupervisionNotFound,
│   NothingToRate, CaseOfVisitNotFound, RatingNotFound, RectificationNotFound, RatingAppealNotFound,
│   FindingNotFound, FindingEvidenceNotFound, ExclusionNotFound, AssessmentNotFound, RankingNotFound,
│   AssessmentAppealNotFound, VisitNotMatched
├── WrongState: LetterEnded, LetterChanged, SupervisionStateWrong, NotFinished, AlreadyRated, RatingTooLate,
│   VisitRegistered, RectificationStepNotPossible, CallBackFirst, CallNotWanted, RatingAppealedBefore, FindingKnown,
│   FindingEnded, FindingEvidenceDiffers, ExclusionLifted, AssessmentUnderWay, AssessmentStepNotPossible, PeriodNotOver,
│   AssessmentOutdated, AssessmentAppealClockRunning, AssessmentAppealsUndecided, AssessmentAppealTooLate,
│   AssessmentAppealOpen, AssessmentAppealDecided
├── Forbidden: FigureConfidential, OwnLetter, NotAuthority, HeadAnswers, OwnWork, RectificationNotYours,
│   OfficerWasRated, AssessorUnknown, FindingOfAnother, OwnComputation, OwnAssessmentAppeal
└── Malformed: RatingUnfit, RectificationStepUnfit, FindingForged, FindingUnfit, RevisionUnfounded
NotYetKnown: CalendarUnknown
Unavailable: ProvinceOut, MatchingOut
StartRefused: ProvinceAddressRefused
"""

from chassis.base.problems import NotFound
from chassis.events.inbox import NotYetKnown

from evaluation_svc.errors.assessments import (
    AssessmentAppealClockRunning,
    AssessmentAppealDecided,
    AssessmentAppealNotFound,
    AssessmentAppealOpen,
    AssessmentAppealsUndecided,
    AssessmentAppealTooLate,
    AssessmentNotFound,
    AssessmentOutdated,
    AssessmentStepNotPossible,
    AssessmentUnderWay,
    OwnAssessmentAppeal,
    OwnComputation,
    PeriodNotOver,
    RankingNotFound,
    RevisionUnfounded,
)
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
    "AssessmentAppealClockRunning",
    "AssessmentAppealDecided",
    "AssessmentAppealNotFound",
    "AssessmentAppealOpen",
    "AssessmentAppealTooLate",
    "AssessmentAppealsUndecided",
    "AssessmentNotFound",
    "AssessmentOutdated",
    "AssessmentStepNotPossible",
    "AssessmentUnderWay",
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
    "OwnAssessmentAppeal",
    "OwnComputation",
    "OwnLetter",
    "PackIncomplete",
    "PeriodNotOver",
    "RankingNotFound",
    "RatingAppealNotFound",
    "RatingAppealedBefore",
    "RectificationNotFound",
    "RectificationNotYours",
    "RectificationStepNotPossible",
    "RectificationStepUnfit",
    "RevisionUnfounded",
    "SupervisionNotFound",
    "SupervisionStateWrong",
]
