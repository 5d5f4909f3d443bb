"""The guide for a situation (情形引导): answers in; items, one form, one set of materials, tasks and promise out.

Sources: 国办发〔2025〕24号 (one notice, one form, one set of materials); 行政许可法 art. 31 and 国务院令第716号
(what sharing can give is not asked for); 行政许可法 art. 42 (joint handling).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.worktime import CriticalPath, Node, WorkTime, critical_path

from catalog_svc.domain.model import (
    Element,
    Item,
    Material,
    NeededElement,
    NeededMaterial,
    ObtainMode,
    PublishedMatter,
    Question,
    Task,
    holds,
)

SAVED_BY = {
    ObtainMode.LICENSE_REUSE: ("licence", "电子证照复用,免提交原件和复印件"),
    ObtainMode.DATA_VERIFY: ("data", "由数据共享核验,免提交"),
    ObtainMode.PROMISE: ("promise", "以书面承诺代替"),
    ObtainMode.FORM_FIELD: ("form_field", "在表单中填写,免提交材料"),
    ObtainMode.SYSTEM_GENERATED: ("produced_inside", "由本件事的前一环节产生,免提交"),
}


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """A wrong place among the answers."""

    key: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the one form: an element, and which items use it."""

    element: Element
    required: bool
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetMaterial:
    """A material of the one set, and which items use it."""

    material: Material
    required: bool
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """A paper that needs not be handed in, and why."""

    material: Material
    reason: str
    by: str
    copies: int


@dataclass(frozen=True, slots=True)
class Guide:
    """What a situation asks for and promises."""

    matter: PublishedMatter
    answers: Mapping[str, str]
    items: tuple[Item, ...]
    fields: tuple[Field, ...]
    materials: tuple[SetMaterial, ...]
    saved: tuple[Saved, ...]
    tasks: tuple[Task, ...]
    promise: CriticalPath


def check_answers(questions: Sequence[Question], answers: Mapping[str, str]) -> list[WrongAnswer]:
    """Return every wrong place: unknown questions, unknown options, and asked questions left open."""
    known = {question.key: question for question in questions}
    wrong = [WrongAnswer(key, "unknown_question", "没有这个问题") for key in answers if key not in known]
    for question in questions:
        given = answers.get(question.key)
        if given is None:
            if holds(question.when, answers):
                wrong.append(WrongAnswer(question.key, "required", f"请回答:{question.text}"))
        elif given not in {option.value for option in question.options}:
            choices = "、".join(f"{option.value}({option.label})" for option in question.options)
            wrong.append(WrongAnswer(question.key, "unknown_option", f"可选:{choices}"))
        elif not holds(question.when, answers):
            wrong.append(WrongAnswer(question.key, "not_asked", "在所选情形下无需回答此问题"))
    return wrong


def compose(
    published: PublishedMatter,
    answers: Mapping[str, str],
    *,
    times: WorkTime,
    start: datetime,
) -> Guide:
    """Return the guide for answers that were checked, if the window accepts at `start`."""
    tasks = chosen_tasks(published.matter.tasks, answers)
    items = tuple(published.item(task.item) for task in tasks)
    materials = merge_materials(published, items)
    nodes = {
        task.task_key: Node(task.after, item.promise, times.hours(item.unit))
        for task, item in zip(tasks, items, strict=True)
    }
    promise = critical_path(nodes, start, times.calendar)
    fields = merge_fields(published, items)
    return Guide(published, answers, items, fields, materials, save(published, items), tasks, promise)


def chosen_tasks(tasks: Sequence[Task], answers: Mapping[str, str]) -> tuple[Task, ...]:
    """Return the tasks of a situation; one that waited for an absent task waits for what that one waited for."""
    absent = {task.task_key: task for task in tasks if not holds(task.when, answers)}

    def gates(names: Iterable[str]) -> list[str]:
        found: list[str] = []
        for name in names:
            for gate in gates(absent[name].after) if name in absent else [name]:
                if gate not in found:
                    found.append(gate)
        return found

    return tuple(
        Task(task.task_key, task.name, task.item, tuple(gates(task.after)), task.on_refusal, task.when)
        for task in tasks
        if task.task_key not in absent
    )


def merge_fields(published: PublishedMatter, items: Sequence[Item]) -> tuple[Field, ...]:
    """Return each data element once, in the order of the sections; required as soon as one item requires it."""
    asked: dict[str, list[tuple[str, NeededElement]]] = {}
    for item in items:
        for needed in item.elements:
            asked.setdefault(needed.element, []).append((item.task_code, needed))
    return tuple(
        Field(
            element,
            any(needed.required for _, needed in asked[element.element]),
            tuple(sorted({code for code, _ in asked[element.element]})),
        )
        for element in published.elements
        if element.element in asked
    )


def _asked_materials(items: Sequence[Item]) -> dict[str, list[tuple[str, NeededMaterial]]]:
    asked: dict[str, list[tuple[str, NeededMaterial]]] = {}
    for item in items:
        for needed in item.materials:
            asked.setdefault(needed.material, []).append((item.task_code, needed))
    return asked


def merge_materials(published: PublishedMatter, items: Sequence[Item]) -> tuple[SetMaterial, ...]:
    """Return each canonical material once; required as soon as one item requires it."""
    asked = _asked_materials(items)
    return tuple(
        SetMaterial(
            material,
            any(needed.required for _, needed in asked[material.material]),
            tuple(sorted({code for code, _ in asked[material.material]})),
        )
        for material in published.materials
        if material.material in asked
    )


def save(published: PublishedMatter, items: Sequence[Item]) -> tuple[Saved, ...]:
    """Return the papers saved: copies that several items asked for, and those replaced by another way to know."""
    saved: list[Saved] = []
    for code, needs in sorted(_asked_materials(items).items()):
        material = published.material(code)
        pages = [needed.page_num for _, needed in needs]
        if len(needs) > 1:
            by = f"{len(needs)} 个事项共用一份"
            saved.append(Saved(material, "duplicate", by, sum(pages) - max(pages)))
        if material.obtain_mode in SAVED_BY:
            reason, by = SAVED_BY[material.obtain_mode]
            saved.append(Saved(material, reason, by, max(pages)))
    return tuple(saved)
