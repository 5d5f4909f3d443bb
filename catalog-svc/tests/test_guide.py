from dataclasses import replace
from itertools import product

import pytest
from catalog_svc.domain.guide import check_answers, chosen_tasks, merge_fields, merge_materials, save
from catalog_svc.domain.model import PublishedMatter, Task, holds
from hypothesis import given
from hypothesis import strategies as st

ALL = {
    "parents_nationality": "both",
    "in_wedlock": "yes",
    "hukou_here": "yes",
    "insurance": "yes",
    "card": "yes",
    "maternity": "yes",
}


def test_complete_answers_have_no_fault(newborn: PublishedMatter) -> None:
    assert check_answers(newborn.matter.questions, ALL) == []


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"hukou_here": None}, {("hukou_here", "required"), ("insurance", "not_asked"), ("card", "not_asked")}),
        ({"maternity": "perhaps"}, {("maternity", "unknown_option")}),
        ({"colour": "red"}, {("colour", "unknown_question")}),
        ({"hukou_here": "no"}, {("insurance", "not_asked"), ("card", "not_asked")}),
    ],
)
def test_every_wrong_answer_is_named(
    newborn: PublishedMatter, change: dict[str, str | None], faults: set[tuple[str, str]]
) -> None:
    answers = {key: value for key, value in {**ALL, **change}.items() if value is not None}
    assert {(one.key, one.code) for one in check_answers(newborn.matter.questions, answers)} == faults


def test_an_element_is_asked_once_however_many_items_need_it(newborn: PublishedMatter) -> None:
    fields = merge_fields(newborn, newborn.items)
    names = [field.element.element for field in fields]
    assert len(names) == len(set(names))
    mother = next(field for field in fields if field.element.element == "mother_name")
    assert mother.required
    assert len(mother.used_by) >= 5


def test_the_merge_does_not_depend_on_the_order_of_items(newborn: PublishedMatter) -> None:
    backwards = newborn.items[::-1]
    assert merge_fields(newborn, newborn.items) == merge_fields(newborn, backwards)
    assert merge_materials(newborn, newborn.items) == merge_materials(newborn, backwards)


def test_each_saved_paper_has_a_reason_and_nothing_required_is_asked_twice(newborn: PublishedMatter) -> None:
    materials = [one.material.material for one in merge_materials(newborn, newborn.items)]
    assert len(materials) == len(set(materials))
    saved = save(newborn, newborn.items)
    assert {one.reason for one in saved} >= {"duplicate", "licence", "data", "produced_inside", "form_field"}
    card = [one for one in saved if one.material.material == "parent_id_card"]
    assert {one.reason for one in card} == {"duplicate", "licence"}
    assert all(one.copies >= 1 for one in saved)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Task], set[str]]:
    names = [f"t{n}" for n in range(draw(st.integers(1, 8)))]
    tasks = [
        Task(
            name,
            name,
            name,
            tuple(draw(st.lists(st.sampled_from(names[:n]), unique=True)) if n else ()),
            when={"q": ("yes",)} if draw(st.booleans()) else {},
        )
        for n, name in enumerate(names)
    ]
    return tasks, {task.task_key for task in tasks if task.when}


def reachable(tasks: list[Task], name: str) -> set[str]:
    after = {task.task_key: task.after for task in tasks}
    found: set[str] = set()
    left = list(after[name])
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += after[one]
    return found


@given(graphs())
def test_leaving_tasks_out_keeps_who_waits_for_whom(graph: tuple[list[Task], set[str]]) -> None:
    tasks, absent = graph
    chosen = list(chosen_tasks(tasks, {"q": "no"}))
    assert {task.task_key for task in chosen} == {task.task_key for task in tasks} - absent
    for task in chosen:
        assert reachable(chosen, task.task_key) == reachable(tasks, task.task_key) - absent
    assert [replace(task, when={}) for task in chosen_tasks(chosen, {"q": "no"})] == [
        replace(task, when={}) for task in chosen
    ]


def test_every_situation_of_the_newborn_matter_composes(newborn: PublishedMatter) -> None:
    questions = newborn.matter.questions
    situations = 0
    for values in product(*([option.value for option in question.options] for question in questions)):
        answers: dict[str, str] = {}
        for question, value in zip(questions, values, strict=True):
            if holds(question.when, answers):
                answers[question.key] = value
        assert check_answers(questions, answers) == []
        tasks = chosen_tasks(newborn.matter.tasks, answers)
        keys = {task.task_key for task in tasks}
        assert keys >= {"birth_certificate", "vaccination"}
        assert all(set(task.after) <= keys for task in tasks)
        situations += 1
    assert situations > 10
