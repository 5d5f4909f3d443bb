"""Evaluation's problems, a module for each of its concepts, and what makes an event wait.

Problem
├── NotFound: PackIncomplete, IndicatorNotFound, MeasureNotFound, LetterNotFound, NothingToRate,
│   CaseOfVisitNotFound, RatingNotFound,
│   RectificationNotFound, RatingAppealNotFound
├── WrongState: LetterEnded, LetterChanged, NotFinished, AlreadyRated, RatingTooLate, RectificationStepNotPossible,
│   CallBackFirst, CallNotWanted, RatingAppealedBefore
├── Forbidden: FigureConfidential, OwnLetter, NotAuthority, OwnWork, RectificationNotYours, OfficerWasRated
└── Malformed: RatingUnfit, RectificationStepUnfit
NotYetKnown: CalendarUnknown
Unavailable: ProvinceOut
StartRefused: ProvinceAddressRefused
"""

from chassis.base.problems import NotFound
from chassis.events.inbox import NotYetKnown

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


class PackIncomplete(NotFound):
    """The city has not said what is needed here."""

    code, title = "pack_incomplete", "本市尚未公布此项规则"


class CalendarUnknown(NotYetKnown):
    """No working calendar has arrived."""


__all__ = [
    "CalendarUnknown",
    "CallBackFirst",
    "CallNotWanted",
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
]
