"""What was given, in words: labels instead of codes, personal values masked unless they are opened."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from intake_svc.domain.masking import mask, masked_reference
from intake_svc.domain.progress import NEXT, ApplicationState
from intake_svc.handlers.given import Given
from intake_svc.schemas import ApplicationSummary, ElementView, SituationView
from intake_svc.siblings import Guide, GuideField, GuideMaterial

SUMMARY = tuple(name for name in ApplicationSummary.model_fields if name != "what_next")


def elements_in_words(
    fields: Iterable[GuideField], given: Given, *, whole: bool, disputed: Collection[str] = ()
) -> list[ElementView]:
    """Return fields with what was given for them; one left empty is empty. Disputed ones are marked."""
    return [
        ElementView(
            element=field.element,
            label=field.label,
            value=_shown(field, given.form.get(field.element, ""), whole=whole),
            personal=field.personal,
            disputed=field.element in disputed,
        )
        for field in fields
    ]


def _shown(field: GuideField, value: str, *, whole: bool) -> str:
    if field.personal and not whole:
        return mask(field.type, value)
    return {option.value: option.label for option in field.options}.get(value) or value


def reference_of(material: GuideMaterial, given: Given, *, whole: bool) -> str:
    """Return the licence number given for a material; empty where none was."""
    reference = given.materials.get(material.material, "")
    return reference if whole else masked_reference(material.reference_type, reference)


def situation_in_words(guide: Guide, item: str | None) -> list[SituationView]:
    """Return what was chosen on which an item rests; for None all of it, for an item that is not known nothing."""
    return [
        SituationView(key=chosen.key, text=chosen.text, value=chosen.value, label=chosen.label)
        for chosen in guide.situation
        if item is None or (item and item in chosen.used_by)
    ]


def summary(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a list says of an application's row, by name."""
    return {**{name: row[name] for name in SUMMARY}, "what_next": NEXT[ApplicationState(row["state"])]}


def summary_view(row: Any) -> ApplicationSummary:
    """Return an application's row as a list shows it."""
    return ApplicationSummary(**summary(row._asdict()))
