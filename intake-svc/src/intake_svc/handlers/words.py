"""What was given, in words: labels instead of codes, personal values masked unless they are opened."""

from collections.abc import Iterable

from intake_svc.domain.masking import mask, masked_reference
from intake_svc.handlers.given import Given
from intake_svc.schemas import ElementView, SituationView
from intake_svc.siblings import Guide, GuideField


def elements_in_words(fields: Iterable[GuideField], given: Given, *, whole: bool) -> list[ElementView]:
    """Return fields with what was given for them; one left empty is empty."""
    return [
        ElementView(
            element=field.element,
            label=field.label,
            value=_shown(field, given.form.get(field.element, ""), whole=whole),
            personal=field.personal,
        )
        for field in fields
    ]


def _shown(field: GuideField, value: str, *, whole: bool) -> str:
    if field.personal and not whole:
        return mask(field.type, value)
    return {option.value: option.label for option in field.options}.get(value) or value


def reference_of(material: str, given: Given, *, whole: bool) -> str:
    """Return the licence number given for a material; empty where none was."""
    reference = given.materials.get(material, "")
    return reference if whole else masked_reference(reference)


def situation_in_words(guide: Guide, item: str = "") -> list[SituationView]:
    """Return what was chosen, all of it or that on which an item rests."""
    return [
        SituationView(key=chosen.key, text=chosen.text, value=chosen.value, label=chosen.label)
        for chosen in guide.situation
        if not item or item in chosen.used_by
    ]
