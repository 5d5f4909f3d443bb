"""What applicants and clerks gave: checked against the guide, encrypted at rest, found by keyed digests."""

import json
from dataclasses import dataclass
from datetime import date

from chassis.base.clock import local
from chassis.base.problems import FieldError, Malformed
from chassis.data.cipher import FieldCipher, LookupKeys
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc import store
from intake_svc.domain import values
from intake_svc.domain.form import Fault, check, tidied, tidied_references
from intake_svc.handlers.collaborators import Intake
from intake_svc.siblings import Guide

ID_NUMBER = "id_number"
PAGE = 100


@dataclass(frozen=True, slots=True)
class Given:
    """What the applicant gave: form values by element, licence numbers by material."""

    form: dict[str, str]
    materials: dict[str, str]


def tidy(guide: Guide, given: Given) -> Given:
    """Return what was typed in the standard form of each element's and each licence number's kind."""
    return Given(tidied(guide.fields, given.form), tidied_references(guide.needs, given.materials))


def faults_of(intake: Intake, guide: Guide, given: Given) -> list[Fault]:
    """Return every fault of what was given, as of today in Shanghai."""
    return check(guide.fields, guide.needs, given.form, given.materials, today=_today(intake))


def id_number_of(intake: Intake, typed: str, *, pointer: str) -> str:
    """Return an ID number that was typed, in its standard form. Raises Malformed, which says in words what is wrong."""
    number = values.normalise(ID_NUMBER, typed)
    if detail := values.fault(ID_NUMBER, number, _today(intake)):
        raise Malformed(errors=[FieldError(pointer, "malformed", detail)])
    return number


def _today(intake: Intake) -> date:
    return local(intake.database.clock.now()).date()


def seal(intake: Intake, given: Given, *, table: str, row: str) -> str:
    """Return what was given, encrypted for its place."""
    text = json.dumps({"form": given.form, "materials": given.materials}, ensure_ascii=False)
    return intake.cipher.encrypt(text, table=table, column="given", row=row)


def unseal(intake: Intake, sealed: str, *, table: str, row: str) -> Given:
    """Return what was given."""
    return _opened(intake.cipher, sealed, table=table, row=row)


def _opened(cipher: FieldCipher, sealed: str, *, table: str, row: str) -> Given:
    return Given(**json.loads(cipher.decrypt(sealed, table=table, column="given", row=row)))


def seal_note(intake: Intake, note: str, *, row: str) -> str | None:
    """Return a clerk's note, encrypted for its place; nothing for an empty one."""
    return intake.cipher.encrypt(note, table="application", column="accept_note", row=row) if note else None


def unseal_note(intake: Intake, sealed: str | None, *, row: str) -> str:
    """Return a clerk's note; empty when none was made."""
    return intake.cipher.decrypt(sealed, table="application", column="accept_note", row=row) if sealed else ""


def seal_look(intake: Intake, note: str, *, row: str) -> str:
    """Return why somebody looked at an application, encrypted for the audit log; nothing for a blank note."""
    return intake.cipher.encrypt(note, table="audit", column="note", row=row) if note.strip() else ""


def digests_of(intake: Intake, guide: Guide, given: Given) -> list[str]:
    """Return the look-up digests of the ID numbers in a form, under every live key."""
    return [digest for number in _id_numbers(guide, given) for digest in intake.lookup.digests(ID_NUMBER, number)]


def _id_numbers(guide: Guide, given: Given) -> list[str]:
    numbers = [given.form.get(field.element, "") for field in guide.fields if field.type == ID_NUMBER]
    return [number for number in numbers if number]


async def page_is_found(
    connection: AsyncConnection, cipher: FieldCipher, lookup: LookupKeys, after: str
) -> tuple[bool, str]:
    """Tell whether each ID number in a page of applications is findable under one of the keys; return its last id."""
    rows = await store.applications_after(connection, after, PAGE)
    digests = await store.digests_by_application(connection, [row.application_id for row in rows])
    for row in rows:
        given = _opened(cipher, row.given, table="application", row=row.application_id)
        for number in _id_numbers(Guide.model_validate(row.guide), given):
            if digests[row.application_id].isdisjoint(lookup.digests(ID_NUMBER, number)):
                return False, row.application_id
    return True, rows[-1].application_id if rows else ""
