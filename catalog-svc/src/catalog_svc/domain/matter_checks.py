"""Whether a matter is right: its questions, its task graph, and what its items rest on."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from chassis.worktime import LimitUnit

from catalog_svc.domain.conditions import can_hold
from catalog_svc.domain.findings import Finding, Place, repeated
from catalog_svc.domain.graph import ancestors
from catalog_svc.domain.item_checks import LAST_VERSION, LONGEST_LIMIT
from catalog_svc.domain.known import Known
from catalog_svc.domain.model import Actor, Choice, ClockStart, Condition, Item, Matter, OnRefusal, Question, Task
from catalog_svc.domain.shapes import misshapen
from catalog_svc.domain.stages import CODES, STAGES

MOST_QUESTIONS, MOST_OPTIONS, MOST_TASKS = 50, 500, 100
MOST_ELEMENTS, MOST_MATERIALS = 300, 100
"""Of one form and one set of materials, as the drafts take them."""
MOST_SUBJECTS = 10
Conditions = Iterable[tuple[str, Condition]]


def check_matter(place: Place, matter: Matter, known: Known) -> Iterator[Finding]:
    """Yield everything wrong with a matter."""
    for path, detail in misshapen("matters", matter):
        yield place.wrong(path, detail)
    if not 1 <= matter.matter_version <= LAST_VERSION:
        yield place.wrong("matter_version", f"版本号应为 1 至 {LAST_VERSION}")
    if matter.stage not in CODES:
        yield place.wrong("stage", f"没有阶段 {matter.stage},应为 {'、'.join(stage.code for stage in STAGES)} 之一")
    yield from _check_questions(place, matter.questions)
    yield from _check_tasks(place, matter.tasks, known)
    yield from _check_starts(place, matter.tasks, known)
    yield from _check_graph(place, matter.tasks)
    yield from _check_units(place, matter, known)
    yield from _check_subjects(place, matter, known)
    yield from _check_situations(place, matter, known)
    yield from _check_produced(place, matter, known)


def _check_questions(place: Place, questions: Sequence[Question]) -> Iterator[Finding]:
    if len(questions) > MOST_QUESTIONS:
        yield place.wrong("questions", f"最多 {MOST_QUESTIONS} 个问题")
    for index, key in repeated(question.key for question in questions):
        yield place.wrong(f"questions/{index}/key", f"问题 {key} 重复出现")
    for index, question in enumerate(questions):
        for path, detail in misshapen("questions", question):
            yield place.wrong(f"questions/{index}/{path}", detail)
        yield from check_options(place, f"questions/{index}/options", question.options)
        for number, option in enumerate(question.options):
            for path, detail in misshapen("ways_out", option):
                yield place.wrong(f"questions/{index}/options/{number}/{path}", detail)
        if all(option.window for option in question.options):
            yield place.wrong(f"questions/{index}", "问题须有选项,且至少一个不是到窗口办理的")


def check_options(place: Place, path: str, options: Sequence[Choice]) -> Iterator[Finding]:
    """Yield what is wrong with the options of a question or of a choice."""
    if len(options) > MOST_OPTIONS:
        yield place.wrong(path, f"最多 {MOST_OPTIONS} 个选项")
    for index, value in repeated(option.value for option in options):
        yield place.wrong(f"{path}/{index}/value", f"选项 {value} 重复出现")
    for index, option in enumerate(options):
        for name, detail in misshapen("options", option):
            yield place.wrong(f"{path}/{index}/{name}", detail)


def _check_tasks(place: Place, tasks: Sequence[Task], known: Known) -> Iterator[Finding]:
    keys = {task.task_key for task in tasks}
    items = [known.items[task.item] for task in tasks if task.item in known.items]
    elements = {need.element for item in items for need in item.elements}
    materials = {need.material for item in items for need in item.materials}
    for found, most, what in (
        (tasks, MOST_TASKS, "个环节"),
        (elements, MOST_ELEMENTS, "个数据元"),
        (materials, MOST_MATERIALS, "份材料"),
    ):
        if len(found) > most:
            yield place.wrong("tasks", f"一件事最多 {most} {what}")
    for index, key in repeated(task.task_key for task in tasks):
        yield place.wrong(f"tasks/{index}/task_key", f"环节 {key} 重复出现")
    for index, code in repeated(task.item for task in tasks):
        yield place.wrong(f"tasks/{index}/item", f"事项 {code} 已用于另一环节")
    for index, task in enumerate(tasks):
        for path, detail in (*misshapen("tasks", task), *_whose(task)):
            yield place.wrong(f"tasks/{index}/{path}", detail)
        if task.item not in known.items and task.item not in known.unread_items:
            yield place.wrong(f"tasks/{index}/item", f"没有事项 {task.item}")
        for number, name in enumerate(task.after):
            if name not in keys:
                yield place.wrong(f"tasks/{index}/after/{number}", f"没有环节 {name}")


def _whose(task: Task) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with whose act a task is: the applicant's own has a time and words; nobody refuses it."""
    own = task.by is Actor.APPLICANT
    if own != (task.limit is not None):
        yield "limit", "申请人自己的环节须有时限(limit),单位的环节以事项的时限为准"
    if task.limit and (task.limit.unit is LimitUnit.ON_SITE or not 1 <= task.limit.amount <= LONGEST_LIMIT):
        yield "limit", f"时限数应为 1 至 {LONGEST_LIMIT},不用 ON_SITE"
    if own and not task.help.strip():
        yield "help", "申请人自己的环节须说明怎样完成(help)"
    if own and task.on_refusal is OnRefusal.HARD:
        yield "on_refusal", "申请人自己的环节无人不予,应为 SOFT"


def _check_starts(place: Place, tasks: Sequence[Task], known: Known) -> Iterator[Finding]:
    for index, task in enumerate(tasks):
        item = known.items.get(task.item)
        if item and item.clock_start is ClockStart.GATE and not task.after:
            yield place.wrong(f"tasks/{index}/after", "事项的时限自前一环节办结起算(GATE),须有前一环节")


def _check_graph(place: Place, tasks: Sequence[Task]) -> Iterator[Finding]:
    """Yield circles, and that a situation might have no unit's task at all."""
    if all(task.when or task.by is Actor.APPLICANT for task in tasks):
        yield place.wrong("tasks", "至少一个单位办理的环节应在任何情形下都办理")
    behind = ancestors(tasks)
    for index, task in enumerate(tasks):
        if task.task_key in behind[task.task_key]:
            yield place.wrong(f"tasks/{index}/after", f"环节 {task.task_key} 循环等待自己")


def _check_units(place: Place, matter: Matter, known: Known) -> Iterator[Finding]:
    if matter.lead_unit not in known.units:
        yield place.wrong("lead_unit", f"没有单位 {matter.lead_unit}")
    for index, unit in enumerate(matter.cooperating_units):
        if unit not in known.units:
            yield place.wrong(f"cooperating_units/{index}", f"没有单位 {unit}")
    items = [known.items.get(task.item) for task in matter.tasks]
    if None in items:
        return
    acting = {item.unit for item in items if item} - {matter.lead_unit}
    if acting != set(matter.cooperating_units):
        yield place.wrong("cooperating_units", f"应为各环节的办理单位(牵头单位除外):{'、'.join(sorted(acting))}")


def _check_subjects(place: Place, matter: Matter, known: Known) -> Iterator[Finding]:
    """Yield subjects by which nobody can be told: of no element, or of one that no task asks for."""
    items = [known.items[task.item] for task in matter.tasks if task.item in known.items]
    asked = {need.element for item in items for need in item.elements}
    if len(matter.subjects) > MOST_SUBJECTS:
        yield place.wrong("subjects", f"最多 {MOST_SUBJECTS} 组")
    for index, subject in enumerate(matter.subjects):
        if not subject:
            yield place.wrong(f"subjects/{index}", "至少一个数据元")
        for number, element in enumerate(subject):
            if element not in asked:
                yield place.wrong(f"subjects/{index}/{number}", f"没有环节要求填写 {element}")


def _check_situations(place: Place, matter: Matter, known: Known) -> Iterator[Finding]:
    """Yield conditions on what is not asked, not yet asked or no option, and what no situation ever reaches."""
    for index, question in enumerate(matter.questions):
        path = f"questions/{index}/when"
        yield from _check_condition(place, path, question.when, matter.questions[:index])
        if not can_hold(question.when, matter.questions):
            yield place.wrong(path, f"任何情形都不会问到 {question.key}")
    for index, task in enumerate(matter.tasks):
        yield from _check_condition(place, f"tasks/{index}/when", task.when, matter.questions)
        if not can_hold(task.when, matter.questions):
            yield place.wrong(f"tasks/{index}/when", f"任何情形都不会办理环节 {task.task_key}")
        item = known.items.get(task.item)
        for name, condition in _needs(item) if item else ():
            for finding in _check_condition(place, f"tasks/{index}/item", condition, matter.questions):
                yield place.wrong(finding.path, f"事项的 {name}:{finding.detail}")


def _needs(item: Item) -> Conditions:
    yield from ((need.element, need.when) for need in item.elements)
    yield from ((need.material, need.when) for need in item.materials)


def _check_condition(place: Place, path: str, condition: Condition, questions: Sequence[Question]) -> Iterator[Finding]:
    options = {question.key: {option.value for option in question.options} for question in questions}
    for key, values in condition.items():
        if key not in options:
            yield place.wrong(f"{path}/{key}", f"没有问题 {key},或它排在后面")
            continue
        if not values:
            yield place.wrong(f"{path}/{key}", f"问题 {key} 的条件没有选项")
        for value in sorted(set(values) - options[key]):
            yield place.wrong(f"{path}/{key}", f"问题 {key} 没有选项 {value}")


def _check_produced(place: Place, matter: Matter, known: Known) -> Iterator[Finding]:
    """Yield tasks that need what another task of the matter produces, but do not wait for it."""
    behind = ancestors(matter.tasks)
    producers = _producers(matter.tasks, known.items)
    for index, task in enumerate(matter.tasks):
        item = known.items.get(task.item)
        for need in item.materials if item else ():
            for producer in producers(need.material):
                if producer not in behind[task.task_key]:
                    yield place.wrong(
                        f"tasks/{index}/after", f"{task.task_key} 用到 {producer} 产生的 {need.material},应在其后办理"
                    )


def _producers(tasks: Sequence[Task], items: Mapping[str, Item]) -> Callable[[str], list[str]]:
    made: dict[str, list[str]] = {}
    for task in tasks:
        item = items.get(task.item)
        if item is not None and item.result_material:
            made.setdefault(item.result_material, []).append(task.task_key)
    return lambda material: made.get(material, [])
