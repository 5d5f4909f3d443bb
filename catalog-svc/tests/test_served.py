from typing import Any

from catalog_svc.events import SharingChanged
from chassis.data.database import Database
from chassis.service import Service
from chassis.testing.client import Client, audited, deliver

GUIDE = "/api/v1/matters/newborn/guide"
ANSWERS = {
    "parents_nationality": "both",
    "birth_place": "zhengzhou",
    "in_wedlock": "yes",
    "residence": "hukou",
    "hukou_follow": "mother",
    "insurance": "yes",
    "card": "yes",
    "maternity": "both",
}


async def tell(service: Service, version: int, *served: str, matter: str = "newborn", event_id: str = "") -> None:
    event = SharingChanged(matter_code=matter, served=list(served))
    await deliver(service, event, subject=matter, version=version, event_id=event_id)


async def guide(api: Client) -> dict[str, Any]:
    answer = await api.post(GUIDE, body={"answers": ANSWERS})
    assert answer.status == 200
    found: dict[str, Any] = answer.json()
    return found


async def to_bring(api: Client) -> set[str]:
    return {one["material"] for one in (await guide(api))["materials"] if one["to_bring"]}


async def verified(api: Client) -> set[str]:
    return {one["material"] for one in (await guide(api))["materials"] if one["obtain_mode"] == "DATA_VERIFY"}


async def test_the_guide_promises_as_before_while_nobody_has_told_of_a_matter(api: Client, service: Service) -> None:
    assert await to_bring(api) == set()
    await tell(service, 1, matter="another")
    assert await to_bring(api) == set()


async def test_the_guide_says_which_papers_are_to_be_brought_and_no_longer_once_they_are_served(
    api: Client, service: Service
) -> None:
    by_data = await verified(api)
    before = await guide(api)
    await tell(service, 1)
    told = await guide(api)
    assert {one["material"] for one in told["materials"] if one["to_bring"]} == by_data
    for one in told["materials"]:
        assert ("尚未接通" in one["why"]) is one["to_bring"]
        assert not (one["to_bring"] and one["needs_reference"])
    assert not [one for one in told["saved"] if one["reason"] == "data"]
    await tell(service, 2, *by_data)
    assert await guide(api) == before


async def test_late_and_repeated_news_change_nothing(api: Client, service: Service, database: Database) -> None:
    by_data = await verified(api)
    await tell(service, 2, *by_data, event_id="second")
    await tell(service, 1, event_id="first")
    await tell(service, 2, *by_data, event_id="second")
    assert await to_bring(api) == set()
    rows = [row for row in await audited(database) if row.action == "served.told"]
    assert [row.subject for row in rows] == ["newborn"]
