from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.http.identity import Principal
from chassis.testing.builders import anonymous, citizen, clerk, reviewer
from chassis.testing.client import Client, audited

Make = Callable[..., Awaitable[dict[str, Any]]]
LIST = "/api/v1/applications"
SEARCH = "/api/v1/applications/searches"


@pytest.fixture
def listed(api: Client) -> Callable[..., Awaitable[list[str]]]:
    """Walk all pages of a list; return the ids."""

    async def walk(by: Principal, **query: str | int) -> list[str]:
        found: list[str] = []
        while True:
            page = (await api.get(LIST, by=by, query=query)).json()
            found += [one["application_id"] for one in page["items"]]
            if page["next"] is None:
                return found
            query["after"] = page["next"]

    return walk


async def test_strangers_and_other_units_cannot_tell_it_from_what_is_not_there(api: Client, submitted: Make) -> None:
    path = f"{LIST}/{(await submitted())['application_id']}"
    absent = f"{LIST}/01900000-0000-7000-8000-ffffffffffff"
    for stranger in (citizen("citizen-2"), clerk(unit="U09"), clerk(unit=""), reviewer(unit="U09")):
        for end in ("", "/timeline"):
            reply, nothing = await api.get(path + end, by=stranger), await api.get(absent + end, by=stranger)
            assert reply.status == nothing.status == 404
            kept = ("type", "title", "status", "code")
            assert [reply.json()[name] for name in kept] == [nothing.json()[name] for name in kept]
    assert (await api.get(path, by=anonymous())).status == 401


async def test_the_clerk_sees_personal_values_masked_and_the_applicant_her_own(
    api: Client, submitted: Make, form: dict[str, str], references: dict[str, str]
) -> None:
    path = f"{LIST}/{(await submitted())['application_id']}"
    own = (await api.get(path, by=citizen())).json()
    assert own["form"] == form
    assert own["materials"][0]["reference"] == references["parent_id_card"]
    seen = (await api.get(path, by=clerk())).json()
    assert seen["form"]["mother_id_number"] == "410***********1025"
    assert seen["form"]["birth_hospital"] == form["birth_hospital"]
    assert [value for key, value in form.items() if key != "birth_hospital" and value in seen["form"].values()] == [
        form["hukou_follow"],
        form["card_bank"],
    ]
    assert seen["form"]["mother_phone"] == "138****0000"
    assert seen["materials"][0]["reference"] == "410***********1025"


async def test_a_citizen_lists_her_own_and_a_clerk_his_units_by_state(
    submitted: Make, accepted: Make, listed: Callable[..., Awaitable[list[str]]]
) -> None:
    mine = [(await submitted())["application_id"] for _ in range(3)]
    others = (await accepted(by=citizen("citizen-2")))["application_id"]
    assert await listed(citizen(), limit=2) == mine[::-1]
    assert await listed(citizen("citizen-2")) == [others]
    assert await listed(citizen("citizen-3")) == []
    assert await listed(clerk(), limit=1) == [others, *mine[::-1]]
    assert await listed(clerk(), state="submitted", limit=2) == mine[::-1]
    assert await listed(clerk(), state="accepted") == [others]
    assert await listed(clerk(), state="closed") == []
    assert await listed(clerk(unit="U09")) == []


async def test_a_page_begins_where_the_last_ended_though_new_ones_came(api: Client, submitted: Make) -> None:
    made = [(await submitted())["application_id"] for _ in range(3)]
    first = (await api.get(LIST, by=citizen(), query={"limit": 2})).json()
    await submitted()
    second = (await api.get(LIST, by=citizen(), query={"limit": 2, "after": first["next"]})).json()
    assert [one["application_id"] for one in second["items"]] == made[:1]


@pytest.mark.parametrize("query", [{"after": "!"}, {"after": "e30"}, {"limit": 0}, {"limit": 201}, {"state": "draft"}])
async def test_a_wrong_filter_or_cursor_is_told(api: Client, query: dict[str, Any]) -> None:
    assert (await api.get(LIST, by=citizen(), query=query)).status == 422


async def test_a_clerk_finds_his_units_applications_by_id_number(api: Client, submitted: Make) -> None:
    application = await submitted()
    for number, expected in (("410199200002291025", 1), ("410199199003070018", 1), ("41019919551231123X", 0)):
        found = await api.post(SEARCH, by=clerk(), body={"id_number": number})
        assert [one["application_id"] for one in found.json()["items"]] == [application["application_id"]] * expected
    other = await api.post(SEARCH, by=clerk(unit="U09"), body={"id_number": "410199200002291025"})
    assert other.json()["items"] == []
    assert (await api.post(SEARCH, by=citizen(), body={"id_number": "410199200002291025"})).status == 403
    assert (await api.post(SEARCH, by=reviewer(unit="U23"), body={"id_number": "410199200002291025"})).status == 403


async def test_each_search_by_id_number_is_recorded_without_the_number(
    api: Client, submitted: Make, database: Database
) -> None:
    application = await submitted()
    await api.post(SEARCH, by=clerk(), body={"id_number": "410199200002291025"})
    (row,) = [row for row in await audited(database) if row.action == "applications.searched"]
    assert (row.actor, row.subject) == ("clerk-1", "U23")
    assert application["application_id"] in row.details
    assert "4101992" not in str(row)


async def test_a_number_that_is_none_is_refused_without_being_repeated(api: Client) -> None:
    reply = await api.post(SEARCH, by=clerk(), body={"id_number": "41019920000229102x"})
    assert reply.status == 422
    assert b"41019920000229102x" not in reply.body
