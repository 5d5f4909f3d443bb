"""What the networks gave for a draft, kept by the server with its source: what went through a browser proves nothing.

She may change any of it in her form; what was shared stays as it was, and the difference is a dispute (异议), with a
reason, or is changed back.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from chassis.base.clock import local
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Default

from intake_svc.domain.booking import Booked, How, Place
from intake_svc.domain.form import Fault, Field, pointer, tidied, tidied_references, value_fault
from intake_svc.domain.licence_names import named
from intake_svc.domain.sources import NO_REASON, REASONS, UNUSABLE, SourceState, state_of
from intake_svc.domain.values import reference_fault
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.given import Given
from intake_svc.schemas import SourceView
from intake_svc.siblings import Guide, Prefill, SharedValue, Unasked, Verified

OUT = "数据共享暂时不能答复,请自行填写"
DIFFERS = "differs_from_source"
SOURCE = ("unit", "unit_name", "network_name", "resource", "resource_name", "use")


class Shared(BaseModel):
    """What was shared for a draft, what was not and why, and the reasons of her disputes by element or material."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    values: list[SharedValue] = Default(default_factory=list)
    unasked: list[Unasked] = Default(default_factory=list)
    disputes: dict[str, str] = Default(default_factory=dict)
    is_out: bool = False


NOTHING = Shared()


def usable(intake: Intake, guide: Guide, told: Prefill) -> Shared:
    """Return of what the networks gave what the situation asks for, tidied; what no form takes is asked by hand."""
    today = local(intake.database.clock.now()).date()
    kept: dict[tuple[str, str], SharedValue] = {}
    refused: list[Unasked] = []
    for value in told.values:
        place = value.place, value.key
        tidy = _tidied(guide, value, today)
        if tidy is None or place in kept:
            continue
        if tidy:
            kept[place] = value.model_copy(update={"value": tidy})
        else:
            source = {name: getattr(value, name) for name in Unasked.model_fields if hasattr(value, name)}
            refused.append(Unasked(**source, keys=[value.key], reason=UNUSABLE))
    asked = {field.element for field in guide.fields} - {key for place, key in kept if place == Place.FORM}
    unasked = [
        one.model_copy(update={"keys": keys})
        for one in (*told.unasked, *refused)
        if (keys := [key for key in one.keys if key in asked])
    ]
    return Shared(values=list(kept.values()), unasked=unasked)


def _tidied(guide: Guide, value: SharedValue, today: date) -> str | None:
    """Return a value in its standard form, empty where it cannot be used; None where the situation does not ask."""
    if value.place == Place.FORM:
        field = next((one for one in guide.fields if one.element == value.key), None)
        if field is None:
            return None
        tidy = tidied([field], {value.key: value.value})[value.key]
        return "" if value_fault(field, tidy, today) else tidy
    need = next((one for one in guide.needs if one.material == value.key and one.needs_reference), None)
    if need is None:
        return None
    tidy = tidied_references([need], {value.key: value.value})[value.key]
    return "" if reference_fault(need.reference_type, tidy, today) else tidy


def filled(shared: Shared) -> Given:
    """Return what a new draft begins with."""
    form, materials = (
        {one.key: one.value for one in shared.values if one.place == place} for place in (Place.FORM, Place.MATERIALS)
    )
    return Given(form, materials)


def seal_shared(intake: Intake, shared: Shared, *, row: str) -> str | None:
    """Return what was shared, encrypted for its place; nothing where nothing was."""
    if shared == NOTHING:
        return None
    return intake.cipher.encrypt(shared.model_dump_json(), table="draft", column="shared", row=row)


def open_shared(intake: Intake, sealed: str | None, *, row: str) -> Shared:
    """Return what was shared for a draft; nothing for one that was made without."""
    if not sealed:
        return NOTHING
    return Shared.model_validate_json(intake.cipher.decrypt(sealed, table="draft", column="shared", row=row))


def standing(guide: Guide, given: Given, shared: Shared) -> Iterator[tuple[SharedValue, SourceState]]:
    """Yield each shared value that the situation asks for, and what became of it; none of another situation's source.

    What was shared of the mother's household says nothing of the father's, once the child is to be of his. What a newer
    form does not take any more could not be changed back: it is no source either.
    """
    forms = {field.element: field for field in guide.fields}
    fields = {element: field.type for element, field in forms.items()}
    needs = {need.material: need.reference_type for need in guide.needs if need.needs_reference}
    for one in shared.values:
        kinds, values = (fields, given.form) if one.place == Place.FORM else (needs, given.materials)
        if one.key in kinds and one.holds_for(guide.answers) and _is_taken(forms, one):
            value, reason = values.get(one.key, ""), shared.disputes.get(one.key, "")
            is_named = one.place == Place.MATERIALS and named(value)  # a licence's number is known at submission
            yield one, state_of(kinds[one.key], "" if is_named else value, one.value, reason)


def _is_taken(forms: Mapping[str, Field], one: SharedValue) -> bool:
    """Tell whether the form still takes a shared value."""
    return one.place != Place.FORM or not value_fault(forms[one.key], one.value, local(one.at).date())


def sources_shown(guide: Guide, given: Given, shared: Shared) -> list[SourceView]:
    """Return for each place of a draft where its value is from, or why there is none."""
    shown = [
        SourceView(
            place=one.place,
            key=one.key,
            **_named(one),
            at=one.at,
            query_id=one.query_id,
            state=state,
            reason=shared.disputes.get(one.key, "") if state is SourceState.DISPUTED else "",
        )
        for one, state in standing(guide, given, shared)
    ]
    asked = {field.element for field in guide.fields} - {one.key for one in shown if one.place == Place.FORM}
    by_hand = SourceState.ASKED_BY_HAND
    return shown + [
        SourceView(
            place=Place.FORM,
            key=key,
            **_named(one),
            at=None,
            query_id=None,
            state=by_hand,
            reason=REASONS.get(one.reason, NO_REASON),
        )
        for one in shared.unasked
        for key in one.keys
        if key in asked and one.holds_for(guide.answers)
    ]


def _named(one: SharedValue | Unasked) -> Mapping[str, str]:
    return {name: getattr(one, name) for name in ("unit_name", "network_name", "resource_name")}


def differing(guide: Guide, given: Given, shared: Shared) -> list[Fault]:
    """Return where the form says something else than its source, without a reason: each is to be dealt with."""
    labels = labels_of(guide)
    return [
        Fault(pointer(one.place, one.key), DIFFERS, told_differs(labels.get(one.key, one.key), one))
        for one, state in standing(guide, given, shared)
        if state is SourceState.DIFFERS
    ]


def told_differs(label: str, source: SharedValue | Verified) -> str:
    """Return what to do about a value that its source does not have."""
    asked = "请改回" if isinstance(source, SharedValue) else "请核对"
    return f"{label}与{source.unit_name}的{source.resource_name}不一致;{asked},确认来源有误的请说明理由提出异议"


def line_of(place: Place, key: str, how: How, source: SharedValue | Verified) -> Booked:
    """Return the ledger's line of what came from a source, or was held against it."""
    told = {name: getattr(source, name) for name in SOURCE}
    return Booked(place, key, how, source.at, **told, rule=source.basis, query_id=source.query_id)


def unasked_line(key: str, source: Unasked, at: datetime) -> Booked:
    """Return the ledger's line of an element that she typed because its source was out."""
    told = {name: getattr(source, name) for name in SOURCE}
    return Booked(Place.FORM, key, How.TYPED, at, **told, rule=source.basis)


def labels_of(guide: Guide) -> dict[str, str]:
    """Return what elements and materials are called; an element's name stands where one key is both."""
    names = {material.material: material.name for material in guide.materials_at_acceptance}
    return {**names, **{field.element: field.label for field in guide.fields}}
