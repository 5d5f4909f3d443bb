from datetime import UTC, datetime

import pytest
from chassis.data.database import Database
from chassis.testing.builders import citizen, steward
from chassis.testing.client import Client
from datashare_svc.store import networks


@pytest.fixture
async def listed(database: Database) -> None:
    """Have three networks listed."""
    since = datetime(2026, 3, 2, tzinfo=UTC)
    same = {"state": "LISTED", "state_since": since, "version": 1, "status": "proposed", "source": "拟定"}
    rows = [
        {"network": key, "place": place, "name": key, "level": level, "unit": unit, "owner_name": key, **same}
        for place, (key, level, unit) in enumerate(
            (("population", "NATIONAL", "U09"), ("one_window", "PROVINCIAL", "DSJ"), ("archives", "MUNICIPAL", "U38"))
        )
    ]
    async with database.unit_of_work() as work:
        work.add(networks, *rows)


@pytest.mark.usefixtures("listed")
async def test_staff_of_sharing_page_through_the_networks_in_the_order_of_the_list(api: Client) -> None:
    first = await api.get("/api/v1/networks", by=steward(), query={"limit": 2})
    assert [one["network"] for one in first.json()["items"]] == ["population", "one_window"]
    second = await api.get("/api/v1/networks", by=steward(), query={"limit": 2, "after": first.json()["next"]})
    assert [one["network"] for one in second.json()["items"]] == ["archives"]
    assert second.json()["next"] is None
    of_a_level = await api.get("/api/v1/networks", by=steward(), query={"level": "MUNICIPAL"})
    assert [one["network"] for one in of_a_level.json()["items"]] == ["archives"]


@pytest.mark.usefixtures("listed")
async def test_a_network_is_shown_and_an_unknown_one_is_not_there(api: Client) -> None:
    assert (await api.get("/api/v1/networks/population", by=steward())).json()["state"] == "LISTED"
    assert (await api.get("/api/v1/networks/nowhere", by=steward())).status == 404
    assert (await api.get("/api/v1/networks/population", by=citizen())).status == 403
