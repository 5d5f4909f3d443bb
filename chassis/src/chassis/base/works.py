"""What runs beside the requests: begun again when it fails, and asked whether it still moves."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from time import monotonic

from chassis.base import telemetry

Work = Callable[[], Awaitable[None]]
MOVES_SECONDS = 120.0
"""Within this a work moves again, unless it says otherwise; above any single wait for a database or a bus."""
STEADY_SECONDS = 60.0
MOST_FALLS = 5
PAUSE_SECONDS = 1.0

_work: ContextVar["Supervised | None"] = ContextVar("work", default=None)


def moving(part: str = "", *, within: float = MOVES_SECONDS) -> None:
    """Say, inside a supervised work, that it moves, and will again within so many seconds; parts move each for itself.

    A work that never says so is only asked whether it runs.
    """
    if (work := _work.get()) is not None:
        work.moved(part, within)


class Supervised:
    """One work under its name: it runs until it is cancelled, and again whenever it ends before."""

    def __init__(
        self,
        name: str,
        work: Work,
        *,
        service: str,
        outages: tuple[type[Exception], ...] = (),
        elapsed: Callable[[], float] = monotonic,
    ) -> None:
        """`outages` are what it may raise when something that it needs is out: no fault of its own."""
        self.name = name
        self._work = work
        self._service = service
        self._outages = outages
        self._elapsed = elapsed
        self._pause = PAUSE_SECONDS
        self._began = elapsed()
        self._falls = 0
        self._due: dict[str, float] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Begin; the task ends only when it is cancelled."""
        self._task = asyncio.create_task(self._run(), name=self.name)
        return self._task

    def moved(self, part: str, within: float) -> None:
        """Note that a part moves, and by when it will again."""
        self._due[part] = self._elapsed() + within

    def ailment(self) -> str:
        """Say what is wrong with the work; nothing when it runs and moves. One restart is nothing."""
        now = self._elapsed()
        if self._task is not None and self._task.done():
            return "gone"
        if self._falls >= MOST_FALLS and now - self._began < STEADY_SECONDS:
            return "falls again and again"
        still = sorted(part for part, due in self._due.items() if due < now)
        return " ".join(["does not move", *still]).strip() if still else ""

    async def _run(self) -> None:
        _work.set(self)
        while True:
            self._began = self._elapsed()
            self._due.clear()
            try:
                await self._work()
            except (GeneratorExit, KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:
                if _asked_to_stop():
                    raise
                self._fell(error)
            else:
                self._fell(None)
            await asyncio.sleep(self._pause)

    def _fell(self, error: BaseException | None) -> None:
        telemetry.FAILURES.labels(self._service).inc()
        told: Mapping[str, str] = {"service": self._service, "work": self.name}
        if isinstance(error, self._outages):
            telemetry.log.warning("work_waits", reason=type(error).__name__, **told)
            return
        steady = self._elapsed() - self._began >= STEADY_SECONDS
        self._falls = 1 if steady else self._falls + 1
        telemetry.log.error("background_failed", exc_info=error, **told)


def _asked_to_stop() -> bool:
    """Tell whether the task itself is being cancelled; a CancelledError may also come from within a library."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
