"""What the provincial platform is told of a rating, and how what it has is held against what is kept here.

The province owns 好差评 in Henan: lower levels build no system of their own, they collect and hand on. Ratings that
reached the platform another way, silence among them, are its own: they are listed and never counted here as active.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from evaluation_svc.domain.ratings import Channel, Level


@dataclass(frozen=True, slots=True)
class ToldRating:
    """A rating as the province is told of it, in this service's names: codes are the border's.

    `rater` is a pseudonym for this case alone: it joins a second rating to the first, and nothing to another case.
    `is_visit` says that a trip to a window was rated (一次一评), not the finished matter.
    """

    rating_id: str
    project_no: str
    task_code: str
    matter_code: str
    unit: str
    region: str
    channel: Channel
    level: Level
    number: int
    tags: tuple[str, ...]
    text: str = field(repr=False)
    rater: str
    rated_at: datetime
    is_visit: bool


def pseudonym(application_id: str) -> str:
    """Return what the province is told instead of who rated: the one applicant of a case, in this case alone.

    It follows from the case's id, which never leaves, and so says no more than the case's number does.
    """
    return hashlib.sha256(f"provincial rater {application_id}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Held:
    """What the platform has of a rating, or what is kept here of one; level and channel are in the platform's codes.

    `key` is empty where nobody here told of it, `provincial_eval_id` until the platform has answered.
    """

    key: str
    provincial_eval_id: str
    level: str
    number: int
    channel: str
    is_void: bool


class Difference(StrEnum):
    """How what the platform has differs from what is kept here."""

    MISSING_THERE = "missing_there"
    NOT_CONFIRMED = "not_confirmed"
    ONLY_THERE = "only_there"
    UNKNOWN_HERE = "unknown_here"
    DIFFERS = "differs"
    NOT_VOID_THERE = "not_void_there"


TO_TELL_AGAIN = frozenset({Difference.MISSING_THERE, Difference.NOT_CONFIRMED, Difference.NOT_VOID_THERE})
"""What is mended by telling the platform once more: it takes a rating it has for the same one."""
COMPARED = ("level", "number", "channel")


@dataclass(frozen=True, slots=True)
class Finding:
    """A rating that differs: `key` is its id here, empty where it has none; `detail` names what differs."""

    difference: Difference
    key: str
    provincial_eval_id: str
    detail: str = ""


def reconciled(ours: Mapping[str, Held], theirs: Iterable[Held]) -> Iterator[Finding]:
    """Yield where the platform's ratings of a day and those kept here differ; what was not told yet is no difference.

    Ours that has no number of the platform was not confirmed: the platform has it where its answer was lost.
    """
    seen: set[str] = set()
    for one in theirs:
        mine = ours.get(one.key)
        seen.add(one.key)
        if not one.key:
            yield Finding(Difference.ONLY_THERE, "", one.provincial_eval_id, one.channel)
        elif mine is None:
            yield Finding(Difference.UNKNOWN_HERE, one.key, one.provincial_eval_id)
        else:
            yield from _differing(mine, one)
    for key, mine in ours.items():
        if key not in seen and mine.provincial_eval_id:
            yield Finding(Difference.MISSING_THERE, key, mine.provincial_eval_id)


def _differing(mine: Held, theirs: Held) -> Iterator[Finding]:
    if not mine.provincial_eval_id:
        yield Finding(Difference.NOT_CONFIRMED, mine.key, theirs.provincial_eval_id)
    elif mine.provincial_eval_id != theirs.provincial_eval_id:
        yield Finding(Difference.DIFFERS, mine.key, theirs.provincial_eval_id, "provincial_eval_id")
    if wrong := [name for name in COMPARED if getattr(mine, name) != getattr(theirs, name)]:
        yield Finding(Difference.DIFFERS, mine.key, theirs.provincial_eval_id, ", ".join(wrong))
    if mine.is_void and not theirs.is_void:
        yield Finding(Difference.NOT_VOID_THERE, mine.key, theirs.provincial_eval_id)
    elif theirs.is_void and not mine.is_void:
        yield Finding(Difference.DIFFERS, mine.key, theirs.provincial_eval_id, "is_void")
