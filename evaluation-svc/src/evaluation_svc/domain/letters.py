"""Letters (文书) of the office that leads evaluation: their kinds, their states, and who has a say."""

from enum import StrEnum

AUTHORITY = "ZWB"
"""市政务办: it leads evaluation (郑政办〔2020〕11号 三(三)), and its letters bear its seal."""
OFFICER, HEAD, RECTIFIER = "evaluation_officer", "unit_head", "rectification_officer"
"""Roles: who manages evaluation at the authority; a unit's head; who puts things right in a unit."""


class LetterKind(StrEnum):
    """督办函, 通报表扬, 通报批评, 约谈通知."""

    SUPERVISION = "SUPERVISION"
    COMMENDATION = "COMMENDATION"
    CRITICISM = "CRITICISM"
    INTERVIEW = "INTERVIEW"


class LetterState(StrEnum):
    """A draft is approved by a person and then sealed, or it is withdrawn; what is approved stays as it is."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    SEALED = "SEALED"
    WITHDRAWN = "WITHDRAWN"


KINDS = {
    LetterKind.SUPERVISION: "督办函",
    LetterKind.COMMENDATION: "通报表扬",
    LetterKind.CRITICISM: "通报批评",
    LetterKind.INTERVIEW: "约谈通知",
}
STATES = {
    LetterState.DRAFT: "起草",
    LetterState.APPROVED: "已批准,待用印",
    LetterState.SEALED: "已印发",
    LetterState.WITHDRAWN: "已撤销",
}
MOST_PARAGRAPHS = 30
"""So many of the longest paragraphs, in the widest characters, are told in one event (256 KiB)."""
