"""The approval case through workflow's handlers: `python tests/load/approval.py [--cases N] [--beside CHECKOUT]`.

An accepted application arrives on the bus, the consumer opens its case with three tasks that run in parallel, each
with its clocks; units decide the three, which opens the fourth that joins them; its decision closes the case. The
definition, the calendar of the city pack and the units are learned by event. What is counted is the CPU of this
process and, on PostgreSQL (TEST_DATABASE_URL), of the server's processes that serve its database; what the relay and
the audit chain do afterwards is told apart, and statements are counted in a run of their own. With `--beside` the same
script runs in turns in another checkout.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import measuring
import sqlalchemy as sa
import uvloop
from chassis.data import audit, leases, migrate
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.events.bus import NOTHING, Keeps, Message, Record, Subscription
from chassis.events.envelope import Envelope
from chassis.events.outbox import RELAY, Event
from chassis.http.identity import new_key
from chassis.service import Service
from chassis.settings import new_secret
from chassis.testing.builders import MONDAY_MORNING, ManualClock, reviewer
from chassis.testing.plugin import DATABASE, required
from counting import Count, counting
from workflow_svc import app
from workflow_svc.events import (
    ApplicationAccepted,
    CalendarPublished,
    LimitRead,
    MatterPublished,
    Result,
    TaskRead,
    UnitPublished,
)
from workflow_svc.handlers import decide_task
from workflow_svc.schemas import DecisionBody
from workflow_svc.settings import WorkflowSettings
from yiwang.calendar import read_calendar
from yiwang.suite import CITY, public_half

BACKENDS = ("postgresql", "sqlite")
SERVICE, POSTGRESQL, WRITERS = "service, ms", "PostgreSQL, ms", "its writers, ms"
REVIEWS, JOIN = {"hukou": "U09", "insurance": "U30", "card": "U36"}, ("decision", "U23")
DECIDED = (*REVIEWS.items(), JOIN)
GRANT = DecisionBody(outcome="grant")


@dataclass(slots=True)
class Fed:
    """A bus whose events are handed in, and a member of it that hands them on as they come, in one fetch."""

    topics: Sequence[str] = ()
    waiting: list[Record] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def hand(self, *events: tuple[Event, str, int]) -> None:
        """Hand events with their subjects and versions in; return when all had their effect."""
        self.done.clear()
        self.waiting += [_record(*one) for one in events]
        self.told.set()
        await self.done.wait()

    def subscription(self, group: str, topics: Sequence[str]) -> Subscription:  # noqa: ARG002  whoever asks
        return self

    async def start(self) -> None: ...

    async def ensure_topics(self, topics: Sequence[str], keeps: Mapping[str, Keeps] = NOTHING) -> None: ...

    async def trim(self, keeps: Mapping[str, Keeps]) -> int:  # noqa: ARG002  as above
        return 0

    async def publish(self, messages: Sequence[Message]) -> None: ...

    async def ready(self) -> None: ...

    async def fetch(self, timeout: float, limit: int = 200) -> list[Record]:  # noqa: ASYNC109, ARG002  the bus' own wait
        await self.told.wait()
        fetched, self.waiting = self.waiting[:limit], self.waiting[limit:]
        if not self.waiting:
            self.told.clear()
        return fetched

    async def commit(self, records: Sequence[Record]) -> None:  # noqa: ARG002  as above
        if not self.waiting:
            self.done.set()

    async def lag(self) -> int:
        return len(self.waiting)

    def stalled(self, seconds: float) -> bool:  # noqa: ARG002  as above
        return False

    async def close(self) -> None: ...


def _record(event: Event, subject: str, version: int) -> Record:
    envelope = Envelope(
        id=str(uuid4()),
        source=f"/{event.topic.split('.', maxsplit=1)[0]}",
        type=event.type,
        subject=subject,
        aggregateversion=version,
        time=MONDAY_MORNING,
        dataschema=event.dataschema(),
        traceparent="",
        data=event.model_dump(mode="json"),
    )
    return Record(event.topic, subject, envelope.model_dump_json().encode(), 0, version)


def _task(key: str, unit: str, *after: str) -> TaskRead:
    return TaskRead(
        task_key=key,
        name=f"环节 {key}",
        item=f"11410100MB{key}",
        unit=unit,
        unit_name=f"单位 {unit}",
        after=list(after),
        promise=LimitRead(amount=3, unit="WORKDAY"),
        statutory=LimitRead(amount=20, unit="WORKDAY"),
        on_refusal="SOFT",
        result=Result(name=f"结果 {key}", type="证照"),
    )


def city() -> Iterator[tuple[Event, str, int]]:
    """Yield what the catalogue told: the units, the city's calendar, the matter with its four tasks."""
    for key, unit in DECIDED:
        yield UnitPublished(unit_code=unit, name=f"单位 {key}"), unit, 1
    calendar = CalendarPublished(**read_calendar(CITY).model_dump(mode="json"))
    yield calendar, calendar.region, 1
    tasks = [_task(key, unit) for key, unit in REVIEWS.items()]
    matter = MatterPublished(
        matter_code="approval",
        matter_version=1,
        name="联办审批",
        lead_unit=JOIN[1],
        lead_unit_name="单位 decision",
        tasks=[*tasks, _task(*JOIN, *REVIEWS)],
        region=calendar.region,
    )
    yield matter, "approval", 1


def accepted(count: int) -> Iterator[tuple[Event, str, int]]:
    """Yield accepted applications, each of a person of its own."""
    for number in range(count):
        application = ApplicationAccepted(
            application_id=str(uuid4()),
            application_number=f"410100U2320260302{number:06d}",
            matter_code="approval",
            matter_version=1,
            applicant_id=f"citizen-{number}",
            accepted_at=MONDAY_MORNING,
            tasks=[key for key, _ in DECIDED],
            region="410100",
        )
        yield application, application.application_id, 1


@dataclass(frozen=True, slots=True)
class Place:
    """Workflow on one backend, its consumer running."""

    service: Service
    bus: Fed
    server: str = ""


@dataclass(slots=True)
class Spent:
    """CPU milliseconds a case, by what spent them; PostgreSQL's writers serve all databases, others' too."""

    place: Place
    cases: int
    figures: dict[str, float] = field(default_factory=dict)

    async def on(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Do the work and add what it cost."""
        before = await self._look()
        await work
        after = await self._look()
        for part, looked in after.items():
            spent = measuring.since(before[part], looked) / self.cases * 1e3
            self.figures[name + part] = self.figures.get(name + part, 0.0) + spent

    async def _look(self) -> dict[str, dict[int, float]]:
        looked = {SERVICE: {0: process_time()}}
        if self.place.server:
            name = self.place.service.database.url.rpartition("/")[2]
            looked[POSTGRESQL], looked[WRITERS] = await measuring.postgresql(self.place.server, [name])
        return looked


@asynccontextmanager
async def at(backend: str) -> AsyncIterator[Place]:
    """Run workflow's consumer on a new database that has learned the city."""
    server = required(DATABASE) if backend == "postgresql" else ""
    with tempfile.TemporaryDirectory() as folder:
        if not server:
            async with _place(f"sqlite+aiosqlite:///{folder}/workflow.db", "") as place:
                yield place
            return
        async with measuring.database(server, f"approval_{uuid4().hex[:8]}") as url, _place(url, server) as place:
            yield place


@asynccontextmanager
async def _place(url: str, server: str) -> AsyncIterator[Place]:
    data_key, bus = f"k1.{new_secret()}", Fed()
    database = Database.open(url, clock=ManualClock(), cipher=FieldCipher.of(data_key))
    settings: dict[str, Any] = {"data_key": data_key, "lookup_key": new_secret()}
    settings |= {"principal_public_key": public_half(json.dumps(new_key().as_dict(private=True)))}
    service = app.build(
        WorkflowSettings(database_url=url, bus_url="embedded:///unused", **settings), database=database, bus=bus
    )
    await migrate.upgrade(url, "workflow_svc")
    assert service.consumer is not None
    consuming = asyncio.create_task(service.consumer.run())
    try:
        await bus.hand(*city())
        yield Place(service, bus, server)
    finally:
        consuming.cancel()
        await asyncio.wait([consuming])
        await database.close()


async def accept(place: Place, count: int, at_once: int) -> None:
    """Let applications arrive, so many in one fetch."""
    events = list(accepted(count))
    for start in range(0, count, at_once):
        await place.bus.hand(*events[start : start + at_once])


async def decide(place: Place, cases: Sequence[Mapping[str, str]], at_once: int) -> None:
    """Decide all tasks of each case, one case's one after the other, so many cases at once."""
    database, workflow = place.service.database, place.service.api.state.collaborators
    left = iter(cases)

    async def hand() -> None:
        for tasks in left:
            for key, unit in DECIDED:
                async with database.unit_of_work() as work:
                    await decide_task(workflow, work, reviewer(unit=unit), tasks[key], GRANT)

    await asyncio.gather(*(hand() for _ in range(at_once)))


async def opened(database: Database) -> list[dict[str, str]]:
    """Return the task ids by key of each case that is open."""
    query = sa.text(
        "SELECT task.case_id, task.task_key, task.task_id FROM task JOIN case_file ON case_file.case_id = task.case_id"
        " WHERE case_file.state = 'open'"
    )
    found: dict[str, dict[str, str]] = {}
    async with database.reading() as connection:
        for row in await connection.execute(query):
            found.setdefault(row.case_id, {})[row.task_key] = row.task_id
    return list(found.values())


async def left_over(database: Database) -> None:
    """See that every case was closed by its decisions and that all was told."""
    async with database.reading() as connection:
        states = Counter((await connection.execute(sa.text("SELECT outcome FROM case_file"))).scalars())
        events = (await connection.execute(sa.text("SELECT count(*) FROM outbox"))).scalar_one()
    assert set(states) == {"granted"}, states
    assert events == 10 * states.total(), (events, states)


async def tell(place: Place) -> None:
    """Let the relay and the audit chain do what is theirs."""
    database, relay = place.service.database, place.service.relay
    token = await leases.acquire(database, RELAY, relay.holder, seconds=600)
    assert token is not None
    while await relay.publish_batch(token):
        pass
    while await audit.chain(database):
        pass


async def once(backend: str, count: int, at_once: int) -> dict[str, float]:
    """Return the figures of one run on a backend."""
    async with at(backend) as place:
        database = place.service.database
        await accept(place, at_once, at_once)
        await decide(place, await opened(database), at_once)
        spent = Spent(place, count)
        await spent.on("", accept(place, count, at_once))
        cases = await opened(database)
        await spent.on("", decide(place, cases, at_once))
        await spent.on("relay and chain: ", tell(place))
        await left_over(database)
        asked = [await statements(place) for _ in range(5)]
    whole = sum(spent.figures[name] for name in spent.figures if name in {SERVICE, POSTGRESQL})
    figures = {"cases a CPU second": 1e3 / whole, **spent.figures}
    return figures | {name: median(getattr(one, name) for one in asked) for name in ("statements", "commits")}


async def statements(place: Place) -> Count:
    """Return what one case asks of the database; the consumer's look at what is parked may come in between."""
    with counting() as accepting:
        await accept(place, 1, 1)
    waiting = await opened(place.service.database)
    with counting() as deciding:
        await decide(place, waiting, 1)
    counts = [*accepting.values(), *deciding.values()]
    return Count(sum(one.statements for one in counts), sum(one.commits for one in counts))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=300)
    asked.add_argument("--at-once", type=int, default=8)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--beside", default="", help="another checkout with its .venv")
    asked.add_argument("--backend", choices=BACKENDS, action="append")
    asked.add_argument("--once", choices=BACKENDS, help=argparse.SUPPRESS)
    words = asked.parse_args()
    if words.once:
        measuring.tell_once(uvloop.run(once(words.once, words.cases, words.at_once)))
        return
    given = ["--cases", str(words.cases), "--at-once", str(words.at_once)]
    backends = words.backend or BACKENDS
    measuring.rounds(str(Path(__file__).resolve()), backends, given, beside=words.beside, times=words.rounds)


if __name__ == "__main__":
    main()
