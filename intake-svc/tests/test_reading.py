from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.http.identity import Principal
from chassis.testing.builders import anonymous, citizen, clerk, reviewer
from chassis.testing.client import Client, audited
from intake_svc import store
from intake_svc.store import searching

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
    assert seen["materials"][0]["reference"] == "410***********0018"


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


@pytest.mark.parametrize(
    "body",
    [
        {"id_number": "４１０１９９ 200002291025"},
        {"phone": "+86 138-0000-0000"},
        {"name": "测试母亲"},
        {"name": " 测 试 父 亲 "},
        {"name": "测小宝"},
        {"name": "测小宝", "birth_date": "2026年2月26日"},
        {"name": "测试母亲", "birth_date": "2026-02-26", "phone": "13800000000"},
        {"application_number": "THE NUMBER"},
        {"application_number": "THE NUMBER", "name": "测小宝"},
    ],
    ids=str,
)
async def test_the_counter_finds_by_whatever_a_person_can_say(
    api: Client, submitted: Make, references: dict[str, str], database: Database, body: dict[str, str]
) -> None:
    application = await submitted()
    references["parent_id_card"] = "41019919951201118X"
    await submitted(
        by=citizen("citizen-2"),
        child_name="测大宝",
        child_birth_date="2026-02-25",
        mother_name="欧阳·阿依",
        mother_id_number="41019919951201118X",
        mother_phone="13900001111",
        father_name="欧阳修",
        bank_account_name="欧阳修",
        father_id_number="410199198801010015",
    )
    typed = f" {application['application_number'][:10].lower()} {application['application_number'][10:]} "
    asked = {key: typed if value == "THE NUMBER" else value for key, value in body.items()}
    reply = await api.post(SEARCH, by=clerk(), body=asked)
    assert reply.status == 200, reply.body
    assert [one["application_id"] for one in reply.json()["items"]] == [application["application_id"]]
    assert reply.json()["more"] is False
    elsewhere = await api.post(SEARCH, by=clerk(unit="U09"), body=asked)
    assert elsewhere.json()["items"] == []
    rows = [row for row in await audited(database) if row.action == "applications.searched"]
    assert [row.subject for row in rows] == ["U23", "U09"]
    assert not any(word in str(rows) for word in ("测", "13800000000", "410199200002291025", "2026-02-26"))


@pytest.mark.parametrize("typed", ["欧阳·阿依Mary", "欧阳阿依 mary", "欧阳•阿依ＭＡＲＹ", "欧阳．阿依 Mary"])
async def test_a_name_is_found_however_its_dot_and_capitals_are_typed(api: Client, submitted: Make, typed: str) -> None:
    await submitted(mother_name="欧阳·阿依Mary")
    assert len((await api.post(SEARCH, by=clerk(), body={"name": typed})).json()["items"]) == 1
    assert (await api.post(SEARCH, by=clerk(), body={"name": "欧阳"})).json()["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"name": "测小宝", "birth_date": "2026-02-25"},
        {"name": "测小宝", "phone": "13900001111"},
        {"name": "无此人"},
        {"id_number": "41019919951201118X"},
    ],
    ids=str,
)
async def test_all_that_is_named_has_to_agree(api: Client, submitted: Make, body: dict[str, str]) -> None:
    await submitted()
    assert (await api.post(SEARCH, by=clerk(), body=body)).json() == {"items": [], "more": False}


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        ({}, "", "请至少填写"),
        ({"name": "\u3000", "id_number": "\u200b"}, "", "请至少填写"),
        ({"birth_date": "2026-02-26"}, "/name", "同时填写姓名"),
        ({"phone": "123"}, "/phone", "11 位手机号码"),
        ({"id_number": "123"}, "/id_number", "18 位"),
        ({"name": "测小宝", "birth_date": "2026-02-30"}, "/birth_date", "没有这一天"),
        ({"application_number": "410100U232026030210000010"}, "/application_number", "办件编号有误"),
        ({"application_number": "1"}, "/application_number", "办件编号有误"),
    ],
    ids=str,
)
async def test_a_search_that_cannot_be_made_is_told_in_words(
    api: Client, database: Database, body: dict[str, str], pointer: str, said: str
) -> None:
    reply = await api.post(SEARCH, by=clerk(), body=body)
    assert reply.status == 422
    (error,) = reply.json()["errors"]
    assert error["pointer"] == pointer
    assert said in error["detail"]
    assert await audited(database) == []


async def test_a_search_says_that_there_are_more_than_it_shows(
    api: Client, submitted: Make, database: Database
) -> None:
    application = await submitted()
    async with database.unit_of_work() as work:
        found = await store.find_application(work.connection, application["application_id"], subject="citizen-1")
        assert found is not None
        row = {**found._asdict(), "guide": ""}
        digests = await searching.digests_by_application(work.connection, [application["application_id"]])
        for number in range(199):
            copy = {"application_id": f"01900000-0000-7000-8000-aaaa{number:08d}", "application_number": str(number)}
            store.add_application(work, {**row, **copy}, digests[application["application_id"]])
    found = (await api.post(SEARCH, by=clerk(), body={"name": "测小宝"})).json()
    assert (len(found["items"]), found["more"]) == (200, False)
    await submitted()
    found = (await api.post(SEARCH, by=clerk(), body={"name": "测小宝"})).json()
    assert (len(found["items"]), found["more"]) == (200, True)


async def test_a_citizen_finds_her_own_by_its_number_however_it_is_typed(
    api: Client, submitted: Make, listed: Callable[..., Awaitable[list[str]]]
) -> None:
    application, other = await submitted(), await submitted(by=citizen("citizen-2"))
    number = application["application_number"]
    for typed in (number, f" {number.lower()} ", f"{number[:6]}-{number[6:]}"):
        assert await listed(citizen(), application_number=typed) == [application["application_id"]]
    assert await listed(citizen(), application_number=other["application_number"]) == []
    assert await listed(clerk(), application_number=other["application_number"]) == [other["application_id"]]
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    reply = await api.get(LIST, by=citizen(), query={"application_number": wrong})
    assert reply.status == 422
    assert "办件编号有误" in reply.json()["errors"][0]["detail"]


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


async def test_the_applicant_and_the_window_count_what_they_may_see_by_state(
    api: Client, submitted: Make, accepted: Make
) -> None:
    await submitted()
    await accepted()

    async def counts(by: Principal) -> dict[str, int]:
        reply = await api.get(f"{LIST}/counts", by=by)
        return {one["state"]: one["count"] for one in reply.json()["states"]}

    assert await counts(citizen()) == await counts(clerk()) == {"submitted": 1, "accepted": 1, "closed": 0}
    assert (
        await counts(citizen("citizen-2"))
        == await counts(clerk(unit="U09"))
        == dict.fromkeys(("submitted", "accepted", "closed"), 0)
    )
