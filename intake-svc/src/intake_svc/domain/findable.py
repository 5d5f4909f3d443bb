"""By what an application is found at the counter: by the persons in it, each value in one form however it was typed."""

from collections.abc import Mapping, Sequence
from unicodedata import normalize

from intake_svc.domain import values
from intake_svc.domain.form import Field, Need
from intake_svc.domain.person_names import PARTS

ID_NUMBER, PHONE, NAME, BORN = "id_number", "phone", "person_name", "name_and_birth"
BIRTH = "past_date"
NUMBERS = (ID_NUMBER, PHONE)
Marks = list[tuple[str, str]]
"""What is looked for, or found: the kind of each value and the value."""


def marks_of(
    fields: Sequence[Field], needs: Sequence[Need], form: Mapping[str, str], references: Mapping[str, str]
) -> Marks:
    """Return the numbers and the names in an application, and each name with each date of birth."""
    given = [(field.type, form.get(field.element, "")) for field in fields]
    given += [(need.reference_type, references.get(need.material, "")) for need in needs]
    names = {folded(value) for kind, value in given if kind == NAME} - {""}
    born = {value for kind, value in given if kind == BIRTH and value}
    numbers = {(kind, value) for kind, value in given if kind in NUMBERS and value}
    return sorted(
        numbers | {(NAME, name) for name in names} | {(BORN, of_birth(name, day)) for name in names for day in born}
    )


def folded(name: str) -> str:
    """Return a name as it is looked for: without blanks, dots and joints, capitals and full width alike."""
    shown = normalize("NFKC", values.normalise(NAME, name))
    return "".join(char for char in shown if not PARTS.match(char)).casefold()


def of_birth(name: str, day: str) -> str:
    """Return the mark of a folded name with a date of birth."""
    return f"{name}/{day}"
