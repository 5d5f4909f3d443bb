"""Lists of requests and grants: whose they are, in which order, page by page."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest
from chassis.http.paging import encode_cursor
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import ManualClock, manager, steward
from chassis.testing.client import Client, deliver
from datashare_svc.events import UnitPublished
from datashare_svc.handlers import Datashare, tend_page

Ask = Callable[..., Awaitable[str]]
Step = Callable[..., Awaitable[Reply]]
pytestmark = pytest.mark.usefixtures("shared")
HEALTH, POLICE, CIVIL = steward(unit="U23"), steward("police-1", unit="U09"), steward("civil-1", unit="U10")


async def listed(api: Client, path: str, by: Any, **query: Any) -> list[str]:
    """Return the ids of all pages of two."""
    found: list[str] = []
    after = ""
    while True:
        sent = {name: value for name, value in {"after": after, **query}.items() if value}
        sent = {"as" if name == "side" else name: value for name, value in sent.items()}
        reply = await api.get(f"/api/v1/{path}", by=by, query={"limit": 2, **sent})
        assert reply.status == 200, reply.json()
        found += [one.get("request_id") or one["grant_id"] for one in reply.json()["items"]]
        after = reply.json()["next"]
        if not after:
            return found


async def test_requests_are_listed_for_their_two_sides_newest_first(api: Client, ask: Ask, step: Step) -> None:
    mine = [await ask() for _ in range(5)]
    other = await ask(CIVIL)
    await step(mine[0], "decisions")
    assert await listed(api, "grant-requests", HEALTH, side="asker") == mine[::-1]
    assert await listed(api, "grant-requests", HEALTH) == []
    assert await listed(api, "grant-requests", POLICE) == [other, *mine[::-1]]
    assert await listed(api, "grant-requests", manager()) == [other, *mine[::-1]]
    assert await listed(api, "grant-requests", manager(), unit="U10", side="asker") == [other]
    assert await listed(api, "grant-requests", POLICE, state="GRANTED") == [mine[0]]
    assert await listed(api, "grant-requests", CIVIL, unit="U09") == []


async def test_overdue_requests_are_listed_the_earliest_due_first(
    api: Client,
    ask: Ask,
    step: Step,
    clock: ManualClock,
    calendar: Callable[..., Awaitable[None]],
    datashare: Datashare,
) -> None:
    await calendar()
    made = []
    for _ in range(5):
        made.append(await ask())
        clock.advance(days=1)
    await step(made[2], "checks")
    assert await listed(api, "grant-requests", POLICE, overdue="true") == [*made[:2], made[3]]
    clock.advance(days=40)
    while await tend_page(datashare):
        pass
    assert await listed(api, "grant-requests", POLICE, overdue="true") == made
    assert await listed(api, "grant-requests", HEALTH, overdue="true", side="asker", state="GRANTED") == []
    await step(made[0], "decisions", by=manager())
    assert await listed(api, "grant-requests", manager(), overdue="true") == made[1:]


async def test_grants_are_listed_by_resource_and_grantee_and_whether_they_are_in_force(
    api: Client, ask: Ask, step: Step, clock: ManualClock
) -> None:
    made = [await ask(until="2026-06-30"), await ask(), await ask(grantee_kind="UNIT", grantee="U23")]
    codes = await ask(resource="region_codes")
    for one in made:
        await step(one, "decisions")
    assert await listed(api, "grants", HEALTH, side="asker") == [codes, *made[::-1]]
    assert await listed(api, "grants", HEALTH) == []
    assert await listed(api, "grants", POLICE, resource="region_codes") == [codes]
    assert await listed(api, "grants", POLICE, grantee="U23") == [made[2]]
    clock.advance(days=200)
    assert await listed(api, "grants", POLICE, in_force="true", resource="population_register") == [made[2], made[1]]
    assert await listed(api, "grants", manager()) == [codes, *made[::-1]]
    assert await listed(api, "grants", CIVIL, unit="U23") == []


async def test_what_a_unit_that_ended_provided_is_listed_for_its_successor(
    api: Client, ask: Ask, service: Service
) -> None:
    request_id = await ask()
    heir = steward("heir-1", unit="U38")
    assert await listed(api, "grant-requests", heir, unit="U09") == []
    await deliver(service, UnitPublished(unit_code="U38", name="新局"), subject="U38", version=1)
    ended = UnitPublished(unit_code="U09", name="公安局", valid_to=date(2026, 2, 1), successor="U38")
    await deliver(service, ended, subject="U09", version=1)
    assert await listed(api, "grant-requests", heir, unit="U09") == [request_id]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("grant-requests", {"after": encode_cursor("x")}),
        ("grant-requests", {"after": encode_cursor("01900000-0000-7000-8000-000000000001"), "overdue": "true"}),
        ("grant-requests", {"after": encode_cursor("x", "01900000-0000-7000-8000-000000000001"), "overdue": "true"}),
        (
            "grant-requests",
            {"after": encode_cursor("2026-03-02", "01900000-0000-7000-8000-000000000001"), "overdue": "true"},
        ),
        ("grants", {"after": encode_cursor(1)}),
        ("grants", {"after": "not a cursor"}),
    ],
)
async def test_a_cursor_of_another_list_is_refused(path: str, query: dict[str, str], api: Client) -> None:
    assert (await api.get(f"/api/v1/{path}", by=POLICE, query=query)).status == 422
