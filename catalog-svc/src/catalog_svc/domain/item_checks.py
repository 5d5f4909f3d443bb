"""Whether an item's implementation list is right: codes, references, limits, and the quality rules used in practice.

The rules are those by which cities examine their lists (温州实施清单质检规则), numbered as in the comments; those on
permits' question lists and result samples have no field here yet.
"""

from collections.abc import Iterator

from chassis.worktime import LARGEST, Limit, LimitUnit

from catalog_svc.domain import codes
from catalog_svc.domain.findings import Finding, Place
from catalog_svc.domain.known import Known
from catalog_svc.domain.limits import may_be_too_long, too_long
from catalog_svc.domain.model import Condition, Item
from catalog_svc.domain.shapes import misshapen

APPLIED_FOR = frozenset({"01", "05", "07", "08", "09", "10", "20"})
NATURAL_PERSON, LEGAL_PERSONS = "1", frozenset("234")
ONLINE_OR_POST = frozenset("234")
LAST_VERSION = 1_000_000
LONGEST_LIMIT, MOST_VISITS, MOST_PAGES, LONGEST_VALUE = 1000, 20, 1000, 2000
Rule = tuple[str, bool, str]


def check_item(place: Place, item: Item, known: Known) -> Iterator[Finding]:
    """Yield everything wrong with an item."""
    for path, detail in misshapen("items", item):
        yield place.wrong(path, detail)
    yield from _check_code(place, item, known)
    for path, broken, detail in (*_numbers(item), *_limits(item), *_access(item), *_rights(item)):
        if broken:
            yield place.wrong(path, detail)
    yield from _check_promise(place, item)
    if item.online_handle_depth in {"Ⅰ", "Ⅱ"}:
        yield place.doubtful("online_handle_depth", "网办深度应达到 Ⅲ 或 Ⅳ(郑政办〔2020〕11号)")
    for name, kind, parts in (
        ("by_law", "laws", item.by_law),
        ("fee_project", "fees", item.fee_project),
        ("materials", "stands", item.materials),
    ):
        for index, part in enumerate(parts):
            for path, detail in misshapen(kind, part):
                yield place.wrong(f"{name}/{index}/{path}", detail)
    yield from _check_needs(place, item, known)


def _check_code(place: Place, item: Item, known: Known) -> Iterator[Finding]:
    if not codes.is_catalog_code(item.catalog_code, item.task_type):
        yield place.wrong("catalog_code", "应为 12 位数字,第 3、4 位为事项类型")
    if item.unit not in known.units:
        yield place.wrong("unit", f"没有单位 {item.unit}")
    elif uscc := known.usccs.get(item.unit):
        expected = codes.task_code(uscc, item.use_level, item.catalog_code)
        if item.task_code != expected:
            yield place.wrong("task_code", f"应为 {expected}(实施主体代码 + 行使层级 + 基本编码)")
    for index, code in enumerate(item.task_handle_item):
        if not code.startswith(item.task_code):
            yield place.wrong(f"task_handle_item/{index}", f"应为实施编码 {item.task_code} 加两位序号")
        elif code in item.task_handle_item[:index]:
            yield place.wrong(f"task_handle_item/{index}", f"{code} 重复出现")


def _numbers(item: Item) -> tuple[Rule, ...]:
    return (
        ("task_version", not 1 <= item.task_version <= LAST_VERSION, f"版本号应为 1 至 {LAST_VERSION}"),
        ("limit_scene_num", not 0 <= item.limit_scene_num <= MOST_VISITS, f"应为 0 至 {MOST_VISITS}"),
        ("promise", _is_off(item.promise), _amounts(item.promise)),
        ("anticipate", item.anticipate is not None and _is_off(item.anticipate), _amounts(item.anticipate)),
    )


def _is_off(limit: Limit) -> bool:
    if limit.unit is LimitUnit.ON_SITE:
        return limit.amount != 0
    return not 0 <= limit.amount <= _most(limit.unit)


def _most(unit: LimitUnit) -> int:
    return min(LARGEST[unit], LONGEST_LIMIT)


def _amounts(limit: Limit | None) -> str:
    if limit is None or limit.unit is LimitUnit.ON_SITE:
        return "当场办结(ON_SITE)的时限数应为 0"
    return f"时限数应为 0 至 {_most(limit.unit)}"


def _check_promise(place: Place, item: Item) -> Iterator[Finding]:
    """Yield a promise that is, or on some days of the year may be, longer than the law's limit (rule 11)."""
    law = item.anticipate
    if law is None or _is_off(item.promise) or _is_off(law):
        return
    if longer := too_long(item.promise, law):
        yield place.wrong("promise", longer)
    elif longer := may_be_too_long(item.promise, law):
        yield place.doubtful("promise", longer)


def _limits(item: Item) -> tuple[Rule, ...]:
    """Return the rules on limits: 1 (即办件 ⇔ at once), the law's article."""
    limit = item.anticipate
    at_once = item.promise.amount == 0
    mismatched = item.project_type in {"1", "2"} and (item.project_type == "1") != at_once
    kind = "承诺时限为 0(当场或当日)即为即办件(1),否则为承诺件(2)"
    unfounded = limit is not None and not item.anticipate_explain.strip()
    return (
        ("project_type", mismatched, kind),
        ("anticipate", unfounded, "有法定时限的,须在 anticipate_explain 注明法律名称与条款"),
    )


def _access(item: Item) -> tuple[Rule, ...]:
    """Return the rules on coming and asking: 3 (reason for visits), 4 (a way from afar), 5 (depth), 7 (phones)."""
    none = item.limit_scene_num == 0
    unexplained = none != (item.limit_scene_explain == "无")
    no_way = none and not ONLINE_OR_POST & set(item.handle_type)
    same_phone = bool(item.consult_phone) and item.consult_phone == item.complain_phone
    return (
        ("task_type", item.task_type not in APPLIED_FOR, f"{item.task_type} 不是依申请事项类型"),
        ("limit_scene_explain", unexplained, "到场次数不为 0 须说明原因,为 0 则填“无”"),
        ("handle_type", no_way, "到场次数为 0 的,须可网上办理或快递申请"),
        ("limit_scene_num", item.online_handle_depth == "Ⅳ" and not none, "Ⅳ级的到场次数应为 0"),
        ("complain_phone", same_phone, "投诉电话应与咨询电话不同"),
    )


def _rights(item: Item) -> tuple[Rule, ...]:
    """Return the rules on law, fees, topics and results: 2 (result), 6 (fees), 8 (topics), and no item without law."""
    served = set(item.server_type)
    fees = bool(item.fee_basis and item.fee_project)
    fee_left = bool(item.fee_basis or item.fee_project or item.is_pay_online)
    expected = _result_type(item.result_name)
    no_person = NATURAL_PERSON not in served and bool(item.user_topic_type)
    no_company = not LEGAL_PERSONS & served and bool(item.corp_topic_type)
    return (
        ("by_law", not item.by_law, "须有设定依据"),
        ("server_type", not served, "须有服务对象"),
        (
            "result_type",
            bool(expected) and item.result_type != expected,
            f"{item.result_name} 的结果类型应为{expected}",
        ),
        ("is_fee", item.is_fee and not fees, "收费的须有收费依据(fee_basis)和收费项目(fee_project)"),
        ("is_fee", not item.is_fee and fee_left, "不收费的不得有收费依据、收费项目或网上支付"),
        ("user_topic_type", NATURAL_PERSON in served and not item.user_topic_type, "面向自然人的须有自然人主题"),
        ("user_topic_type", no_person, "不面向自然人的不得有自然人主题"),
        ("corp_topic_type", bool(LEGAL_PERSONS & served) and not item.corp_topic_type, "面向法人的须有法人主题"),
        ("corp_topic_type", no_company, "不面向法人的不得有法人主题"),
    )


def _result_type(name: str) -> str:
    if name.endswith("证") and not name.endswith("凭证"):  # a voucher is no licence
        return "证照"
    return "批文" if name.endswith(("文", "批复")) else ""


def _check_needs(place: Place, item: Item, known: Known) -> Iterator[Finding]:
    for index, element in enumerate(item.elements):
        path = f"elements/{index}"
        if element.element not in known.elements:
            yield place.wrong(f"{path}/element", f"没有数据元 {element.element}")
        if element.max_length is not None and not 1 <= element.max_length <= LONGEST_VALUE:
            yield place.wrong(f"{path}/max_length", f"应为 1 至 {LONGEST_VALUE}")
    for index, material in enumerate(item.materials):
        path = f"materials/{index}"
        if material.material not in known.materials:
            yield place.wrong(f"{path}/material", f"没有材料 {material.material}")
        if not 1 <= material.page_num <= MOST_PAGES:
            yield place.wrong(f"{path}/page_num", f"应为 1 至 {MOST_PAGES}")
    if item.result_material and item.result_material not in known.materials:
        yield place.wrong("result_material", f"没有材料 {item.result_material}")
    yield from _check_twice(place, "elements", [(need.element, need.when) for need in item.elements])
    yield from _check_twice(place, "materials", [(need.material, need.when) for need in item.materials])


def _check_twice(place: Place, kind: str, needs: list[tuple[str, Condition]]) -> Iterator[Finding]:
    """Yield what one situation would ask for twice: the same key under conditions that do not exclude each other."""
    for index, (key, when) in enumerate(needs):
        if any(other == key and not _exclude(when, earlier) for other, earlier in needs[:index]):
            yield place.wrong(f"{kind}/{index}", f"{key} 重复出现,且各自的 when 并不互斥")


def _exclude(one: Condition, other: Condition) -> bool:
    return any(not set(values) & set(other[key]) for key, values in one.items() if key in other)
