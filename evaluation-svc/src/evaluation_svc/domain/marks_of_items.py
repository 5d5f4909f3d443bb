"""What is counted of the city's own work: items, matters and networks as they stand, and what assessors found.

Each is a stock: a change of what stands counts on its day, down for what was and up for what is.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evaluation_svc.domain.marks import Mark, Told, day_of

ITEM_PUBLISHED, ITEM_WITHDRAWN = "catalog.item.published", "catalog.item.withdrawn"
MATTER_PUBLISHED, NETWORK_CHANGED = "catalog.matter.published", "datashare.network.changed"
ENTERED, WITHDRAWN = "evaluation.finding.entered", "evaluation.finding.withdrawn"
ONLINE_DEPTHS, FULL_DEPTH = frozenset({"Ⅲ", "Ⅳ"}), "Ⅳ"
ON_THE_SPOT = "1"
"""`project_type` (办件类型): 1 即办, 2 承诺 (GB/T 39046-2020)."""
CONNECTED = frozenset({"CONNECTED", "VERIFIED", "DEGRADED", "DOWN"})
VERIFIED = CONNECTED - {"CONNECTED"}
HUNDREDTHS: Mapping[str, int] = {"ON_SITE": 0, "WORKDAY": 100, "CALENDAR_DAY": 71, "MONTH": 2100, "YEAR": 25000}
"""Of a working day: calendar days at 5 of 7, months and years at usual ones; working hours at 7 a day."""
HOURS_A_DAY = 7
STOCKS: Mapping[str, str] = {
    "items_published": "已发布的政务服务事项",
    "items_on_application": "依申请事项",
    "items_online": "网上办理深度达到Ⅲ、Ⅳ级的依申请事项",
    "items_full_online": "网上办理深度达到Ⅳ级的依申请事项",
    "items_on_the_spot": "即办件事项(依申请)",
    "items_visits_at_most_one": "到办事现场至多一次的依申请事项",
    "items_visits_zero": "无需到办事现场的依申请事项",
    "items_with_statutory": "有法定时限的依申请事项",
    "promised_hundredths": "有法定时限的事项的承诺时限合计(百分之一工作日)",
    "statutory_hundredths": "有法定时限的事项的法定时限合计(百分之一工作日)",
    "item_materials": "依申请事项的材料",
    "item_materials_required": "依申请事项的必交材料",
    "matters_published": "已发布的“一件事”",
    "networks_connected": "已联通的部门网络",
    "networks_verified": "已通过验收的部门网络",
}
FOUND: Mapping[str, str] = {
    "samples_checked": "第三方抽查的事项",
    "samples_right": "第三方抽查无误的事项",
    "mystery_visits": "第三方暗访",
    "mystery_points": "第三方暗访得分合计",
}
State = Mapping[str, int]
Place = tuple[str, str, str, str]
"""Unit, region, matter, item."""


def items_counted(told: Told) -> Iterator[tuple[Mark, int]]:
    """Count an item, a matter, a network or an assessor's finding."""
    yield from _changes(_items(told))
    yield from _changes(_matters(told))
    yield from _changes(_networks(told))
    yield from _findings(told)


def _changes(stands: Sequence[tuple[str, Place, State]]) -> Iterator[tuple[Mark, int]]:
    """Count how each state differs from the one before it, on its day."""
    before: tuple[Place, State] = (("", "", "", ""), {})
    for day, place, state in stands:
        for (unit, region, matter, item), counts, sign in ((*before, -1), (place, state, 1)):
            for measure, amount in counts.items():
                yield Mark(measure, day, unit, region, matter, item), sign * amount
        before = place, state


def _items(told: Told) -> Sequence[tuple[str, Place, State]]:
    both = [*told.get(ITEM_PUBLISHED, ()), *told.get(ITEM_WITHDRAWN, ())]
    stands: list[tuple[str, Place, State]] = []
    for entry in sorted(both, key=lambda one: (one.version, one.at)):
        data, ends = entry.data, entry.type == ITEM_WITHDRAWN
        day = max(str(data.get("withdrawn_from") or ""), day_of(entry.at)) if ends else day_of(entry.at)
        while stands and stands[-1][0] > day:  # withdrawn from a later day, but told anew before it came
            stands.pop()
        stands.append((day, (data["unit"], data.get("region") or "", "", data["item"]), {} if ends else _item(data)))
    return stands


def _item(data: Mapping[str, Any]) -> State:
    if not data.get("is_applied_for"):
        return {"items_published": 1}
    depth, visits, statutory = data.get("online_handle_depth"), data.get("limit_scene_num"), data.get("statutory")
    state = {
        "items_published": 1,
        "items_on_application": 1,
        "items_online": int(depth in ONLINE_DEPTHS),
        "items_full_online": int(depth == FULL_DEPTH),
        "items_on_the_spot": int(data.get("project_type") == ON_THE_SPOT),
        "items_visits_at_most_one": int(visits is not None and visits <= 1),
        "items_visits_zero": int(visits == 0),
        "item_materials": data.get("materials") or 0,
        "item_materials_required": data.get("materials_required") or 0,
    }
    if statutory is None:
        return state
    limits = {"promised_hundredths": _hundredths(data["promise"]), "statutory_hundredths": _hundredths(statutory)}
    return {**state, "items_with_statutory": 1, **limits}


def _hundredths(limit: Mapping[str, Any]) -> int:
    if limit["unit"] == "WORK_HOUR":
        return int(limit["amount"]) * 100 // HOURS_A_DAY
    return int(limit["amount"]) * HUNDREDTHS[limit["unit"]]


def _matters(told: Told) -> Sequence[tuple[str, Place, State]]:
    return [
        (day_of(one.at), (one.data["lead_unit"], "", one.data["matter_code"], ""), {"matters_published": 1})
        for one in told.get(MATTER_PUBLISHED, ())
    ]


def _networks(told: Told) -> Sequence[tuple[str, Place, State]]:
    return [
        (
            day_of(one.data.get("at") or one.at),
            (one.data.get("unit") or "", "", "", ""),
            {
                "networks_connected": int(one.data["state"] in CONNECTED),
                "networks_verified": int(one.data["state"] in VERIFIED),
            },
        )
        for one in told.get(NETWORK_CHANGED, ())
    ]


def _findings(told: Told) -> Iterator[tuple[Mark, int]]:
    """Count what assessors found in the month that they say it is of; what they withdrew is not counted."""
    gone = {one.data.get("finding_id") for one in told.get(WITHDRAWN, ())}
    for entry in told.get(ENTERED, ()):
        data = entry.data
        if data.get("finding_id") in gone:
            continue
        said = str(data.get("period") or "")
        day = f"{said}-01" if len(said) == len("2026-03") and said[4] == "-" else day_of(entry.at)
        unit = str(data.get("unit") or "")
        yield Mark("samples_checked", day, unit), data.get("checked") or 0
        yield Mark("samples_right", day, unit), data.get("right") or 0
        if data.get("score") is not None:
            yield Mark("mystery_visits", day, unit), 1
            yield Mark("mystery_points", day, unit), int(data["score"])
