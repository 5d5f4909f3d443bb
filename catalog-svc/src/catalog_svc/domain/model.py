"""What a catalogue holds, under the national element names (GB/T 39046-2020, ZWFW C0109.2-2018) where they exist."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar

from chassis.worktime import Limit

T = TypeVar("T")
Condition = Mapping[str, tuple[str, ...]]


class ObtainMode(StrEnum):
    """How a material is obtained (材料获取方式)."""

    UPLOAD = "UPLOAD"
    LICENSE_REUSE = "LICENSE_REUSE"
    DATA_VERIFY = "DATA_VERIFY"
    PROMISE = "PROMISE"
    FORM_FIELD = "FORM_FIELD"
    SYSTEM_GENERATED = "SYSTEM_GENERATED"


class ElementType(StrEnum):
    """What kind of value a data element takes."""

    TEXT = "text"
    DATE = "date"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    CHOICE = "choice"
    BANK_ACCOUNT = "bank_account"
    REGION = "region"


class OnRefusal(StrEnum):
    """What a refused task means for the matter: HARD ends it, SOFT only what depends on the task."""

    HARD = "HARD"
    SOFT = "SOFT"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit (单位): a department or a public-service company; names change, hence the validity."""

    unit_code: str
    key: str
    name: str
    short_name: str
    kind: str
    uscc: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a question or a choice element."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Element:
    """A canonical data element (数据元): asked once, however many items need it."""

    element: str
    label: str
    type: ElementType
    section: str
    max_length: int = 100
    pattern: str = ""
    options: tuple[Choice, ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Material:
    """A canonical material (材料): who holds it and how it is obtained, so that one copy serves all items."""

    material: str
    name: str
    holder: str
    obtain_mode: ObtainMode
    accept_stand: str = ""
    produced_by: str = ""


@dataclass(frozen=True, slots=True)
class NeededElement:
    """An element that an item asks for."""

    element: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class NeededMaterial:
    """A material that an item asks for, and how many originals or copies it used to take on paper."""

    material: str
    required: bool = True
    page_num: int = 1


@dataclass(frozen=True, slots=True)
class Law:
    """A legal basis (设定依据)."""

    law_name: str
    clause: str
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A service item's implementation list entry (实施清单)."""

    task_code: str
    task_version: int
    catalog_code: str
    task_name: str
    unit: str
    task_type: str
    use_level: str
    project_type: str
    server_type: tuple[str, ...]
    promise: Limit
    anticipate: Limit | None
    limit_scene_num: int
    online_handle_depth: str
    is_fee: bool
    result_name: str
    by_law: tuple[Law, ...]
    elements: tuple[NeededElement, ...]
    materials: tuple[NeededMaterial, ...]
    status: str
    source: str
    limit_scene_explain: str = "无"


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the situation guide (情形引导); asked only under its condition."""

    key: str
    text: str
    options: tuple[Choice, ...]
    when: Condition = field(default_factory=dict)
    help: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A step of the matter: one item, what it waits for, and what its refusal means."""

    task_key: str
    name: str
    item: str
    after: tuple[str, ...] = ()
    on_refusal: OnRefusal = OnRefusal.SOFT
    when: Condition = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter (一件事) as the city pack writes it."""

    matter_code: str
    matter_version: int
    name: str
    stage: str
    lead_unit: str
    summary: str
    aliases: tuple[str, ...]
    questions: tuple[Question, ...]
    tasks: tuple[Task, ...]
    status: str
    source: str


@dataclass(frozen=True, slots=True)
class PublishedMatter:
    """A published version with all it rests on, so that it can be read alone, for ever."""

    matter: Matter
    items: tuple[Item, ...]
    elements: tuple[Element, ...]
    sections: tuple[Section, ...]
    materials: tuple[Material, ...]
    unit_names: Mapping[str, str]

    def item(self, task_code: str) -> Item:
        """Return one of its items. Raises KeyError."""
        return next_by(self.items, "task_code", task_code)

    def material(self, code: str) -> Material:
        """Return one of its materials. Raises KeyError."""
        return next_by(self.materials, "material", code)


@dataclass(frozen=True, slots=True)
class Pack:
    """A whole city pack."""

    units: tuple[Unit, ...]
    items: tuple[Item, ...]
    elements: tuple[Element, ...]
    sections: tuple[Section, ...]
    materials: tuple[Material, ...]
    matters: tuple[Matter, ...]
    synonyms: Mapping[str, tuple[str, ...]]


def next_by(values: tuple[T, ...], name: str, wanted: str) -> T:
    """Return the first value whose attribute is wanted. Raises KeyError."""
    for value in values:
        if getattr(value, name) == wanted:
            return value
    raise KeyError(wanted)


def holds(condition: Condition, answers: Mapping[str, str]) -> bool:
    """Tell whether all of a condition's questions were answered with one of its values."""
    return all(answers.get(key) in values for key, values in condition.items())


def publish(pack: Pack, matter: Matter) -> PublishedMatter:
    """Gather all that a matter rests on. Raises KeyError for a reference that the checks would have refused."""
    items = tuple(next_by(pack.items, "task_code", task.item) for task in matter.tasks)
    elements = {needed.element for item in items for needed in item.elements}
    materials = {needed.material for item in items for needed in item.materials}
    kept = tuple(element for element in pack.elements if element.element in elements)
    sections = {element.section for element in kept}
    units = {item.unit for item in items} | {matter.lead_unit}
    return PublishedMatter(
        matter,
        items,
        kept,
        tuple(section for section in pack.sections if section.key in sections),
        tuple(material for material in pack.materials if material.material in materials),
        {unit.unit_code: unit.name for unit in pack.units if unit.unit_code in units},
    )
