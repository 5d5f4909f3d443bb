"""Evaluation's problems, a module for each of its concepts, and what makes an event wait.

Problem
├── NotFound: PackIncomplete, LetterNotFound, NothingToRate, CaseOfVisitNotFound, RatingNotFound
├── WrongState: LetterEnded, LetterChanged, NotFinished, AlreadyRated, RatingTooLate
├── Forbidden: OwnLetter, NotAuthority, OwnWork
└── Malformed: RatingUnfit
NotYetKnown: CalendarUnknown
Unavailable: ProvinceOut
StartRefused: ProvinceAddressRefused
"""

from chassis.base.problems import NotFound
from chassis.events.inbox import NotYetKnown

from evaluation_svc.errors.letters import LetterChanged, LetterEnded, LetterNotFound, NotAuthority, OwnLetter


class PackIncomplete(NotFound):
    """The city has not said what is needed here."""

    code, title = "pack_incomplete", "本市尚未公布此项规则"


class CalendarUnknown(NotYetKnown):
    """No working calendar has arrived."""


__all__ = [
    "CalendarUnknown",
    "LetterChanged",
    "LetterEnded",
    "LetterNotFound",
    "NotAuthority",
    "OwnLetter",
    "PackIncomplete",
]
