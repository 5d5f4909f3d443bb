from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.testing.builders import anonymous, citizen, clerk
from chassis.testing.client import Client

Make = Callable[..., Awaitable[dict[str, Any]]]


async def test_a_draft_tells_what_is_missing_until_it_is_complete(
    api: Client, drafted: Make, answers: dict[str, str]
) -> None:
    made = await api.post("/api/v1/drafts", by=citizen(), body={"matter_code": "newborn", "answers": answers}, key="k")
    assert made.status == 201
    assert made.headers["location"] == f"/api/v1/drafts/{made.json()['draft_id']}"
    missing = {fault["pointer"]: fault["code"] for fault in made.json()["missing"]}
    assert missing["/form/child_name"] == missing["/materials/parent_id_card"] == "required"
    assert (await drafted())["missing"] == []


async def test_a_draft_may_be_wrong_and_says_where(drafted: Make) -> None:
    draft = await drafted(mother_id_number="410199198502290029", fee="0")
    assert {fault["pointer"]: fault["code"] for fault in draft["missing"]} == {
        "/form/mother_id_number": "malformed",
        "/form/fee": "unknown_field",
    }


async def test_blanks_around_what_was_typed_are_not_kept(drafted: Make) -> None:
    draft = await drafted(mother_phone="  13800000000 ")
    assert draft["form"]["mother_phone"] == "13800000000"
    assert draft["missing"] == []


async def test_even_the_fullest_wrong_draft_is_answered(api: Client, drafted: Make) -> None:
    draft = await drafted()
    body = {"form": {f"f{n}": "x" for n in range(300)}, "materials": {f"m{n}": "x" for n in range(100)}}
    reply = await api.put(f"/api/v1/drafts/{draft['draft_id']}", by=citizen(), body=body)
    assert reply.status == 200
    assert len(reply.json()["missing"]) > 400


async def test_a_changed_situation_asks_for_a_new_guide(api: Client, catalog: Any, drafted: Make) -> None:
    draft = await drafted()
    del catalog.guide["form"]["sections"][1:]
    catalog.guide["materials"] = []
    body: dict[str, Any] = {"form": {"child_name": "测小宝"}, "answers": {"residence": "none", "card": "no"}}
    changed = (await api.put(f"/api/v1/drafts/{draft['draft_id']}", by=citizen(), body=body)).json()
    assert changed["answers"] == body["answers"]
    assert {fault["pointer"] for fault in changed["missing"]} == {
        "/form/child_sex",
        "/form/child_birth_date",
        "/form/birth_hospital",
    }
    assert changed["materials"] == {}


async def test_the_catalogues_refusals_come_through_with_their_pointers(api: Client) -> None:
    wrong = {"matter_code": "newborn", "answers": {"residence": "hukou"}}
    reply = await api.post("/api/v1/drafts", by=citizen(), body=wrong, key="k")
    assert (reply.status, reply.json()["code"]) == (422, "answers_wrong")
    assert [error["pointer"] for error in reply.json()["errors"]] == ["/answers/card"]
    reply = await api.post("/api/v1/drafts", by=citizen(), body={"matter_code": "x", "answers": {}}, key="k")
    assert (reply.status, reply.json()["code"]) == (404, "matter_not_found")


async def test_a_situation_for_the_window_makes_no_draft_and_is_told_in_the_catalogues_words(
    api: Client, catalog: Any, answers: dict[str, str]
) -> None:
    catalog.window = "请到派出所户籍窗口办理"
    body = {"matter_code": "newborn", "answers": answers}
    reply = await api.post("/api/v1/drafts", by=citizen(), body=body, key="k")
    assert (reply.status, reply.json()["code"]) == (422, "handled_at_window")
    assert reply.json()["detail"] == "请到派出所户籍窗口办理"
    assert [one["pointer"] for one in reply.json()["errors"]] == ["/answers/residence"]
    assert (await api.get("/api/v1/drafts", by=citizen())).json()["items"] == []


@pytest.mark.parametrize("ill", ["status", "garbled"])
async def test_a_catalogue_that_is_out_or_talks_nonsense_is_503(
    api: Client, catalog: Any, answers: dict[str, str], ill: str
) -> None:
    setattr(catalog, ill, {"status": 500, "garbled": True}[ill])
    body = {"matter_code": "newborn", "answers": answers}
    reply = await api.post("/api/v1/drafts", by=citizen(), body=body, key="k")
    assert (reply.status, reply.json()["code"]) == (503, "catalog_unavailable")
    assert reply.headers["retry-after"]


async def test_a_stale_copy_of_a_draft_is_refused(api: Client, drafted: Make) -> None:
    path = f"/api/v1/drafts/{(await drafted())['draft_id']}"
    assert (await api.get(path, by=citizen())).headers["etag"] == '"2"'
    stale = await api.put(path, by=citizen(), body={"form": {}}, headers={"if-match": '"1"'})
    assert (stale.status, stale.json()["code"]) == (412, "draft_changed")
    fresh = await api.put(path, by=citizen(), body={"form": {}}, headers={"if-match": '"2"'})
    assert (fresh.status, fresh.headers["etag"]) == (200, '"3"')


async def test_a_draft_is_its_owners_alone(api: Client, drafted: Make) -> None:
    path = f"/api/v1/drafts/{(await drafted())['draft_id']}"
    absent = "/api/v1/drafts/01900000-0000-7000-8000-ffffffffffff"
    stranger = citizen("citizen-2")
    for where in (path, absent):
        replies = [
            await api.get(where, by=stranger),
            await api.put(where, by=stranger, body={"form": {}}),
            await api.delete(where, by=stranger),
            await api.post("/api/v1/applications", by=stranger, body={"draft_id": where[-36:]}, key=where),
        ]
        assert [(reply.status, reply.json()["code"]) for reply in replies] == [(404, "draft_not_found")] * 4
    assert (await api.get("/api/v1/drafts", by=stranger)).json()["items"] == []
    assert (await api.get(path, by=clerk())).status == 403
    assert (await api.get(path, by=anonymous())).status == 401
    assert (await api.get(path, by=citizen(level=0))).status == 403
    assert (await api.get(path, by=citizen())).status == 200


async def test_a_discarded_draft_is_gone(api: Client, drafted: Make) -> None:
    path = f"/api/v1/drafts/{(await drafted())['draft_id']}"
    assert (await api.delete(path, by=citizen())).status == 204
    assert (await api.get(path, by=citizen())).status == 404
    assert (await api.delete(path, by=citizen())).status == 404


async def test_drafts_are_paged_newest_first_without_gaps(api: Client, drafted: Make) -> None:
    made = [(await drafted())["draft_id"] for _ in range(5)]
    await drafted(by=citizen("citizen-2"))
    seen: list[str] = []
    query: dict[str, str | int] = {"limit": 2}
    while True:
        page = (await api.get("/api/v1/drafts", by=citizen(), query=query)).json()
        seen += [draft["draft_id"] for draft in page["items"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert seen == made[::-1]


@pytest.mark.parametrize("field", ["state", "owner", "version", "matter_version", "draft_id"])
async def test_nobody_sets_what_is_not_his_to_set_in_a_draft(api: Client, drafted: Make, field: str) -> None:
    draft = await drafted()
    reply = await api.put(f"/api/v1/drafts/{draft['draft_id']}", by=citizen(), body={"form": {}, field: "x"})
    assert reply.status == 422
