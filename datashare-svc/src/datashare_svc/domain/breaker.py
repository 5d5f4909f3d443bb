"""The breaker (熔断): after failures a network is left alone for a while, then asked once to see whether it is back.

It knows no clock: whoever asks says what time it is, in seconds on a clock that only goes forward.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum


class BreakerState(StrEnum):
    """Whether questions pass: all of them, none, or one to try."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


@dataclass(frozen=True, slots=True)
class Endurance:
    """What a network is forgiven: so many failures in a row, or this share of the last `window` questions.

    Once that is over, it is left alone for `pause` seconds, twice as long each time it fails its trial, at most
    `longest`. These numbers are our own.
    """

    in_a_row: int = 5
    window: int = 20
    share: float = 0.5
    pause: float = 5.0
    longest: float = 300.0


@dataclass(slots=True)
class Breaker:
    """One network's breaker. A question is admitted under a ticket, and how it went is told with that ticket."""

    endurance: Endurance = field(default_factory=Endurance)
    _state: BreakerState = BreakerState.CLOSED
    _turn: int = 0
    _is_tried: bool = False
    _in_a_row: int = 0
    _pause: float = 0.0
    _until: float = 0.0
    _last: deque[bool] = field(default_factory=deque)

    def state(self, now: float) -> BreakerState:
        """Return the state; one that was open is half open once its pause is over."""
        if self._state is BreakerState.OPEN and now >= self._until:
            return BreakerState.HALF_OPEN
        return self._state

    def would_admit(self, now: float) -> bool:
        """Tell whether a question would be admitted now."""
        state = self.state(now)
        return state is BreakerState.CLOSED or (state is BreakerState.HALF_OPEN and not self._is_tried)

    def admit(self, now: float) -> int | None:
        """Admit a question and return its ticket; None where it must not be asked. While half open one is admitted."""
        if not self.would_admit(now):
            return None
        if self.state(now) is BreakerState.HALF_OPEN:
            self._state, self._is_tried = BreakerState.HALF_OPEN, True
        return self._turn

    def succeeded(self, ticket: int) -> None:
        """Note that an admitted question was answered: a trial that was answered closes the breaker."""
        if ticket != self._turn:
            return
        if self._state is BreakerState.HALF_OPEN:
            self._close()
            return
        self._in_a_row = 0
        self._note(failed=False)

    def failed(self, ticket: int, now: float) -> None:
        """Note that an admitted question failed; one that was admitted before the last change counts no more."""
        if ticket != self._turn:
            return
        if self._state is BreakerState.HALF_OPEN:
            self._open(now, min(self._pause * 2, self.endurance.longest))
            return
        self._in_a_row += 1
        self._note(failed=True)
        is_full = len(self._last) >= self.endurance.window
        if self._in_a_row >= self.endurance.in_a_row or (
            is_full and sum(self._last) >= self.endurance.share * self.endurance.window
        ):
            self._open(now, self.endurance.pause)

    def let_go(self, ticket: int) -> None:
        """Note that an admitted question says nothing of the network: whoever asked went away."""
        if ticket == self._turn:
            self._is_tried = False

    def _note(self, *, failed: bool) -> None:
        self._last.append(failed)
        while len(self._last) > self.endurance.window:
            self._last.popleft()

    def _open(self, now: float, pause: float) -> None:
        self._state, self._pause, self._until = BreakerState.OPEN, pause, now + pause
        self._begin_anew()

    def _close(self) -> None:
        self._state = BreakerState.CLOSED
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._turn += 1
        self._is_tried, self._in_a_row = False, 0
        self._last.clear()
