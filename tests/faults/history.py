"""The history checker: what was acknowledged against what every database and topic holds afterwards."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from chassis.data import audit
from chassis.data.database import Database
from chassis.data.schema import audit as audit_rows
from chassis.data.schema import audit_unchained, inbox, outbox, outgoing, parked
from chassis.events.bus import Record
from chassis.events.buses import open_bus
from esign_svc.store import documents, seal_uses
from harness import Running
from intake_svc.store import applications, timeline
from workflow_svc.store import cases, tasks
from yiwang.services import SERVICES
from yiwang.suite import described

DESCRIBED = described()
READERS = {
    event.topic: [reader.name for reader in DESCRIBED if event.topic in {read.topic for read in reader.reads}]
    for service in DESCRIBED
    for event in service.publishes
}

ENDS = {"task.decided", "task.completed"}
"""What is recorded when a task ends: a unit decided it, or the applicant did her own."""


OWN = {"intake": [applications, timeline], "workflow": [cases, tasks], "esign": [documents, seal_uses, outgoing]}
"""What is read of a service beside what every service has."""
WITHOUT_SEALS = "没有可用的"
"""Why a document waits where nobody certifies seals: beside PostgreSQL and Kafka there is no development authority."""


@dataclass(slots=True)
class History:
    """What every place holds, read after the suite came to rest."""

    rows: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    broken_chains: list[str] = field(default_factory=list)

    def of(self, service: str, table: sa.Table) -> list[Any]:
        return self.rows[service, table.name]


async def read(running: Running) -> History:
    """Wait until all events are published and handled, then read everything."""
    history = History()
    databases = {name: Database.open(running.database(name)) for name in SERVICES}
    try:
        await _at_rest(databases)
        for name, database in databases.items():
            own = OWN.get(name, [])
            async with database.reading() as connection:
                for table in (outbox, inbox, parked, audit_rows, *own):
                    history.rows[name, table.name] = list(await connection.execute(sa.select(table)))
            verdict = await audit.verify(database)
            if verdict.broken_at is not None:
                history.broken_chains.append(f"{name}: {verdict.reason}")
    finally:
        for database in databases.values():
            await database.close()
    history.records = await _records(running)
    return history


async def _at_rest(databases: Mapping[str, Database]) -> None:
    async with asyncio.timeout(60):
        while await _unfinished(databases):
            await asyncio.sleep(0.2)


async def _unfinished(databases: Mapping[str, Database]) -> int:
    left, handled = 0, defaultdict(set)
    events: dict[str, list[Any]] = {}
    for name, database in databases.items():
        async with database.reading() as connection:
            events[name] = list(await connection.execute(sa.select(outbox)))
            for row in await connection.execute(sa.select(inbox.c.event_id)):
                handled[name].add(row.event_id)
            left += len((await connection.execute(sa.select(audit_unchained.c.position))).all())
            unmade = sa.select(outgoing.c.subject).where(outgoing.c.last_error.not_like(f"%{WITHOUT_SEALS}%"))
            left += len((await connection.execute(unmade)).all())
    for rows in events.values():
        left += sum(row.published_at is None for row in rows)
        left += sum(row.event_id not in handled[reader] for row in rows for reader in READERS[row.topic])
    return left


async def _records(running: Running) -> list[Record]:
    bus = open_bus(running.bus_url)
    await bus.start()
    subscription = bus.subscription("checker", sorted(READERS))
    await subscription.start()
    found: list[Record] = []
    quiet = 0
    while quiet < 3:
        batch = await subscription.fetch(timeout=1.0)
        found += batch
        quiet = 0 if batch else quiet + 1
    await subscription.close()
    await bus.close()
    return found


def faults(history: History, submitted: Iterable[str]) -> list[str]:
    """Return every way in which the history is not what the acknowledged operations say."""
    found = list(history.broken_chains)
    for service in SERVICES:
        found += _contiguous(service, history.of(service, outbox))
        found += [f"{service}: parked {row.type} {row.reason}" for row in history.of(service, parked)]
    found += _delivered(history)
    found += _ordered(history.records)
    found += _matters(history, set(submitted))
    found += _papers(history, set(submitted))
    return found


def _contiguous(service: str, rows: list[Any]) -> list[str]:
    versions: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.position):
        versions[row.topic, row.subject].append(row.version)
    return [
        f"{service}: {subject} has versions {found}"
        for subject, found in versions.items()
        if found != list(range(1, len(found) + 1))
    ]


def _delivered(history: History) -> list[str]:
    found = []
    published = {json.loads(record.value)["id"] for record in history.records}
    for service in SERVICES:
        for row in history.of(service, outbox):
            if row.event_id not in published:
                found.append(f"{row.topic} {row.subject} v{row.version} is not on the bus")
            for reader in READERS[row.topic]:
                times = sum(one.event_id == row.event_id for one in history.of(reader, inbox))
                if times != 1:
                    found.append(f"{row.topic} {row.subject} v{row.version}: {times} effects in {reader}")
    return found


def _ordered(records: list[Record]) -> list[str]:
    """On the bus each subject's versions appear first in order; repeats are allowed, and recognised by readers."""
    first: dict[tuple[str, str], list[int]] = defaultdict(list)
    for record in sorted(records, key=lambda one: (one.topic, one.partition, one.offset)):
        version = json.loads(record.value)["aggregateversion"]
        if version not in first[record.topic, record.key]:
            first[record.topic, record.key].append(version)
    return [f"{place}: order on the bus {seen}" for place, seen in first.items() if seen != sorted(seen)]


def _matters(history: History, submitted: set[str]) -> list[str]:
    found = []
    stored = {row.application_id: row for row in history.of("intake", applications)}
    if stored.keys() != submitted:
        found.append(f"lost {sorted(submitted - stored.keys())}, unasked {sorted(stored.keys() - submitted)}")
    numbers = Counter(row.application_number for row in stored.values())
    found += [f"number {number} given {times} times" for number, times in numbers.items() if times > 1]
    files = Counter(row.application_id for row in history.of("workflow", cases))
    decided = Counter(row.subject for row in history.of("workflow", audit_rows) if row.action in ENDS)
    matter_of = {row.case_id: row.application_id for row in history.of("workflow", cases)}
    steps = Counter(matter_of[row.case_id] for row in history.of("workflow", tasks) if row.by_applicant)
    for application_id, row in stored.items():
        if files[application_id] != 1:
            found.append(f"{application_id}: {files[application_id]} cases")
        if (row.state, row.outcome, row.tasks_done) != ("closed", "granted", row.tasks_total):
            found.append(f"{application_id}: {row.state} {row.outcome} {row.tasks_done}/{row.tasks_total}")
        kinds = Counter(one.kind for one in history.of("intake", timeline) if one.application_id == application_id)
        expected = {"submitted": 1, "accepted": 1, "case_opened": 1, "closed": 1}
        expected |= {"task_opened": row.tasks_total, "task_granted": row.tasks_total}
        expected |= {"step_opened": steps[application_id], "step_completed": steps[application_id]}
        if kinds != expected:
            found.append(f"{application_id}: timeline {dict(kinds)}")
    found += [
        f"task {row.task_key} of {row.case_id}: decided {decided[row.task_id]} times"
        for row in history.of("workflow", tasks)
        if decided[row.task_id] != 1
    ]
    return found


def _papers(history: History, submitted: set[str]) -> list[str]:
    """One document for each promise, sealed once or still wanted; numbers without a gap; none told without its row."""
    rows = history.of("esign", documents)
    decided = {row.task_id for row in history.of("workflow", tasks) if not row.by_applicant}
    promised = {("receipt", one) for one in submitted} | {("acceptance", one) for one in submitted}
    promised |= {("decision", one) for one in decided}
    made = Counter((row.kind, row.subject) for row in rows if row.kind in {"receipt", "acceptance", "decision"})
    found = [f"{kind} of {subject}: {made[kind, subject]} documents" for kind, subject in promised ^ set(made)]
    uses = Counter(row.document_id for row in history.of("esign", seal_uses))
    told = Counter(row.subject for row in history.of("esign", outbox) if row.topic == "esign.document")
    left = {row.subject for row in history.of("esign", outgoing)}
    for row in rows:
        sealed = int(row.state == "sealed")
        if (uses[row.document_id], told[row.document_id], row.document_id in left) != (sealed, sealed, not sealed):
            found.append(f"document {row.document_id}: {row.state}, {uses[row.document_id]} uses, told {told}")
    numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in rows:
        if row.number:
            word, _, number = row.number.partition("〕")
            numbers[row.unit, word].append(int(number.removesuffix("号")))
    return found + [
        f"{place}: numbers {sorted(given)}"
        for place, given in numbers.items()
        if sorted(given) != list(range(1, len(given) + 1))
    ]
