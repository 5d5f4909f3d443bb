from typing import Any

import pytest
from evaluation_svc.domain.assessment_faults import faults

INDICATOR = {"indicator": "a", "formula": "x / y", "direction": "up", "level": ["unit"], "period": "month"}
SINCE = {**INDICATOR, "indicator": "since", "period": "to_date"}
CRITERION = {"indicator": "a", "groups": ["departments"], "target": 80, "points": "min(100, value)", "volume": "cases"}
GROUP = {"group": "departments", "volume": "cases"}


def found(**changed: Any) -> list[str]:
    criteria = changed.pop("criteria", [{**CRITERION, **changed}])
    groups = changed.pop("groups_told", [GROUP])
    documents = {
        "indicators": {"indicators": [INDICATOR, {**INDICATOR, "indicator": "late", "direction": "down"}, SINCE]},
        "assessment": {"groups": groups, "criteria": criteria},
    }
    return [wrong for _, wrong in faults(documents)]


def test_rules_that_fit_have_no_faults() -> None:
    assert found() == []
    assert found(indicator="late", points="max(0, 100 - value)") == []
    assert list(faults({})) == []


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"points": "value"}, "得分应在 0 至 100 之间"),
        ({"points": "max(0, 100 - value)"}, "计分公式与指标的方向不符"),
        ({"indicator": "late"}, "计分公式与指标的方向不符"),
        ({"points": "min(100, cases)"}, "计分公式只能用 value 和 target,没有 cases"),
        ({"points": "value ** 2"}, "公式"),
        ({"points": "__import__"}, "公式"),
        ({"indicator": "b"}, "没有指标 b"),
        ({"indicator": "since", "points": "min(100, value)"}, "指标 since 自始累计"),
        ({"volume": "nothing"}, "没有计数 nothing"),
        ({"groups": ["regions"], "groups_told": [{**GROUP, "group": "regions"}]}, "指标 a 没有按 region 的数"),
        ({"groups_told": [{**GROUP, "volume": "nothing"}]}, "没有计数 nothing"),
        ({"groups": ["departments", "regions"]}, "没有分组 regions"),
        ({"criteria": [CRITERION, CRITERION]}, "指标 a 在分组 departments 中重复"),
        ({"groups_told": [GROUP, GROUP]}, "分组 departments 重复出现"),
        ({"groups_told": [GROUP, {**GROUP, "group": "companies"}]}, "分组 companies 没有指标"),
    ],
)
def test_rules_that_do_not_fit_are_told(changed: dict[str, Any], wrong: str) -> None:
    assert any(one.startswith(wrong) for one in found(**changed)), found(**changed)
