"""What intake's use cases work with: the catalogue's guide, and what applicants gave, encrypted at rest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.base.clock import local
from chassis.base.problems import FieldError
from chassis.data.cipher import FieldCipher, LookupKey
from chassis.data.database import Database
from chassis.http.asgi import App
from chassis.http.identity import HEADER
from chassis.http.upstream import Reply, call

from intake_svc.domain.form import Fault, Field, Need, check
from intake_svc.errors import AnswersWrong, CatalogUnavailable, MatterNotFound

ID_NUMBER = "id_number"
PRODUCED_INSIDE = "SYSTEM_GENERATED"
Guide = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Intake:
    """Intake's collaborators and the city's words: `catalog` answers for the guide, papers begin with a word."""

    database: Database
    cipher: FieldCipher
    lookup: LookupKey
    catalog: App
    region_code: str
    acceptance_word: str


@dataclass(frozen=True, slots=True)
class Given:
    """What the applicant gave: form values by element, licence numbers by material."""

    form: dict[str, str]
    materials: dict[str, str]


async def fetch_guide(intake: Intake, vouched: str, matter_code: str, answers: Mapping[str, str]) -> Guide:
    """Ask the catalogue, on the caller's behalf, for the guide of a situation.

    Raises MatterNotFound, AnswersWrong with the catalogue's pointers, CatalogUnavailable.
    """
    path = f"/api/v1/matters/{matter_code}/guide"
    reply = await call(intake.catalog, "POST", path, body={"answers": dict(answers)}, headers={HEADER: vouched})
    if reply.status == 422:
        errors = [FieldError(**error) for error in reply.json().get("errors", [])]
        raise AnswersWrong("请按提示选择情形", errors=errors)
    guide: Guide = _told(reply, matter_code)
    return guide


async def current_version(intake: Intake, vouched: str, matter_code: str) -> int:
    """Ask the catalogue which version of a matter is in force. Raises MatterNotFound, CatalogUnavailable."""
    reply = await call(intake.catalog, "GET", f"/api/v1/matters/{matter_code}", headers={HEADER: vouched})
    return int(_told(reply, matter_code)["matter_version"])


def _told(reply: Reply, matter_code: str) -> Any:
    if reply.status == 404:
        raise MatterNotFound(f"没有 {matter_code}")
    if reply.status != 200:
        raise CatalogUnavailable("事项目录暂不可用")
    try:
        return reply.json()
    except ValueError as error:
        raise CatalogUnavailable("事项目录的答复无法识别") from error


def fields_of(guide: Guide) -> list[Field]:
    """Return the guide's form as the rules see it."""
    return [
        Field(
            field["element"],
            field["label"],
            field["type"],
            field["required"],
            field["max_length"],
            field["pattern"],
            tuple(option["value"] for option in field["options"]),
        )
        for section in guide["form"]["sections"]
        for field in section["fields"]
    ]


def needs_of(guide: Guide) -> list[Need]:
    """Return the guide's materials as the rules see them."""
    kept = ("material", "name", "required", "needs_reference")
    return [Need(*(material[name] for name in kept)) for material in materials_of(guide)]


def faults_of(intake: Intake, guide: Guide, given: Given) -> list[Fault]:
    """Return every fault of what was given, as of today in Shanghai."""
    today = local(intake.database.clock.now()).date()
    return check(fields_of(guide), needs_of(guide), given.form, given.materials, today=today)


def materials_of(guide: Guide) -> list[Guide]:
    """Return the materials there are at acceptance: none that a task of the matter is still to produce."""
    return [material for material in guide["materials"] if material["obtain_mode"] != PRODUCED_INSIDE]


def task_names(guide: Guide, keys: Sequence[str]) -> list[str]:
    """Return the names of some tasks as the guide says them, in its order."""
    return [task["name"] for task in guide["tasks"] if task["task_key"] in keys]


def unit_name(guide: Guide, unit: str) -> str:
    """Return a unit's name as the guide says it, or its code."""
    names = {item["unit"]: item["unit_name"] for item in guide["items"]}
    names[guide["lead_unit"]] = guide["lead_unit_name"]
    return str(names.get(unit, unit))


def seal(intake: Intake, given: Given, *, table: str, row: str) -> str:
    """Return what was given, encrypted for its place."""
    text = json.dumps({"form": given.form, "materials": given.materials}, ensure_ascii=False)
    return intake.cipher.encrypt(text, table=table, column="given", row=row)


def unseal(intake: Intake, sealed: str, *, table: str, row: str) -> Given:
    """Return what was given."""
    return Given(**json.loads(intake.cipher.decrypt(sealed, table=table, column="given", row=row)))


def seal_note(intake: Intake, note: str, *, row: str) -> str | None:
    """Return a clerk's note, encrypted for its place; nothing for an empty one."""
    return intake.cipher.encrypt(note, table="application", column="accept_note", row=row) if note else None


def unseal_note(intake: Intake, sealed: str | None, *, row: str) -> str:
    """Return a clerk's note; empty when none was made."""
    return intake.cipher.decrypt(sealed, table="application", column="accept_note", row=row) if sealed else ""


def digests_of(intake: Intake, guide: Guide, given: Given) -> list[str]:
    """Return the look-up digests of the ID numbers in a form."""
    numbers = [given.form.get(field.element, "") for field in fields_of(guide) if field.type == ID_NUMBER]
    return [intake.lookup.digest(ID_NUMBER, number) for number in numbers if number]
