"""Whether a city pack is right: references, codes, graphs, and the quality rules of implementation lists.

Every finding names its place; errors stop the load, warnings do not.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from chassis.worktime import GraphHasCycle, in_order

from catalog_svc.domain import codes
from catalog_svc.domain.model import Condition, Item, Matter, Pack

VAGUE = ("其他", "其它", "有关", "相关材料")
USE_LEVELS = frozenset("1234567")
APPLIED_FOR = frozenset({"01", "05", "07", "08", "09", "10", "20"})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a place: `kind` and `index` of the document's list, and the field's path inside."""

    kind: str
    key: str
    path: str
    detail: str
    is_error: bool = True


def check(pack: Pack) -> list[Finding]:
    """Return everything wrong in a pack, all at once."""
    found: list[Finding] = []
    found += _twice("units", (unit.unit_code for unit in pack.units))
    found += _twice("items", (item.task_code for item in pack.items))
    found += _twice("elements", (element.element for element in pack.elements))
    found += _twice("materials", (material.material for material in pack.materials))
    found += _twice("matters", (matter.matter_code for matter in pack.matters))
    units = {unit.unit_code for unit in pack.units}
    sections = {section.key for section in pack.sections}
    for unit in pack.units:
        if not codes.is_uscc(unit.uscc):
            found.append(Finding("units", unit.unit_code, "uscc", f"{unit.uscc} 校验位不符(仅提示)", is_error=False))
    for element in pack.elements:
        if element.section not in sections:
            found.append(Finding("elements", element.element, "section", f"没有分区 {element.section}"))
    for material in pack.materials:
        if any(word in material.name for word in VAGUE):
            found.append(Finding("materials", material.material, "name", f"材料名称含模糊表述:{material.name}"))
        if material.holder not in units:
            found.append(Finding("materials", material.material, "holder", f"没有单位 {material.holder}"))
    for item in pack.items:
        found += _check_item(item, pack, units)
    for matter in pack.matters:
        found += _check_matter(matter, pack, units)
    return found


def _twice(kind: str, keys: Iterable[str]) -> Iterator[Finding]:
    for key, times in Counter(keys).items():
        if times > 1:
            yield Finding(kind, key, "", f"{key} 重复出现 {times} 次")


def _check_item(item: Item, pack: Pack, units: set[str]) -> Iterator[Finding]:
    def wrong(path: str, detail: str) -> Finding:
        return Finding("items", item.task_code, path, detail)

    if item.unit not in units:
        yield wrong("unit", f"没有单位 {item.unit}")
    else:
        unit = next(unit for unit in pack.units if unit.unit_code == item.unit)
        expected = codes.task_code(unit.uscc, item.use_level, item.catalog_code)
        if item.task_code != expected:
            yield wrong("task_code", f"应为 {expected}(实施主体代码 + 行使层级 + 基本编码)")
    for path, broken, detail in _item_rules(item):
        if broken:
            yield wrong(path, detail)
    elements = {element.element for element in pack.elements}
    materials = {material.material for material in pack.materials}
    for number, needed in enumerate(item.elements):
        if needed.element not in elements:
            yield wrong(f"elements/{number}", f"没有数据元 {needed.element}")
    for number, asked in enumerate(item.materials):
        if asked.material not in materials:
            yield wrong(f"materials/{number}", f"没有材料 {asked.material}")


def _item_rules(item: Item) -> tuple[tuple[str, bool, str], ...]:
    """Return each rule of an item on its own: the field, whether it is broken, and what should be."""
    limit = item.anticipate
    longer = limit is not None and limit.unit == item.promise.unit and item.promise.amount > limit.amount
    unexplained = (item.limit_scene_num == 0) != (item.limit_scene_explain == "无")
    not_catalog = not codes.is_catalog_code(item.catalog_code, item.task_type)
    return (
        ("use_level", item.use_level not in USE_LEVELS, "行使层级应为 1 至 7"),
        ("task_type", item.task_type not in APPLIED_FOR, f"{item.task_type} 不是依申请事项类型"),
        ("catalog_code", not_catalog, "应为 12 位数字,第 3、4 位为事项类型"),
        ("promise", longer, "承诺时限长于法定时限"),
        ("limit_scene_explain", unexplained, "到场次数不为 0 须说明原因,为 0 则填“无”"),
        ("limit_scene_num", item.online_handle_depth == "Ⅳ" and item.limit_scene_num != 0, "Ⅳ级的到场次数应为 0"),
    )


def _check_matter(matter: Matter, pack: Pack, units: set[str]) -> Iterator[Finding]:
    def wrong(path: str, detail: str) -> Finding:
        return Finding("matters", matter.matter_code, path, detail)

    if matter.lead_unit not in units:
        yield wrong("lead_unit", f"没有单位 {matter.lead_unit}")
    yield from _repeated(matter, wrong)
    items = {item.task_code for item in pack.items}
    keys = {task.task_key for task in matter.tasks}
    for number, task in enumerate(matter.tasks):
        if task.item not in items:
            yield wrong(f"tasks/{number}/item", f"没有事项 {task.item}")
        for name in task.after:
            if name not in keys:
                yield wrong(f"tasks/{number}/after", f"没有环节 {name}")
        yield from _check_condition(task.when, matter, f"tasks/{number}/when", wrong)
    for number, question in enumerate(matter.questions):
        yield from _check_condition(question.when, matter, f"questions/{number}/when", wrong)
    if all(task.when for task in matter.tasks):
        yield wrong("tasks", "至少一个环节应在任何情形下都办理")
    try:
        in_order({task.task_key: task.after for task in matter.tasks})
    except GraphHasCycle as cycle:
        yield wrong("tasks", f"环节之间循环等待:{cycle}")


def _repeated(matter: Matter, wrong: Callable[[str, str], Finding]) -> Iterator[Finding]:
    for kind, keys in (
        ("questions", [question.key for question in matter.questions]),
        ("tasks", [task.task_key for task in matter.tasks]),
        ("tasks", [task.item for task in matter.tasks]),
    ):
        for key, times in Counter(keys).items():
            if times > 1:
                yield wrong(kind, f"{key} 重复出现 {times} 次")


def _check_condition(
    condition: Condition, matter: Matter, path: str, wrong: Callable[[str, str], Finding]
) -> Iterator[Finding]:
    options = {question.key: {option.value for option in question.options} for question in matter.questions}
    for key, values in condition.items():
        if key not in options:
            yield wrong(path, f"没有问题 {key}")
        else:
            for value in set(values) - options[key]:
                yield wrong(path, f"问题 {key} 没有选项 {value}")
