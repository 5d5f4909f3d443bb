"""Who watches which application: one question a second, for all open streams of the process, says what has grown."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from chassis.base.works import moving
from chassis.data.database import Database
from chassis.http.edge import Overloaded

from intake_svc.store.timelines import last_places

MOST = 1000


@dataclass(frozen=True, slots=True)
class Pace:
    """How often timelines are looked at, a quiet stream says that it is there, and how long one lasts; in seconds."""

    look: float = 1.0
    heartbeat: float = 15.0
    lasts: float = 300.0


@dataclass(slots=True)
class Watch:
    """The applications that are watched, and how far each of their timelines is known to go."""

    database: Database
    pace: Pace = field(default_factory=Pace)
    _waking: dict[str, set[asyncio.Event]] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)

    def require_room(self) -> None:
        """Raise Overloaded when as many watch as one process keeps."""
        if sum(map(len, self._waking.values())) >= MOST:
            raise Overloaded(retry_after=10)

    @contextmanager
    def of(self, application_id: str) -> Iterator[asyncio.Event]:
        """Watch an application: the event is set at the next look, and then whenever the timeline has grown."""
        grown = asyncio.Event()
        self._waking.setdefault(application_id, set()).add(grown)
        self._places.pop(application_id, None)
        try:
            yield grown
        finally:
            self._waking[application_id].discard(grown)
            if not self._waking[application_id]:
                del self._waking[application_id]
                self._places.pop(application_id, None)

    async def look(self) -> None:
        """Ask once for all that are watched, and wake those who wait for what has grown."""
        if not self._waking:
            return
        async with self.database.asking() as connection:
            places = await last_places(connection, list(self._waking))
        for application_id, place in places.items():
            if self._places.get(application_id) != place:
                for grown in self._waking.get(application_id, ()):
                    self._places[application_id] = place
                    grown.set()

    async def run(self) -> None:
        """Look again and again, until it is cancelled."""
        while True:
            moving()
            await self.look()
            await asyncio.sleep(self.pace.look)
