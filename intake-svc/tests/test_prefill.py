from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.testing.builders import ManualClock, citizen
from chassis.testing.client import Client
from intake_svc.store import drafts

Make = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def begin(api: Client, answers: dict[str, str], keys: Callable[[], str]) -> Make:
    """Begin a draft."""

    async def make(**overrides: Any) -> dict[str, Any]:
        body = {"matter_code": "newborn", "answers": answers, **overrides}
        reply = await api.post("/api/v1/drafts", by=citizen(), body=body, key=keys())
        assert reply.status == 201, reply.body
        found: dict[str, Any] = reply.json()
        return found

    return make


@pytest.fixture
def save(api: Client) -> Make:
    """Save a draft with its form changed."""

    async def change(draft: dict[str, Any], *, disputes: Any = None, **changes: str) -> dict[str, Any]:
        body = {"form": {**draft["form"], **changes}, "materials": draft["materials"]}
        body |= {} if disputes is None else {"disputes": disputes}
        path, seen = f"/api/v1/drafts/{draft['draft_id']}", {"if-match": f'"{draft["version"]}"'}
        reply = await api.put(path, by=citizen(), body=body, headers=seen)
        assert reply.status == 200, reply.body
        found: dict[str, Any] = reply.json()
        return found

    return change


def states(draft: dict[str, Any]) -> dict[str, str]:
    return {source["key"]: source["state"] for source in draft["sources"]}


def places(faults: list[dict[str, str]], code: str) -> list[str]:
    return [fault["pointer"] for fault in faults if fault["code"] == code]


async def test_a_new_draft_comes_filled_with_where_each_value_is_from(
    api: Client, datashare: Any, begin: Make, answers: dict[str, str]
) -> None:
    datashare.gives("child_name", " 测小宝 ")
    datashare.gives("child_birth_date", "20260226")
    datashare.gives("parent_id_card", "41019920000229102 5", place="materials")
    draft = await begin()
    assert draft["form"] == {"child_name": "测小宝", "child_birth_date": "2026-02-26"}
    assert draft["materials"] == {"parent_id_card": "410199200002291025"}
    assert states(draft) == dict.fromkeys(("child_name", "child_birth_date", "parent_id_card"), "kept")
    (first, *_) = draft["sources"]
    assert (first["unit_name"], first["resource_name"]) == ("市卫生健康委", "出生医学证明信息")
    assert (first["at"], first["query_id"]) == ("2026-03-02T01:30:00Z", "01900000-0000-7000-8000-0000000000a1")
    (asked,) = datashare.of("/prefills")
    items = asked.pop("items")
    assert "11410100MBXX0009493410709001000" in items, "the situation's own"
    assert asked == {
        "draft_id": draft["draft_id"],
        "applicant_id": "citizen-1",
        "matter_code": "newborn",
        "answers": answers,
    }
    again = await api.get(f"/api/v1/drafts/{draft['draft_id']}", by=citizen())
    assert again.json() == draft


async def test_what_was_shared_for_another_situation_is_no_source_of_the_one_that_is_chosen_by_now(
    api: Client, datashare: Any, begin: Make, answers: dict[str, str]
) -> None:
    datashare.gives("child_name", "测小宝")
    datashare.gives("residence_address", "郑州市测试路 2 号", when={"card": ["yes"]})
    datashare.lacks("birth_hospital", when={"card": ["yes"]})
    draft = await begin()
    assert states(draft) == {"child_name": "kept", "residence_address": "kept", "birth_hospital": "asked_by_hand"}
    body = {"form": {**draft["form"], "residence_address": "郑州市测试路 3 号"}, "answers": {**answers, "card": "no"}}
    path, seen = f"/api/v1/drafts/{draft['draft_id']}", {"if-match": '"1"'}
    changed = (await api.put(path, by=citizen(), body=body, headers=seen)).json()
    assert states(changed) == {"child_name": "kept"}
    assert places(changed["missing"], "differs_from_source") == []
    back = {"form": body["form"], "answers": answers}
    returned = (await api.put(path, by=citizen(), body=back, headers={"if-match": '"2"'})).json()
    assert places(returned["missing"], "differs_from_source") == ["/form/residence_address"]


async def test_whoever_is_to_be_called_elsewhere_disputes_nothing(datashare: Any, begin: Make, save: Make) -> None:
    datashare.gives("mother_phone", "13800000000")
    draft = await begin()
    assert states(await save(draft)) == {"mother_phone": "kept"}
    changed = await save({**draft, "version": 2}, mother_phone="13900000000")
    assert states(changed) == {"mother_phone": "left_out"}
    assert places(changed["missing"], "differs_from_source") == []
    disputed = await save(changed, disputes={"mother_phone": "不是本人的号码"})
    assert states(disputed) == {"mother_phone": "disputed"}


async def test_what_a_newer_form_does_not_take_any_more_need_not_be_changed_back(
    catalog: Any, datashare: Any, begin: Make, save: Make
) -> None:
    datashare.gives("child_name", "测小宝")
    datashare.gives("birth_hospital", "测试医院")
    draft = await begin()
    assert states(draft) == {"child_name": "kept", "birth_hospital": "kept"}
    fields = [field for section in catalog.guide["form"]["sections"] for field in section["fields"]]
    (field,) = [field for field in fields if field["element"] == "birth_hospital"]
    field["options"] = [{"value": "h1", "label": "测试第一医院"}]
    changed = await save(draft, birth_hospital="h1")
    assert states(changed) == {"child_name": "kept"}
    assert places(changed["missing"], "differs_from_source") == []


async def test_nobody_is_asked_for_a_draft_that_is_to_be_empty_or_has_no_room(
    api: Client, datashare: Any, begin: Make, answers: dict[str, str], keys: Callable[[], str]
) -> None:
    datashare.gives("child_name", "测小宝")
    draft, *_ = [await begin(prefill=False) for _ in range(5)]
    assert (draft["form"], draft["sources"], draft["sources_missing"]) == ({}, [], "")
    body = {"matter_code": "newborn", "answers": answers}
    refused = await api.post("/api/v1/drafts", by=citizen(), body=body, key=keys())
    assert refused.json()["code"] == "too_many_drafts"
    assert datashare.asked == []


@pytest.mark.parametrize("trouble", ["status", "garbled", "hangs"])
async def test_a_draft_goes_on_without_values_where_datashare_is_out_late_or_not_to_be_read(
    datashare: Any, begin: Make, trouble: str
) -> None:
    datashare.gives("child_name", "测小宝")
    setattr(datashare, trouble, 500 if trouble == "status" else True)
    draft = await begin()
    assert (draft["form"], draft["sources"]) == ({}, [])
    assert draft["sources_missing"] == "数据共享暂时不能答复,请自行填写"


async def test_a_datashare_that_does_not_know_the_operation_gives_nothing(datashare: Any, begin: Make) -> None:
    datashare.status = 404
    draft = await begin()
    assert (draft["form"], draft["sources_missing"]) == ({}, "")


async def test_an_answer_with_a_name_longer_than_any_is_not_taken(datashare: Any, begin: Make) -> None:
    datashare.gives("child_name", "测小宝", unit_name="长" * 101)
    assert (await begin())["sources_missing"]


async def test_what_a_source_did_not_give_stays_open_with_the_reason_and_what_is_not_asked_is_not_shown(
    datashare: Any, begin: Make, save: Make
) -> None:
    datashare.gives("child_name", "测小宝")
    datashare.gives("not_in_this_form", "x")
    datashare.gives("birth_certificate", "Z410000001", place="materials")
    datashare.lacks("child_name", "residence_address", "hukou_region", "not_in_this_form")
    datashare.lacks("birth_weight", reason="not_found")
    datashare.lacks("mailing_address", reason="a_reason_to_come")
    draft = await begin()
    assert (draft["form"], draft["materials"]) == ({"child_name": "测小宝"}, {})
    told = {source["key"]: source for source in draft["sources"]}
    open_ones = {"residence_address", "hukou_region", "birth_weight", "mailing_address"}
    assert told.keys() == {"child_name", *open_ones}
    assert {told[key]["state"] for key in open_ones} == {"asked_by_hand"}
    assert told["residence_address"]["reason"] == "这个专网暂时不能答复,请自行填写"
    assert told["birth_weight"]["reason"] == "没有查到相应的记录,请自行填写"
    assert told["mailing_address"]["reason"] == "没有得到这项内容,请自行填写"
    assert (told["birth_weight"]["at"], told["birth_weight"]["query_id"]) == (None, None)
    saved = await save(draft, residence_address="郑州市测试路 1 号")
    assert states(saved)["residence_address"] == "asked_by_hand"


@pytest.mark.parametrize(
    ("key", "value"),
    [("child_sex", "9"), ("child_birth_date", "26/02/2026"), ("mother_id_number", "410199200002291020")],
)
async def test_a_value_that_the_form_does_not_take_is_asked_by_hand(
    datashare: Any, begin: Make, key: str, value: str
) -> None:
    datashare.gives(key, value)
    draft = await begin()
    (source,) = draft["sources"]
    assert (draft["form"], source["state"]) == ({}, "asked_by_hand")
    assert source["reason"] == "来源的内容不符合表单的要求,请自行填写"


async def test_of_two_sources_of_one_place_the_first_counts(datashare: Any, begin: Make) -> None:
    datashare.gives("child_name", "测小宝")
    datashare.gives("child_name", "测大宝")
    assert (await begin())["form"] == {"child_name": "测小宝"}


@pytest.mark.parametrize(
    ("key", "shared", "typed"),
    [
        ("child_birth_date", "2026-02-26", "2026年2月26日"),
        ("child_birth_date", "2026-02-26", "20260226"),
        ("mother_name", "阿依努尔·买买提", "阿依努尔•买买提"),
        ("mother_name", "阿依努尔·买买提", "阿依努尔买买提"),
        ("mother_id_number", "41019919551231123X", "41019919551231123x"),
        ("mother_phone", "13800000000", "+86 138-0000-0000"),
        ("residence_address", "郑州市测试路 1 号", "郑州市测试路1号"),
        ("birth_hospital", "测试医院(东区)", "测试医院(东区)"),
    ],
)
async def test_another_way_of_writing_is_no_change(
    datashare: Any, begin: Make, save: Make, key: str, shared: str, typed: str
) -> None:
    datashare.gives(key, shared)
    saved = await save(await begin(), **{key: typed})
    assert states(saved) == {key: "kept"}
    assert places(saved["missing"], "differs_from_source") == []


@pytest.mark.parametrize(
    ("key", "shared", "typed"),
    [
        ("child_birth_date", "2026-02-26", "2026-02-27"),
        ("child_sex", "1", "2"),
        ("residence_address", "郑州市测试路 1-2 号", "郑州市测试路 12 号"),
        ("mother_name", "测试母亲", "测试母氏"),
    ],
)
async def test_a_change_stands_beside_what_was_shared_until_it_is_changed_back_or_has_a_reason(
    datashare: Any, begin: Make, save: Make, key: str, shared: str, typed: str
) -> None:
    datashare.gives(key, shared)
    draft = await begin()
    saved = await save(draft, **{key: typed})
    assert states(saved) == {key: "differs"}
    (fault,) = [one for one in saved["missing"] if one["code"] == "differs_from_source"]
    assert fault["pointer"] == f"/form/{key}"
    assert "市卫生健康委的出生医学证明信息" in fault["detail"]
    disputed = await save(saved, disputes={key: "登记有误"})
    (source,) = disputed["sources"]
    assert (source["state"], source["reason"]) == ("disputed", "登记有误")
    assert places(disputed["missing"], "differs_from_source") == []
    kept = await save(disputed)
    assert states(kept) == {key: "disputed"}, "reasons stay where none are sent"
    back = await save(kept, **{key: shared})
    (source,) = back["sources"]
    assert (source["state"], source["reason"]) == ("kept", "")
    taken_back = await save(await save(back, **{key: typed}), disputes={})
    assert states(taken_back) == {key: "differs"}


async def test_what_is_left_out_of_the_form_is_neither_a_fault_nor_a_dispute(
    datashare: Any, begin: Make, save: Make
) -> None:
    datashare.gives("birth_weight", "3200")
    saved = await save(await begin(), birth_weight="")
    assert states(saved) == {"birth_weight": "left_out"}
    assert places(saved["missing"], "differs_from_source") == []


async def test_a_licence_named_for_a_number_that_was_shared_is_compared_at_submission(
    api: Client, datashare: Any, begin: Make
) -> None:
    datashare.gives("parent_id_card", "410199200002291025", place="materials")
    draft = await begin()
    body = {"form": {}, "materials": {"parent_id_card": draft["draft_id"]}}
    path = f"/api/v1/drafts/{draft['draft_id']}"
    saved = await api.put(path, by=citizen(), body=body, headers={"if-match": '"1"'})
    assert states(saved.json()) == {"parent_id_card": "left_out"}


@pytest.mark.parametrize(
    "disputes", [{"child_name": ""}, {"child_name": " "}, {"a b": "x"}, {"child_name": "x" * 9999}]
)
async def test_a_dispute_has_a_reason_and_names_a_place(
    api: Client, datashare: Any, begin: Make, disputes: dict[str, str]
) -> None:
    draft = await begin()
    body = {"form": {}, "disputes": disputes}
    path = f"/api/v1/drafts/{draft['draft_id']}"
    reply = await api.put(path, by=citizen(), body=body, headers={"if-match": '"1"'})
    assert reply.status == 422


async def test_anothers_draft_shows_no_source(api: Client, datashare: Any, begin: Make) -> None:
    datashare.gives("child_name", "测小宝")
    draft = await begin()
    assert (await api.get(f"/api/v1/drafts/{draft['draft_id']}", by=citizen("citizen-2"))).status == 404


async def test_a_draft_of_the_release_before_reads_and_is_saved(
    api: Client, database: Database, begin: Make, save: Make
) -> None:
    draft = await begin()
    async with database.unit_of_work() as work:
        await work.connection.execute(drafts.update().values(shared=None))
    assert (await save(draft, child_name="测小宝"))["sources"] == []


async def test_what_was_shared_goes_with_its_draft(
    api: Client, database: Database, datashare: Any, begin: Make, clock: ManualClock
) -> None:
    datashare.gives("child_name", "金丝雀")
    draft = await begin()
    async with database.reading() as connection:
        (sealed,) = (await connection.execute(sa.select(drafts.c.shared))).scalars()
    assert sealed
    assert "金丝雀" not in sealed
    path = f"/api/v1/drafts/{draft['draft_id']}"
    assert (await api.delete(path, by=citizen(), headers={"if-match": '"1"'})).status == 204
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(drafts.c.shared))).all() == []


async def test_a_lost_answer_is_given_again_and_nobody_asked_for_a_second_draft(
    api: Client, datashare: Any, answers: dict[str, str]
) -> None:
    datashare.gives("child_name", "测小宝")
    body = {"matter_code": "newborn", "answers": answers}
    first, again = [await api.post("/api/v1/drafts", by=citizen(), body=body, key="one") for _ in range(2)]
    assert first.body == again.body
    other = await api.post("/api/v1/drafts", by=citizen(), body={**body, "prefill": True}, key="one")
    assert (other.status, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(datashare.of("/prefills")) == 1
