"""Loading what a city pack says of sharing: twice, in other words, and at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from datashare_svc.domain.model import SharingClass
from datashare_svc.domain.pack import SharingPlan
from datashare_svc.handlers import load_sharing
from datashare_svc.store import networks, resources
from datashare_svc.store.catalogue import find_resource, find_sharing, resources_of

from .packs import NETWORK, PLAN, RESOURCE, SHARING, USE

Load = Callable[[SharingPlan], Awaitable[list[str]]]


@pytest.fixture
def load(database: Database) -> Load:
    async def loaded(plan: SharingPlan) -> list[str]:
        async with database.unit_of_work() as work:
            return await load_sharing(work, plan)

    return loaded


async def test_what_is_new_is_loaded_once(load: Load, database: Database) -> None:
    assert await load(PLAN) == ["networks 1", "resources 1", "sharing newborn"]
    assert await load(PLAN) == []
    async with database.reading() as connection:
        assert await find_resource(connection, "birth_record") == RESOURCE
        assert await find_resource(connection, "nothing") is None
        assert await resources_of(connection, ["birth_record", "nothing"]) == {"birth_record": RESOURCE}
        assert await resources_of(connection, []) == {}
        assert await find_sharing(connection, "newborn") == SHARING
        assert await find_sharing(connection, "nothing") is None
        row = (await connection.execute(sa.select(networks.c.state, networks.c.state_since))).one()
    assert (row.state, row.state_since) == ("LISTED", database.clock.now())


async def test_a_network_in_other_words_stays_as_far_connected_as_it_was(load: Load, database: Database) -> None:
    await load(PLAN)
    async with database.unit_of_work() as work:
        await work.connection.execute(networks.update().values(state="VERIFIED", version=7))
    other = replace(NETWORK, name="出生证明")
    assert await load(replace(PLAN, networks=(other,))) == ["networks 1"]
    async with database.reading() as connection:
        row = (await connection.execute(sa.select(networks))).one()
    assert (row.name, row.state, row.version) == ("出生证明", "VERIFIED", 7)


async def test_a_networks_place_in_the_list_is_renewed(load: Load, database: Database) -> None:
    other = replace(NETWORK, network="marriage", name="民政婚姻登记")
    await load(replace(PLAN, networks=(NETWORK, other)))
    assert await load(replace(PLAN, networks=(other, NETWORK))) == ["networks 2"]
    async with database.reading() as connection:
        rows = await connection.execute(sa.select(networks.c.network).order_by(networks.c.place))
    assert [row.network for row in rows] == ["marriage", "births"]


async def test_a_newer_resource_and_a_newer_catalogue_replace_the_older(load: Load, database: Database) -> None:
    await load(PLAN)
    slower = replace(RESOURCE, within_ms=900, sharing_class=SharingClass.UNCONDITIONAL, condition="")
    elsewhere = replace(SHARING, uses=(replace(USE, material=""),))
    loaded = await load(replace(PLAN, resources=(slower,), sharings=(elsewhere,)))
    assert loaded == ["resources 1", "sharing newborn"]
    async with database.reading() as connection:
        assert await find_resource(connection, "birth_record") == slower
        assert await find_sharing(connection, "newborn") == elsewhere
        row = (await connection.execute(sa.select(resources.c.sharing_class, resources.c.version))).one()
    assert tuple(row) == ("1", 2)


async def test_what_the_pack_has_no_more_stays_and_is_told(load: Load, database: Database) -> None:
    await load(PLAN)
    left = ["left network births", "left resource birth_record", "left sharing newborn"]
    assert await load(SharingPlan()) == left
    async with database.reading() as connection:
        assert await find_resource(connection, "birth_record") == RESOURCE


async def test_of_two_loads_at_once_one_finds_nothing_to_do(load: Load) -> None:
    both = await asyncio.gather(load(PLAN), load(PLAN))
    assert sorted(map(len, both)) == [0, 3]
