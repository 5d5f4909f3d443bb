"""Resources of each class, a calendar, and hands that ask for grants and answer."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import steward
from chassis.testing.client import Client, deliver
from datashare_svc.domain.documents import resource_document
from datashare_svc.domain.model import Resource, ResourceField, SharingClass, SharingMode, UpdateCycle
from datashare_svc.events import CalendarPublished
from datashare_svc.store import networks, requested, resources
from datashare_svc.store.grant_requests import Record

FIELDS = ("id_number", "name", "ethnicity", "residence_address")
BODY: dict[str, Any] = {
    "resource": "population_register",
    "grantee_kind": "MATTER",
    "grantee": "newborn",
    "depth": "VALUE",
    "purposes": ["PREFILL", "VERIFICATION"],
    "lines": [{"field": name, "reason": "办理出生一件事所需"} for name in ("name", "residence_address")],
    "basis": "户口登记条例第七条",
}
ALL = {"granted": ["name", "residence_address"]}
OFFICE = {"default": [["09:00", "12:00"], ["13:00", "17:00"]], "units": {}}
SPRING_FESTIVAL = {f"2026-02-{day}": "春节" for day in range(15, 24)}
Post = Callable[..., Awaitable[Reply]]


def resource(key: str, unit: str, sharing_class: SharingClass) -> Resource:
    return Resource(
        resource=key,
        resource_code=f"{unit}/{key}",
        name=key,
        network="population",
        unit=unit,
        service=key,
        summary="测试",
        sharing_class=sharing_class,
        mode=SharingMode.API,
        update_cycle=UpdateCycle.REAL_TIME,
        basis="测试依据第一条",
        fields=tuple(ResourceField(name, name) for name in FIELDS),
    )


@pytest.fixture
async def shared(database: Database) -> dict[str, Resource]:
    """Have a resource of each class, all of the police."""
    since = datetime(2026, 3, 2, tzinfo=UTC)
    network = {"network": "population", "place": 0, "name": "公安人口", "level": "NATIONAL", "unit": "U09"}
    network |= {"owner_name": "公安部", "state": "VERIFIED", "state_since": since, "version": 1}
    found = [
        resource("population_register", "U09", SharingClass.CONDITIONAL),
        resource("region_codes", "U09", SharingClass.UNCONDITIONAL),
        resource("wanted_persons", "U09", SharingClass.WITHHELD),
    ]
    rows = [
        {
            **{name: getattr(one, name) for name in ("resource", "resource_code", "name", "network", "unit")},
            "sharing_class": one.sharing_class.value,
            "document": resource_document(one),
            "version": 1,
        }
        for one in found
    ]
    async with database.unit_of_work() as work:
        work.add(networks, {**network, "status": "proposed", "source": "拟定"})
        await work.write()
        work.add(resources, *rows)
    return {one.resource: one for one in found}


@pytest.fixture
def calendar(service: Service) -> Callable[..., Awaitable[None]]:
    """Tell a version of the calendar."""

    async def publish(version: int = 1, **changes: Any) -> None:
        told = {"region": "410100", "calendar_version": f"2026-{version}", "years": [2026], "work": {}}
        told |= {"off": SPRING_FESTIVAL, "office_hours": OFFICE, **changes}
        await deliver(service, CalendarPublished(**told), subject="410100", version=version)

    return publish


@pytest.fixture
def post(api: Client) -> Post:
    """Post with a key of its own."""
    numbers = count(1)

    async def send(path: str, body: Any, *, by: Any) -> Reply:
        return await api.post(f"/api/v1{path}", by=by, body=body, key=f"k{next(numbers)}")

    return send


@pytest.fixture
def ask(post: Post) -> Callable[..., Awaitable[str]]:
    """File a request of the health commission; return its id."""

    async def file(by: Any = None, **changes: Any) -> str:
        reply = await post("/grant-requests", {**BODY, **changes}, by=by or steward(unit="U23"))
        assert reply.status == 201, reply.json()
        return str(reply.json()["request_id"])

    return file


@pytest.fixture
def step(post: Post) -> Callable[..., Awaitable[Reply]]:
    """Take a step of a request: `checks`, `supplements`, `decisions`, `withdrawals`."""

    async def take(request_id: str, kind: str, body: Any = None, *, by: Any = None) -> Reply:
        known = {"checks": {"is_complete": True}, "decisions": ALL, "withdrawals": {"reason": "不再需要"}}
        given = body if body is not None else known[kind]
        return await post(f"/grant-requests/{request_id}/{kind}", given, by=by or steward("police-1", unit="U09"))

    return take


@pytest.fixture
def stored(database: Database) -> Callable[[str], Awaitable[Record]]:
    """Return a request's row."""

    async def find(request_id: str) -> Record:
        async with database.reading() as connection:
            query = sa.select(requested).where(requested.c.request_id == request_id)
            return dict((await connection.execute(query)).mappings().one())

    return find
