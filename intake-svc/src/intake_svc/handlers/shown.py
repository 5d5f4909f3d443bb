"""How a draft is shown: what is asked, what is missing, what is no longer asked, and how long it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.base.clock import local
from chassis.base.problems import Problem

from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.given import Given, asked_of, fault_view, faults_of, unused, warnings_of
from intake_svc.handlers.shared import OUT, Shared, differing, sources_shown
from intake_svc.schemas import AskedField, AskedMaterial, AskedOption, AskedSection, DraftSummary, DraftView, FaultView
from intake_svc.siblings import Guide, GuideSection

UNGUIDED = FaultView(pointer="/answers", code="situation_open", detail="所选情形还没有指南,请核对情形后再次保存")
KEPT = tuple(
    name
    for name in DraftSummary.model_fields
    if name not in {"newer_version", "withdrawn_from", "expires_at", "warning"}
)


def open_answers(row: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the situation, perhaps an empty one, that was chosen and has no guide; None where the guide is of it."""
    chosen: dict[str, str] | None = row["answers"]
    return chosen


def chosen_of(row: Mapping[str, Any], guide: Guide) -> dict[str, str]:
    """Return the situation as it was chosen last, whether or not the guide is of it."""
    chosen = open_answers(row)
    return guide.answers if chosen is None else chosen


def faults_told(problem: Problem) -> list[FaultView]:
    """Return what the catalogue refused, each place of it, or that it gave no answer."""
    if problem.errors:
        return [FaultView(pointer=one.pointer, code=one.code, detail=one.detail) for one in problem.errors]
    detail = f"{problem.title},填写的内容已按原指南保存"
    return [FaultView(pointer="", code=problem.code, detail=detail)]


def summary(intake: Intake, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a draft's summary."""
    newest, updated_at = row["version_in_force"], row["updated_at"]
    expires_at = intake.keeping.expires_at(updated_at)
    soon = intake.keeping.expires_soon(updated_at, intake.database.clock.now())
    return {
        **{name: row[name] for name in KEPT},
        "newer_version": newest if newest and newest > row["matter_version"] else None,
        "withdrawn_from": ended.isoformat() if (ended := row["withdrawn_from"]) else None,
        "expires_at": expires_at,
        "warning": f"草稿将于 {local(expires_at):%Y-%m-%d} 过期删除,请在此之前提交或再次保存" if soon else "",
    }


@dataclass(frozen=True, slots=True)
class WholeDraft:
    """A draft: its row by name, its guide, what was given, what was shared."""

    row: Mapping[str, Any]
    guide: Guide
    given: Given
    shared: Shared


def draft_view(intake: Intake, draft: WholeDraft, *, faults: list[FaultView]) -> DraftView:
    """Return a draft with its guide as a reply; `faults` are what the catalogue said of its situation."""
    guide, given, shared = draft.guide, draft.given, draft.shared
    missing = [*faults_of(intake, guide, asked_of(guide, given)), *differing(guide, given, shared)]
    return DraftView(
        **summary(intake, draft.row),
        answers=chosen_of(draft.row, guide),
        form=given.form,
        materials=given.materials,
        unused=unused(guide, given),
        sections=[_section(section) for section in guide.form.sections],
        materials_asked=[
            AskedMaterial(**{name: getattr(one, name) for name in AskedMaterial.model_fields})
            for one in guide.materials_at_acceptance
        ],
        missing=[fault_view(one) for one in missing],
        warnings=warnings_of(intake, guide, given),
        faults=faults,
        sources=sources_shown(guide, given, shared),
        sources_missing=OUT if shared.is_out else "",
    )


def _section(section: GuideSection) -> AskedSection:
    fields = [
        AskedField(
            **{name: getattr(field, name) for name in AskedField.model_fields if name != "options"},
            options=[AskedOption(value=option.value, label=option.label) for option in field.options],
        )
        for field in section.fields
    ]
    return AskedSection(title=section.title, fields=fields)
