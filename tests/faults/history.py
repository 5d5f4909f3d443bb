"""The history checker: what was acknowledged against what every database and topic holds afterwards."""

import asyncio
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import sqlalchemy as sa
from chassis.base.problems import Problem
from chassis.data import audit
from chassis.data.database import Database
from chassis.data.schema import audit as audit_rows
from chassis.data.schema import audit_unchained, inbox, outbox, outgoing, parked
from chassis.events.bus import Record
from chassis.events.buses import open_bus
from esign_svc.store import document_exports, documents, seal_uses
from esign_svc.store.exports import files_known
from esign_svc.store.licence_tables import licence_items, licences
from evaluation_svc.store import journal, tallies
from harness import Running
from intake_svc.store import applications, timeline
from intake_svc.store import documents as attached
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


OWN = {
    "intake": [applications, timeline, attached],
    "workflow": [cases, tasks],
    "esign": [documents, document_exports, licences, licence_items, seal_uses],
    "evaluation": [journal, tallies],
}
"""What is read of a service beside what every service has."""
OF_CASES = frozenset({"intake.application", "workflow.case", "esign.licence"})
"""The topics of which evaluation writes every event into its journal."""
REST_SECONDS = 120.0
"""Within this time something more is published, handled or made, however busy the machine."""


@dataclass(slots=True)
class History:
    """What every place holds, read after the suite came to rest."""

    rows: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    broken_chains: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    """The digest of each file that a paper names, or why it cannot be read."""
    orphans: int = 0
    """Files that no paper named, which a sweep took away; none was left after it."""

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
        await _files(running, databases["esign"], history)
    finally:
        for database in databases.values():
            await database.close()
    history.records = await _records(running)
    return history


async def _at_rest(databases: Mapping[str, Database]) -> None:
    """Wait until all is published, handled, chained and made. Raises TimeoutError once nothing moves."""
    fewest, moved = 0, monotonic()
    while left := await _unfinished(databases):
        if not fewest or left < fewest:
            fewest, moved = left, monotonic()
        if monotonic() - moved > REST_SECONDS:
            raise TimeoutError(f"{left} events, audit rows or papers are left")
        await asyncio.sleep(0.5)


async def _unfinished(databases: Mapping[str, Database]) -> int:
    left, handled = 0, defaultdict(set)
    events: dict[str, list[Any]] = {}
    for name, database in databases.items():
        async with database.reading() as connection:
            events[name] = list(await connection.execute(sa.select(outbox)))
            for row in await connection.execute(sa.select(inbox.c.event_id)):
                handled[name].add(row.event_id)
            left += len((await connection.execute(sa.select(audit_unchained.c.position))).all())
            left += len((await connection.execute(sa.select(outgoing.c.subject))).all())
            if name == "evaluation":
                left += len((await connection.execute(sa.select(journal.c.entry_id).where(~journal.c.counted))).all())
    for rows in events.values():
        left += sum(row.published_at is None for row in rows)
        left += sum(row.event_id not in handled[reader] for row in rows for reader in READERS[row.topic])
    return left


async def _files(running: Running, database: Database, history: History) -> None:
    """Read every paper's file, and sweep those of none."""
    storage = running.storage("esign")
    for row in [*history.of("esign", documents), *history.of("esign", document_exports)]:
        digest = hashlib.sha256()
        try:
            async for chunk in storage.read(row.file_name or ""):
                digest.update(chunk)
            history.files[row.file_name] = digest.hexdigest()
        except Problem as problem:
            history.files[row.file_name] = type(problem).__name__

    async def known(names: Sequence[str]) -> Collection[str]:
        async with database.asking() as connection:
            return await files_known(connection, names)

    all_of_them = datetime.now(UTC) + timedelta(minutes=1)
    history.orphans = await storage.sweep(known, before=all_of_them)
    assert not await storage.sweep(known, before=all_of_them)


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
    found += _licences(history)
    found += _counted(history, set(submitted))
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
    """One paper for each promise, sealed, told and attached once, its file as it was sealed; numbers without a gap."""
    rows = history.of("esign", documents)
    promised = Counter({("receipt", one): 1 for one in submitted} | {("acceptance", one): 1 for one in submitted})
    promised.update(("decision", row.task_id) for row in history.of("workflow", tasks) if not row.by_applicant)
    promised.update(("licence", row.licence_id) for row in history.of("esign", licences))
    made = Counter((row.kind, row.subject) for row in rows)
    differ = (promised - made) + (made - promised)
    found = [f"{kind} of {subject}: {made[kind, subject]} papers" for kind, subject in differ]
    uses = Counter(row.document_id for row in history.of("esign", seal_uses) if row.format == "pdf")
    told = Counter(row.subject for row in history.of("esign", outbox) if row.topic == "esign.document")
    known = Counter(row.document_id for row in history.of("intake", attached))
    for row in rows:
        counted = {"uses of a seal": uses, "events": told, "attached": known}
        wrong = {name: counts[row.document_id] for name, counts in counted.items() if counts[row.document_id] != 1}
        if wrong or row.state != "sealed" or history.files[row.file_name] != row.sha256:
            found.append(f"{row.kind} {row.document_id}: {row.state}, {wrong}, file {history.files[row.file_name]}")
    if unknown := (uses.keys() | told.keys() | known.keys()) - {row.document_id for row in rows}:
        found.append(f"sealed, told or attached without a row: {sorted(unknown)}")
    found += _exports(history)
    letters = [(row.unit, *row.number.removesuffix("号").split("〕")) for row in rows if row.number]
    return found + _gaps([((unit, word), int(number)) for unit, word, number in letters])


def _exports(history: History) -> list[str]:
    """An OFD for each use of a seal that says so, as it was sealed."""
    as_ofd = sorted((row.document_id, row.sha256) for row in history.of("esign", seal_uses) if row.format == "ofd")
    rows = history.of("esign", document_exports)
    kept = sorted((row.document_id, history.files[row.file_name]) for row in rows)
    return [] if as_ofd == kept else [f"seals were used for the OFD files {as_ofd}, and kept are {kept}"]


def _licences(history: History) -> list[str]:
    """One licence for each grant of an item that ends in one, valid and told once; numbers without a gap."""
    rows = history.of("esign", licences)
    items = {row.item for row in history.of("esign", licence_items)}
    granted = Counter(row.task_id for row in history.of("workflow", tasks) if row.item in items)
    issued = Counter(row.task_id for row in rows)
    found = [f"task {task}: {issued[task]} licences" for task in (granted - issued) + (issued - granted)]
    told = Counter(row.subject for row in history.of("esign", outbox) if row.topic == "esign.licence")
    found += [
        f"licence {row.licence_id}: {row.state}, told {told[row.licence_id]} times"
        for row in rows
        if (row.state, told[row.licence_id], bool(row.issued_at)) != ("valid", 1, True)
    ]
    if len({row.identifier for row in rows}) != len(rows):
        found.append("identifiers of licences are not unique")
    return found + _gaps([((row.type, row.valid_from.year), int(row.identifier.split(".")[7][4:])) for row in rows])


def _counted(history: History, submitted: set[str]) -> list[str]:
    """Each event of a case is in the journal once, and each matter in the figures once.

    One applicant has them all, so that the rule against splitting leaves out all but the first.
    """
    told = {json.loads(record.value)["id"] for record in history.records if record.topic in OF_CASES}
    kept = Counter(row.entry_id for row in history.of("evaluation", journal))
    found = [f"event {event_id}: {kept[event_id]} times in the journal" for event_id in told if kept[event_id] != 1]
    amounts: Counter[str] = Counter()
    for row in history.of("evaluation", tallies):
        if row.dimension == "city":
            amounts[row.measure] += row.amount
    if amounts["cases"] + amounts["cases_excluded"] != len(submitted):
        found.append(f"{amounts['cases']} cases and {amounts['cases_excluded']} excluded of {len(submitted)}")
    ends = {measure: amounts[measure] for measure in ("cases_accepted", "cases_closed", "cases_granted")}
    if set(ends.values()) != {amounts["cases"]}:
        found.append(f"{amounts['cases']} cases, and of these {ends}")
    return found


def _gaps(numbers: Iterable[tuple[tuple[Any, ...], int]]) -> list[str]:
    """Return the counters whose numbers do not begin with 1 and follow each other."""
    given: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for counter, number in numbers:
        given[counter].append(number)
    return [
        f"{counter}: numbers {sorted(found)}"
        for counter, found in given.items()
        if sorted(found) != list(range(1, len(found) + 1))
    ]
