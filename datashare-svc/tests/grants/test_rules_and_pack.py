"""Grants that nobody asks for in person: by rule, once however often; and those of the city pack."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.testing.builders import ManualClock, manager, steward
from chassis.testing.client import appended
from datashare_svc.domain.grants import Granted
from datashare_svc.domain.model import Depth, Purpose, Resource, SharingClass
from datashare_svc.domain.pack import GrantWanted, SharingPlan
from datashare_svc.handlers import finish_grants, grant_by_rule, load_grants
from datashare_svc.store import resources
from datashare_svc.store.grants import find_grant

Post = Callable[..., Awaitable[Reply]]
WANTED = GrantWanted(
    grant="newborn_hukou",
    resource="population_register",
    matter_code="newborn",
    unit="U23",
    fields=("name", "residence_address"),
    depth=Depth.VALUE,
    purposes=(Purpose.PREFILL,),
    reason="新生儿落户",
    basis="户口登记条例第七条",
)
HANDS = {"U09": "dev-data-steward-u09"}


async def by_rule(database: Database, resource: Resource, unit: str) -> Granted | None:
    async with database.unit_of_work() as work:
        return await grant_by_rule(work, resource, unit)


async def find(database: Database, clock: ManualClock, **changes: Any) -> Granted | None:
    wanted: dict[str, Any] = {"resource": "population_register", "matter_code": "newborn", "item": "", "unit": "U23"}
    wanted |= {"purpose": Purpose.PREFILL, "now": clock.now()}
    async with database.asking() as connection:
        return await find_grant(connection, **{**wanted, **changes})


async def test_a_rule_grants_once_however_many_ask_at_once(
    shared: dict[str, Resource], database: Database, clock: ManualClock
) -> None:
    found = await asyncio.gather(*(by_rule(database, shared["region_codes"], "U23") for _ in range(10)))
    assert len({one.grant_id for one in found if one}) == 1
    assert None not in found
    events = await appended(database)
    assert [one["type"].rpartition(".")[2] for one in events] == ["requested", "decided"]
    assert await find(database, clock, resource="region_codes", purpose=Purpose.REVIEW) == found[0]
    assert await find(database, clock, resource="region_codes", unit="U10") is None


async def test_a_rule_grants_nothing_of_other_classes(shared: dict[str, Resource], database: Database) -> None:
    for key in ("population_register", "wanted_persons"):
        assert await by_rule(database, shared[key], "U23") is None
        assert await by_rule(database, shared[key], "U09") is None
    assert await appended(database) == []


async def test_a_rules_grant_that_was_withdrawn_does_not_come_back(
    shared: dict[str, Resource], database: Database, clock: ManualClock, post: Post
) -> None:
    granted = await by_rule(database, shared["region_codes"], "U23")
    assert granted is not None
    reply = await post(f"/grants/{granted.grant_id}/withdrawals", {"reason": "滥用"}, by=manager())
    assert reply.status == 201
    assert await by_rule(database, shared["region_codes"], "U23") is None
    assert await find(database, clock, resource="region_codes") is None


async def reclass(database: Database, resource: str, sharing_class: SharingClass) -> None:
    async with database.unit_of_work() as work:
        changed = sa.update(resources).where(resources.c.resource == resource)
        await work.connection.execute(changed, {"sharing_class": sharing_class.value})


async def test_a_resource_of_another_class_is_granted_as_that_class_says(
    shared: dict[str, Resource], database: Database, clock: ManualClock
) -> None:
    await by_rule(database, shared["region_codes"], "U23")
    await reclass(database, "region_codes", SharingClass.CONDITIONAL)
    assert await find(database, clock, resource="region_codes") is None
    await reclass(database, "region_codes", SharingClass.UNCONDITIONAL)
    assert await find(database, clock, resource="region_codes") is not None


async def load(database: Database, *wanted: GrantWanted) -> list[str]:
    async with database.unit_of_work() as work:
        return await load_grants(work, SharingPlan(grants=wanted))


async def finish(database: Database) -> int:
    async with database.unit_of_work() as work:
        return await finish_grants(work, HANDS)


@pytest.mark.usefixtures("shared")
async def test_what_the_pack_wants_is_filed_once_and_waits_for_its_provider(
    database: Database, clock: ManualClock
) -> None:
    assert await load(database, WANTED) == ["grant requests 1"]
    assert await load(database, WANTED) == []
    assert await find(database, clock) is None
    assert await finish(database) == 1
    assert await finish(database) == 0
    granted = await find(database, clock)
    assert granted is not None
    assert granted.fields == set(WANTED.fields)
    (decided,) = await appended(database, "datashare.grant.decided")
    assert decided["data"]["decided_by"] == "provider"
    assert await load(database, replace(WANTED, fields=("name",))) == ["grant requests 1"]


@pytest.mark.usefixtures("shared")
async def test_the_pack_wants_grants_for_items_and_until_a_day_and_what_is_by_rule_is_granted(
    database: Database, clock: ManualClock
) -> None:
    for_items = replace(WANTED, items=("item-1", "item-2"), until=date(2026, 12, 31))
    unconditional = replace(WANTED, grant="codes", resource="region_codes")
    own = replace(WANTED, grant="own", unit="U09", fields=("ethnicity",), items=("item-1",))
    assert await load(database, for_items, unconditional, own) == ["grant requests 4"]
    assert await finish(database) == 2
    granted = await find(database, clock, item="item-1", unit="U10")
    assert granted is not None
    assert granted.until is not None
    assert granted.until.isoformat() == "2026-12-31T16:00:00+00:00"
    assert await find(database, clock, item="item-3") is None
    assert await find(database, clock) is None
    codes = await find(database, clock, resource="region_codes")
    assert codes is not None
    assert codes.fields == set(WANTED.fields)
    of_police = await find(database, clock, unit="U09")
    assert of_police is not None
    assert of_police.fields == {"ethnicity"}


@pytest.mark.usefixtures("shared")
async def test_of_several_grants_one_that_covers_what_is_wanted_is_found(
    database: Database, clock: ManualClock
) -> None:
    narrow = replace(WANTED, fields=("ethnicity",))
    verify = replace(WANTED, fields=("id_number", "name", "ethnicity"), depth=Depth.VERIFY)
    await load(database, narrow, WANTED, verify)
    await finish(database)
    assert (await find(database, clock, depth=Depth.VALUE, fields=("ethnicity",))).fields == {"ethnicity"}  # type: ignore[union-attr]
    found = await find(database, clock, depth=Depth.VERIFY, fields=("id_number",))
    assert found is not None
    assert found.depth is Depth.VERIFY
    widest = await find(database, clock)
    assert widest is not None
    assert widest.fields == set(WANTED.fields)


@pytest.mark.usefixtures("shared")
async def test_a_steward_may_answer_what_the_pack_wants(database: Database, post: Post, clock: ManualClock) -> None:
    await load(database, WANTED)
    (event,) = await appended(database, "datashare.grant.requested")
    body = {"granted": list(WANTED.fields)}
    reply = await post(f"/grant-requests/{event['subject']}/decisions", body, by=steward("police-1", unit="U09"))
    assert reply.status == 201
    assert await find(database, clock) is not None
    assert await finish(database) == 0
