"""An application's changes as they come: a stream tells what its timeline gains.

A stream reads its own application whenever that has grown, from the place that its reader has had: nothing waits in
memory for a reader who is slow, and one who comes again misses nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from chassis.data import audit
from chassis.http.identity import Kind, Principal
from chassis.http.streams import HEARTBEAT, frame

from intake_svc import store
from intake_svc.domain.progress import NEXT, ApplicationState
from intake_svc.domain.stages import LEFT, stages
from intake_svc.errors import ApplicationNotFound
from intake_svc.handlers.collaborators import Intake
from intake_svc.schemas import ChangeView, StateView
from intake_svc.siblings import Guide
from intake_svc.store.timelines import entries_of

RETRY_MS = 3000
"""After this a reader whose stream has ended may come again."""
KEPT = tuple(name for name in StateView.model_fields if name not in {"place", "what_next"})


@dataclass(frozen=True, slots=True)
class Seen:
    """An application as it is at a moment: its state, and the entries after a place."""

    state: StateView
    changes: tuple[ChangeView, ...]
    ended: bool
    """Whether the case is closed and the applicant has no step of her own left: nothing of it is to come."""

    def frames(self) -> Iterator[bytes]:
        """Yield what is new, then the state that it led to: whoever has had that has had all before it."""
        for change in self.changes:
            yield frame("change", change.model_dump_json(), place=change.place)
        yield frame("state", self.state.model_dump_json(), place=self.state.place, retry=RETRY_MS)
        if self.ended:
            yield frame("closed", self.state.model_dump_json())


async def stream_changes(
    intake: Intake, caller: Principal, application_id: str, after: int | None
) -> AsyncGenerator[bytes, None] | None:
    """Return an application's stream: what came after a place, its state, and then each change as it comes.

    Without a place it begins with the state. None when the reader has had all, and nothing of the case is to come: a
    duplicate handed in later is told on the timeline. That staff begin to listen is recorded (个人信息保护法 art. 51).

    Raises ApplicationNotFound, Overloaded.
    """
    intake.watch.require_room()
    seen = await _see(intake, caller, application_id, after)
    if caller.kind is Kind.STAFF:
        who, what = caller.subject, application_id
        await audit.record_look(intake.database, actor=who, action="changes.streamed", subject=what)
    if seen.ended and after is not None and not seen.changes:
        return None
    return _frames(intake, caller, seen)


async def _frames(intake: Intake, caller: Principal, seen: Seen) -> AsyncGenerator[bytes, None]:
    loop, application_id = asyncio.get_running_loop(), seen.state.application_id
    ends = loop.time() + intake.watch.pace.lasts
    with intake.watch.of(application_id) as grown:
        for each in seen.frames():
            yield each
        while not seen.ended and (left := ends - loop.time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, intake.watch.pace.heartbeat)):
                    await grown.wait()
            if not grown.is_set():
                yield HEARTBEAT
                continue
            grown.clear()
            before, seen = seen, await _see(intake, caller, application_id, seen.state.place)
            for each in seen.frames() if seen.state != before.state else ():
                yield each


async def _see(intake: Intake, caller: Principal, application_id: str, after: int | None) -> Seen:
    """Return an application that the caller may see. Raises ApplicationNotFound."""
    unit = caller.unit if caller.kind is Kind.STAFF else ""
    async with intake.database.reading() as connection:
        row = await store.find_guided(connection, application_id, subject=caller.subject, unit=unit)
        if row is None:
            raise ApplicationNotFound
        entries = await entries_of(connection, application_id)
        is_closed = row.state == ApplicationState.CLOSED
        ended = is_closed and not _steps_left(await intake.guides.of(connection, row), row, entries)
    last = entries[-1].place
    kept = {name: getattr(row, name) for name in KEPT}
    state = StateView(**kept, place=last, what_next=NEXT[ApplicationState(row.state)])
    new = [entry for entry in entries if entry.place > (last if after is None else after)]
    changes = [ChangeView(**{name: getattr(entry, name) for name in ChangeView.model_fields}) for entry in new]
    return Seen(state, tuple(changes), ended)


def _steps_left(guide: Guide, row: Any, entries: Sequence[Any]) -> bool:
    """Tell whether steps of the applicant's own are to be done yet, as paying is after the case's end."""
    told = [(entry.kind, entry.task_key, entry.at) for entry in entries]
    found = stages(list(guide.steps), told, dropped=row.tasks_dropped or ())
    return any(stage.state in LEFT for stage in found)
