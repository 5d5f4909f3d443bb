"""The steps of an application as its applicant follows them: which wait, which are under way, how each ended."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from intake_svc.domain.progress import Happening


class StageState(StrEnum):
    """The states of a step."""

    WAITING = "waiting"
    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    DONE = "done"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class Stage:
    """A step: its state, since when it is under way, and until when it was."""

    task_key: str
    state: StageState = StageState.WAITING
    since: datetime | None = None
    until: datetime | None = None


LEFT = frozenset({StageState.WAITING, StageState.OPEN})
"""The states in which a step is still to be done."""
BEGINNINGS = {Happening.TASK_OPENED, Happening.STEP_OPENED}
ENDS = {
    Happening.TASK_GRANTED: StageState.GRANTED,
    Happening.TASK_REFUSED: StageState.REFUSED,
    Happening.STEP_COMPLETED: StageState.DONE,
}


def stages(
    task_keys: Sequence[str], told: Iterable[tuple[str, str, datetime]], *, dropped: Collection[str]
) -> list[Stage]:
    """Return the steps in the order of the tasks; `told` are the timeline's kinds with their task and moment."""
    found = {key: Stage(key, StageState.NOT_NEEDED if key in dropped else StageState.WAITING) for key in task_keys}
    for kind, key, at in told:
        if key not in found:
            continue
        if kind in BEGINNINGS and key not in dropped:
            found[key] = replace(found[key], state=StageState.OPEN, since=at)
        elif kind in ENDS:
            found[key] = replace(found[key], state=ENDS[Happening(kind)], until=at)
    return list(found.values())
