"""The ledger (账本) of an application: for each element and material how it came, and so what she was spared."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Place(StrEnum):
    """Where something is given: in the form, or as a material."""

    FORM = "form"
    MATERIALS = "materials"


class How(StrEnum):
    """How an element or a material of an application came."""

    SHARED = "shared"
    TYPED = "typed"
    DISPUTED = "disputed"
    VERIFIED = "verified"
    DIFFERS = "differs"
    LICENCE = "licence"
    PROMISED = "promised"
    TO_VERIFY = "to_verify"
    BY_HAND = "by_hand"
    BROUGHT = "brought"


WORDS: Mapping[How, str] = {
    How.SHARED: "由{source}共享填入,不用填写",
    How.TYPED: "由申请人填写",
    How.DISPUTED: "申请人对{source}提出了异议,按所填继续办理",
    How.VERIFIED: "已由{source}核验一致,不用提交",
    How.DIFFERS: "与{source}不一致,由窗口核对",
    How.LICENCE: "使用了申请人的电子证照,不用提交",
    How.PROMISED: "以书面承诺代替,不用提交",
    How.TO_VERIFY: "{source}暂时不能核验,恢复后自动核验",
    How.BY_HAND: "{source}未能核验,受理时由窗口核对",
    How.BROUGHT: "由申请人提交",
}
"""What is read of each line."""
SPARED = frozenset({How.SHARED, How.VERIFIED, How.LICENCE, How.PROMISED, How.TO_VERIFY})
"""What she had neither to fill in nor to bring."""
FROM_SOURCES = frozenset({How.SHARED, How.VERIFIED, How.LICENCE})
"""What came from a source."""
BY_MODE: Mapping[str, How] = {"PROMISE": How.PROMISED, "FORM_FIELD": How.TYPED, "LICENSE_REUSE": How.TYPED}
"""How a material comes that no source was asked for, by the way of obtaining it; else it is brought."""
VERIFIED_BY_SOURCE = frozenset({"DATA_VERIFY", "LICENSE_REUSE"})
"""The ways of obtaining a material (取得方式) for which sources are asked."""
AGREES, DIFFERS, UNKNOWN, NOT_SERVED, OUT = "agrees", "differs", "unknown", "not_served", "out"
_WORST_FIRST = (DIFFERS, UNKNOWN, NOT_SERVED, OUT, AGREES)


class Outcome(StrEnum):
    """How a dispute ended: the source was corrected, or upheld what it says."""

    OPEN = ""
    CORRECTED = "corrected"
    UPHELD = "upheld"


@dataclass(frozen=True, slots=True)
class Booked:
    """A line of the ledger that rests on a source: which, by which query, since when, and what a dispute came to."""

    place: Place
    key: str
    how: How
    at: datetime
    unit: str = ""
    unit_name: str = ""
    network_name: str = ""
    resource: str = ""
    resource_name: str = ""
    use: str = ""
    rule: str = ""
    query_id: str | None = None
    outcome: Outcome = Outcome.OPEN
    answered_at: datetime | None = None


ANSWERED = {
    Outcome.CORRECTED: "已更正,将重新核验",
    Outcome.UPHELD: "经核查,维持原记录,由窗口与您核对",
}
"""What the applicant reads of a dispute that was answered."""


def worst(results: Iterable[str]) -> str:
    """Return the result that counts for a material of several sources; none, or one not known, is not served."""
    found = {result if result in _WORST_FIRST else NOT_SERVED for result in results}
    return next((one for one in _WORST_FIRST if one in found), NOT_SERVED)


def how_of(result: str, mode: str) -> How:
    """Return how a material came of which its sources said this; one that none serves comes as it is obtained."""
    found = {AGREES: How.VERIFIED, DIFFERS: How.DIFFERS, UNKNOWN: How.DIFFERS, OUT: How.TO_VERIFY}
    return found.get(result) or BY_MODE.get(mode, How.BROUGHT)


def in_words(line: Booked) -> str:
    """Return a line in words, with what became of its dispute."""
    source = f"{line.unit_name}的{line.resource_name}" if line.unit_name else "数据共享"
    if line.how is How.TYPED and line.place is Place.FORM and line.unit_name:
        return f"{source}当时不能答复,{WORDS[How.TYPED]}"
    if line.how is How.VERIFIED and line.place is Place.FORM:
        return f"{WORDS[How.TYPED]},已由{source}核验一致"
    more = {Outcome.CORRECTED: ";来源单位已更正", Outcome.UPHELD: ";来源单位经核查维持原记录"}.get(line.outcome, "")
    return WORDS[line.how].format(source=source) + more


def notices_of(line: Booked, label: str, submitted_at: datetime) -> Iterator[tuple[datetime, str]]:
    """Yield what came of a line after the submission, and when: the answer to its dispute, what its source said."""
    if line.answered_at is not None:
        said = f"您对{label}提出的异议,{line.unit_name}已答复:{ANSWERED[line.outcome]}"
        yield line.answered_at, said
    if line.at > (line.answered_at or submitted_at):
        yield line.at, f"{label}:{in_words(line)}"


def dispute_id_of(application_id: str, place: str, key: str) -> str:
    """Return the id of a dispute: the same for the same place of the same application (a UUID, version 8)."""
    told = hashlib.sha256(f"{application_id}\0{place}\0{key}".encode()).hexdigest()
    variant = "89ab"[int(told[16], 16) % 4]
    return f"{told[:8]}-{told[8:12]}-8{told[13:16]}-{variant}{told[17:20]}-{told[20:32]}"
