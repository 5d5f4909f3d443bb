from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from catalog_svc import store
from catalog_svc.domain.pack import Pack
from catalog_svc.handlers import Catalog, load_city
from catalog_svc.schemas import CalendarDocument
from catalog_svc.store import searching
from chassis.base.clock import local
from chassis.data.database import Database
from chassis.testing.builders import ManualClock
from chassis.testing.client import Client, audited
from sqlalchemy import event

Load = Callable[..., Awaitable[list[str]]]

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
MATTER = "/api/v1/matters/newborn"
GUIDE = f"{MATTER}/guide"


@pytest.mark.parametrize(
    "words",
    [
        *("生孩子", "新生儿", "出生", "上户口", "医保", "社保", "娃", "宝宝", "社保卡", "孩子 户口", "怎么给娃上户口"),
        *("落户", "户籍", "出生证", "疫苗", "报销", "二胎", "出生新生儿", "落户 新生儿", "　新生儿　", "ＮＥＷ 新生儿"),
        *("新生兒", "落戶", "醫保", "報銷", "出生證", "社會保障卡"),
    ],
)
async def test_everyday_words_find_the_matter(api: Client, words: str) -> None:
    found = (await api.get("/api/v1/matters", query={"q": words})).json()
    assert [matter["matter_code"] for matter in found["items"]] == ["newborn"]


@pytest.mark.parametrize(
    ("words", "task_name"),
    [
        ("医保", "新生儿医保参保登记"),
        ("医疗保险", "新生儿医保参保登记"),
        ("社保卡", "社会保障卡申领"),
        ("落户", "新生儿出生登记(随父或随母落户)"),
        ("出生证", "《出生医学证明》首次签发"),
        ("疫苗", "预防接种证办理"),
        ("报销", "生育医疗费支付"),
    ],
)
async def test_everyday_words_find_first_the_item_they_mean(api: Client, words: str, task_name: str) -> None:
    found = (await api.get("/api/v1/items", query={"q": words})).json()
    assert found["items"][0]["task_name"] == task_name


@pytest.mark.parametrize("words", ["飞机驾照", "开餐饮店", "怎么办"])
async def test_words_that_mean_nothing_here_find_nothing(api: Client, words: str) -> None:
    for path in ("/api/v1/matters", "/api/v1/items"):
        found = (await api.get(path, query={"q": words})).json()
        assert (found["items"], found["next"], found["suggestions"]) == ([], None, [])
        assert all(word in words for word in found["unmatched"])


async def test_paging_walks_every_unit_once(api: Client) -> None:
    seen: list[str] = []
    after = ""
    while True:
        page = (await api.get("/api/v1/units", query={"limit": 7, "after": after})).json()
        seen += [unit["unit_code"] for unit in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert len(seen) == len(set(seen)) == 58
    assert seen == sorted(seen)


async def test_ranked_items_page_without_gap_or_repeat(api: Client) -> None:
    whole = (await api.get("/api/v1/items", query={"q": "新生儿"})).json()["items"]
    seen, after = [], ""
    for _ in range(10):
        page = (await api.get("/api/v1/items", query={"q": "新生儿", "limit": 1, "after": after})).json()
        seen += page["items"]
        after = page["next"]
        if after is None:
            break
    assert seen == whole
    assert len(whole) >= 2


async def test_the_guide_tells_items_form_materials_tasks_and_promise(api: Client) -> None:
    guide = (await api.post(GUIDE, body={"answers": ANSWERS})).json()
    assert len(guide["items"]) == len(guide["tasks"]) == 8
    assert guide["promise"]["critical_path"][0] == "birth_certificate"
    assert guide["promise"]["finish"].startswith("2026-03-10T")
    assert not guide["promise"]["provisional"]
    assert guide["statutory"]["finish"] > guide["promise"]["finish"]
    assert guide["saved"]
    gates = {task["task_key"]: task["after"] for task in guide["tasks"]}
    assert gates["medical_insurance"] == gates["social_security_card"] == ["birth_registration"]


async def test_the_guide_names_who_acts_and_who_holds_what(api: Client) -> None:
    guide = (await api.post(GUIDE, body={"answers": ANSWERS})).json()
    units = {task["task_key"]: (task["unit"], task["unit_name"]) for task in guide["tasks"]}
    assert units["birth_registration"] == ("U09", "郑州市公安局")
    holders = {material["material"]: (material["holder"], material["holder_name"]) for material in guide["materials"]}
    assert holders["marriage_certificate"] == ("U10", "郑州市民政局")
    assert holders["bank_account_slip"] == ("SELF", "申请人")


async def test_the_guide_says_the_answers_in_words_and_which_fields_are_personal(api: Client) -> None:
    guide = (await api.post(GUIDE, body={"answers": ANSWERS})).json()
    assert {one["key"]: one["value"] for one in guide["situation"]} == ANSWERS
    assert all(one["text"] and one["label"] for one in guide["situation"])
    items = {one["task_key"]: one["item"] for one in guide["tasks"]}
    (card,) = [one for one in guide["situation"] if one["key"] == "card"]
    assert card["used_by"] == [items["social_security_card"]]
    personal = {field["element"]: field["personal"] for part in guide["form"]["sections"] for field in part["fields"]}
    assert not personal["birth_hospital"]
    assert personal["mother_id_number"]
    assert personal["child_name"]


async def test_the_guide_has_the_rules_of_the_fields_that_are_asked(api: Client, pack: Pack) -> None:
    guide = (await api.post(GUIDE, body={"answers": ANSWERS})).json()
    asked = {field["element"] for part in guide["form"]["sections"] for field in part["fields"]}
    rules = {rule["rule"]: rule for rule in guide["form"]["rules"]}
    assert rules.keys() == {rule.rule for rule in pack.rules if {*rule.elements, *rule.when} <= asked}
    assert rules["mother_is_older"] | {"years": 10, "kind": "older_by", "is_warning": False} == rules["mother_is_older"]
    assert rules["mother_is_female"]["is_warning"]


async def test_wrong_answers_are_all_pointed_at(api: Client) -> None:
    reply = await api.post(GUIDE, body={"answers": {"residence": "maybe", "x": "y"}})
    assert reply.status == 422
    pointers = {error["pointer"] for error in reply.json()["errors"]}
    assert pointers >= {"/answers/residence", "/answers/x", "/answers/parents_nationality", "/answers/maternity"}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/v1/matters/none", "matter_not_found"),
        ("/api/v1/matters/newborn/versions/9", "matter_not_found"),
        ("/api/v1/items/none", "item_not_found"),
        ("/api/v1/units/ZZZ", "unit_not_found"),
    ],
)
async def test_what_is_not_there_is_404_with_its_code(api: Client, path: str, code: str) -> None:
    reply = await api.get(path)
    assert (reply.status, reply.json()["code"]) == (404, code)


async def test_an_item_is_shown_with_its_national_elements(api: Client) -> None:
    listed = (await api.get("/api/v1/items", query={"unit": "U09"})).json()["items"]
    shown = (await api.get(f"/api/v1/items/{listed[0]['task_code']}")).json()
    assert shown["task_type"] == "07"
    assert len(shown["task_code"]) == 31
    assert shown["status"] == "proposed"


async def test_a_published_version_and_the_current_one_read_alike(api: Client) -> None:
    current = (await api.get(MATTER)).json()
    assert (await api.get(f"{MATTER}/versions/{current['matter_version']}")).json() == current
    assert current["cooperating_units"] == ["U09", "U30", "U36", "U43"]
    assert current["cooperating_unit_names"][0] == "郑州市公安局"


@pytest.mark.parametrize("path", [MATTER, f"{MATTER}/versions/1"])
async def test_a_caller_who_has_the_matter_is_not_sent_it_again(api: Client, path: str) -> None:
    first = await api.get(path)
    etag = first.headers["etag"]
    for given in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = await api.get(path, headers={"if-none-match": given})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
    for given in ('"other"', "nonsense", f'"x{etag[1:]}'):
        assert (await api.get(path, headers={"if-none-match": given})).body == first.body


async def test_a_matter_that_changed_is_sent_anew(api: Client, load: Load, pack: Pack) -> None:
    etag = (await api.get(MATTER)).headers["etag"]
    await load(replace(pack, matters=(replace(pack.matters[0], summary="另一种说法", matter_version=2),)))
    current = await api.get(MATTER, headers={"if-none-match": etag})
    assert (current.status, current.json()["summary"]) == (200, "另一种说法")
    assert (await api.get(f"{MATTER}/versions/1", headers={"if-none-match": etag})).status == 304


async def test_a_search_within_a_unit_or_a_stage_pages_without_gaps(api: Client) -> None:
    seen: list[str] = []
    after = ""
    while True:
        query = {"q": "生育 医保 登记 新生儿", "unit": "U30", "limit": 1, "after": after}
        page = (await api.get("/api/v1/items", query=query)).json()
        assert len(page["items"]) == 1
        seen += [item["unit"] for item in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == ["U30"] * 3
    assert (await api.get("/api/v1/matters", query={"q": "生孩子", "stage": "EDU"})).json()["items"] == []
    assert len((await api.get("/api/v1/matters", query={"q": "生孩子", "stage": "BIRTH"})).json()["items"]) == 1


@pytest.mark.parametrize(
    ("said", "unit"),
    [("派出所", "U09"), ("卫计委", "U23"), ("医保局", "U30"), ("市医疗保障局", "U30"), ("国税局", "U43")],
)
async def test_a_unit_is_found_by_what_people_call_it(api: Client, said: str, unit: str) -> None:
    items = (await api.get("/api/v1/items", query={"q": said})).json()["items"]
    assert items
    assert unit in {item["unit"] for item in items}
    assert [one["matter_code"] for one in (await api.get("/api/v1/matters", query={"q": said})).json()["items"]]


@pytest.mark.parametrize("said", ["准生证", "双胞胎", "未婚妈妈", "上户口", "生小孩怎么办"])
async def test_a_matter_is_found_by_what_citizens_say(api: Client, said: str) -> None:
    found = (await api.get("/api/v1/matters", query={"q": said})).json()
    assert [one["matter_code"] for one in found["items"]] == ["newborn"]
    assert found["unmatched"] == []


async def test_words_that_nothing_answers_are_told_beside_what_was_found(api: Client) -> None:
    found = (await api.get("/api/v1/matters", query={"q": "新生儿 量子飞船"})).json()
    assert [one["matter_code"] for one in found["items"]] == ["newborn"]
    assert "".join(found["unmatched"]) in {"量子飞船", "飞船量子"}


@pytest.mark.parametrize("typed", ["xinshenger", "xsecs", "新生尔出生"])
async def test_what_is_misspelt_is_answered_with_what_may_be_meant(api: Client, typed: str) -> None:
    found = (await api.get("/api/v1/matters", query={"q": typed})).json()
    assert "新生儿出生" in found["suggestions"]


async def test_a_word_that_looks_like_another_does_not_keep_the_rest_from_being_found(api: Client) -> None:
    found = (await api.get("/api/v1/matters", query={"q": "末婚妈妈生孩子吗"})).json()
    assert [one["matter_code"] for one in found["items"]] == ["newborn"]
    assert "末婚" in found["unmatched"]


async def test_a_title_is_suggested_whatever_letter_what_was_typed_ends_in(api: Client) -> None:
    """Each beginning of a spelling, to `z` and back: a server may sort its texts as people do."""
    for last in range(2, len("xinshengerchusheng") + 1):
        found = (await api.get("/api/v1/matters", query={"q": "xinshengerchusheng"[:last]})).json()
        assert "新生儿出生" in found["suggestions"], last


@pytest.mark.parametrize(
    ("beginning", "spelling"), [("jz", "jzdj"), ("juz", "juzhudengji"), ("juzh", "juzhudengji"), ("zz", "zz")]
)
async def test_what_begins_so_is_found_also_where_the_beginning_ends_in_the_last_letter(
    database: Database, beginning: str, spelling: str, loaded: Catalog, pack: Pack
) -> None:
    code = pack.items[0].task_code
    today = local(loaded.clock.now()).date()
    async with database.unit_of_work() as work:
        await searching.save_spellings(work.connection, "item", code, [(spelling, "居住登记"), ("jya", "别的")])
        found = await searching.spelt_like(work.connection, store.items, beginning, today=today, size=5)
    assert found == ["居住登记"]


async def test_the_stages_stand_in_their_order_with_what_is_offered(api: Client) -> None:
    stages = (await api.get("/api/v1/stages")).json()["items"]
    assert (stages[0]["stage"], stages[0]["name"], stages[0]["matters"]) == ("BIRTH", "出生", 1)
    assert len(stages) == 16


async def test_every_unit_and_item_of_the_city_can_be_shown(api: Client, pack: Pack) -> None:
    for unit in pack.units:
        assert (await api.get(f"/api/v1/units/{unit.unit_code}")).json()["name"] == unit.name
    for item in pack.items:
        assert (await api.get(f"/api/v1/items/{item.task_code}")).json()["task_name"] == item.task_name


async def test_the_unmarried_are_asked_for_a_promise_and_not_for_a_father(api: Client) -> None:
    guide = (await api.post(GUIDE, body={"answers": {**ANSWERS, "in_wedlock": "no"}})).json()
    fields = {field["element"]: field for section in guide["form"]["sections"] for field in section["fields"]}
    assert not fields["father_name"]["required"]
    assert fields["mother_name"]["required"]
    modes = {material["material"]: material["obtain_mode"] for material in guide["materials"]}
    assert modes["paternity_statement"] == "PROMISE"
    assert fields["paternity_promise"]["required"]
    assert not {"marriage_certificate", "paternity_test"} & set(modes)
    assert modes["birth_certificate"] == "SYSTEM_GENERATED"


async def test_a_child_of_the_unmarried_that_follows_its_father_brings_the_proof_to_the_window(api: Client) -> None:
    answers = {**ANSWERS, "in_wedlock": "no", "hukou_follow": "father"}
    guide = (await api.post(GUIDE, body={"answers": answers})).json()
    fields = {field["element"]: field for section in guide["form"]["sections"] for field in section["fields"]}
    assert fields["father_name"]["required"]
    assert fields["father_id_number"]["required"]
    proof = next(one for one in guide["materials"] if one["material"] == "paternity_test")
    assert (proof["required"], proof["needs_reference"], proof["holder"]) == (True, False, "SELF")
    assert "带到受理窗口" in proof["why"]
    assert "paternity_test" not in {one["material"] for one in guide["saved"]}, "what she must bring is not saved"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"parents_nationality": "other"}, "派出所户籍窗口"),
        ({"birth_place": "abroad"}, "派出所户籍窗口"),
        ({"parents_nationality": "other", "residence": None}, "派出所户籍窗口"),
    ],
)
async def test_a_situation_for_the_window_is_told_where_to_go_before_anything_is_asked(
    api: Client, change: dict[str, str | None], said: str
) -> None:
    answers = {key: value for key, value in {**ANSWERS, **change}.items() if value is not None}
    reply = await api.post(GUIDE, body={"answers": answers})
    assert (reply.status, reply.json()["code"]) == (422, "handled_at_window")
    assert said in reply.json()["detail"]
    (key,) = (key for key, value in change.items() if value)
    assert [(one["pointer"], one["detail"]) for one in reply.json()["errors"]] == [
        (f"/answers/{key}", reply.json()["detail"])
    ]
    shown = (await api.get(MATTER)).json()["questions"]
    ways_out = {one["value"]: one["window"] for question in shown for one in question["options"]}
    assert ways_out[answers[key]] == reply.json()["detail"], "a page can tell it as soon as it is chosen"
    assert ways_out["hukou"] == ""


@pytest.mark.parametrize(
    ("residence", "proof"),
    [("hukou", "child_hukou_record"), ("permit", "parent_residence_permit"), ("insured", "parent_insurance_record")],
)
async def test_a_child_is_insured_by_its_hukou_or_by_a_parents_permit_or_insurance(
    api: Client, residence: str, proof: str
) -> None:
    answers = {**ANSWERS, "residence": residence}
    if residence != "hukou":
        answers = {key: value for key, value in answers.items() if key not in {"hukou_follow", "card"}}
    guide = (await api.post(GUIDE, body={"answers": answers})).json()
    proofs = {"child_hukou_record", "parent_residence_permit", "parent_insurance_record"}
    assert proofs & {one["material"] for one in guide["materials"]} == {proof}
    gates = {task["task_key"]: task["after"] for task in guide["tasks"]}
    assert gates["medical_insurance"] == ["birth_registration" if residence == "hukou" else "birth_certificate"]
    assert ("birth_registration" in gates) == (residence == "hukou")


@pytest.mark.parametrize(
    ("maternity", "tasks", "brought"),
    [
        ("none", set(), set()),
        ("allowance", {"maternity_allowance"}, {"medical_record"}),
        ("medical", {"maternity_benefit"}, {"medical_receipt", "expense_list", "diagnosis_proof", "medical_record"}),
        (
            "both",
            {"maternity_allowance", "maternity_benefit"},
            {"medical_receipt", "expense_list", "diagnosis_proof", "medical_record"},
        ),
    ],
)
async def test_a_mother_claims_what_she_chose_with_what_the_law_asks_for_it(
    api: Client, maternity: str, tasks: set[str], brought: set[str]
) -> None:
    guide = (await api.post(GUIDE, body={"answers": {**ANSWERS, "maternity": maternity}})).json()
    chosen = {task["task_key"]: task["statutory"] for task in guide["tasks"] if "maternity" in task["task_key"]}
    assert set(chosen) == tasks
    limits = {"maternity_benefit": 30, "maternity_allowance": 10}
    assert chosen == {key: {"amount": limits[key], "unit": "WORKDAY"} for key in tasks}
    assert {one["material"] for one in guide["materials"] if one["obtain_mode"] == "UPLOAD"} == brought
    assert ("bank_account_slip" in {one["material"] for one in guide["materials"]}) == bool(tasks)


async def test_paying_is_the_applicants_own_step_with_its_time_and_way(api: Client) -> None:
    guide = (await api.post(GUIDE, body={"answers": ANSWERS})).json()
    own = [task for task in guide["tasks"] if task["by"] == "APPLICANT"]
    assert [(task["task_key"], task["promise"]) for task in own] == [
        ("insurance_payment", {"amount": 30, "unit": "CALENDAR_DAY"})
    ]
    assert own[0]["statutory"] is None
    assert "河南税务" in own[0]["help"]
    assert all(task["help"] == "" for task in guide["tasks"] if task["by"] == "UNIT")
    assert "insurance_payment" not in guide["promise"]["critical_path"], "nobody waits for it"


async def test_a_number_that_stands_in_the_form_is_not_asked_for_again(api: Client) -> None:
    guide = (await api.post(GUIDE, body={"answers": ANSWERS})).json()
    assert [one["material"] for one in guide["materials"] if one["needs_reference"]] == []
    elsewhere = (await api.post(GUIDE, body={"answers": {**ANSWERS, "birth_place": "henan"}})).json()
    assert [one["material"] for one in elsewhere["materials"] if one["needs_reference"]] == ["birth_certificate"]


async def test_each_paper_saved_names_the_rule_that_asked_for_it(api: Client) -> None:
    saved = (await api.post(GUIDE, body={"answers": ANSWERS})).json()["saved"]
    assert all(one["basis"] for one in saved)
    assert "国办发〔2015〕96号第二条第一项" in next(
        one["basis"] for one in saved if one["material"] == "household_register"
    )
    never_asked = {"hospital_birth_record", "medical_insurance_record", "parent_insurance_record"}
    assert not never_asked & {one["material"] for one in saved}


async def test_the_child_has_one_of_the_56_ethnic_groups_and_a_card_of_a_bank_that_issues_them(api: Client) -> None:
    guide = (await api.post(GUIDE, body={"answers": ANSWERS})).json()
    fields = {field["element"]: field for section in guide["form"]["sections"] for field in section["fields"]}
    groups = [option["value"] for option in fields["child_ethnicity"]["options"]]
    assert groups == [*(f"{number:02}" for number in range(1, 57)), "97", "98"]
    assert fields["child_ethnicity"]["required"]
    assert fields["card_bank"]["type"] == "choice"


async def test_a_cursor_of_another_list_is_refused(api: Client) -> None:
    listed = (await api.get("/api/v1/units", query={"limit": 1})).json()["next"]
    reply = await api.get("/api/v1/items", query={"q": "新生儿", "after": listed})
    assert (reply.status, reply.json()["errors"][0]["pointer"]) == (422, "/after")


READS = ("/api/v1/units", "/api/v1/units/U01", MATTER, "/api/v1/matters", "/api/v1/items", "/api/v1/stages")


@pytest.mark.parametrize("path", READS)
async def test_what_is_published_is_kept_and_has_a_tag(api: Client, path: str) -> None:
    first, again = await api.get(path), await api.get(path)
    assert (first.status, again.body, again.headers["etag"]) == (200, first.body, first.headers["etag"])
    assert (await api.get(path, headers={"if-none-match": first.headers["etag"]})).status == 304


async def test_a_hot_read_asks_the_database_nothing(api: Client) -> None:
    asked: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    await api.get(MATTER)
    event.listen(sa.Engine, "before_cursor_execute", hear)
    try:
        await api.get(MATTER)
        assert not asked
        await api.get(f"{MATTER}/versions/1")
        assert asked
    finally:
        event.remove(sa.Engine, "before_cursor_execute", hear)


async def test_a_load_shows_at_once_here_and_within_a_second_where_another_process_loads(
    api: Client, load: Load, pack: Pack, calendar: CalendarDocument, catalog: Catalog, clock: ManualClock
) -> None:
    async def name_of_first_unit() -> str:
        return str((await api.get(f"/api/v1/units/{pack.units[0].unit_code}")).json()["name"])

    def renamed(name: str) -> Pack:
        return replace(pack, units=(replace(pack.units[0], name=name), *pack.units[1:]))

    assert await name_of_first_unit() == pack.units[0].name
    await load(renamed("甲单位"))
    assert await name_of_first_unit() == "甲单位"
    elsewhere = replace(catalog, database=Database.open(catalog.database.url, cipher=catalog.database.cipher))
    async with elsewhere.database.unit_of_work() as work:
        await load_city(elsewhere, work, renamed("乙单位"), calendar)
    await elsewhere.database.close()
    assert await name_of_first_unit() == "甲单位", "nobody looked yet"
    clock.advance(seconds=1)
    assert await name_of_first_unit() == "乙单位"


async def test_what_ends_today_is_not_listed_tomorrow_though_nothing_was_loaded(
    api: Client, catalog: Catalog, pack: Pack, calendar: CalendarDocument, clock: ManualClock
) -> None:
    tomorrow = local(clock.now()).date() + timedelta(days=1)
    gone = replace(pack, matters=(), withdrawn={"newborn": tomorrow})
    async with catalog.database.unit_of_work() as work:
        await load_city(catalog, work, gone, calendar, withdraw=True)
    assert len((await api.get("/api/v1/matters")).json()["items"]) == 1
    clock.advance(days=1)
    assert (await api.get("/api/v1/matters")).json()["items"] == []


async def test_words_cut_otherwise_are_found_at_once_and_told_in_the_log(
    api: Client, load: Load, database: Database
) -> None:
    assert (await api.get("/api/v1/matters", query={"q": "生孩子"})).json()["items"]
    async with database.unit_of_work() as work:
        await work.connection.execute(store.words.delete())
    assert await load() == ["words"]
    assert (await audited(database))[-1].subject == "words"
    assert await load() == []
    assert (await api.get("/api/v1/matters", query={"q": "生孩子"})).json()["items"]
