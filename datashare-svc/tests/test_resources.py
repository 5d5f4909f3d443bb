"""Resources as staff see them, and the sharing catalogue of a matter as everybody does."""

from dataclasses import replace

import pytest
from chassis.data.database import Database
from chassis.http.identity import ANONYMOUS
from chassis.testing.builders import citizen, reviewer, steward
from chassis.testing.client import Client
from datashare_svc.domain.model import Connection, Sharing, SharingClass
from datashare_svc.domain.served import Served, served_of
from datashare_svc.handlers import load_sharing
from datashare_svc.store import networks

from .packs import NETWORK, PLAN, RESOURCE, SHARING, USE


@pytest.fixture
async def loaded(database: Database) -> None:
    """Load three resources of two networks, and a matter's catalogue with two materials of which one has no use."""
    companies = replace(NETWORK, network="companies", name="市场监管企业登记", unit="U26")
    company = replace(
        RESOURCE,
        resource="company_register",
        resource_code="1/2",
        network="companies",
        unit="U26",
        sharing_class=SharingClass.UNCONDITIONAL,
        condition="",
    )
    other = replace(RESOURCE, resource="a_record", resource_code="1/3")
    sharing = replace(SHARING, materials={**SHARING.materials, "household_register": "居民户口簿"})
    plan = replace(PLAN, networks=(NETWORK, companies), resources=(RESOURCE, company, other), sharings=(sharing,))
    async with database.unit_of_work() as work:
        await load_sharing(work, plan)


@pytest.mark.usefixtures("loaded")
async def test_staff_of_sharing_page_through_the_resources_and_narrow_them(api: Client) -> None:
    first = await api.get("/api/v1/resources", by=steward(), query={"limit": 2})
    assert [one["resource"] for one in first.json()["items"]] == ["a_record", "birth_record"]
    second = await api.get("/api/v1/resources", by=steward(), query={"limit": 2, "after": first.json()["next"]})
    assert [one["resource"] for one in second.json()["items"]] == ["company_register"]
    assert second.json()["next"] is None
    for query in ({"network": "companies"}, {"unit": "U26"}, {"class": "1"}):
        found = await api.get("/api/v1/resources", by=steward(), query=query)
        assert [one["resource"] for one in found.json()["items"]] == ["company_register"], query
    assert (await api.get("/api/v1/resources", by=steward(), query={"class": "3"})).json()["items"] == []
    assert (await api.get("/api/v1/resources", by=steward(), query={"class": "4"})).status == 422


@pytest.mark.usefixtures("loaded")
async def test_a_resource_is_shown_with_its_fields_but_not_how_its_network_calls_it(api: Client) -> None:
    shown = (await api.get("/api/v1/resources/birth_record", by=steward())).json()
    assert (shown["resource_code"], shown["network_name"], shown["sharing_class"]) == ("1/1", NETWORK.name, "2")
    assert shown["fields"][0]["kind"] == "id_number"
    assert "service" not in shown
    assert shown["is_served"] is False
    assert (await api.get("/api/v1/resources/nothing", by=steward())).json()["code"] == "resource_not_found"


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("path", ["/api/v1/resources", "/api/v1/resources/birth_record"])
async def test_resources_are_for_staff_of_sharing(api: Client, path: str) -> None:
    assert (await api.get(path, by=citizen())).status == 403
    assert (await api.get(path, by=reviewer("U23"))).status == 403
    assert (await api.get(path, by=ANONYMOUS)).status == 401


@pytest.mark.usefixtures("loaded")
async def test_everybody_sees_a_matters_catalogue_and_what_is_still_to_be_brought(
    api: Client, database: Database
) -> None:
    shown = (await api.get("/api/v1/matters/newborn/sharing", by=ANONYMOUS)).json()
    (use,) = shown["uses"]
    assert (use["resource_name"], use["network_state"], use["is_served"]) == (RESOURCE.name, "LISTED", False)
    assert (use["depth"], use["push"], use["mode"], use["compares"]) == ("VERIFY", "SUBMISSION", "API", ["child_sex"])
    brought = [
        {"material": "hospital_birth_record", "name": "医院分娩信息"},
        {"material": "household_register", "name": "居民户口簿"},
    ]
    assert shown["to_bring"] == brought
    async with database.unit_of_work() as work:
        await work.connection.execute(networks.update().where(networks.c.network == "births").values(state="DOWN"))
    shown = (await api.get("/api/v1/matters/newborn/sharing", by=citizen())).json()
    assert shown["uses"][0]["is_served"] is True, "a network that is down may be back at once"
    assert shown["to_bring"] == brought[1:]
    assert (await api.get("/api/v1/matters/nothing/sharing", by=citizen())).json()["code"] == "sharing_not_found"


def test_a_material_is_served_when_all_its_uses_are_or_where_one_is_enough_any() -> None:
    other = replace(USE, use="other", resource="other")
    network_of = {"birth_record": "births", "other": "marriage"}
    both = Sharing("newborn", (USE, other), SHARING.materials)
    material = ("hospital_birth_record",)
    births, marriage = {"births": Connection.VERIFIED}, {"marriage": Connection.DEGRADED}
    assert served_of(both, network_of, births) == Served((), material)
    assert served_of(both, network_of, births | marriage) == Served(material, ())
    either = replace(both, uses=tuple(replace(use, one_is_enough=True) for use in both.uses))
    assert served_of(either, network_of, births) == Served(material, ())
    assert served_of(either, network_of, {"births": Connection.CONNECTED}) == Served((), material)
    assert served_of(replace(both, uses=()), network_of, births) == Served((), material)
