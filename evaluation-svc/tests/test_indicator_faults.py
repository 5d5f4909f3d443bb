from typing import Any

import pytest
from evaluation_svc.domain.pack_faults import faults

ENTRY = {"indicator": "rate", "formula": "100 * online_cases / cases"}
STEP = {"step": "sorting", "measure": "items_published", "due": "2026-03"}


def said(indicators: list[dict[str, Any]], steps: list[dict[str, Any]], numbers: tuple[str, ...] = ()) -> list[Any]:
    plan = {"steps": steps, "numbers": [{"number": name} for name in numbers]}
    return list(faults({"indicators": {"indicators": indicators}, "plan": plan}))


def test_formulas_may_name_counts_and_planned_numbers() -> None:
    planned = {"indicator": "planned", "formula": "sorting_by_due / sorting_planned + networks_planned"}
    assert said([ENTRY, planned], [STEP], ("networks_planned",)) == []


@pytest.mark.parametrize(
    ("formula", "words"), [("100 * cases_online / cases", "cases_online"), ("cases ** 2", "公式"), ("(cases", "公式")]
)
def test_a_formula_that_cannot_be_computed_is_wrong_at_its_place(formula: str, words: str) -> None:
    ((place, detail),) = said([ENTRY, {"indicator": "other", "formula": formula}], [])
    assert place == ("evaluation/indicators", 0, "indicators", 1, "formula")
    assert words in detail


@pytest.mark.parametrize(
    ("steps", "numbers", "at"),
    [
        ([{**STEP, "measure": "cases"}], (), ("steps", 0, "measure")),
        ([{**STEP, "measure": "unknown"}], (), ("steps", 0, "measure")),
        ([STEP, STEP], (), ("steps", 0, "step")),
        ([STEP], ("sorting_planned",), ("steps", 0, "step")),
        ([], ("cases",), ("numbers", 0, "number")),
    ],
)
def test_a_plan_that_fits_no_count_is_wrong_at_its_place(steps: Any, numbers: Any, at: Any) -> None:
    places = [place for place, _ in said([ENTRY], steps, numbers)]
    assert ("evaluation/plan", 0, *at) in places
