import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.http.identity import Principal
from chassis.service import Service
from chassis.testing.builders import citizen, clerk
from chassis.testing.client import Client, audited
from hypothesis import given
from hypothesis import strategies as st
from intake_svc import handlers
from intake_svc.domain.subject import subjects_of
from intake_svc.store.timelines import follow_application

Make = Callable[..., Awaitable[dict[str, Any]]]
MOTHER, FATHER = citizen("mother"), citizen("father")
SUBJECTS = [["child_name", "mother_id_number"], ["child_name", "father_id_number"]]


@pytest.fixture
def seen(api: Client) -> Callable[..., Awaitable[list[dict[str, Any]]]]:
    """Return the possible duplicates that somebody is shown of an application."""

    async def look(by: Principal, application: dict[str, Any]) -> list[dict[str, Any]]:
        path = f"/api/v1/applications/{application['application_id']}"
        found: list[dict[str, Any]] = (await api.get(path, by=by)).json()["possible_duplicates"]
        return found

    return look


@pytest.fixture
def told(api: Client) -> Callable[..., Awaitable[list[str]]]:
    """Return what an applicant's timeline says of duplicates."""

    async def look(by: Principal, application: dict[str, Any]) -> list[str]:
        path = f"/api/v1/applications/{application['application_id']}/timeline"
        entries = (await api.get(path, by=by)).json()["entries"]
        return [entry["text"] for entry in entries if entry["kind"] == "possible_duplicate"]

    return look


async def test_both_parents_and_the_window_are_told_when_both_hand_in_the_same_birth(
    submitted: Make, seen: Any, told: Any, database: Database
) -> None:
    first = await submitted(by=MOTHER)
    assert first["possible_duplicates"] == []
    second = await submitted(by=FATHER, child_name=" 测小\u3000宝", mother_phone="13900000000")
    (shown,) = second["possible_duplicates"]
    assert (shown["application_number"], "他人" in shown["text"]) == (None, True)
    for by, mine, other in ((MOTHER, first, second), (FATHER, second, first)):
        (text,) = await told(by, mine)
        (notice,) = await seen(by, mine)
        for secret in (other["application_number"], other["application_id"], "mother", "father", "13900000000"):
            assert secret not in text + notice["text"]
    assert [one["application_number"] for one in await seen(clerk(), first)] == [second["application_number"]]
    assert [one["application_number"] for one in await seen(clerk(), second)] == [first["application_number"]]
    row = [row for row in await audited(database) if row.action == "application.submitted"][-1]
    assert first["application_id"] in row.details


async def test_a_person_who_hands_in_the_same_twice_is_told_which_hers_is(
    submitted: Make, seen: Any, told: Any
) -> None:
    first, second = await submitted(by=MOTHER), await submitted(by=MOTHER)
    assert second["possible_duplicates"][0]["application_number"] == first["application_number"]
    assert first["application_number"] in (await told(MOTHER, second))[0]
    assert second["application_number"] in (await told(MOTHER, first))[0]


@pytest.mark.parametrize(
    "other",
    [
        {"child_name": "测大宝"},
        {"child_birth_date": "2026-02-25"},
        {"mother_id_number": "410199199502280028", "father_id_number": "410199198801010015"},
    ],
    ids=["a twin", "another day", "other parents"],
)
async def test_who_is_another_child_is_no_duplicate(
    api: Client, drafted: Make, submitted: Make, references: dict[str, str], other: dict[str, str]
) -> None:
    await submitted(by=MOTHER)
    references["parent_id_card"] = other.get("father_id_number", references["parent_id_card"])
    draft = await drafted(by=FATHER, **other)
    body = {"draft_id": draft["draft_id"], "draft_version": draft["version"]}
    assert (await api.post("/api/v1/applications", by=FATHER, body=body, key="k")).json()["possible_duplicates"] == []


async def test_an_application_that_was_refused_is_no_duplicate(submitted: Make, database: Database) -> None:
    first = await submitted(by=MOTHER)
    async with database.unit_of_work() as work:
        await follow_application(work.connection, first["application_id"], {"outcome": "refused"})
    assert (await submitted(by=FATHER))["possible_duplicates"] == []


async def test_another_units_window_is_not_told_of_it(submitted: Make, seen: Any, database: Database) -> None:
    first, second = await submitted(by=MOTHER), await submitted(by=FATHER)
    async with database.unit_of_work() as work:
        await follow_application(work.connection, second["application_id"], {"unit": "U09"})
    assert await seen(clerk(), first) == []


async def test_two_that_come_at_once_see_each_other(api: Client, drafted: Make) -> None:
    ready = [(by, await drafted(by=by)) for by in (MOTHER, FATHER)]
    replies = await asyncio.gather(
        *(
            api.post(
                "/api/v1/applications",
                by=by,
                body={"draft_id": draft["draft_id"], "draft_version": draft["version"]},
                key="k",
            )
            for by, draft in ready
        )
    )
    assert sorted(len(reply.json()["possible_duplicates"]) for reply in replies) == [0, 1]


async def test_duplicates_are_found_after_the_look_up_keys_were_changed(
    service: Service, submitted: Make, seen: Any
) -> None:
    first, second = await submitted(by=MOTHER), await submitted(by=FATHER)
    await handlers.redigest(service.api.state.collaborators)
    assert len(await seen(MOTHER, first)) == len(await seen(FATHER, second)) == 1


@given(
    st.sampled_from(["测小宝", "Anna Li", "阿依·古丽"]),
    st.sampled_from([str, str.lower, lambda name: f" {name}\u200b"]),
)
def test_the_ways_of_writing_a_name_are_one(name: str, write: Callable[[str], str]) -> None:
    form = {"child_name": name, "mother_id_number": "41019920000229102X"}
    written = {"child_name": write(name), "mother_id_number": "４1019920000229102x"}
    assert subjects_of("newborn", SUBJECTS, form) == subjects_of("newborn", SUBJECTS, written) != []


def test_what_was_left_empty_tells_nobody() -> None:
    assert subjects_of("newborn", SUBJECTS, {"child_name": "测小宝", "mother_id_number": " ", "other": "x"}) == []
    assert len(subjects_of("newborn", SUBJECTS, {"child_name": "测", "father_id_number": "4"})) == 1
    assert subjects_of("newborn", [[]], {}) == []
