"""What each use case of a newborn's matter asks of the databases, exactly, on both: none grows by a statement unseen.

`statements.csv` says it: how often a use case came, each with its statements and commits, `7×9/1` being seven times
nine statements and one commit. Nothing runs beside: each request, event, paper, batch of the relay and of the audit
chain is driven by itself, and no time passes, so that nothing is looked up again because the machine was slow. What
became cheaper is written down too.
"""

import csv
import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

import authority
import pytest
import sqlalchemy as sa
from chassis.data import audit, leases
from chassis.data.schema import outbox
from chassis.events.bus import Record
from chassis.events.envelope import Envelope
from chassis.events.outbox import RELAY
from chassis.http.asgi import App, Message, Receive, Scope, Send
from chassis.service import Service
from chassis.testing.builders import ManualClock
from chassis.testing.plugin import OpenDatabase
from counting import Count, counting
from esign_svc.domain.documents import DocumentState
from esign_svc.handlers import Esign
from esign_svc.handlers.make import make
from esign_svc.outside.authorities import Authorities
from esign_svc.store import documents
from yiwang import journey, papers, suite
from yiwang.bench import cast_of
from yiwang.journey import Actor, Cast
from yiwang.keyfile import keys
from yiwang.services import SERVICES
from yiwang.suite import Suite

pytestmark = pytest.mark.timeout(300)  # every paper of a matter is set and sealed

WRITTEN = Path(__file__).with_name("statements.csv")
RENEW = "RENEW_STATEMENTS"
USE_CASE = "use_case"
ID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|(?<=/versions/)\d+|(?<=/items/)\w+|(?<=/licences/)[0-9][0-9A-Z.]+"
)


@dataclass(slots=True)
class Costs:
    """What was counted, by use case."""

    found: dict[str, Counter[tuple[int, int]]] = field(default_factory=dict)

    def add(self, use_case: str, counts: Mapping[str, Count]) -> None:
        """Note one more time of a use case."""
        cost = sum(one.statements for one in counts.values()), sum(one.commits for one in counts.values())
        self.found.setdefault(use_case, Counter())[cost] += 1

    def told(self) -> dict[str, str]:
        """Return how often each use case came at what cost, the first seen first."""
        return {
            use_case: " ".join(f"{times}×{statements}/{commits}" for (statements, commits), times in costs.items())
            for use_case, costs in self.found.items()
        }


def counted(app: App, costs: Costs) -> App:
    """Count each request under its operation; a replay and what is no success are named."""

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        name = f"{scope['method']} {ID.sub('{id}', scope['path'].removeprefix('/api/v1'))}"

        async def answered(message: Message) -> None:
            nonlocal name
            if message["type"] == "http.response.start":
                name += f" → {message['status']}" if message["status"] >= 300 else ""
                name += " replayed" if b"idempotency-replayed" in dict(message["headers"]) else ""
            await send(message)

        with counting() as counts:
            await app(scope, receive, answered)
        costs.add(name, counts)

    return asked


@dataclass(slots=True)
class Stage:
    """The suite without what runs beside it: whoever drives it lets the events flow."""

    suite: Suite
    costs: Costs
    esign: Esign
    tokens: dict[str, int] = field(default_factory=dict)
    offset: int = 0

    async def flow(self) -> None:
        """Publish and hand on every event, one at a time, until all is told; then chain what was audited."""
        while any([await self._told(service) for service in self.suite.services]) or await self._made():
            pass
        for service in self.suite.services:
            with counting() as counts:
                chained = await audit.chain(service.database)
            if chained:
                self.costs.add("audit: a batch is chained", counts)

    async def _told(self, teller: Service) -> bool:
        query = sa.select(outbox.c.topic, outbox.c.subject, outbox.c.envelope)
        async with teller.database.reading() as connection:
            rows = list(
                await connection.execute(query.where(outbox.c.published_at.is_(None)).order_by(outbox.c.position))
            )
        if not rows:
            return False
        with counting() as counts:
            published = await teller.relay.publish_batch(self.tokens[teller.name])
        self.costs.add("relay: a batch is published", counts)
        for row in rows[:published]:
            await self._handed(row)
        return True

    async def _made(self) -> bool:
        """Make each paper that is wanted, by itself; tell whether there was one."""
        query = sa.select(documents.c.document_id, documents.c.kind).where(
            documents.c.state == DocumentState.WANTED.value
        )
        async with self.esign.database.reading() as connection:
            rows = list(await connection.execute(query))
        for row in rows:
            with counting() as counts:
                await make(self.esign, row.document_id)
            self.costs.add(f"esign: a paper is made, {row.kind}", counts)
        return bool(rows)

    async def _handed(self, row: Any) -> None:
        self.offset += 1
        for service in self.suite.services:
            if service.consumer is None or row.topic not in service.consumer.joins:
                continue
            record = Record(row.topic, row.subject, row.envelope.encode(), 0, self.offset)
            with counting() as counts:
                await service.consumer.handle(record)
            self.costs.add(f"{service.name} ← {Envelope.model_validate_json(row.envelope).type}", counts)


async def set_up(open_database: OpenDatabase, folder: Path, costs: Costs) -> Stage:
    urls = {name: (await open_database(one.package)).url for name, one in SERVICES.items()}
    clock = ManualClock(datetime.now(UTC))  # the story's child was born these days
    bus_url = f"embedded://{folder / 'bus.db'}"
    own, files = keys(folder / "keys"), folder / "files"
    made = suite.in_one_process(urls, bus_url, own, files=files, public_url="http://127.0.0.1:1", clock=clock)
    stage = Stage(replace(made, gateway=counted(made.gateway, costs)), costs, certified(made.service("esign")))
    await made.bus.start()
    for service in made.services:
        await made.bus.ensure_topics(service.topics, service.keeps)
        token = await leases.acquire(service.database, RELAY, "stage", seconds=3600)
        assert token is not None
        stage.tokens[service.name] = token
    return stage


def certified(service: Service) -> Esign:
    """Let an authority of these tests certify and stamp, on both databases; return what esign's use cases work with."""
    asked = authority.authority()
    esign: Esign = service.api.state.collaborators
    trusted = Authorities(asked.stamp, (asked.root,))
    service.api.state.collaborators = replace(esign, certifier=asked, authorities=trusted, trusted=(asked.root,))
    return cast("Esign", service.api.state.collaborators)


async def loaded(stage: Stage) -> None:
    """Load the city: the catalogue, and esign's seals and types of licences."""
    city, esign = await suite.read_city(suite.CITY), stage.suite.service("esign")
    with counting() as counts:
        await suite.load(stage.suite.service("catalog").database, city)
    stage.costs.add("the city is loaded", counts)
    with counting() as counts:
        await suite.load_licences(esign.database, city)
        await suite.load_registry(esign.database, city)
    stage.costs.add("the city's seals and licences are loaded", counts)
    await suite.finish_registry(esign, city)
    await stage.flow()


async def read(person: Actor, *paths: str) -> None:
    """Read each path twice: what is kept from the first time shows in the second."""
    for path in (*paths, *paths):
        await person.get(path)


async def whole(stage: Stage, cast: Cast) -> None:
    """Drive a matter from the search to its end, as all who take part in it ask and act."""
    citizen, clerk = cast.citizen, cast.clerk
    await journey.find(citizen)
    version = (await journey.ask_guide(citizen))["matter_version"]
    await read(citizen, "/matters", "/matters/newborn", f"/matters/newborn/versions/{version}")
    await read(citizen, "/stages", "/units", "/units/U23")
    items = await citizen.get("/items", q="出生")
    await read(citizen, "/items", f"/items/{items['items'][0]['task_code']}")
    spare = await journey.draft(citizen, key="spare")
    await citizen.post("/drafts", {"matter_code": journey.MATTER, "answers": journey.ANSWERS}, key="spare")
    saved = await journey.draft(citizen)
    await read(citizen, "/drafts", f"/drafts/{saved['draft_id']}", f"/drafts/{spare['draft_id']}")
    application = await journey.submit(citizen, saved, key="submitted")
    assert await journey.submit(citizen, saved, key="submitted") == application
    await stage.flow()
    path = f"/applications/{application['application_id']}"
    await clerk.ask("/applications/searches", {"name": saved["form"]["mother_name"]})
    await clerk.ask(f"{path}/disclosures", {"fields": ["mother_id_number"], "purpose": "check"})
    await journey.accept(clerk, application["application_id"])
    await stage.flow()
    await decide(stage, cast, application)
    await journey.complete_steps(citizen, application["application_id"], receipt="341000000000000001")
    await stage.flow()
    await show(stage, cast, path)
    for person in (citizen, clerk):
        await read(person, "/applications", path, f"{path}/timeline", "/applications/counts", "/cases")
    assert (await citizen.get(f"{path}/timeline"))["outcome"] == "granted"


async def show(stage: Stage, cast: Cast, path: str) -> None:
    """Read the papers and the wallet, have a use copy made, and everything verified, as all who may do."""
    citizen, reviewer, anyone = cast.citizen, cast.reviewers["U23"], papers.anyone(stage.suite.gateway)
    for person in (citizen, reviewer):
        await read(person, f"{path}/documents")
    found = (await citizen.get(f"{path}/documents"))["items"]
    pdf = await papers.fetch(citizen, found[0])
    await papers.fetch(reviewer, found[0])
    await reviewer.get("/documents", state="sealed")
    await read(citizen, "/me/licences")
    (licence, *_) = await papers.licences_of(citizen, found)
    own = f"/me/licences/{licence['licence_id']}"
    copy = await citizen.post(f"{own}/copies", {"purpose": "用于办理入园登记", "until": licence["valid_from"]})
    await stage.flow()
    await read(citizen, f"{own}/copies", f"{own}/copies/{copy['copy_id']}")
    issuer = cast.reviewers[licence["unit"]]
    await read(issuer, "/licences", f"/licences/{licence['licence_id']}")
    await papers.checked(stage.suite.gateway, licence["check_url"])
    assert (await anyone.send_file("/verifications", pdf, papers.PDF))["verdict"] == "valid"


async def decide(stage: Stage, cast: Cast, application: Mapping[str, str]) -> None:
    """Let the units decide, one task after another, each as soon as it is open."""
    for _ in range(7):
        reviewer, task = await open_task(cast, application)
        path = f"/tasks/{task['task_id']}"
        await read(reviewer, "/tasks/counts", path, f"{path}/dossier", "/cases", f"/cases/{task['case_id']}")
        fields = [one["element"] for one in (await reviewer.get(f"{path}/dossier"))["elements"]][:1]
        await reviewer.ask(f"{path}/disclosures", {"fields": fields, "purpose": "check"})
        await reviewer.post(f"{path}/decisions", journey.GRANT, key=f"decide-{task['task_id']}")
        await reviewer.post(f"{path}/decisions", journey.GRANT, key=f"decide-{task['task_id']}")
        await stage.flow()
        await cast.citizen.get(f"/applications/{application['application_id']}/timeline")


async def open_task(cast: Cast, application: Mapping[str, str]) -> tuple[Actor, dict[str, Any]]:
    """Return an open task and its reviewer: units and tasks in their order, so that each run takes the same way."""
    for reviewer in cast.reviewers.values():
        found = await reviewer.get("/tasks", application_number=application["application_number"])
        if found["items"]:
            return reviewer, min(found["items"], key=itemgetter("task_key"))
    raise AssertionError("no task is open")


async def test_each_use_case_of_a_matter_costs_the_statements_and_commits_that_are_written_down(
    backend: str, open_database: OpenDatabase, tmp_path: Path
) -> None:
    costs = Costs()
    stage = await set_up(open_database, tmp_path, costs)
    try:
        await loaded(stage)
        await whole(stage, cast_of(stage.suite, 1))
    finally:
        await stage.esign.judges.close()
        await stage.suite.bus.close()
        for service in stage.suite.services:
            await service.database.close()
    found = costs.told()
    if os.environ.get(RENEW):
        renew(backend, found)
    written = {use_case: row[backend] for use_case, row in rows().items() if row[backend]}
    differs = [
        f"{use_case}: {written.get(use_case, 'nothing')} is written, {found.get(use_case, 'nothing')} was counted"
        for use_case in {**written, **found}
        if written.get(use_case) != found.get(use_case)
    ]
    assert not differs, f"{RENEW}=1 pytest tests/costs (and once with -m connected) writes it down:\n" + "\n".join(
        differs
    )


def rows() -> dict[str, dict[str, str]]:
    with WRITTEN.open(encoding="utf-8", newline="") as file:
        return {row[USE_CASE]: row for row in csv.DictReader(file)}


def renew(backend: str, found: Mapping[str, str]) -> None:
    """Write one backend's numbers down and leave the other's."""
    old = rows() if WRITTEN.exists() else {}
    backends = ("sqlite", "postgresql")
    merged = {
        use_case: {**dict.fromkeys(backends, ""), **old.get(use_case, {}), backend: found.get(use_case, "")}
        for use_case in {**old, **found}
    }
    with WRITTEN.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, (USE_CASE, *backends), lineterminator="\n")
        writer.writeheader()
        for use_case, row in sorted(merged.items()):
            if any(row[one] for one in backends):
                writer.writerow({**row, USE_CASE: use_case})
