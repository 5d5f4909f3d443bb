"""What people type arrives at the routes as they type it, and is kept, shown and found in its standard form."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.testing.builders import citizen, clerk
from chassis.testing.client import Client

Make = Callable[..., Awaitable[dict[str, Any]]]
SEARCH = "/api/v1/applications/searches"
PERSON = "41019919951201118X"
TYPED = [
    "41019919951201118x",
    "４１０１９９１９９５１２０１１１８Ｘ",
    "410199 19951201 118x",
    "\u202d41019919951201118X\u202c",
    " 4101991995\u200b1201118×\u3000",
]


def submission(draft: dict[str, Any]) -> dict[str, Any]:
    return {"draft_id": draft["draft_id"], "draft_version": draft["version"]}


@pytest.mark.parametrize("typed", TYPED)
async def test_a_person_is_found_however_her_number_is_typed_here_or_there(
    api: Client, submitted: Make, typed: str
) -> None:
    application = await submitted(mother_id_number=typed)
    assert application["form"]["mother_id_number"] == PERSON
    for asked in (PERSON, *TYPED):
        found = await api.post(SEARCH, by=clerk(), body={"id_number": asked})
        assert [one["application_id"] for one in found.json()["items"]] == [application["application_id"]]


@pytest.mark.parametrize(
    ("typed", "said"),
    [("4101991995120111", "身份证号应为 18 位,现在是 16 位"), ("无" * 200, "18 位")],
)
async def test_a_clerk_is_told_in_words_what_is_no_number(api: Client, typed: str, said: str) -> None:
    reply = await api.post(SEARCH, by=clerk(), body={"id_number": typed})
    assert (reply.status, [error["pointer"] for error in reply.json()["errors"]]) == (422, ["/id_number"])
    assert said in reply.json()["errors"][0]["detail"]


async def test_a_citizen_sees_what_she_typed_in_its_standard_form_and_is_told_in_words(
    drafted: Make, form: dict[str, str]
) -> None:
    saved = await drafted(
        child_name="测\u3000小宝", mother_phone="+86 138-0000-0000", child_birth_date="２０２６年２月２６日"
    )
    assert saved["missing"] == []
    assert saved["form"] == form
    saved = await drafted(mother_id_number="4101991995120111", child_name="\u3164", mother_name="😀")
    said = {fault["pointer"]: fault["detail"] for fault in saved["missing"]}
    assert said.keys() == {"/form/mother_id_number", "/form/child_name", "/form/mother_name"}
    assert not re.search(r"[A-Za-z^$\[\]{}\\]", "".join(said.values()))


@pytest.mark.parametrize("number", ["无", "没有", "410199201603010019", "0000000000"])
async def test_nobody_submits_with_a_stranger_or_nothing_for_a_parents_card(
    api: Client, drafted: Make, references: dict[str, str], number: str
) -> None:
    references["parent_id_card"] = number
    draft = await drafted()
    reply = await api.post("/api/v1/applications", by=citizen(), body=submission(draft), key="k")
    assert reply.status == 422
    assert [error["pointer"] for error in reply.json()["errors"]] == ["/materials/parent_id_card"]


async def test_what_is_odd_is_shown_to_the_citizen_and_the_clerk_and_holds_nobody_back(
    api: Client, drafted: Make, form: dict[str, str], references: dict[str, str]
) -> None:
    references["parent_id_card"] = form["mother_id_number"]
    draft = await drafted(mother_id_number=form["father_id_number"], father_id_number=form["mother_id_number"])
    assert draft["missing"] == []
    assert [one["code"] for one in draft["warnings"]] == ["matches_sex", "matches_sex"]
    made = await api.post("/api/v1/applications", by=citizen(), body=submission(draft), key="k")
    assert made.status == 201
    seen = (await api.get(f"/api/v1/applications/{made.json()['application_id']}", by=clerk())).json()
    assert [one["pointer"] for one in seen["warnings"]] == ["/form/mother_id_number", "/form/father_id_number"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"mother_id_number": "410199199003070018"}, "/form/father_id_number"),
        ({"child_birth_date": "2009-12-31"}, "/form/mother_id_number"),
        ({"father_name": "\u3164"}, "/form/father_name"),
        ({"child_birth_date": "2026-03-03"}, "/form/child_birth_date"),
    ],
)
async def test_fields_that_contradict_each_other_are_told(drafted: Make, change: dict[str, str], pointer: str) -> None:
    draft = await drafted(**change)
    assert [fault["pointer"] for fault in draft["missing"]] == [pointer]


async def test_an_id_in_capitals_is_the_same_id(api: Client, drafted: Make) -> None:
    draft = await drafted()
    draft_id = draft["draft_id"].upper()
    assert (await api.get(f"/api/v1/drafts/{draft_id}", by=citizen())).status == 200
    reply = await api.post(
        "/api/v1/applications", by=citizen(), body={"draft_id": draft_id, "draft_version": 2}, key="k"
    )
    assert reply.status == 201
    application_id = reply.json()["application_id"].upper()
    assert (await api.get(f"/api/v1/applications/{application_id}/timeline", by=citizen())).status == 200


@pytest.mark.parametrize(
    "wrong", ["1", "x" * 36, "01900000-0000-7000-8000-00000000000g", "01900000000070008000000000000000"]
)
async def test_a_malformed_id_is_told_in_words(api: Client, wrong: str) -> None:
    for reply in (
        await api.get(f"/api/v1/drafts/{wrong}", by=citizen()),
        await api.post("/api/v1/applications", by=citizen(), body={"draft_id": wrong}, key="k"),
    ):
        assert (reply.status, reply.json()["code"]) == (422, "malformed")
        assert reply.json()["errors"][0]["detail"] == "不是有效的标识,请从链接或列表中取得"
