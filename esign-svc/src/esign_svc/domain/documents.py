"""Documents: what kinds there are, what states they go through, how their letters are numbered."""

from collections.abc import Mapping
from enum import StrEnum

ACCEPTANCE_SUFFIX = "受字"


class DocumentKind(StrEnum):
    """What a document is; of a subject there is one of each kind."""

    RECEIPT = "receipt"
    """收件凭证, of an application."""

    ACCEPTANCE = "acceptance"
    """受理通知书, of an application (行政许可法 art. 32 (2))."""

    DECISION = "decision"
    """准予或者不予的决定书, of a task (行政许可法 art. 38)."""

    LICENCE = "licence"
    """电子证照, of a licence's version."""

    LICENCE_COPY = "licence_copy"
    """加注件, of a use copy."""

    NOTICE = "notice"
    """督办函、通报、约谈通知, of a letter from one unit to another; it belongs to no application."""


class Format(StrEnum):
    """What a document's files are: each has the PDF; the OFD (GB/T 33190) says the same."""

    PDF = "pdf"
    OFD = "ofd"


class DocumentState(StrEnum):
    """`wanted`: it is being made. `sealed`: it is there. `void`: it was given up; its number stays taken."""

    WANTED = "wanted"
    SEALED = "sealed"
    VOID = "void"


LABELS: Mapping[DocumentState, str] = {
    DocumentState.WANTED: "制作中",
    DocumentState.SEALED: "已签章",
    DocumentState.VOID: "已作废",
}
WORDS: Mapping[DocumentKind, str] = {
    DocumentKind.RECEIPT: "收字",
    DocumentKind.ACCEPTANCE: "受通字",
    DocumentKind.DECISION: "决字",
    DocumentKind.NOTICE: "评字",
}
"""The end of a unit's letter word (机关代字), by what the letter is; what is not here has no letter number."""
OPEN_TO_ALL_UNITS = frozenset({DocumentKind.RECEIPT, DocumentKind.ACCEPTANCE})
"""Read by every unit of the case; others by the unit that made it and the one that leads (个人信息保护法 art. 6)."""


def letter_word(kind: DocumentKind, acceptance_word: str, unit: str) -> str:
    """Return a unit's word for its letters of a kind: 郑卫决字, from the word of its acceptances (郑卫受字).

    A unit that has no such word in the catalogue is named by its code.
    """
    return (acceptance_word.removesuffix(ACCEPTANCE_SUFFIX).removesuffix("字") or unit) + WORDS[kind]


def letter_number(word: str, year: int, number: int) -> str:
    """Return a letter's number (发文字号, GB/T 9704-2012 §7.2.5): the year in full in 〔〕, no zeros before it."""
    return f"{word}〔{year}〕{number}号"
