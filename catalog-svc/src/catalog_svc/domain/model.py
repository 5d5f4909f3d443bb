"""What a catalogue holds, under the national element names (GB/T 39046-2020, ZWFW C0109.2-2018) where they exist."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from chassis.worktime import Limit

Condition = Mapping[str, tuple[str, ...]]
"""Question → values, one of which was chosen; all questions must agree. The empty condition always holds."""
APPLICANT = "SELF"
"""The holder of what the applicant has or states; no unit's code."""


class ObtainMode(StrEnum):
    """How a material is obtained (材料获取方式)."""

    UPLOAD = "UPLOAD"
    LICENSE_REUSE = "LICENSE_REUSE"
    DATA_VERIFY = "DATA_VERIFY"
    PROMISE = "PROMISE"
    FORM_FIELD = "FORM_FIELD"
    SYSTEM_GENERATED = "SYSTEM_GENERATED"


class ElementType(StrEnum):
    """What kind of value a data element takes; a PAST_DATE is not after the day on which it is given.

    VALIDITY is a date or 长期 (居民身份证法 art. 5); BIRTH_CERTIFICATE_NO is the number of a 出生医学证明.
    """

    TEXT = "text"
    PERSON_NAME = "person_name"
    DATE = "date"
    PAST_DATE = "past_date"
    VALIDITY = "validity"
    ID_NUMBER = "id_number"
    BIRTH_CERTIFICATE_NO = "birth_certificate_no"
    PHONE = "phone"
    CHOICE = "choice"
    BANK_ACCOUNT = "bank_account"
    REGION = "region"


class IdKind(StrEnum):
    """Whose ID number it is: a resident's, a Hong Kong, Macao or Taiwan resident's, a foreign permanent resident's."""

    RESIDENT = "resident"
    HMT_PERMIT = "hmt_permit"
    PERMANENT_RESIDENT = "permanent_resident"


class RuleKind(StrEnum):
    """What several elements of a form must be to each other.

    DIFFER: no two are the same. OLDER_BY: the person of the first (ID number or date of birth) is at least so many
    years older than the person of the second. MATCHES_SEX: the first, an ID number, tells the sex that the second
    says, or that the rule names. NEEDS: they must be filled in where the condition holds.
    """

    DIFFER = "differ"
    OLDER_BY = "older_by"
    MATCHES_SEX = "matches_sex"
    NEEDS = "needs"


class OnRefusal(StrEnum):
    """What a refused task means for the matter: HARD ends it, SOFT only what depends on the task."""

    HARD = "HARD"
    SOFT = "SOFT"


class Actor(StrEnum):
    """Whose act a task is: the unit's of its item, or the applicant's own (申请人环节), as paying a contribution is."""

    UNIT = "UNIT"
    APPLICANT = "APPLICANT"


class ClockStart(StrEnum):
    """From when an item's limits run (时限起算): receipt, acceptance, or the end of the step before.

    Sources: 社会保险经办条例 art. 6, 10, 18, 20, 22 and 24 (from receipt), 行政许可法 art. 42 (from acceptance).
    """

    RECEIPT = "RECEIPT"
    ACCEPTANCE = "ACCEPTANCE"
    GATE = "GATE"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit (单位): a department or a public-service company; names change, hence the validity.

    From the day after `valid_to` its open work is its successor's. `acceptance_word` (受理文书字) begins its papers'
    numbers. Who hears complaints against its decisions depends on the unit (行政复议法 art. 23 to 28); untold is empty.
    `aliases` are its former names and what people call it (派出所), for the search.
    """

    unit_code: str
    key: str
    name: str
    short_name: str
    kind: str
    uscc: str
    valid_from: date
    valid_to: date | None = None
    successor: str = ""
    acceptance_word: str = ""
    review_basis: str = ""
    review_authority: str = ""
    court: str = ""
    authority_address: str = ""
    authority_phone: str = ""
    complaint_way: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Region:
    """A place (区划): the city, a division under GB/T 2260, or a development zone, which is none.

    Zone codes differ between systems, so a zone says with `status` whether its code was confirmed.
    """

    region_code: str
    name: str
    kind: str
    parent: str = ""
    status: str = "proposed"


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a choice element."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Option(Choice):
    """One option of a question; where `window` says so in words, its situation is handled at a window, not online."""

    window: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """A canonical data element (数据元): asked once, however many items need it.

    `personal` says that its value is personal information (个人信息保护法 art. 4), to be shown masked; so it is unless
    the pack says otherwise.
    `accepts` are the kinds of ID number that it takes, all where none are named.
    """

    element: str
    label: str
    type: ElementType
    section: str
    max_length: int = 100
    pattern: str = ""
    options: tuple[Choice, ...] = ()
    help: str = ""
    personal: bool = True
    accepts: tuple[IdKind, ...] = ()


@dataclass(frozen=True, slots=True)
class FormRule:
    """A rule over several elements of a form; one that is a warning holds nobody back.

    `when` is over elements (NEEDS): each has one of its values, or any value where none is named. `sex` is coded as
    in GB/T 2261.1: 1 male, 2 female.
    """

    rule: str
    kind: RuleKind
    elements: tuple[str, ...]
    years: int = 0
    sex: str = ""
    when: Condition = field(default_factory=dict)
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Material:
    """A canonical material (材料): who holds it and how it is obtained, so that one copy serves all items.

    Where it is named by its number, that is a value of `reference_type`, and the same as one of `reference_of`, the
    elements that hold the numbers of those whose paper it may be; anybody's where none is named.
    """

    material: str
    name: str
    holder: str
    obtain_mode: ObtainMode
    accept_stand: str = ""
    status: str = "proposed"
    reference_type: ElementType = ElementType.TEXT
    reference_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NeededElement:
    """An element that an item asks for in the situations of `when`, at most `max_length` characters long."""

    element: str
    required: bool = True
    max_length: int | None = None
    when: Condition = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NeededMaterial:
    """A material that an item asks for in the situations of `when`; `page_num` is what it used to take on paper.

    `asked_before` names the rule by which applicants handed it in before; what nobody asked them for saves nothing.
    """

    material: str
    required: bool = True
    page_num: int = 1
    accept_stand: str = ""
    when: Condition = field(default_factory=dict)
    asked_before: str = ""


@dataclass(frozen=True, slots=True)
class Law:
    """A legal basis (设定依据)."""

    law_name: str
    clause: str
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee of an item (收费项目): its name, its standard, and the law behind it."""

    fee_name: str
    fee_stand: str
    by_law: str


@dataclass(frozen=True, slots=True)
class Item:
    """A service item's implementation list entry (实施清单).

    `promise` is promise_day with promise_type, `anticipate` the statutory limit of anticipate_day with anticipate_type,
    None where no law sets one; `anticipate_explain` names the law and its article, or says that there is none.
    `local_catalog_code` and `local_task_code` are the province's own codes beside the national ones, `task_handle_item`
    the 33-character codes of its 业务办理项 (the implementation code and a number of two digits).
    `clock_start` says from when both run; whatever it says, a unit's clock does not run before its gates are granted,
    because it has not got the application before.
    """

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
    anticipate_explain: str = ""
    clock_start: ClockStart = ClockStart.ACCEPTANCE
    limit_scene_explain: str = "无"
    common_name: tuple[str, ...] = ()
    accept_condition: str = ""
    handle_type: tuple[str, ...] = ("1",)
    user_topic_type: tuple[str, ...] = ()
    corp_topic_type: tuple[str, ...] = ()
    result_type: str = "其他"
    result_material: str = ""
    fee_basis: str = ""
    fee_project: tuple[Fee, ...] = ()
    is_pay_online: bool = False
    consult_phone: str = ""
    complain_phone: str = ""
    local_catalog_code: str = ""
    local_task_code: str = ""
    task_handle_item: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the situation guide (情形引导); asked only under its condition."""

    key: str
    text: str
    options: tuple[Option, ...]
    when: Condition = field(default_factory=dict)
    help: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A step of the matter: one item, what it waits for, and what its refusal means.

    An applicant's own step says in words how she does it (`help`) and has a time of its own (`limit`), from when its
    gates are granted; it counts in the matter's time only as far as a unit waits for it.
    """

    task_key: str
    name: str
    item: str
    after: tuple[str, ...] = ()
    on_refusal: OnRefusal = OnRefusal.SOFT
    when: Condition = field(default_factory=dict)
    by: Actor = Actor.UNIT
    limit: Limit | None = None
    help: str = ""

    def promise_of(self, item: Item) -> Limit:
        """Return the time that the step takes as promised: the item's, or the applicant's own."""
        return self.limit or item.promise

    def statutory_of(self, item: Item) -> Limit | None:
        """Return the time that the law allows the unit, None for an applicant's step."""
        return item.anticipate if self.by is Actor.UNIT else None


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter (一件事) as the city pack writes it.

    `subjects` are sets of elements that tell for whom it is: two applications that agree in all of one set are for the
    same, whoever hands them in.
    """

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
    cooperating_units: tuple[str, ...] = ()
    subjects: tuple[tuple[str, ...], ...] = ()
