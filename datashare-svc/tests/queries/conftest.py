"""A case that runs at two units, with a network that keeps every question it was asked."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.events.outbox import Event
from chassis.http.identity import HEADER, ServiceSigner
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import ManualClock, reviewer
from chassis.testing.client import Client, deliver
from datashare_svc import app, events, store
from datashare_svc.domain.documents import resource_document
from datashare_svc.domain.model import (
    Connection,
    Depth,
    Kind,
    NetworkLevel,
    Purpose,
    Resource,
    ResourceField,
    SharingClass,
    SharingMode,
    UpdateCycle,
)
from datashare_svc.domain.queries import InCase, Query
from datashare_svc.errors import NetworkOut
from datashare_svc.outside.networks import Networks, Question, Told
from datashare_svc.settings import DatashareSettings
from datashare_svc.store.grant_tables import granted, requested
from joserfc.jwk import OKPKey

MOTHER, FATHER, STRANGER = "410199199001011234", "410199198905052345", "41019919770707345X"
APPLICATION, OTHERS = "01900000-0000-7000-8000-0000000000a1", "01900000-0000-7000-8000-0000000000a2"
NUMBER, OTHERS_NUMBER = "410100U232026030220000019", "410100U232026030220000027"
ITEM, BIRTH = "birth_registration", "birth_certificate"
BASIS = "《户口登记条例》第七条"
FIELDS = (
    ResourceField("id_number", "公民身份号码", Kind.ID_NUMBER, is_key=True),
    ResourceField("name", "姓名", Kind.PERSON_NAME),
    ResourceField("birth_date", "出生日期", Kind.DATE),
    ResourceField("hukou_region", "户籍地", Kind.REGION),
    ResourceField("residence_address", "住址", Kind.TEXT),
)


def register(**changed: Any) -> Resource:
    """Return the register of people, with what is changed."""
    return Resource(
        **{
            "resource": "population_register",
            "resource_code": "307001/000001",
            "name": "人口基本信息",
            "network": "population",
            "unit": "U09",
            "service": "population_register",
            "summary": "人口基本信息",
            "sharing_class": SharingClass.CONDITIONAL,
            "mode": SharingMode.API,
            "update_cycle": UpdateCycle.REAL_TIME,
            "basis": "户口登记条例",
            "fields": FIELDS,
            **changed,
        }
    )


def person(id_number: str, name: str = "李静") -> dict[str, str]:
    """Return a person as the register has her."""
    return {
        "id_number": id_number,
        "name": name,
        "birth_date": "1990-01-01",
        "hukou_region": "410105",
        "residence_address": "郑州市金水区花园路1号",
    }


@dataclass
class RecordingNetwork:
    """A network of the tests' own: it tells of the people it has, and keeps what it was asked."""

    people: dict[str, dict[str, str]] = field(default_factory=lambda: {one: person(one) for one in (MOTHER, FATHER)})
    asked: list[Question] = field(default_factory=list)
    is_out: bool = False
    told: Told | None = None
    before: Callable[[], Awaitable[None]] | None = None

    async def ask(self, resource: Resource, question: Question, within: float) -> Told:  # noqa: ARG002  the role's
        self.asked.append(question)
        if self.before is not None:
            await self.before()
        if self.is_out:
            raise NetworkOut
        return self.told or self._answer(question)

    async def probe(self, within: float) -> None:
        raise AssertionError(f"nobody probes: {within}")

    async def close(self) -> None:
        self.asked.clear()

    def _answer(self, question: Question) -> Told:
        found = self.people.get(question.keys["id_number"])
        if found is None:
            return Told(is_known=False)
        if question.compares:
            return Told(matches={name: found[name] == value for name, value in question.compares.items()})
        return Told(rows=({name: found[name] for name in question.fields},))


@pytest.fixture
def network() -> RecordingNetwork:
    return RecordingNetwork()


@pytest.fixture
def settings(settings_for: Callable[..., DatashareSettings], service_key: OKPKey) -> DatashareSettings:
    """Datashare's settings, where intake may ask in its own name."""
    callers = {"keys": [{**service_key.as_dict(private=False), "kid": "intake"}]}
    return settings_for(DatashareSettings, caller_keys=json.dumps(callers))


@pytest.fixture
def service(settings: DatashareSettings, database: Database, bus: Bus, network: RecordingNetwork) -> Service:
    return app.build(settings, database=database, bus=bus, networks=Networks({"population": network}))


Send = Callable[..., Awaitable[Reply]]


@pytest.fixture
def as_intake(api: Client, service_key: OKPKey, clock: ManualClock) -> Send:
    """Send as intake in its own name."""
    signer = ServiceSigner("intake", service_key, clock)

    async def send(method: str, path: str, **parts: Any) -> Reply:
        return await api.send(method, path, by=None, headers={HEADER: signer.vouch("datashare")}, **parts)

    return send


def grant_rows(
    grant_id: str, *, unit: str, depth: Depth, fields: tuple[str, ...], until: datetime | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a grant of the register to an item's unit, and the request that it answers."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    purposes = [one.value for one in Purpose]
    same: dict[str, Any] = {"resource": "population_register", "provider": "U09", "unit": unit, "grantee_kind": "UNIT"}
    same |= {"grantee": unit, "depth": depth.value, "purposes": purposes, "basis": "依据", "until": until}
    unset = dict.fromkeys(("origin", "due_at", "decided_by", "decided_unit", "decided_at"))
    asked = {"lines": [], "state": "GRANTED", "version": 1, "requested_by": "x", "requested_at": now}
    given = {"fields": list(fields), "is_by_rule": False, "since": now, "ended_at": None}
    return {"request_id": grant_id, **same, **asked, **unset}, {"grant_id": grant_id, **same, **given}


@dataclass(frozen=True)
class Running:
    """What the tests of queries do again and again."""

    database: Database
    service: Service

    async def resource(self, resource: Resource, state: Connection = Connection.VERIFIED) -> None:
        """Have a resource and its network as they are to be."""
        since = datetime(2026, 3, 1, tzinfo=UTC)
        network = {"network": resource.network, "place": 1, "name": "公安人口", "level": NetworkLevel.NATIONAL.value}
        network |= {"unit": resource.unit, "owner_name": "公安部", "state": state.value, "state_since": since}
        network |= {"version": 1, "status": "proposed", "source": ""}
        row = {name: getattr(resource, name) for name in ("resource", "resource_code", "name", "network", "unit")}
        row |= {"sharing_class": resource.sharing_class.value, "document": resource_document(resource), "version": 1}
        async with self.database.unit_of_work() as work:
            work.add(store.networks, network)
            work.add(store.resources, row)

    async def grant(
        self,
        number: int,
        *,
        unit: str = "U09",
        depth: Depth = Depth.VALUE,
        fields: tuple[str, ...] = ("id_number", "name", "birth_date", "hukou_region"),
        until: datetime | None = None,
    ) -> None:
        """Grant fields of the register to a unit."""
        grant_id = f"01900000-0000-7000-8000-00000000{number:04d}"
        asked, given = grant_rows(grant_id, unit=unit, depth=depth, fields=fields, until=until)
        async with self.database.unit_of_work() as work:
            work.add(requested, asked)
            work.add(granted, given)

    async def tell(self, event: Event, subject: str, version: int) -> None:
        """Have datashare told of something."""
        await deliver(self.service, event, subject=subject, version=version)

    async def case(self, application_id: str = APPLICATION, number: str = NUMBER, applicant: str = "citizen-1") -> None:
        """Have a case run: taken in by U23, whose first task is decided, while U09 works on the registration."""
        told = {
            "application_id": application_id,
            "application_number": number,
            "matter_code": "newborn",
            "matter_version": 1,
            "applicant_id": applicant,
            "unit": "U23",
            "lead_unit": "U23",
            "tasks": ["birth_certificate", "birth_registration"],
        }
        await self.tell(events.ApplicationSubmitted(**told), application_id, 1)
        await self.tell(events.ApplicationAccepted(**told), application_id, 2)
        case_id = f"case-{application_id}"
        for version, (key, unit) in enumerate((("birth_certificate", "U23"), ("birth_registration", "U09")), start=1):
            opened = events.TaskOpened(application_id=application_id, task_key=key, unit=unit)
            await self.tell(opened, case_id, version)

    async def matter(self) -> None:
        """Have the matter told, and the units."""
        tasks = [
            {"task_key": "birth_certificate", "item": BIRTH, "unit": "U23"},
            {"task_key": "birth_registration", "item": ITEM, "unit": "U09"},
            {"task_key": "insurance", "item": "medical_insurance", "unit": "U30"},
        ]
        await self.tell(
            events.MatterPublished(matter_code="newborn", matter_version=1, name="新生儿出生", tasks=tasks),
            "newborn",
            1,
        )
        for unit, name in (("U09", "郑州市公安局"), ("U23", "郑州市卫生健康委员会"), ("U30", "郑州市医疗保障局")):
            await self.tell(events.UnitPublished(unit_code=unit, name=name), unit, 1)

    def asking(self, **changed: Any) -> dict[str, Any]:
        """Return the body of a query that may be made, with what is changed."""
        return asking(**changed)

    def query(self, **changed: Any) -> Query:
        """Return a query that may be made for a draft, with what is changed."""
        return query(**changed)

    def register(self, **changed: Any) -> Resource:
        """Return the register of people, with what is changed."""
        return register(**changed)

    def persons(self, **changed: Any) -> dict[str, Any]:
        """Return what intake registers."""
        return persons_body(**changed)

    async def accesses(self) -> list[Any]:
        """Return the rows of the log, the oldest first."""
        async with self.database.reading() as connection:
            return list(await connection.execute(store.accesses.select().order_by(store.accesses.c.query_id)))


def persons_body(application_number: str = NUMBER, **persons: str) -> dict[str, Any]:
    """Return what intake registers."""
    named = persons or {"mother_id_number": MOTHER, "father_id_number": FATHER}
    return {
        "application_number": application_number,
        "applicant_id": "citizen-1",
        "matter_code": "newborn",
        "persons": named,
    }


@pytest.fixture
def bare(database: Database, service: Service) -> Running:
    """Give a datashare that was told nothing."""
    return Running(database, service)


@pytest.fixture
async def running(bare: Running, as_intake: Send) -> Running:
    """Give a datashare in which one case runs, with its persons, a verified network and a grant."""
    await bare.matter()
    await bare.resource(register())
    await bare.grant(1)
    await bare.case()
    reply = await as_intake("PUT", f"/api/v1/applications/{APPLICATION}/persons", body=persons_body())
    assert reply.status == 204
    return bare


def asking(**changed: Any) -> dict[str, Any]:
    """Return the body of a query that may be made."""
    return {
        "resource": "population_register",
        "depth": "VALUE",
        "purpose": "REVIEW",
        "basis": BASIS,
        "application_number": NUMBER,
        "item": ITEM,
        "person": MOTHER,
        "fields": ["name", "hukou_region"],
        **changed,
    }


def query(**changed: Any) -> Query:
    """Return a query that the service intake may make for a draft."""
    return Query(
        **{
            "resource": "population_register",
            "depth": Depth.VALUE,
            "purpose": Purpose.PREFILL,
            "basis": BASIS,
            "case": InCase(applicant_id="citizen-1", matter_code="newborn", draft_id=OTHERS),
            "item": ITEM,
            "unit": "U09",
            "officer": "citizen-1",
            "person": MOTHER,
            "keys": {"id_number": MOTHER},
            "fields": ("name",),
            **changed,
        }
    )


@pytest.fixture
def ask_as(api: Client) -> Callable[..., Awaitable[Reply]]:
    """Ask as the reviewer of U09, or as whoever is named, each time under a new key."""
    keys = iter(range(1_000_000))

    async def post(body: dict[str, Any], **parts: Any) -> Reply:
        return await api.post("/api/v1/data-queries", body=body, **{"by": reviewer(), "key": f"k{next(keys)}", **parts})

    return post
