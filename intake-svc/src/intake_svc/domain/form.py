"""Whether what the applicant gave satisfies the guide: every fault at once, each with a pointer to its place."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from chassis.base.patterns import PatternRefused, fits
from chassis.base.typed import compact, seen_length

from intake_svc.domain import values
from intake_svc.domain.id_numbers import unaccepted
from intake_svc.domain.licence_names import named
from intake_svc.domain.rules import Rule, broken

REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the guide's form; the value of one that is `personal` is masked for staff."""

    element: str
    label: str
    type: str
    required: bool
    max_length: int
    pattern: str
    options: tuple[str, ...]
    personal: bool = True
    help: str = ""
    accepts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """A material of the guide; one with `needs_reference` is named by its licence number, a value of a kind.

    Where `reference_of` names elements, it is the same as one of them.
    """

    material: str
    name: str
    required: bool
    needs_reference: bool
    reference_type: str = "text"
    reference_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong or missing place."""

    pointer: str
    code: str
    detail: str


def check(  # noqa: PLR0913  what is asked for, and what was given
    fields: Sequence[Field],
    needs: Sequence[Need],
    form: Mapping[str, str],
    materials: Mapping[str, str],
    *,
    today: date,
    rules: Sequence[Rule] = (),
) -> list[Fault]:
    """Return every fault of a tidied form and its references; nothing when it may be submitted on that day."""
    faults = _faults_of_fields(fields, form, today)
    found = {fault.pointer for fault in faults}
    for fault in _broken(fields, form, [rule for rule in rules if not rule.is_warning], today):
        if fault.pointer not in found:
            found.add(fault.pointer)
            faults.append(fault)
    return faults + _faults_of_references(needs, materials, {field.element: field for field in fields}, form, today)


def warnings(fields: Sequence[Field], form: Mapping[str, str], rules: Sequence[Rule], *, today: date) -> list[Fault]:
    """Return what is odd about a tidied form, to be looked at; it holds nobody back."""
    return _broken(fields, form, [rule for rule in rules if rule.is_warning], today)


def _faults_of_fields(fields: Sequence[Field], form: Mapping[str, str], today: date) -> list[Fault]:
    faults: list[Fault] = []
    for field in fields:
        value = form.get(field.element, "")
        if not value:
            if field.required:
                faults.append(Fault(pointer("form", field.element), REQUIRED, f"请填写{field.label}"))
        elif detail := value_fault(field, value, today):
            faults.append(Fault(pointer("form", field.element), "malformed", f"{field.label}:{detail}"))
    return faults


def _broken(fields: Sequence[Field], form: Mapping[str, str], rules: Sequence[Rule], today: date) -> list[Fault]:
    """Return where the values that are right in themselves break rules."""
    labels = {field.element: field.label for field in fields}
    given = {field.element: field for field in fields if form.get(field.element)}
    right = {name: form[name] for name, field in given.items() if not value_fault(field, form[name], today)}
    return [
        Fault(pointer("form", one.element), one.code, f"{labels[one.element]}:{one.detail}")
        for rule in rules
        for one in broken(rule, right, labels)
        if one.code != REQUIRED or one.element not in given
    ]


def _faults_of_references(
    needs: Sequence[Need],
    materials: Mapping[str, str],
    fields: Mapping[str, Field],
    form: Mapping[str, str],
    today: date,
) -> list[Fault]:
    faults: list[Fault] = []
    for need in needs:
        place, number = pointer("materials", need.material), materials.get(need.material, "")
        if not need.needs_reference or named(number):  # what names a licence is looked up, not read
            continue
        if not number:
            if need.required:
                faults.append(Fault(place, REQUIRED, f"请填写{need.name}的证照号码"))
        elif detail := values.reference_fault(need.reference_type, number, today):
            faults.append(Fault(place, "malformed", f"{need.name}的证照号码:{detail}"))
        elif detail := _not_of(need, number, fields, form):
            faults.append(Fault(place, "not_of_a_named_person", f"{need.name}的证照号码:{detail}"))
    return faults


def _not_of(need: Need, number: str, fields: Mapping[str, Field], form: Mapping[str, str]) -> str:
    """Return whose number it should be, unless it is, or nobody is named yet."""
    named = [fields[name] for name in need.reference_of if name in fields]
    numbers = {form.get(field.element, "") for field in named} - {""}
    if not numbers or number in numbers:
        return ""
    return f"应与{'或'.join(field.label for field in named)}相同,请核对"


def tidied(fields: Sequence[Field], form: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed in the standard forms, so that equal values are stored, found and masked alike."""
    found = {field.element: field for field in fields}
    return {
        key: _standard(found[key], value) if key in found else values.normalise("text", value)
        for key, value in form.items()
    }


def tidied_references(needs: Sequence[Need], materials: Mapping[str, str]) -> dict[str, str]:
    """Return licences' numbers in the standard forms of their kinds; the name of a licence (its id) in its own."""
    kinds = {need.material: need.reference_type for need in needs}
    return {key: named(value) or values.normalise(kinds.get(key, "text"), value) for key, value in materials.items()}


def _standard(field: Field, value: str) -> str:
    """Return a value in the standard form of its type; without blanks and full width where only so the pattern fits."""
    standard = values.normalise(field.type, value)
    if not field.pattern or _fits(field.pattern, standard) or not _fits(field.pattern, compact(standard)):
        return standard
    return compact(standard)


def unchecked(needs: Sequence[Need], checked: Collection[str]) -> list[Fault]:
    """Return what stands between a clerk's list of checked materials and acceptance: all required, none unknown."""
    known = {need.material for need in needs}
    faults = [
        Fault(f"/materials_checked/{place}", "unknown_material", "不在这份申请的材料中")
        for place, material in enumerate(checked)
        if material not in known
    ]
    return faults + [
        Fault("/materials_checked", "unchecked", f"请核对:{need.name}")
        for need in needs
        if need.required and need.material not in checked
    ]


def pointer(place: str, key: str) -> str:
    """Return the JSON pointer of a form's value or a material's reference."""
    escaped = key.replace("~", "~0").replace("/", "~1")  # RFC 6901 §3
    return f"/{place}/{escaped}"


def value_fault(field: Field, value: str, today: date) -> str:
    """Return what is wrong with a value of a field in its standard form, in Chinese, or an empty text."""
    if detail := values.fault(field.type, value, today):
        return detail
    if field.type == "id_number" and (detail := unaccepted(value, field.accepts)):
        return detail
    if field.type in values.COUNTED and (length := seen_length(value)) > field.max_length:
        return f"最多 {field.max_length} 个字,现在是 {length} 个"
    if (field.type == "choice" or field.options) and value not in field.options:
        return "不在可选项中,请重新选择"
    if field.pattern and not _fits(field.pattern, value):
        return f"格式不符{field.help and ':'}{field.help}"
    return ""


def _fits(pattern: str, value: str) -> bool:
    try:
        return fits(pattern, value)
    except PatternRefused:  # published before such patterns were refused: the clerk's eye is left
        return True
