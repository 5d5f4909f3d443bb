"""What applicants and clerks gave: checked against the guide, encrypted at rest."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from chassis.base.clock import local
from chassis.base.problems import FieldError, Malformed
from chassis.base.shapes import LABEL, LONG
from chassis.data.cipher import FieldCipher

from intake_svc.domain.form import Fault, check, pointer, tidied, tidied_references, warnings
from intake_svc.handlers.collaborators import Intake
from intake_svc.schemas import FaultView
from intake_svc.siblings import Guide


@dataclass(frozen=True, slots=True)
class Given:
    """What the applicant gave: form values by element, licence numbers by material."""

    form: dict[str, str]
    materials: dict[str, str]


def tidy(guide: Guide, given: Given) -> Given:
    """Return what was typed in the standard form of each element's and each licence number's kind.

    Raises Malformed where the standard form is longer than any value may be, as of characters that are several in one.
    """
    tidy_given = Given(tidied(guide.fields, given.form), tidied_references(guide.needs, given.materials))
    errors = [*_too_long("form", tidy_given.form, LONG), *_too_long("materials", tidy_given.materials, LABEL)]
    if errors:
        raise Malformed(errors=errors)
    return tidy_given


def _too_long(place: str, values: Mapping[str, str], most: int) -> Iterator[FieldError]:
    for key, value in values.items():
        if len(value) > most:
            yield FieldError(pointer(place, key), "string_too_long", f"最多 {most} 个字")


def faults_of(intake: Intake, guide: Guide, given: Given) -> list[Fault]:
    """Return every fault of what was given, as of today in Shanghai."""
    return check(guide.fields, guide.needs, given.form, given.materials, today=_today(intake), rules=guide.rules)


def warnings_of(intake: Intake, guide: Guide, given: Given) -> list[FaultView]:
    """Return what is odd about what was given, as of today in Shanghai; it holds nobody back."""
    return [fault_view(one) for one in warnings(guide.fields, given.form, guide.rules, today=_today(intake))]


def fault_view(fault: Fault) -> FaultView:
    """Return a fault as a reply shows it."""
    return FaultView(pointer=fault.pointer, code=fault.code, detail=fault.detail)


def _today(intake: Intake) -> date:
    return local(intake.database.clock.now()).date()


def asked_of(guide: Guide, given: Given) -> Given:
    """Return the part of what was given that a situation asks for."""
    fields = {field.element for field in guide.fields}
    named = {need.material for need in guide.needs if need.needs_reference}
    return Given(
        {key: value for key, value in given.form.items() if key in fields},
        {key: value for key, value in given.materials.items() if key in named},
    )


def unused(guide: Guide, given: Given) -> list[str]:
    """Return the places of what was given and the situation does not ask for."""
    asked = asked_of(guide, given)
    form = [pointer("form", key) for key in given.form if key not in asked.form]
    return form + [pointer("materials", key) for key in given.materials if key not in asked.materials]


def seal(intake: Intake, given: Given, *, table: str, row: str) -> str:
    """Return what was given, encrypted for its place."""
    text = json.dumps({"form": given.form, "materials": given.materials}, ensure_ascii=False)
    return intake.cipher.encrypt(text, table=table, column="given", row=row)


def unseal(intake: Intake, sealed: str, *, table: str, row: str) -> Given:
    """Return what was given."""
    return opened(intake.cipher, sealed, table=table, row=row)


def opened(cipher: FieldCipher, sealed: str, *, table: str, row: str) -> Given:
    """Return what was given, opened by a cipher."""
    return Given(**json.loads(cipher.decrypt(sealed, table=table, column="given", row=row)))


def seal_note(intake: Intake, note: str, *, row: str) -> str | None:
    """Return a clerk's note, encrypted for its place; nothing for an empty one."""
    return intake.cipher.encrypt(note, table="application", column="accept_note", row=row) if note else None


def unseal_note(intake: Intake, sealed: str | None, *, row: str) -> str:
    """Return a clerk's note; empty when none was made."""
    return intake.cipher.decrypt(sealed, table="application", column="accept_note", row=row) if sealed else ""
