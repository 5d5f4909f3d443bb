"""What the maker of a pack is told of each mistake, word for word, and what stands just inside each bound."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from catalog_svc.domain.checks import check
from catalog_svc.domain.item_checks import LAST_VERSION, LONGEST_LIMIT, LONGEST_VALUE, MOST_PAGES, MOST_VISITS
from catalog_svc.domain.matter_checks import MOST_OPTIONS, MOST_QUESTIONS, MOST_SUBJECTS
from catalog_svc.domain.model import (
    Actor,
    ClockStart,
    ElementType,
    Fee,
    FormRule,
    IdKind,
    Law,
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

PAGES = (Path(__file__).parent / "findings.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n\n")
TOLD = {name: page for page in PAGES for name in page.splitlines()[:1]}
HOUR, DAYS, ON_SITE, YEARS = LimitUnit.WORK_HOUR, LimitUnit.WORKDAY, LimitUnit.ON_SITE, LimitUnit.YEAR
NO, YES, AWAY = Option("no", "否"), Option("yes", "是"), Option("away", "境外", "请到窗口")
NUMBERS = ("mother_id_number", "father_id_number")
LAWFUL = {"anticipate_explain": "某法第一条"}
BELL = "\x07"
Change = dict[str, Any] | Callable[[Any], dict[str, Any]]


def task(number: int, **change: Any) -> Callable[[Matter], dict[str, Any]]:
    return lambda matter: {
        "tasks": tuple(replace(one, **change) if at == number else one for at, one in enumerate(matter.tasks))
    }


def every_task(**change: Any) -> Callable[[Matter], dict[str, Any]]:
    return lambda matter: {"tasks": tuple(replace(one, **change) for one in matter.tasks)}


def question(number: int, **change: Any) -> Callable[[Matter], dict[str, Any]]:
    return lambda matter: {
        "questions": tuple(replace(one, **change) if at == number else one for at, one in enumerate(matter.questions))
    }


def more_questions(count: int) -> Callable[[Matter], dict[str, Any]]:
    return lambda matter: {
        "questions": (*matter.questions, *(Question(f"q{number}", "问?", (NO,)) for number in range(count)))
    }


def with_change(pack: Pack, kind: str, index: int, change: Change) -> Pack:
    """Return a pack with one entry of a list changed, or, for `pack` itself, one of its own fields."""
    if kind == "pack":
        assert isinstance(change, dict)
        return replace(pack, **change)
    entries = list(getattr(pack, kind))
    told = change if isinstance(change, dict) else change(entries[index])
    entries[index] = replace(entries[index], **told)
    lists: dict[str, Any] = {kind: tuple(entries)}
    return replace(pack, **lists)


MISTAKES: dict[str, tuple[str, int, Change]] = {
    "item: at once, but no 即办件": ("items", 0, {"promise": Limit(0, ON_SITE)}),
    "item: 即办件, but not at once": ("items", 1, {"project_type": "1"}),
    "item: on site in three": ("items", 0, {"promise": Limit(3, ON_SITE)}),
    "item: promise too long": ("items", 0, {"promise": Limit(LONGEST_LIMIT + 1, DAYS)}),
    "item: promise below zero": ("items", 0, {"promise": Limit(-1, DAYS)}),
    "item: law in years beyond a century": ("items", 0, {"anticipate": Limit(101, YEARS), **LAWFUL}),
    "item: law on site in one": ("items", 0, {"anticipate": Limit(1, ON_SITE), **LAWFUL}),
    "item: law below zero": ("items", 0, {"anticipate": Limit(-1, DAYS), **LAWFUL}),
    "item: promise above the law": (
        "items",
        0,
        {"promise": Limit(3, DAYS), "anticipate": Limit(2, DAYS), **LAWFUL},
    ),
    "item: promise may be above the law": (
        "items",
        0,
        {"promise": Limit(10, DAYS), "anticipate": Limit(12, LimitUnit.CALENDAR_DAY), **LAWFUL},
    ),
    "item: law without its article": ("items", 0, {"anticipate": Limit(20, DAYS), "anticipate_explain": " "}),
    "item: a visit": ("items", 0, {"limit_scene_num": 1}),
    "item: visits below zero": ("items", 0, {"limit_scene_num": -1}),
    "item: too many visits": ("items", 0, {"limit_scene_num": MOST_VISITS + 1}),
    "item: reason for no visit": ("items", 0, {"limit_scene_explain": "须采集指纹"}),
    "item: no way from afar": ("items", 0, {"handle_type": ("1",)}),
    "item: unknown way": ("items", 0, {"handle_type": ("1", "8")}),
    "item: fee without ground": ("items", 0, {"is_fee": True}),
    "item: fee without project": ("items", 0, {"is_fee": True, "fee_basis": "目录"}),
    "item: paid online, but free": ("items", 0, {"is_pay_online": True}),
    "item: ground, but free": ("items", 0, {"fee_basis": "价格目录"}),
    "item: project, but free": ("items", 0, {"fee_project": (Fee("工本费", "10 元", "某法"),)}),
    "item: licence": ("items", 0, {"result_name": "出生医学证", "result_type": "其他"}),
    "item: reply": ("items", 0, {"result_name": "准予决定的批复"}),
    "item: paper": ("items", 0, {"result_name": "决定文"}),
    "item: one phone for both": ("items", 0, {"consult_phone": "12345", "complain_phone": "12345"}),
    "item: no phone": ("items", 0, {"consult_phone": "12345678"}),
    "item: person without topic": ("items", 0, {"user_topic_type": ()}),
    "item: topic without company": ("items", 0, {"corp_topic_type": ("准入准营",)}),
    "item: company only": ("items", 0, {"server_type": ("2",)}),
    "item: for nobody": ("items", 0, {"server_type": ()}),
    "item: without law": ("items", 0, {"by_law": ()}),
    "item: not applied for": ("items", 0, {"task_type": "02"}),
    "item: level": ("items", 0, {"use_level": "9"}),
    "item: catalogue code": ("items", 0, {"catalog_code": "41"}),
    "item: another's code": ("items", 0, {"task_code": "41"}),
    "item: unknown unit": ("items", 0, {"unit": "U99"}),
    "item: version 0": ("items", 0, {"task_version": 0}),
    "item: last version": ("items", 0, {"task_version": LAST_VERSION + 1}),
    "item: depth": ("items", 0, {"online_handle_depth": "5"}),
    "item: shallow": ("items", 0, {"online_handle_depth": "Ⅰ"}),
    "item: result unknown": ("items", 0, {"result_material": "nothing"}),
    "item: law's name": ("items", 0, {"by_law": (Law("某法", "一"), Law(BELL, "一"))}),
    "item: fee's name": (
        "items",
        0,
        {"is_fee": True, "fee_basis": "目录", "fee_project": (Fee("工本费", BELL, "某法"),)},
    ),
    "item: stand": ("items", 0, {"materials": (NeededMaterial("birth_certificate", accept_stand=BELL),)}),
    "item: unknown element": ("items", 0, {"elements": (NeededElement("nothing"),)}),
    "item: element of no length": ("items", 0, {"elements": (NeededElement("child_name", max_length=0),)}),
    "item: element too long": (
        "items",
        0,
        {"elements": (NeededElement("child_name", max_length=LONGEST_VALUE + 1),)},
    ),
    "item: unknown material": ("items", 0, {"materials": (NeededMaterial("nothing"),)}),
    "item: no page": ("items", 0, {"materials": (NeededMaterial("birth_certificate", page_num=0),)}),
    "item: too many pages": (
        "items",
        0,
        {"materials": (NeededMaterial("birth_certificate", page_num=MOST_PAGES + 1),)},
    ),
    "item: element twice": ("items", 0, {"elements": (NeededElement("child_name"), NeededElement("child_name"))}),
    "item: material twice": (
        "items",
        0,
        {
            "materials": (
                NeededMaterial("birth_certificate", when={"card": ("yes",), "insurance": ("yes",)}),
                NeededMaterial("birth_certificate", when={"card": ("yes", "no"), "insurance": ("yes", "no")}),
            )
        },
    ),
    "item: clock without a step before": ("items", 0, {"clock_start": ClockStart.GATE}),
    "item: shape": ("items", 0, {"status": "maybe"}),
    "item: office talk": ("items", 0, {"task_name": "见 items.csv"}),
    "item: handled item of another": ("items", 0, {"task_handle_item": ("9" * 33,)}),
    "item: handled item twice": (
        "items",
        0,
        lambda item: {"task_handle_item": (f"{item.task_code}01", f"{item.task_code}02", f"{item.task_code}01")},
    ),
    "matter: lead": ("matters", 0, {"lead_unit": "U99"}),
    "matter: help left out": ("matters", 0, {"cooperating_units": ("U09",)}),
    "matter: help unknown": ("matters", 0, {"cooperating_units": ("U09", "U30", "U36", "U43", "U99")}),
    "matter: subject of nothing": ("matters", 0, {"subjects": (("child_name",), ())}),
    "matter: subject not asked": ("matters", 0, {"subjects": (("child_name", "favourite_colour"),)}),
    "matter: too many subjects": ("matters", 0, {"subjects": (("child_name",),) * (MOST_SUBJECTS + 1)}),
    "matter: version 0": ("matters", 0, {"matter_version": 0}),
    "matter: last version": ("matters", 0, {"matter_version": LAST_VERSION + 1}),
    "matter: stage": ("matters", 0, {"stage": "BORN"}),
    "matter: shape": ("matters", 0, {"matter_code": ""}),
    "matter: without tasks": ("matters", 0, {"tasks": ()}),
    "task: unknown item": ("matters", 0, task(1, item="none")),
    "task: item of another": ("matters", 0, lambda matter: task(1, item=matter.tasks[0].item)(matter)),
    "task: key of another": ("matters", 0, task(1, task_key="birth_certificate")),
    "task: shape": ("matters", 0, task(1, name="")),
    "task: waits for nothing there is": ("matters", 0, task(1, after=("birth_certificate", "nothing"))),
    "task: does not wait": ("matters", 0, task(1, after=())),
    "task: circle": ("matters", 0, task(0, after=("vaccination",))),
    "task: unknown question": ("matters", 0, task(1, when={"colour": ("red",)})),
    "task: unknown question and option": ("matters", 0, task(1, when={"colour": ("red",), "card": ("si", "yes")})),
    "task: unknown option": ("matters", 0, task(1, when={"card": ("si", "yes", "ja")})),
    "task: no option": ("matters", 0, task(1, when={"card": ()})),
    "task: never": ("matters", 0, task(1, when={"card": ("yes",), "residence": ("none",)})),
    "task: a limit of its own": ("matters", 0, task(1, limit=Limit(3, DAYS))),
    "step: no limit": ("matters", 0, task(1, by=Actor.APPLICANT, help="请自行办理")),
    "step: no help": ("matters", 0, task(1, by=Actor.APPLICANT, limit=Limit(3, DAYS), help=" ")),
    "step: no time": ("matters", 0, task(4, limit=Limit(0, DAYS))),
    "step: too much time": ("matters", 0, task(4, limit=Limit(LONGEST_LIMIT + 1, DAYS))),
    "step: on site": ("matters", 0, task(4, limit=Limit(1, ON_SITE))),
    "step: refused": ("matters", 0, task(4, on_refusal=OnRefusal.HARD)),
    "tasks: all under conditions": ("matters", 0, every_task(when={"card": ("yes",)})),
    "tasks: all the applicant's": (
        "matters",
        0,
        every_task(by=Actor.APPLICANT, help="请自行办理", limit=Limit(1, DAYS), on_refusal=OnRefusal.SOFT),
    ),
    "question: asked before": ("matters", 0, question(1, when={"card": ("yes",)})),
    "question: never": ("matters", 0, question(5, when={"residence": ()})),
    "question: key of another": ("matters", 0, question(6, key="insurance")),
    "question: shape": ("matters", 0, question(4, text="")),
    "question: no option": ("matters", 0, question(4, options=())),
    "question: window only": ("matters", 0, question(4, options=(AWAY,))),
    "question: way out": ("matters", 0, question(4, options=(NO, Option("x", "x", BELL)))),
    "question: option twice": ("matters", 0, question(4, options=(NO, YES, NO))),
    "question: option's shape": ("matters", 0, question(4, options=(Option("not ok", "否"), NO))),
    "question: too many options": (
        "matters",
        0,
        question(4, options=tuple(Option(f"o{number}", "某") for number in range(MOST_OPTIONS + 1))),
    ),
    "questions: too many": ("matters", 0, more_questions(MOST_QUESTIONS - 7)),
    "questions: one that an item asks by": (
        "matters",
        0,
        lambda matter: {"questions": tuple(one for one in matter.questions if one.key != "in_wedlock")},
    ),
    "unit: reserved": ("units", 0, {"unit_code": "SELF"}),
    "unit: shape": ("units", 1, {"short_name": ""}),
    "unit: no credit code": ("units", 0, {"uscc": "0" * 17 + "1"}),
    "unit: no organisation": ("units", 0, {"uscc": "114101000000000013"}),
    "unit: paper's word of another": ("units", 0, {"acceptance_word": "郑卫受字"}),
    "unit: lead without a word for its papers": ("units", 22, {"acceptance_word": ""}),
    "unit: ends before it began": ("units", 0, {"valid_to": date(1999, 1, 1)}),
    "unit: successor without end": ("units", 0, {"successor": "U02"}),
    "unit: unknown successor": ("units", 0, {"valid_to": date(2099, 1, 1), "successor": "U99"}),
    "region: of nothing": ("regions", 1, {"parent": ""}),
    "region: of an unknown one": ("regions", 1, {"parent": "999999"}),
    "region: city of another": ("regions", 0, {"parent": "410102"}),
    "region: kind": ("regions", 1, {"kind": "VILLAGE"}),
    "section: title": ("sections", 1, {"title": ""}),
    "element: section": ("elements", 0, {"section": "nowhere"}),
    "element: no length": ("elements", 3, {"max_length": 0}),
    "element: too long": ("elements", 3, {"max_length": LONGEST_VALUE + 1}),
    "element: pattern": ("elements", 3, {"pattern": "("}),
    "element: shape": ("elements", 3, {"label": ""}),
    "element: options": ("elements", 3, {"type": ElementType.TEXT, "options": (NO, NO)}),
    "element: choice without options": ("elements", 3, {"type": ElementType.CHOICE, "options": ()}),
    "element: number that is not personal": (
        "elements",
        3,
        {"type": ElementType.PHONE, "personal": False, "options": ()},
    ),
    "element: name too short": ("elements", 0, {"max_length": 49}),
    "element: number's kind of a name": ("elements", 0, {"accepts": (IdKind.RESIDENT,)}),
    "material: vague": ("materials", 0, {"name": "其他材料"}),
    "material: shape": ("materials", 0, {"name": ""}),
    "material: unknown holder": ("materials", 0, {"holder": "U99"}),
    "material: made inside": ("materials", 0, {"obtain_mode": ObtainMode.SYSTEM_GENERATED}),
    "material: a unit's, uploaded": ("materials", 0, {"obtain_mode": ObtainMode.UPLOAD}),
    "material: reference type": ("materials", 0, {"reference_type": ElementType.CHOICE, "reference_of": ()}),
    "material: reference unknown": (
        "materials",
        0,
        {"reference_type": ElementType.ID_NUMBER, "reference_of": ("mother_id_number", "nobody", "mother_name")},
    ),
    "rule: shape": ("pack", 0, {"rules": (FormRule("Differ!", RuleKind.DIFFER, NUMBERS),)}),
    "rule: unknown element": ("pack", 0, {"rules": (FormRule("r", RuleKind.DIFFER, (*NUMBERS, "nobody")),)}),
    "rule: one to differ": ("pack", 0, {"rules": (FormRule("r", RuleKind.DIFFER, NUMBERS[:1]),)}),
    "rule: none": ("pack", 0, {"rules": (FormRule("r", RuleKind.NEEDS, (), when={"child_sex": ()}),)}),
    "rule: one twice": ("pack", 0, {"rules": (FormRule("r", RuleKind.DIFFER, (*NUMBERS, NUMBERS[0])),)}),
    "rule: two sorts": ("pack", 0, {"rules": (FormRule("r", RuleKind.DIFFER, ("mother_id_number", "father_name")),)}),
    "rule: years, but not older": ("pack", 0, {"rules": (FormRule("r", RuleKind.DIFFER, NUMBERS, years=1),)}),
    "rule: older by nothing": ("pack", 0, {"rules": (FormRule("r", RuleKind.OLDER_BY, NUMBERS),)}),
    "rule: older by too much": ("pack", 0, {"rules": (FormRule("r", RuleKind.OLDER_BY, NUMBERS, years=151),)}),
    "rule: older than two": (
        "pack",
        0,
        {"rules": (FormRule("r", RuleKind.OLDER_BY, (*NUMBERS, "child_birth_date"), years=1),)},
    ),
    "rule: older than a name": (
        "pack",
        0,
        {"rules": (FormRule("r", RuleKind.OLDER_BY, ("mother_id_number", "child_name"), years=1),)},
    ),
    "rule: sex of two numbers": ("pack", 0, {"rules": (FormRule("r", RuleKind.MATCHES_SEX, NUMBERS),)}),
    "rule: sex of whom": ("pack", 0, {"rules": (FormRule("r", RuleKind.MATCHES_SEX, NUMBERS[:1]),)}),
    "rule: sex 3": ("pack", 0, {"rules": (FormRule("r", RuleKind.MATCHES_SEX, NUMBERS[:1], sex="3"),)}),
    "rule: sex, but not asked": ("pack", 0, {"rules": (FormRule("r", RuleKind.DIFFER, NUMBERS, sex="1"),)}),
    "rule: needs without when": ("pack", 0, {"rules": (FormRule("r", RuleKind.NEEDS, NUMBERS),)}),
    "rule: when of nothing": (
        "pack",
        0,
        {"rules": (FormRule("r", RuleKind.NEEDS, NUMBERS, when={"nobody": (), "child_sex": ("4", "1", "3")}),)},
    ),
    "rule: when without needs": (
        "pack",
        0,
        {"rules": (FormRule("r", RuleKind.DIFFER, NUMBERS, when={"child_sex": ("1",)}),)},
    ),
    "pack: region": ("pack", 0, {"region_code": "000000"}),
    "pack: withdrawn and there": ("pack", 0, {"withdrawn": {"newborn": date(2026, 1, 1), "gone": date(2026, 1, 1)}}),
    "pack: item withdrawn and there": (
        "pack",
        0,
        {"withdrawn": {"11410100MBXX00238T3412023001000": date(2026, 1, 1)}},
    ),
    "pack: no word": ("pack", 0, {"synonyms": {" ": ("x",)}}),
    "pack: word of nothing": ("pack", 0, {"synonyms": {"词": ()}}),
    "pack: word too long": ("pack", 0, {"synonyms": {"词": ("词", "长" * 51)}}),
}

RIGHT: dict[str, tuple[str, int, Change]] = {
    "item: longest promise": ("items", 1, {"promise": Limit(LONGEST_LIMIT, DAYS), "anticipate": None}),
    "item: at once": ("items", 0, {"promise": Limit(0, DAYS), "project_type": "1"}),
    "item: last version": ("items", 0, {"task_version": LAST_VERSION}),
    "item: law of a century": ("items", 0, {"anticipate": Limit(100, YEARS), **LAWFUL}),
    "item: most visits": (
        "items",
        0,
        {"limit_scene_num": MOST_VISITS, "limit_scene_explain": "须采集指纹", "online_handle_depth": "Ⅲ"},
    ),
    "item: hours": ("items", 1, {"promise": Limit(LONGEST_LIMIT, HOUR), "anticipate": None}),
    "item: longest element": ("items", 0, {"elements": (NeededElement("child_name", max_length=LONGEST_VALUE),)}),
    "item: shortest element": ("items", 0, {"elements": (NeededElement("child_name", max_length=1),)}),
    "item: most pages": ("items", 0, {"materials": (NeededMaterial("marriage_certificate", page_num=MOST_PAGES),)}),
    "item: voucher": ("items", 0, {"result_name": "缴费凭证", "result_type": "其他"}),
    "item: by post only": ("items", 0, {"handle_type": ("4",)}),
    "matter: last version": ("matters", 0, {"matter_version": LAST_VERSION}),
    "matter: most subjects": ("matters", 0, {"subjects": (("child_name",),) * MOST_SUBJECTS}),
    "matter: most questions": ("matters", 0, more_questions(MOST_QUESTIONS - 8)),
    "step: shortest": ("matters", 0, task(4, limit=Limit(1, DAYS))),
    "step: longest": ("matters", 0, task(4, limit=Limit(LONGEST_LIMIT, DAYS))),
    "unit: of one day": ("units", 0, {"valid_to": date(2020, 1, 1)}),
    "element: shortest name": ("elements", 0, {"max_length": 50}),
    "element: shortest": ("elements", 3, {"max_length": 1}),
    "element: longest": ("elements", 3, {"max_length": LONGEST_VALUE}),
    "rule: oldest": ("pack", 0, {"rules": (FormRule("r", RuleKind.OLDER_BY, NUMBERS, years=150),)}),
    "rule: youngest": ("pack", 0, {"rules": (FormRule("r", RuleKind.OLDER_BY, NUMBERS, years=1),)}),
    "rule: of sex": ("pack", 0, {"rules": (FormRule("r", RuleKind.MATCHES_SEX, NUMBERS[:1], sex="2"),)}),
    "rule: needs": ("pack", 0, {"rules": (FormRule("r", RuleKind.NEEDS, NUMBERS, when={"child_sex": ()}),)}),
    "rule: needs by a text": (
        "pack",
        0,
        {"rules": (FormRule("r", RuleKind.NEEDS, NUMBERS, when={"father_name": ("测",)}),)},
    ),
    "pack: withdrawn": ("pack", 0, {"withdrawn": {"gone": date(2026, 1, 1)}}),
    "pack: longest word": ("pack", 0, {"synonyms": {"词": ("长" * 50,), "长" * 50: ("词",)}}),
}


def told(pack: Pack, name: str, mistake: tuple[str, int, Change]) -> str:
    """Return a page of what is found: under the mistake's name each finding's place and words."""
    lines = [
        f"  {'' if one.is_error else '(warning) '}{one.kind}/{one.index}/{one.path}: {one.detail}"
        for one in check(with_change(pack, *mistake))
    ]
    return "\n".join([name, *lines])


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_is_told_at_its_place_in_these_words(pack: Pack, name: str) -> None:
    assert told(pack, name, MISTAKES[name]) == TOLD[name]
    assert "\n" in TOLD[name]


@pytest.mark.parametrize("name", RIGHT)
def test_what_stands_just_inside_a_bound_is_right(pack: Pack, name: str) -> None:
    assert told(pack, name, RIGHT[name]) == name


def test_what_is_told_is_of_a_mistake_that_is_made() -> None:
    assert list(TOLD) == list(MISTAKES)
    assert len(PAGES) == len(TOLD)


def test_every_kind_of_entry_of_a_pack_is_among_the_mistakes(pack: Pack) -> None:
    lists = {one.name for one in fields(pack) if isinstance(getattr(pack, one.name), tuple)}
    assert {kind for kind, _, _ in MISTAKES.values()} >= lists - {"rules"}
