"""What indicators, targets and plan of a pack say that is no formula, or names what nobody counts or plans."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evaluation_svc.domain.formulas import FormulaRefused, names_of
from evaluation_svc.domain.measures import MEASURES
from evaluation_svc.domain.plans import plan_names

INDICATORS, PLAN, TARGETS = "evaluation/indicators", "evaluation/plan", "evaluation/targets"
Fault = tuple[tuple[str | int, ...], str]


def faults(documents: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield everything wrong with the indicators, the targets and the plan: where, and what."""
    plan = documents.get("plan")
    if plan:
        yield from _of_the_plan(plan)
    known = frozenset(MEASURES) | plan_names(plan)
    for index, one in enumerate((documents.get("indicators") or {"indicators": []})["indicators"]):
        if wrong := _of_formula(one["formula"], known):
            yield (INDICATORS, 0, "indicators", index, "formula"), wrong
    for index, one in enumerate((documents.get("targets") or {"targets": []})["targets"]):
        if wrong := _of_formula(one["formula"], frozenset(MEASURES)):
            yield (TARGETS, 0, "targets", index, "formula"), wrong


def _of_formula(formula: str, known: frozenset[str]) -> str:
    try:
        unknown = sorted(names_of(formula) - known)
    except FormulaRefused as refused:
        return str(refused)
    return f"没有计数或计划数 {'、'.join(unknown)}" if unknown else ""


def _of_the_plan(plan: Mapping[str, Any]) -> Iterator[Fault]:
    steps: Sequence[Mapping[str, Any]] = plan["steps"]
    names = [f"{step['step']}_planned" for step in steps] + [one["number"] for one in plan["numbers"]]
    for index, step in enumerate(steps):
        measure = MEASURES.get(step["measure"])
        if measure is None or not measure.is_stock:
            yield (PLAN, 0, "steps", index, "measure"), f"没有存量计数 {step['measure']}"
        if names.count(names[index]) > 1 or f"{step['step']}_by_due" in MEASURES:
            yield (PLAN, 0, "steps", index, "step"), f"步骤 {step['step']} 重复"
    for index, one in enumerate(plan["numbers"]):
        if names.count(one["number"]) > 1 or one["number"] in MEASURES:
            yield (PLAN, 0, "numbers", index, "number"), f"名称 {one['number']} 重复"
