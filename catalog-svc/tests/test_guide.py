from dataclasses import replace
from datetime import time
from itertools import product

import pytest
from catalog_svc.domain.conditions import holds
from catalog_svc.domain.guide import WrongAnswer, check_answers, compose, way_out
from catalog_svc.domain.merge import save
from catalog_svc.domain.model import ObtainMode, Option, Question
from catalog_svc.domain.pack import PublishedMatter
from catalog_svc.schemas import CalendarDocument
from chassis.base.clock import local
from chassis.testing.builders import ManualClock
from chassis.worktime import OfficeHours, WorkTime

ALL = {
    "parents_nationality": "both",
    "birth_place": "zhengzhou",
    "in_wedlock": "yes",
    "residence": "hukou",
    "hukou_follow": "mother",
    "insurance": "yes",
    "card": "yes",
    "maternity": "both",
}


def test_complete_answers_have_no_fault(newborn: PublishedMatter) -> None:
    assert check_answers(newborn.matter.questions, ALL) == []


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        (
            {"residence": None},
            {("residence", "required"), *((key, "not_asked") for key in ("hukou_follow", "insurance", "card"))},
        ),
        ({"maternity": "perhaps"}, {("maternity", "unknown_option")}),
        ({"colour": "red"}, {("colour", "unknown_question")}),
        ({"residence": "none"}, {(key, "not_asked") for key in ("hukou_follow", "insurance", "card")}),
        ({"residence": "permit"}, {("hukou_follow", "not_asked"), ("card", "not_asked")}),
        ({"card": None, "insurance": None}, {("card", "required"), ("insurance", "required")}),
    ],
)
def test_every_wrong_answer_is_named(
    newborn: PublishedMatter, change: dict[str, str | None], faults: set[tuple[str, str]]
) -> None:
    answers = {key: value for key, value in {**ALL, **change}.items() if value is not None}
    found = check_answers(newborn.matter.questions, answers)
    assert {(one.key, one.code) for one in found} == faults
    codes = {option.value for question in newborn.matter.questions for option in question.options}
    assert not [one.detail for one in found if any(code in one.detail for code in codes)]


def situations(newborn: PublishedMatter) -> list[dict[str, str]]:
    questions = newborn.matter.questions
    found: list[dict[str, str]] = []
    for values in product(*([one.value for one in question.options if not one.window] for question in questions)):
        answers: dict[str, str] = {}
        for question, value in zip(questions, values, strict=True):
            if holds(question.when, answers):
                answers[question.key] = value
        if answers not in found:
            found.append(answers)
    return found


def test_every_situation_of_the_newborn_matter_composes(
    newborn: PublishedMatter, calendar: CalendarDocument, clock: ManualClock
) -> None:
    times = WorkTime.from_json(calendar.model_dump(mode="json"))
    found = situations(newborn)
    assert len(found) == 3 * 2 * (2 * 2 * 2 + 2 + 2 + 1) * 4
    for answers in found:
        assert check_answers(newborn.matter.questions, answers) == []
        guide = compose(newborn, answers, times=times, start=clock.now())
        keys = {task.task_key for task in guide.tasks}
        assert ("birth_certificate" in keys) == (answers["birth_place"] == "zhengzhou")
        assert "vaccination" in keys
        assert all(set(task.after) <= keys for task in guide.tasks)
        assert {field.element.section for field in guide.fields} <= {section.key for section in newborn.sections}
        assert set(guide.promise.keys) <= keys
        assert guide.statutory is None or guide.statutory.finish >= guide.promise.finish


def test_who_was_born_elsewhere_names_the_certificate_that_was_issued_there(
    newborn: PublishedMatter, calendar: CalendarDocument, clock: ManualClock
) -> None:
    times = WorkTime.from_json(calendar.model_dump(mode="json"))
    here = compose(newborn, ALL, times=times, start=clock.now())
    elsewhere = compose(newborn, {**ALL, "birth_place": "elsewhere"}, times=times, start=clock.now())
    modes = [
        {one.material.material: one.obtain_mode for one in guide.materials}["birth_certificate"]
        for guide in (here, elsewhere)
    ]
    assert modes == [ObtainMode.SYSTEM_GENERATED, ObtainMode.LICENSE_REUSE]
    opened = {task.task_key for task in elsewhere.tasks if not task.after}
    assert opened == {"vaccination", "birth_registration", "maternity_benefit", "maternity_allowance"}


def test_an_applicants_step_counts_in_the_matters_time_only_when_a_unit_waits_for_it(
    newborn: PublishedMatter, calendar: CalendarDocument, clock: ManualClock
) -> None:
    times = WorkTime.from_json(calendar.model_dump(mode="json"))
    tasks = tuple(
        replace(task, after=(*task.after, "insurance_payment")) if task.task_key == "social_security_card" else task
        for task in newborn.matter.tasks
    )
    gated = replace(newborn, matter=replace(newborn.matter, tasks=tasks))
    leaf = compose(newborn, ALL, times=times, start=clock.now())
    held = compose(gated, ALL, times=times, start=clock.now())
    assert "insurance_payment" not in leaf.promise.keys
    assert held.promise.keys[-2:] == ("insurance_payment", "social_security_card")
    assert (held.promise.finish - leaf.promise.finish).days > 20


def test_the_law_sets_no_limit_where_no_item_has_one(
    newborn: PublishedMatter, calendar: CalendarDocument, clock: ManualClock
) -> None:
    times = WorkTime.from_json(calendar.model_dump(mode="json"))
    answers = {
        "parents_nationality": "both",
        "birth_place": "zhengzhou",
        "in_wedlock": "yes",
        "residence": "none",
        "maternity": "none",
    }
    assert compose(newborn, answers, times=times, start=clock.now()).statutory is None
    assert compose(newborn, ALL, times=times, start=clock.now()).statutory is not None


LIVES = Question("lives", "住在哪里?", (Option("here", "本市"), Option("abroad", "境外", "请到窗口办理")))
SINCE = Question(
    "since", "自何时起?", (Option("now", "现在"), Option("long", "很久", "请先电话咨询")), {"lives": ("here",)}
)


@pytest.mark.parametrize(
    ("answers", "place"),
    [
        ({}, None),
        ({"lives": "here"}, None),
        ({"lives": "here", "since": "now"}, None),
        ({"lives": "abroad"}, WrongAnswer("lives", "handled_at_window", "请到窗口办理")),
        ({"lives": "here", "since": "long"}, WrongAnswer("since", "handled_at_window", "请先电话咨询")),
        ({"lives": "nowhere", "since": "long"}, None),
        ({"since": "long"}, None),
    ],
)
def test_an_answer_that_is_handled_at_a_window_says_where_to_go(
    answers: dict[str, str], place: WrongAnswer | None
) -> None:
    assert way_out([LIVES, SINCE], answers) == place


def test_a_wrong_answer_is_told_in_words() -> None:
    questions = [LIVES, SINCE]
    assert check_answers(questions, {"lives": "here"}) == [WrongAnswer("since", "required", "请回答:自何时起?")]
    assert check_answers(questions, {"lives": "abroad", "since": "now", "colour": "red"}) == [
        WrongAnswer("colour", "unknown_question", "没有这个问题"),
        WrongAnswer("since", "not_asked", "在所选情形下无需回答此问题"),
    ]
    assert check_answers(questions, {"lives": "x"}) == [
        WrongAnswer("lives", "unknown_option", "请从以下选项中选择:本市、境外"),
    ]


def test_an_item_rests_on_the_questions_that_it_or_what_it_asks_for_depends_on(
    newborn: PublishedMatter, calendar: CalendarDocument, clock: ManualClock
) -> None:
    guide = compose(newborn, ALL, times=WorkTime.from_json(calendar.model_dump(mode="json")), start=clock.now())
    first, second, third, *others = guide.items
    when = {"colour": ("red",)}
    items = (
        replace(first, elements=(*first.elements, replace(first.elements[0], when=when))),
        replace(second, materials=(*second.materials, replace(newborn.items[0].materials[0], when=when))),
        third,
        *others,
    )
    tasks = (*guide.tasks[:2], replace(guide.tasks[2], when={"colour": ("blue",), **guide.tasks[2].when}))
    changed = replace(guide, items=items, tasks=(*tasks, *guide.tasks[3:]))
    assert changed.resting_on("colour") == tuple(item.task_code for item in (first, second, third))
    assert guide.resting_on("colour") == ()


def test_a_guide_rests_on_its_matter_and_answers_and_on_each_units_own_hours(
    newborn: PublishedMatter, calendar: CalendarDocument, clock: ManualClock
) -> None:
    times = WorkTime.from_json(calendar.model_dump(mode="json"))
    late = OfficeHours(((time(9), time(20)),))
    guide = compose(
        newborn, ALL, times=replace(times, units=dict.fromkeys(newborn.unit_names, late)), start=clock.now()
    )
    assert (guide.matter, guide.answers) == (newborn, ALL)
    assert guide.rules
    assert all(rule in newborn.rules for rule in guide.rules)
    assert guide.saved == save(newborn, guide.items, ALL) != ()
    assert {local(link.at).time() for link in guide.promise.dues} == {time(20)}


def test_what_no_network_serves_is_to_be_brought_and_is_not_counted_as_saved(
    newborn: PublishedMatter, calendar: CalendarDocument, clock: ManualClock
) -> None:
    times = WorkTime.from_json(calendar.model_dump(mode="json"))
    untold = compose(newborn, ALL, times=times, start=clock.now())
    verified = {one.material.material for one in untold.materials if one.obtain_mode is ObtainMode.DATA_VERIFY}
    assert len(verified) > 1
    assert not any(one.to_bring for one in untold.materials)
    some = min(verified)
    for served in (frozenset[str](), frozenset({some}), frozenset(verified)):
        guide = compose(newborn, ALL, times=times, start=clock.now(), served=served)
        assert {one.material.material for one in guide.materials if one.to_bring} == verified - served
        by_data = {one.material.material for one in guide.saved if one.reason == "data"}
        assert by_data == {one.material.material for one in untold.saved if one.reason == "data"} & served
        others = [one for one in guide.saved if one.reason != "data"]
        assert others == [one for one in untold.saved if one.reason != "data"]
