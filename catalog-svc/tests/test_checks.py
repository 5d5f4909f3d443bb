from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from catalog_svc.domain.checks import check
from catalog_svc.domain.findings import Finding
from catalog_svc.domain.matter_checks import MOST_ELEMENTS, MOST_MATERIALS, MOST_OPTIONS, MOST_TASKS
from catalog_svc.domain.model import (
    Actor,
    ClockStart,
    ElementType,
    Fee,
    FormRule,
    IdKind,
    Matter,
    NeededElement,
    NeededMaterial,
    ObtainMode,
    OnRefusal,
    Option,
    Question,
    RuleKind,
)
from catalog_svc.domain.pack import Pack
from chassis.worktime import Limit, LimitUnit

ON_SITE, DAYS = LimitUnit.ON_SITE, LimitUnit.WORKDAY


def with_item(pack: Pack, **change: Any) -> Pack:
    return replace(pack, items=(replace(pack.items[0], **change), *pack.items[1:]))


def with_matter(pack: Pack, **change: Any) -> Pack:
    return replace(pack, matters=(replace(pack.matters[0], **change),))


def errors(pack: Pack) -> set[tuple[str, str]]:
    return {(finding.kind, finding.path) for finding in check(pack) if finding.is_error}


def test_zhengzhous_pack_has_nothing_wrong_but_remedies_to_be_confirmed(zhengzhou: Pack, pack: Pack) -> None:
    assert {finding.path for finding in check(zhengzhou)} == {"review_authority"}
    assert check(pack) == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"promise": Limit(0, ON_SITE)}, "project_type"),
        ({"project_type": "1"}, "project_type"),
        ({"promise": Limit(3, ON_SITE)}, "promise"),
        ({"promise": Limit(100_000, DAYS)}, "promise"),
        ({"promise": Limit(3, DAYS), "anticipate": Limit(2, DAYS)}, "promise"),
        ({"anticipate": Limit(20, DAYS), "anticipate_explain": " "}, "anticipate"),
        ({"anticipate": Limit(-1, DAYS)}, "anticipate"),
        ({"limit_scene_num": 1}, "limit_scene_explain"),
        ({"limit_scene_num": 1}, "limit_scene_num"),
        ({"limit_scene_explain": "须采集指纹"}, "limit_scene_explain"),
        ({"handle_type": ("1",)}, "handle_type"),
        ({"handle_type": ("8",)}, "handle_type/0"),
        ({"is_fee": True}, "is_fee"),
        ({"is_pay_online": True}, "is_fee"),
        ({"fee_basis": "价格目录"}, "is_fee"),
        ({"result_name": "出生医学证", "result_type": "其他"}, "result_type"),
        ({"result_name": "准予决定的批复"}, "result_type"),
        ({"consult_phone": "0371-00000000", "complain_phone": "0371-00000000"}, "complain_phone"),
        ({"consult_phone": "12345678"}, "consult_phone"),
        ({"user_topic_type": ()}, "user_topic_type"),
        ({"corp_topic_type": ("准入准营",)}, "corp_topic_type"),
        ({"server_type": ("2",)}, "user_topic_type"),
        ({"server_type": ("2",)}, "corp_topic_type"),
        ({"server_type": ()}, "server_type"),
        ({"by_law": ()}, "by_law"),
        ({"task_type": "02"}, "task_type"),
        ({"use_level": "9"}, "use_level"),
        ({"catalog_code": "41"}, "catalog_code"),
        ({"task_version": 0}, "task_version"),
        ({"online_handle_depth": "5"}, "online_handle_depth"),
        ({"task_name": "名" * 101}, "task_name"),
        ({"task_name": "名\x07"}, "task_name"),
        ({"status": "maybe"}, "status"),
        ({"result_material": "nothing"}, "result_material"),
        ({"elements": (NeededElement("child_name", max_length=0),)}, "elements/0/max_length"),
        ({"elements": (NeededElement("child_name"), NeededElement("child_name"))}, "elements/1"),
    ],
)
def test_an_item_that_breaks_a_rule_is_found_at_its_field(pack: Pack, change: dict[str, Any], path: str) -> None:
    assert ("items", path) in errors(with_item(pack, **change))


def test_an_item_that_keeps_the_rules_another_way_is_right(pack: Pack) -> None:
    on_site = {"promise": Limit(0, ON_SITE), "project_type": "1"}
    fee = {"is_fee": True, "fee_basis": "目录", "fee_project": (Fee("工本费", "每证 10 元", "某法"),)}
    visit = {
        "limit_scene_num": 1,
        "limit_scene_explain": "须采集指纹",
        "online_handle_depth": "Ⅲ",
        "handle_type": ("1",),
    }
    phones = {"consult_phone": "0371-00000000", "complain_phone": "0371-00000001"}
    assert check(with_item(pack, **on_site, **fee, **visit, **phones)) == []


def test_a_promise_of_ten_working_days_under_a_law_of_eleven_days_is_refused_in_words(pack: Pack) -> None:
    law = {"anticipate": Limit(11, LimitUnit.CALENDAR_DAY), "anticipate_explain": "某法第一条"}
    found = check(with_item(pack, promise=Limit(10, DAYS), **law))
    assert [(one.path, one.is_error, one.detail) for one in found] == [
        ("promise", True, "承诺时限 10 个工作日(至少 12 日)长于法定时限 11 日")
    ]


def test_a_promise_that_only_a_weekend_or_a_holiday_makes_too_long_warns(pack: Pack) -> None:
    law = {"anticipate": Limit(12, LimitUnit.CALENDAR_DAY), "anticipate_explain": "某法第一条"}
    found = check(with_item(pack, promise=Limit(10, DAYS), **law))
    assert [(one.path, one.is_error) for one in found] == [("promise", False)]


@pytest.mark.parametrize("amount", [-1, 10**9])
def test_a_limit_out_of_bounds_is_told_and_not_compared(pack: Pack, amount: int) -> None:
    law = {"anticipate": Limit(amount, LimitUnit.YEAR), "anticipate_explain": "某法第一条"}
    assert errors(with_item(pack, **law)) == {("items", "anticipate")}
    assert check(with_item(pack, **law))[0].detail == "时限数应为 0 至 100"


def test_the_same_element_under_conditions_that_exclude_each_other_is_right(pack: Pack) -> None:
    twice = [need for need in pack.items[0].elements if need.element == "father_name"]
    assert [need.required for need in twice] == [True, False]
    overlapping = (*pack.items[0].elements, NeededElement("father_name", when={"residence": ("hukou",)}))
    assert ("items", f"elements/{len(overlapping) - 1}") in errors(with_item(pack, elements=overlapping))


def test_a_shallow_online_depth_warns(pack: Pack) -> None:
    found = check(with_item(pack, online_handle_depth="Ⅱ"))
    assert [(finding.path, finding.is_error) for finding in found] == [("online_handle_depth", False)]


def task(matter: Matter, key: str, **change: Any) -> dict[str, Any]:
    return {"tasks": tuple(replace(one, **change) if one.task_key == key else one for one in matter.tasks)}


def test_a_clock_that_starts_at_the_step_before_needs_a_step_before(pack: Pack) -> None:
    assert pack.matters[0].tasks[0].item == pack.items[0].task_code
    assert errors(with_item(pack, clock_start=ClockStart.GATE)) == {("matters", "tasks/0/after")}


def question(matter: Matter, number: int, **change: Any) -> dict[str, Any]:
    return {
        "questions": tuple(
            replace(one, **change) if place == number else one for place, one in enumerate(matter.questions)
        )
    }


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"lead_unit": "U99"}, "lead_unit"),
        ({"cooperating_units": ("U09",)}, "cooperating_units"),
        ({"subjects": ((),)}, "subjects/0"),
        ({"subjects": (("child_name", "favourite_colour"),)}, "subjects/0/1"),
        ({"subjects": (("child_name",),) * 11}, "subjects"),
        ({"cooperating_units": ("U09", "U30", "U36", "U43", "U99")}, "cooperating_units/4"),
        ({"matter_version": 0}, "matter_version"),
        ({"stage": "birth"}, "stage"),
        ({"tasks": ()}, "tasks"),
    ],
)
def test_a_matter_that_says_something_wrong_is_found_at_its_field(
    pack: Pack, change: dict[str, Any], path: str
) -> None:
    assert ("matters", path) in errors(with_matter(pack, **change))


NO = Option("no", "否")
Change = Callable[[Matter], dict[str, Any]]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda matter: task(matter, "vaccination", item="none"), "tasks/1/item"),
        (lambda matter: task(matter, "vaccination", item=matter.tasks[0].item), "tasks/1/item"),
        (lambda matter: task(matter, "vaccination", task_key="birth_certificate"), "tasks/1/task_key"),
        (lambda matter: task(matter, "vaccination", after=("nothing",)), "tasks/1/after/0"),
        (lambda matter: task(matter, "vaccination", after=()), "tasks/1/after"),
        (lambda matter: task(matter, "birth_certificate", after=("vaccination",)), "tasks/0/after"),
        (lambda matter: task(matter, "birth_certificate", after=("vaccination",)), "tasks/1/after"),
        (lambda matter: task(matter, "vaccination", when={"colour": ("red",)}), "tasks/1/when/colour"),
        (lambda matter: task(matter, "vaccination", when={"card": ("si",)}), "tasks/1/when/card"),
        (lambda matter: task(matter, "vaccination", when={"card": ()}), "tasks/1/when/card"),
        (lambda matter: task(matter, "vaccination", when={"card": ("yes",), "residence": ("none",)}), "tasks/1/when"),
        (lambda matter: {"tasks": tuple(replace(one, when={"card": ("yes",)}) for one in matter.tasks)}, "tasks"),
        (lambda matter: question(matter, 1, when={"card": ("yes",)}), "questions/1/when/card"),
        (lambda matter: question(matter, 5, when={"residence": ()}), "questions/5/when"),
        (lambda matter: question(matter, 6, key="insurance"), "questions/6/key"),
        (lambda matter: question(matter, 4, options=()), "questions/4"),
        (lambda matter: question(matter, 4, options=(replace(NO, window="请到窗口"),)), "questions/4"),
        (lambda matter: question(matter, 4, options=(NO, Option("x", "x", "\x07"))), "questions/4/options/1/window"),
        (lambda matter: task(matter, "vaccination", when={"birth_place": ("abroad",)}), "tasks/1/when"),
        (lambda matter: task(matter, "vaccination", limit=Limit(3, DAYS)), "tasks/1/limit"),
        (lambda matter: task(matter, "vaccination", by=Actor.APPLICANT, help="请自行办理"), "tasks/1/limit"),
        (lambda matter: task(matter, "vaccination", by=Actor.APPLICANT, limit=Limit(3, DAYS)), "tasks/1/help"),
        (lambda matter: task(matter, "insurance_payment", limit=Limit(0, DAYS)), "tasks/4/limit"),
        (lambda matter: task(matter, "insurance_payment", limit=Limit(1, ON_SITE)), "tasks/4/limit"),
        (lambda matter: task(matter, "insurance_payment", on_refusal=OnRefusal.HARD), "tasks/4/on_refusal"),
        (lambda matter: {"tasks": tuple(replace(one, by=Actor.APPLICANT) for one in matter.tasks)}, "tasks"),
        (lambda matter: question(matter, 4, options=(NO, NO)), "questions/4/options/1/value"),
        (lambda matter: question(matter, 4, options=(Option("not ok", "否"),)), "questions/4/options/0/value"),
        (
            lambda matter: {"questions": tuple(one for one in matter.questions if one.key != "in_wedlock")},
            "tasks/0/item/in_wedlock",
        ),
    ],
)
def test_a_matter_that_is_wrong_is_found_at_its_field(pack: Pack, change: Change, path: str) -> None:
    assert ("matters", path) in errors(with_matter(pack, **change(pack.matters[0])))


def test_a_circle_names_only_the_tasks_in_it(pack: Pack) -> None:
    found = errors(with_matter(pack, **task(pack.matters[0], "birth_registration", after=("medical_insurance",))))
    circle = {path for kind, path in found if path.endswith("/after") and path != "tasks/1/after"}
    assert circle >= {"tasks/2/after", "tasks/3/after"}
    assert "tasks/0/after" not in circle


VAGUE = [
    "其他材料",
    "其他",
    "有关证明",
    "其它",
    "相关材料",
    "其他组织提供的其他材料",
    "营业执照等材料",
    "与申请有关的文件",
]
VAGUE += ["必要的证明", "法定代表人身份证等", "需要的资料", "法人和其他组织有关材料"]
NAMED = [
    "法人和其他组织统一社会信用代码证书",
    "公民、法人和其他组织失信信息查询结果",
    "其他组织登记证书",
    "其他经济组织负责人身份证",
]
NAMED += [
    "法人或者其他组织授权委托书",
    "利害相关人同意书",
    "等级评定证书",
    "不等价交换说明",
    "平等协议书",
    "有关税收居民身份声明",
]
NAMED += ["其他非法人组织登记证", "相关系数测算表"]


@pytest.mark.parametrize("name", NAMED)
def test_a_set_phrase_of_the_law_is_not_vague(pack: Pack, name: str) -> None:
    named = replace(pack, materials=(replace(pack.materials[0], name=name), *pack.materials[1:]))
    assert errors(named) == set()


PHONES = [
    "12345",
    "110",
    "12393",
    "95598",
    "400-123-4567",
    "4001234567",
    "800-810-0000",
    "0371-67170000",
    "010-66200000",
]
PHONES += ["0371-67170000-8001", "0371-67170000转8001", "13800000000", "12345、0371-67170000-1", "12345;12393", ""]
NO_PHONES = [
    "67170000",
    "0371 67170000",
    "0371-6717",
    "12",
    "打电话",
    "12345,12393",
    "12345、",
    "、12345",
    "0371-67170000-",
    "1 2 3",
]
NO_PHONES += ["02-66200000", "12345\n", "、".join(["0371-67170000"] * 20)]


@pytest.mark.parametrize("phone", PHONES)
def test_a_phone_as_units_have_them_is_right(pack: Pack, phone: str) -> None:
    assert errors(with_item(pack, consult_phone=phone, complain_phone="")) == set()


@pytest.mark.parametrize("phone", NO_PHONES)
def test_what_nobody_can_dial_is_told(pack: Pack, phone: str) -> None:
    assert errors(with_item(pack, consult_phone=phone)) == {("items", "consult_phone")}


def test_an_item_may_have_the_provinces_codes_and_its_handled_items_beside(pack: Pack) -> None:
    code = pack.items[0].task_code
    beside = {
        "local_catalog_code": "HN-0123.1",
        "local_task_code": "410000001",
        "task_handle_item": (code + "01", code + "02"),
    }
    assert errors(with_item(pack, **beside)) == set()


@pytest.mark.parametrize("codes", [("01",), ("{}1",), ("{}001",), ("{}01", "{}01"), ("9" * 33,)])
def test_a_handled_item_has_its_items_code_and_two_digits(pack: Pack, codes: tuple[str, ...]) -> None:
    found = errors(with_item(pack, task_handle_item=tuple(one.format(pack.items[0].task_code) for one in codes)))
    assert {path.partition("/")[0] for _, path in found} == {"task_handle_item"}


@pytest.mark.parametrize("name", VAGUE)
def test_a_vague_material_is_refused(pack: Pack, name: str) -> None:
    vague = replace(pack, materials=(replace(pack.materials[0], name=name), *pack.materials[1:]))
    assert errors(vague) == {("materials", "name")}


def test_materials_regions_elements_and_words_are_checked_too(pack: Pack) -> None:
    material = replace(pack.materials[0], holder="U99", obtain_mode=ObtainMode.SYSTEM_GENERATED)
    region = replace(pack.regions[1], parent="", kind="VILLAGE")
    element = replace(pack.elements[0], section="nowhere", max_length=0, pattern="(", options=(NO,))
    changed = replace(
        pack,
        region_code="000000",
        materials=(material, *pack.materials[1:]),
        regions=(pack.regions[0], region, *pack.regions[2:]),
        elements=(element, *pack.elements[1:]),
        synonyms={"": ("x",), "词": ()},
    )
    assert errors(changed) == {
        ("materials", "holder"),
        ("materials", "obtain_mode"),
        ("regions", "kind"),
        ("regions", "parent"),
        ("elements", "section"),
        ("elements", "max_length"),
        ("elements", "pattern"),
        ("elements", "options"),
        ("city", "region_code"),
        ("synonyms", ""),
        ("synonyms", "词"),
    }


def test_a_units_paper_that_the_applicant_must_upload_warns(pack: Pack) -> None:
    material = replace(pack.materials[0], obtain_mode=ObtainMode.UPLOAD)
    found = check(replace(pack, materials=(material, *pack.materials[1:])))
    assert [(finding.kind, finding.path, finding.is_error) for finding in found] == [
        ("materials", "obtain_mode", False)
    ]


def test_a_key_that_stands_twice_is_found_at_its_second_place(pack: Pack) -> None:
    twice = replace(pack, units=(*pack.units, replace(pack.units[0], key="other")))
    found = [finding for finding in check(twice) if finding.path == "unit_code"]
    assert [finding.index for finding in found] == [len(pack.units)]


def test_a_reference_to_an_entry_that_could_not_be_read_is_no_mistake(pack: Pack) -> None:
    without = replace(pack, materials=pack.materials[1:], items=pack.items[1:])
    unread = {"materials": [pack.materials[0].material], "items": [pack.items[0].task_code]}
    assert errors(without)
    assert check(without, unread) == []


KEYS = [
    *(("units", "unit_code", 8), ("units", "key", 0), ("regions", "region_code", 0), ("sections", "key", 0)),
    *(("elements", "element", 0), ("rules", "rule", 0), ("materials", "material", 0), ("items", "task_code", 0)),
    ("matters", "matter_code", 0),
]


@pytest.mark.parametrize(("kind", "path", "index"), KEYS)
def test_a_key_that_stands_twice_in_any_list_is_told_at_its_later_place(
    pack: Pack, kind: str, path: str, index: int
) -> None:
    entries = getattr(pack, kind)
    lists: dict[str, Any] = {kind: (*entries, entries[index])}
    key = getattr(entries[index], path)
    assert Finding(kind, len(entries), path, f"{key} 重复出现") in check(replace(pack, **lists))


@pytest.mark.parametrize(
    ("kind", "path", "index"),
    [one for one in KEYS if one != ("units", "key", 0) and one[0] not in {"rules", "matters"}],
)
def test_what_could_not_be_read_is_known_to_all_that_name_it(pack: Pack, kind: str, path: str, index: int) -> None:
    entries = getattr(pack, kind)
    lists: dict[str, Any] = {kind: entries[:index] + entries[index + 1 :]}
    without = replace(pack, **lists)
    assert errors(without)
    assert [one for one in check(without, {kind: [getattr(entries[index], path)]}) if one.is_error] == []


def test_a_question_that_no_one_is_ever_asked_is_found(pack: Pack) -> None:
    matter = pack.matters[0]
    yes, no = Option("yes", "是"), NO
    asked = Question("second", "?", (yes, no), {"maternity": ("both",)})
    never = Question("third", "?", (yes, no), {"second": ("yes",), "maternity": ("none",)})
    changed = with_matter(pack, questions=(*matter.questions, asked, never))
    assert errors(changed) == {("matters", f"questions/{len(matter.questions) + 1}/when")}


def test_what_is_produced_inside_may_be_waited_for_through_another_task(pack: Pack) -> None:
    chain = task(pack.matters[0], "vaccination", after=("birth_registration",))
    assert check(with_matter(pack, **chain)) == []


def test_a_matter_larger_than_its_readers_take_is_told(pack: Pack) -> None:
    options = tuple(Option(f"v{number}", "选项") for number in range(501))
    asked = (*pack.matters[0].questions, Question("more", "还有吗", options))
    assert ("matters", f"questions/{len(asked) - 1}/options") in errors(with_matter(pack, questions=asked))
    task = pack.matters[0].tasks[0]
    tasks = tuple(replace(task, task_key=f"t{number}") for number in range(101))
    assert any("最多 100 个环节" in finding.detail for finding in check(with_matter(pack, tasks=tasks)))
    elements = tuple(replace(pack.elements[0], element=f"e{number}") for number in range(301))
    needs = tuple(NeededElement(element.element) for element in elements)
    many = with_item(replace(pack, elements=(*pack.elements, *elements)), elements=needs)
    assert any("最多 300 个数据元" in finding.detail for finding in check(many))
    assert ("items", "task_version") in errors(with_item(pack, task_version=3_000_000_000))


@pytest.mark.parametrize("more", [0, 1])
def test_a_matter_of_as_much_as_its_readers_take_is_right_and_of_more_is_told(pack: Pack, more: int) -> None:
    def told(changed: Pack) -> list[tuple[str, str]]:
        return [(one.path, one.detail) for one in check(changed) if one.kind == "matters" and "最多" in one.detail]

    matter = pack.matters[0]
    alone = with_matter(pack, tasks=matter.tasks[:1])
    elements = tuple(NeededElement(f"e{number}") for number in range(MOST_ELEMENTS + more))
    assert told(with_item(alone, elements=elements)) == [("tasks", "一件事最多 300 个数据元")] * more
    materials = tuple(NeededMaterial(f"m{number}") for number in range(MOST_MATERIALS + more))
    assert told(with_item(alone, materials=materials)) == [("tasks", "一件事最多 100 份材料")] * more
    tasks = tuple(replace(matter.tasks[0], task_key=f"t{number}") for number in range(MOST_TASKS + more))
    assert told(with_matter(pack, tasks=tasks)) == [("tasks", "一件事最多 100 个环节")] * more
    options = tuple(Option(f"v{number}", "选项") for number in range(MOST_OPTIONS + more))
    asked = with_matter(pack, **question(matter, 4, options=options))
    assert told(asked) == [("questions/4/options", "最多 500 个选项")] * more


NUMBERS = ("mother_id_number", "father_id_number")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"rule": "Differ!"}, "rule"),
        ({"elements": ("mother_id_number", "nobody")}, "elements/1"),
        ({"elements": ("mother_id_number",)}, "elements"),
        ({"elements": ("mother_id_number", "mother_id_number")}, "elements"),
        ({"elements": ("mother_id_number", "father_name")}, "elements"),
        ({"years": 10}, "years"),
        ({"sex": "1"}, "sex"),
        ({"when": {"child_sex": ("1",)}}, "when"),
        ({"kind": RuleKind.OLDER_BY}, "years"),
        ({"kind": RuleKind.OLDER_BY, "years": 1000}, "years"),
        ({"kind": RuleKind.OLDER_BY, "years": 10, "elements": ("mother_id_number", "child_name")}, "elements"),
        ({"kind": RuleKind.MATCHES_SEX}, "elements"),
        ({"kind": RuleKind.MATCHES_SEX, "elements": NUMBERS[:1]}, "elements"),
        ({"kind": RuleKind.MATCHES_SEX, "elements": NUMBERS[:1], "sex": "3"}, "sex"),
        ({"kind": RuleKind.MATCHES_SEX, "elements": ("child_name",), "sex": "1"}, "elements"),
        ({"kind": RuleKind.NEEDS}, "when"),
        ({"kind": RuleKind.NEEDS, "when": {"nobody": ()}}, "when/nobody"),
        ({"kind": RuleKind.NEEDS, "when": {"child_sex": ("3",)}}, "when/child_sex"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_found_at_its_field(pack: Pack, change: dict[str, Any], path: str) -> None:
    right = FormRule("differ", RuleKind.DIFFER, NUMBERS)
    assert check(replace(pack, rules=(right,))) == []
    assert ("rules", path) in errors(replace(pack, rules=(replace(right, **change),)))


def test_two_rules_have_two_names(pack: Pack) -> None:
    assert ("rules", "rule") in errors(replace(pack, rules=pack.rules + pack.rules[:1]))


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"reference_type": ElementType.CHOICE}, "reference_type"),
        ({"reference_type": ElementType.ID_NUMBER, "reference_of": ("nobody",)}, "reference_of/0"),
        ({"reference_type": ElementType.ID_NUMBER, "reference_of": ("mother_name",)}, "reference_of/0"),
        ({"reference_type": ElementType.TEXT, "reference_of": ("mother_id_number",)}, "reference_of/0"),
    ],
)
def test_a_number_of_a_paper_is_a_number_of_the_form(pack: Pack, change: dict[str, Any], path: str) -> None:
    paper = replace(pack.materials[0], reference_of=())
    changed = replace(pack, materials=(replace(paper, **change), *pack.materials[1:]))
    assert ("materials", path) in errors(changed)


def test_what_an_element_takes_fits_its_type(pack: Pack) -> None:
    numbers = [element for element in pack.elements if element.element == "child_name"]
    odd = (replace(numbers[0], accepts=(IdKind.RESIDENT,), max_length=20),)
    rest = tuple(element for element in pack.elements if element.element != "child_name")
    assert {("elements", "accepts"), ("elements", "max_length")} <= errors(replace(pack, elements=odd + rest))


@pytest.mark.parametrize(
    "talk",
    [
        "选项取自 regions.csv",
        "代码按 GB/T 2261.1",
        "填写 mother_id_number",
        "见 11410100MBXX00238T3412023001000",
        "依GB11643填写",
    ],
)
def test_what_citizens_read_talks_of_no_file_field_standard_or_code(pack: Pack, talk: str) -> None:
    element = replace(pack, elements=(replace(pack.elements[0], help=talk), *pack.elements[1:]))
    assert errors(element) == {("elements", "help")}
    asked = with_matter(pack, **question(pack.matters[0], 3, help=talk))
    assert errors(asked) == {("matters", "questions/3/help")}


@pytest.mark.parametrize(
    "words", ["请在河南税务 App 缴费", "HIV 检测报告", "国办发〔2015〕96号", "拨打 12345", "A4 纸打印"]
)
def test_words_that_citizens_know_are_let_through(pack: Pack, words: str) -> None:
    assert check(replace(pack, elements=(replace(pack.elements[0], help=words), *pack.elements[1:]))) == []


def with_units(pack: Pack, **ends: tuple[date, str]) -> Pack:
    """Return a pack in which some units end on a day, each with its successor, if any."""
    return replace(
        pack,
        units=tuple(
            replace(unit, valid_to=ends[unit.unit_code][0], successor=ends[unit.unit_code][1])
            if unit.unit_code in ends
            else unit
            for unit in pack.units
        ),
    )


END, AFTER = date(2026, 12, 31), date(2027, 1, 1)


def about_units(pack: Pack, today: date) -> set[tuple[str, str, bool]]:
    return {(one.kind, one.path, one.is_error) for one in check(pack, today=today) if one.path != "review_authority"}


def test_an_ended_unit_with_work_needs_a_successor_before_its_end_it_is_a_warning(pack: Pack) -> None:
    alone = with_units(pack, U23=(END, ""))
    assert ("matters", "lead_unit", False) in about_units(alone, END)
    assert {("matters", "lead_unit", True), ("items", "unit", True), ("materials", "holder", True)} <= about_units(
        alone, AFTER
    )
    assert about_units(with_units(pack, U23=(END, "U10")), AFTER) == set()
    assert ("items", "unit", True) in about_units(with_units(pack, U23=(END, "U10"), U10=(END, "")), AFTER)
    assert about_units(with_units(pack, U23=(END, "U10"), U10=(END, "U11")), AFTER) == set()


def test_whose_unit_ends_without_a_successor_is_told_by_when(pack: Pack) -> None:
    alone = with_units(pack, U23=(END, ""))
    name = next(unit.name for unit in pack.units if unit.unit_code == "U23")
    ahead = f"U23:{name}将于 2026-12-31 终止,请写明继任单位(successor)"
    over = f"U23:{name}已于 2026-12-31 终止,且没有继任单位(successor)"
    assert Finding("matters", 0, "lead_unit", ahead, is_error=False) in check(alone, today=END)
    assert Finding("matters", 0, "lead_unit", over) in check(alone, today=AFTER)


def test_what_of_the_remedies_is_not_told_is_named(pack: Pack) -> None:
    index = next(at for at, unit in enumerate(pack.units) if unit.unit_code == pack.items[0].unit)
    untold = replace(pack.units[index], review_basis="", court="")
    units = (*pack.units[:index], untold, *pack.units[index + 1 :])
    said = "告知救济途径尚缺:复议管辖(review_basis)、受理法院"
    assert check(replace(pack, units=units)) == [Finding("units", index, "review_authority", said, is_error=False)]
    company = replace(untold, review_basis="none", review_authority="", complaint_way="")
    for way, told in (("", ["告知救济途径尚缺:投诉途径"]), ("拨打 12345", [])):
        units = (*pack.units[:index], replace(company, complaint_way=way), *pack.units[index + 1 :])
        assert [one.detail for one in check(replace(pack, units=units))] == told


def test_all_that_is_left_to_an_ended_unit_is_told_where_it_stands(pack: Pack) -> None:
    for ended in ("U23", "U09"):
        left = [
            *(("items", at, "unit") for at, item in enumerate(pack.items) if item.unit == ended),
            *(
                ("matters", 0, f"cooperating_units/{at}")
                for at, unit in enumerate(pack.matters[0].cooperating_units)
                if unit == ended
            ),
            *(("materials", at, "holder") for at, paper in enumerate(pack.materials) if paper.holder == ended),
        ]
        if pack.matters[0].lead_unit == ended:
            left.append(("matters", 0, "lead_unit"))
        found = check(with_units(pack, **{ended: (END, "")}), today=AFTER)
        assert sorted((one.kind, one.index, one.path) for one in found) == sorted(left)
        assert len(left) >= 2


def test_successors_are_units_after_an_end_and_make_no_circle(pack: Pack) -> None:
    circle = check(with_units(pack, U23=(END, "U10"), U10=(END, "U11"), U11=(END, "U23")))
    told = [one.detail for one in circle if one.path == "successor"]
    assert len(told) == 3
    assert any("U23→U10→U11→U23" in detail for detail in told)
    own = check(with_units(pack, U23=(END, "U23")))
    assert [one.detail for one in own if one.path == "successor"] == ["继任关系成环:U23→U23"]
    assert ("units", "successor") in errors(with_units(pack, U23=(END, "U77")))
    assert ("units", "valid_to") in errors(with_units(pack, U23=(date(2019, 1, 1), "U10")))
    endless = replace(pack, units=(replace(pack.units[0], successor="U02"), *pack.units[1:]))
    assert ("units", "successor") in errors(endless)


def test_remedies_that_are_not_told_are_a_warning_at_the_units_that_decide(pack: Pack) -> None:
    units = tuple(replace(unit, court="", authority_phone="1") for unit in pack.units)
    found = [one for one in check(replace(pack, units=units)) if one.path == "review_authority"]
    assert {pack.units[one.index].unit_code for one in found} == {item.unit for item in pack.items}
    assert all("受理法院" in one.detail and "复议机关电话" not in one.detail and not one.is_error for one in found)
    company = replace(pack.units[0], unit_code=pack.items[0].unit, review_basis="none", complaint_way="拨打 12345")
    kept = tuple(unit for unit in pack.units if unit.unit_code != company.unit_code)
    told = check(replace(pack, units=(company, *kept)))
    assert not [one for one in told if one.path == "review_authority" and one.index == 0]
