"""What intake asks of the catalogue, on the caller's behalf: guides, and which version of a matter is in force.

A guide that was stored with an older draft still reads.
"""

import hashlib
from collections.abc import Collection, Mapping
from functools import cached_property

from chassis.base.problems import FieldError
from chassis.http.asgi import App
from chassis.http.identity import HEADER
from chassis.http.upstream import Reply, call
from pydantic import Field as Default

from intake_svc.domain.form import Field, Need
from intake_svc.domain.rules import Rule
from intake_svc.errors import AnswersWrong, CatalogUnavailable, HandledAtWindow, MatterNotFound, MatterWithdrawn
from intake_svc.siblings.answers import A, Answer

PRODUCED_INSIDE = "SYSTEM_GENERATED"
APPLICANT = "APPLICANT"


class GuideOption(Answer):
    """One of the values that a field may have."""

    value: str
    label: str = ""


class GuideField(Answer):
    """A field of the one form."""

    element: str
    label: str
    type: str
    required: bool
    max_length: int
    pattern: str
    options: list[GuideOption]
    help: str = ""
    personal: bool = True
    used_by: list[str] = Default(default_factory=list)
    accepts: list[str] = Default(default_factory=list)


class GuideSection(Answer):
    """A part of the one form."""

    title: str = ""
    fields: list[GuideField]


class GuideRule(Answer):
    """A rule over several fields."""

    kind: str
    elements: list[str]
    years: int
    sex: str
    when: dict[str, list[str]]
    is_warning: bool


class GuideForm(Answer):
    """The one form."""

    sections: list[GuideSection]
    rules: list[GuideRule] = Default(default_factory=list)


class GuideMaterial(Answer):
    """A material, how it is obtained and by what it is accepted."""

    material: str
    name: str
    required: bool
    needs_reference: bool
    reference_type: str = "text"
    reference_of: list[str] = Default(default_factory=list)
    obtain_mode: str
    accept_standard: str
    why: str
    used_by: list[str] = Default(default_factory=list)


class GuideChosen(Answer):
    """A question of the situation and what was chosen, in words."""

    key: str
    text: str
    value: str
    label: str
    used_by: list[str] = Default(default_factory=list)


class GuideUnit(Answer):
    """An item and its unit."""

    task_code: str = ""
    task_name: str = ""
    unit: str
    unit_name: str


class GuideTask(Answer):
    """A task of the situation."""

    task_key: str
    name: str
    unit: str
    item: str = ""
    by: str = "UNIT"
    help: str = ""


class Guide(Answer):
    """The catalogue's guide for one situation: form, materials, tasks and who leads."""

    matter_code: str
    matter_version: int
    name: str
    lead_unit: str
    lead_unit_name: str
    answers: dict[str, str]
    subjects: list[list[str]] = Default(default_factory=list)
    situation: list[GuideChosen] = Default(default_factory=list)
    items: list[GuideUnit]
    form: GuideForm
    materials: list[GuideMaterial]
    tasks: list[GuideTask]

    @cached_property
    def text(self) -> str:
        """The guide as it is kept."""
        return self.model_dump_json()

    @cached_property
    def digest(self) -> str:
        """What the guide is kept under, once however many drafts and applications have it."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def form_fields(self) -> list[GuideField]:
        """Return the fields of the form, in its order."""
        return [field for section in self.form.sections for field in section.fields]

    @cached_property
    def fields(self) -> list[Field]:
        """Return the form as the rules see it."""
        return [
            Field(
                field.element,
                field.label,
                field.type,
                field.required,
                field.max_length,
                field.pattern,
                tuple(option.value for option in field.options),
                personal=field.personal,
                help=field.help,
                accepts=tuple(field.accepts),
            )
            for field in self.form_fields
        ]

    @cached_property
    def rules(self) -> list[Rule]:
        """Return the rules over several fields."""
        return [
            Rule(rule.kind, tuple(rule.elements), rule.years, rule.sex, rule.when, rule.is_warning)
            for rule in self.form.rules
        ]

    @cached_property
    def materials_at_acceptance(self) -> list[GuideMaterial]:
        """Return the materials there are at acceptance: none that a task of the matter is still to produce."""
        return [material for material in self.materials if material.obtain_mode != PRODUCED_INSIDE]

    @cached_property
    def needs(self) -> list[Need]:
        """Return the materials at acceptance as the rules see them."""
        return [
            Need(
                material.material,
                material.name,
                material.required,
                material.needs_reference,
                reference_type=material.reference_type,
                reference_of=tuple(material.reference_of),
            )
            for material in self.materials_at_acceptance
        ]

    @cached_property
    def task_keys(self) -> list[str]:
        """Return the tasks of the situation."""
        return [task.task_key for task in self.tasks]

    @cached_property
    def units(self) -> list[str]:
        """Return the units of the situation, the leading one first."""
        acting = (task.unit for task in self.tasks if task.task_key not in self.steps)
        return list(dict.fromkeys([self.lead_unit, *acting]))

    @cached_property
    def steps(self) -> dict[str, str]:
        """Return the applicant's own steps, and in which way she does each."""
        return {task.task_key: task.help for task in self.tasks if task.by == APPLICANT}

    def item_of(self, task_key: str) -> str:
        """Return the item of a task; empty where the guide does not say."""
        return next((task.item for task in self.tasks if task.task_key == task_key), "")

    def task_names(self, keys: Collection[str]) -> list[str]:
        """Return the names of some tasks, in the guide's order."""
        return [task.name for task in self.tasks if task.task_key in keys]

    def item_name(self, item: str) -> str:
        """Return an item's name, or its code where the guide does not name it."""
        return next((one.task_name for one in self.items if one.task_code == item), "") or item

    def unit_name(self, unit: str) -> str:
        """Return a unit's name, or its code where the guide does not name it."""
        names = {item.unit: item.unit_name for item in self.items}
        return {**names, self.lead_unit: self.lead_unit_name}.get(unit, unit)


class Matter(Answer):
    """A matter's version in force, and whether the matter has ended."""

    matter_version: int
    is_withdrawn: bool
    withdrawn_from: str | None


class Refusal(Answer):
    """What the catalogue finds wrong, each with its place, or where it sends the applicant instead, in words."""

    code: str
    detail: str = ""
    errors: list[FieldError]


class Ended(Answer):
    """What the catalogue says of a matter that has ended, in words."""

    detail: str


async def fetch_guide(catalog: App, vouched: str, matter_code: str, answers: Mapping[str, str]) -> Guide:
    """Ask the catalogue for the guide of a situation.

    Raises MatterNotFound, MatterWithdrawn, AnswersWrong with the catalogue's pointers, HandledAtWindow with its words,
    CatalogUnavailable.
    """
    path = f"/api/v1/matters/{matter_code}/guide"
    body = {"answers": dict(sorted(answers.items()))}  # so that one situation has one guide
    reply = await call(catalog, "POST", path, body=body, headers={HEADER: vouched})
    if reply.status == 422:
        refusal = _read(Refusal, reply)
        if refusal.code == HandledAtWindow.code:
            raise HandledAtWindow(refusal.detail, errors=refusal.errors)
        raise AnswersWrong("请按提示选择情形", errors=refusal.errors)
    if reply.status == 409:
        raise MatterWithdrawn(_read(Ended, reply).detail)
    return _told(Guide, reply)


async def current_version(catalog: App, vouched: str, matter_code: str) -> int:
    """Ask the catalogue which version of a matter is in force.

    Raises MatterNotFound, MatterWithdrawn for one that has ended, CatalogUnavailable.
    """
    reply = await call(catalog, "GET", f"/api/v1/matters/{matter_code}", headers={HEADER: vouched})
    matter = _told(Matter, reply)
    if matter.is_withdrawn:
        raise MatterWithdrawn(f"自 {matter.withdrawn_from} 起不再受理;草稿仍为您保留")
    return matter.matter_version


def _told(kind: type[A], reply: Reply) -> A:
    if reply.status == 404:
        raise MatterNotFound
    if reply.status != 200:
        raise CatalogUnavailable("事项目录暂不可用")
    return _read(kind, reply)


def _read(kind: type[A], reply: Reply) -> A:
    try:
        return kind.model_validate_json(reply.body)
    except ValueError:
        raise CatalogUnavailable("事项目录的答复无法识别") from None  # the answer itself is not for the log
