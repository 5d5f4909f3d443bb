"""How much time the caller of the work under way has left: it travels with the work, whatever wing that is in."""

from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic

from chassis.base.problems import DeadlineExceeded


@dataclass(slots=True)
class Deadline:
    """How much of the caller's time is left, on the monotonic clock."""

    ends: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the deadline so many seconds from now."""
        return cls(monotonic() + seconds)

    def left(self, *, keep: float = 0.05) -> float:
        """Return the seconds a callee may use, keeping some for us; raises DeadlineExceeded when none is left."""
        left = self.ends - monotonic() - keep
        if left <= 0:
            raise DeadlineExceeded
        return left


deadline: ContextVar[Deadline | None] = ContextVar("deadline", default=None)
