"""What several files of a city pack say of each other, on evaluation: names that lead nowhere, sums that do not fit."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation_svc.domain import assessment_faults, indicator_faults, rectification_faults

Fault = tuple[tuple[str | int, ...], str]
"""Where in the pack (`evaluation/NAME`, then the steps into it), and what is wrong there."""


def faults(documents: Mapping[str, Any]) -> Sequence[Fault]:
    """Return everything wrong among the pack's documents on evaluation."""
    return [
        *_repeated(documents.get("indicators")),
        *indicator_faults.faults(documents),
        *assessment_faults.faults(documents),
        *rectification_faults.faults(documents),
        *_assessors(documents.get("assessors")),
    ]


def _repeated(indicators: Any) -> Sequence[Fault]:
    keys = [one["indicator"] for one in indicators["indicators"]] if indicators else []
    return [
        (("evaluation/indicators", 0, "indicators", index, "indicator"), f"指标 {key} 重复出现")
        for index, key in enumerate(keys)
        if key in keys[:index]
    ]


def _assessors(assessors: Any) -> Sequence[Fault]:
    """Hold that no assessor is listed twice, and that no key is two assessors': it would sign for both."""
    listed = list(enumerate(assessors["assessors"])) if assessors else []
    codes = [one["assessor"] for _, one in listed]
    keys = [(index, at, key["x"]) for index, one in listed for at, key in enumerate(one["keys"])]
    found: list[Fault] = [
        (("evaluation/assessors", 0, "assessors", index, "assessor"), f"评估机构 {code} 重复出现")
        for index, code in enumerate(codes)
        if code in codes[:index]
    ]
    seen: set[str] = set()
    for index, at, point in keys:
        if point in seen:
            found.append((("evaluation/assessors", 0, "assessors", index, "keys", at, "x"), "同一把公钥只能登记一次"))
        seen.add(point)
    return found
