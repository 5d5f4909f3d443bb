"""What `assessment.yaml` says that does not fit `indicators.yaml`, or is no formula."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evaluation_svc.domain.formulas import FormulaRefused, names_of, value_of
from evaluation_svc.domain.measures import MEASURES

KNOWN = frozenset({"value", "target"})
SAMPLES = (0, 1, 10, 25, 50, 75, 85, 90, 95, 99, 100, 1000)
WHERE = "evaluation/assessment"
Fault = tuple[tuple[str | int, ...], str]


def faults(documents: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield everything wrong with the rules of assessment: where, and what."""
    assessment = documents.get("assessment")
    if not assessment:
        return
    listed = documents.get("indicators") or {"indicators": []}
    indicators = {one["indicator"]: one for one in listed["indicators"]}
    groups = [one["group"] for one in assessment["groups"]]
    seen: set[tuple[str, str]] = set()
    for index, one in enumerate(assessment["criteria"]):
        found = _of_criterion(one, groups, indicators.get(one["indicator"]), seen)
        yield from (((WHERE, 0, "criteria", index, place), wrong) for place, wrong in found)
    counted = {group for _, group in seen}
    for index, one in enumerate(assessment["groups"]):
        at = (WHERE, 0, "groups", index)
        if one["volume"] not in MEASURES:
            yield (*at, "volume"), f"没有计数 {one['volume']}"
        if one["group"] in groups[:index]:
            yield (*at, "group"), f"分组 {one['group']} 重复出现"
        if one["group"] not in counted:
            yield (*at, "group"), f"分组 {one['group']} 没有指标"


def _of_criterion(
    one: Mapping[str, Any], groups: Sequence[str], indicator: Mapping[str, Any] | None, seen: set[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    if indicator is None:
        yield "indicator", f"没有指标 {one['indicator']}"
        return
    if indicator["period"] != "month":
        yield "indicator", f"指标 {one['indicator']} 自始累计,不能按周期考评"
    if one["volume"] not in MEASURES:
        yield "volume", f"没有计数 {one['volume']}"
    for wrong in _of_groups(one, groups, indicator["level"], seen):
        yield "groups", wrong
    if wrong := _of_points(one["points"], one["target"], indicator["direction"]):
        yield "points", wrong


def _of_groups(
    criterion: Mapping[str, Any], groups: Sequence[str], levels: Sequence[str], seen: set[tuple[str, str]]
) -> Iterator[str]:
    for group in criterion["groups"]:
        if (level := "region" if group == "regions" else "unit") not in levels:
            yield f"指标 {criterion['indicator']} 没有按 {level} 的数"
        if group not in groups:
            yield f"没有分组 {group}"
        if (criterion["indicator"], group) in seen:
            yield f"指标 {criterion['indicator']} 在分组 {group} 中重复"
        seen.add((criterion["indicator"], group))


def _of_points(points: str, target: int, direction: str) -> str:
    """Say what is wrong with a points formula: it is none, knows other names, or falls where its indicator is better.

    Its points are tried at a number of values; at none of these may they leave 0 to 100.
    """
    try:
        if unknown := sorted(names_of(points) - KNOWN):
            return f"计分公式只能用 value 和 target,没有 {unknown[0]}"
    except FormulaRefused as refused:
        return str(refused)
    tried = [value_of(points, {"value": value, "target": target}) for value in SAMPLES]
    found = [one for one in tried if one is not None]
    if any(not 0 <= one <= 100 for one in found):
        return "得分应在 0 至 100 之间"
    better = found if direction == "up" else found[::-1]
    return "" if better == sorted(better) else "计分公式与指标的方向不符"
