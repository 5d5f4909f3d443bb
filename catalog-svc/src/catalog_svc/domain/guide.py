"""The guide for a situation (情形引导): answers in; items, one form, one set of materials, tasks and limits out.

Sources: 国办发〔2025〕24号 (one notice, one form, one set of materials); 行政许可法 art. 42 (joint handling).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.worktime import CriticalPath, Limit, Node, WorkTime, critical_path

from catalog_svc.domain.conditions import asked_keys
from catalog_svc.domain.form_rules import rules_over
from catalog_svc.domain.graph import chosen_tasks, on_the_way
from catalog_svc.domain.merge import Field, Saved, SetMaterial, merge_fields, merge_materials, save
from catalog_svc.domain.model import FormRule, Item, Question, Task
from catalog_svc.domain.pack import PublishedMatter


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """A wrong place among the answers."""

    key: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Guide:
    """What a situation asks for and promises; `statutory` is None where no law sets a limit."""

    matter: PublishedMatter
    answers: Mapping[str, str]
    items: tuple[Item, ...]
    fields: tuple[Field, ...]
    rules: tuple[FormRule, ...]
    materials: tuple[SetMaterial, ...]
    saved: tuple[Saved, ...]
    tasks: tuple[Task, ...]
    promise: CriticalPath
    statutory: CriticalPath | None

    def resting_on(self, question: str) -> tuple[str, ...]:
        """Return the items on which a question's answer bears: whether they are done, or what they ask for."""
        conditions = {
            item.task_code: [task.when, *(need.when for need in item.elements), *(need.when for need in item.materials)]
            for task, item in zip(self.tasks, self.items, strict=True)
        }
        return tuple(code for code, known in conditions.items() if any(question in when for when in known))


def check_answers(questions: Sequence[Question], answers: Mapping[str, str]) -> list[WrongAnswer]:
    """Return every wrong place: unknown questions, unknown options, questions left open, answers nobody asked for."""
    known = {question.key for question in questions}
    wrong = [WrongAnswer(key, "unknown_question", "没有这个问题") for key in answers if key not in known]
    asked = asked_keys(questions, answers)
    for question in questions:
        given = answers.get(question.key)
        if given is None:
            if question.key in asked:
                wrong.append(WrongAnswer(question.key, "required", f"请回答:{question.text}"))
        elif given not in {option.value for option in question.options}:
            choices = "、".join(option.label for option in question.options)
            wrong.append(WrongAnswer(question.key, "unknown_option", f"请从以下选项中选择:{choices}"))
        elif question.key not in asked:
            wrong.append(WrongAnswer(question.key, "not_asked", "在所选情形下无需回答此问题"))
    return wrong


def way_out(questions: Sequence[Question], answers: Mapping[str, str]) -> WrongAnswer | None:
    """Return where to go instead, in words, when an answer of the situation is handled at a window."""
    asked = asked_keys(questions, answers)
    for question in questions:
        for option in question.options:
            if option.window and question.key in asked and answers.get(question.key) == option.value:
                return WrongAnswer(question.key, "handled_at_window", option.window)
    return None


def compose(
    published: PublishedMatter,
    answers: Mapping[str, str],
    *,
    times: WorkTime,
    start: datetime,
    served: frozenset[str] | None = None,
) -> Guide:
    """Return the guide for answers that were checked, if the window accepts at `start`.

    `served` are the materials that the networks serve; None where nobody has told.
    """
    tasks = chosen_tasks(published.matter.tasks, answers)
    items = tuple(published.item(task.item) for task in tasks)

    fields = merge_fields(published, items, answers)
    counted = on_the_way(tasks)

    def path(limit_of: Callable[[Task, Item], Limit]) -> CriticalPath:
        nodes = {
            task.task_key: Node(task.after, limit_of(task, item), times.hours(item.unit))
            for task, item in zip(tasks, items, strict=True)
            if task.task_key in counted
        }
        return critical_path(nodes, start, times.calendar)

    return Guide(
        published,
        answers,
        items,
        fields,
        rules_over(published.rules, {field.element.element for field in fields}),
        merge_materials(published, items, answers, served=served),
        save(published, items, answers, served=served),
        tasks,
        path(Task.promise_of),
        # Where some tasks have a statutory limit and others none, the promise stands in for the missing one.
        path(lambda task, item: task.statutory_of(item) or task.promise_of(item))
        if any(task.statutory_of(item) for task, item in zip(tasks, items, strict=True))
        else None,
    )
