"""The events that the catalogue publishes, and the one that it reads, with only what it needs."""

from typing import Annotated, Any, ClassVar, Literal

from chassis.base.fields import Code, Count, Day, Name, Text, UnitCode, Version, text
from chassis.events.bus import Keeps
from chassis.events.outbox import Event
from pydantic import BaseModel, ConfigDict, Field

LIMIT: dict[str, Any] = {"amount": 1, "unit": "WORKDAY"}
Many = Field(max_length=500)
Time = Annotated[str, text(5, pattern=r"^[0-9]{2}:[0-9]{2}$", example="09:00")]
Windows = Annotated[list[tuple[Time, Time]], Many]
Year = Annotated[int, Field(ge=2000, le=2200, json_schema_extra={"format": "int32"})]
Days = Annotated[dict[Day, Text], Field(max_length=10_000)]


class LimitPart(BaseModel):
    """A limit: an amount of ON_SITE, WORK_HOUR, WORKDAY, CALENDAR_DAY, MONTH or YEAR."""

    model_config = ConfigDict(frozen=True)

    amount: Count
    unit: Literal["ON_SITE", "WORK_HOUR", "WORKDAY", "CALENDAR_DAY", "MONTH", "YEAR"]


class RemediesPart(BaseModel):
    """Who hears a complaint against a unit's decisions; what was not told is empty, never guessed.

    Sources: 行政复议法 art. 24 (government of the same level), 27 (next higher organ), 28 (a choice); of companies
    and mass organisations nothing is reviewed, they have a way to complain instead.
    """

    model_config = ConfigDict(frozen=True)

    review_basis: Literal["same_level_government", "higher_organ", "choice", "none", ""] = ""
    review_authority: Text = ""
    court: Text = ""
    authority_address: Text = ""
    authority_phone: Text = ""
    complaint_way: Text = ""


class UnitPublished(Event):
    """A unit is new or was changed: its name, its validity, its successor, the words of its papers."""

    type: ClassVar[str] = "catalog.unit.published"
    topic: ClassVar[str] = "catalog.unit"
    keeps: ClassVar[Keeps] = Keeps.LAST_WORD
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "unit_code": "U23",
                    "name": "郑州市卫生健康委员会",
                    "short_name": "市卫健委",
                    "kind": "department",
                    "valid_from": "2020-01-01",
                    "valid_to": None,
                    "successor": None,
                    "acceptance_word": "郑卫受字",
                    "remedies": {"review_basis": "same_level_government", "review_authority": "郑州市人民政府"},
                }
            ]
        },
    )

    unit_code: UnitCode
    name: Name
    short_name: Name
    kind: Code
    valid_from: Day
    valid_to: Day | None = None
    successor: UnitCode | None = None
    acceptance_word: Text = ""
    remedies: RemediesPart = RemediesPart()


class ResultPart(BaseModel):
    """What an item ends in (办理结果): its name, the kind of paper, and the material that later items take it as."""

    model_config = ConfigDict(frozen=True)

    name: Text
    type: Literal["证照", "批文", "其他"]
    material: Code | None = None


class TaskPart(BaseModel):
    """A step of the matter with its item, unit, gates, limits and result, and whose act it is.

    Its limits run from `clock_start` on: receipt, acceptance, or the end of the step before. `task_type` is the item's
    (事项类型, GB/T 39046-2020 A.1): 01 行政许可, 05 行政给付, 07 行政确认, 20 公共服务 and others.
    """

    model_config = ConfigDict(frozen=True)

    task_key: Code
    name: Name
    item: Code
    unit: UnitCode
    unit_name: Name
    after: Annotated[list[Code], Many]
    promise: LimitPart
    statutory: LimitPart | None
    on_refusal: Literal["HARD", "SOFT"]
    result: ResultPart | None = None
    by: Literal["UNIT", "APPLICANT"] = "UNIT"
    clock_start: Literal["RECEIPT", "ACCEPTANCE", "GATE"] | None = None
    task_type: Code | None = None


class MatterPublished(Event):
    """A version of a matter was published, or is said in other words: what it means never changes, its names may."""

    type: ClassVar[str] = "catalog.matter.published"
    topic: ClassVar[str] = "catalog.matter"
    keeps: ClassVar[Keeps] = Keeps.LAST_WORD
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "matter_code": "newborn",
                    "matter_version": 1,
                    "name": "新生儿出生",
                    "lead_unit": "U23",
                    "lead_unit_name": "郑州市卫生健康委员会",
                    "region": "410100",
                    "tasks": [
                        {
                            "task_key": "medical_insurance",
                            "name": "医保参保登记",
                            "item": "11410100MBXX0030XE3412036001003",
                            "unit": "U30",
                            "unit_name": "郑州市医疗保障局",
                            "after": ["birth_registration"],
                            "promise": LIMIT,
                            "statutory": {"amount": 10, "unit": "WORKDAY"},
                            "on_refusal": "SOFT",
                            "clock_start": "RECEIPT",
                            "task_type": "20",
                            "result": {
                                "name": "城乡居民基本医疗保险参保凭证",
                                "type": "其他",
                                "material": "medical_insurance_record",
                            },
                        }
                    ],
                }
            ]
        },
    )

    matter_code: Code
    matter_version: Version
    name: Name
    lead_unit: UnitCode
    lead_unit_name: Name
    tasks: Annotated[list[TaskPart], Many]
    region: Code | None = None


class MatterWithdrawn(Event):
    """From a day on a matter is no longer offered; what was submitted before goes on."""

    type: ClassVar[str] = "catalog.matter.withdrawn"
    topic: ClassVar[str] = "catalog.matter"
    keeps: ClassVar[Keeps] = Keeps.LAST_WORD
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "matter_code": "newborn",
                    "matter_version": 1,
                    "withdrawn_from": "2027-01-01",
                    "region": "410100",
                }
            ]
        },
    )

    matter_code: Code
    matter_version: Version
    withdrawn_from: Day
    region: Code | None = None


class ItemPublished(Event):
    """An item's version was published, or is said in other words: what the city promises of it.

    The code names are the item's own (GB/T 39046-2020): `task_type` 事项类型, `project_type` 办件类型, `handle_type`
    办理形式, `limit_scene_num` 到办事现场次数. `is_applied_for` says that people apply for it (依申请). Materials are
    counted once each, over all situations.
    """

    type: ClassVar[str] = "catalog.item.published"
    topic: ClassVar[str] = "catalog.item"
    keeps: ClassVar[Keeps] = Keeps.LAST_WORD
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "item": "11410100MBXX0030XE3412036001003",
                    "item_version": 1,
                    "name": "城乡居民基本医疗保险参保登记",
                    "unit": "U30",
                    "unit_name": "郑州市医疗保障局",
                    "task_type": "20",
                    "project_type": "2",
                    "is_applied_for": True,
                    "handle_type": ["1", "2", "3"],
                    "online_handle_depth": "Ⅳ",
                    "limit_scene_num": 0,
                    "promise": LIMIT,
                    "statutory": {"amount": 10, "unit": "WORKDAY"},
                    "clock_start": "RECEIPT",
                    "materials": 2,
                    "materials_required": 1,
                    "is_fee": False,
                    "region": "410100",
                }
            ]
        },
    )

    item: Code
    item_version: Version
    name: Name
    unit: UnitCode
    unit_name: Name
    task_type: Code
    project_type: Code
    is_applied_for: bool
    handle_type: Annotated[list[Code], Many]
    online_handle_depth: Literal["Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"]
    limit_scene_num: Count
    promise: LimitPart
    statutory: LimitPart | None
    clock_start: Literal["RECEIPT", "ACCEPTANCE", "GATE"]
    materials: Count
    materials_required: Count
    is_fee: bool
    region: Code


class ItemWithdrawn(Event):
    """From a day on an item is no longer offered."""

    type: ClassVar[str] = "catalog.item.withdrawn"
    topic: ClassVar[str] = "catalog.item"
    keeps: ClassVar[Keeps] = Keeps.LAST_WORD
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "item": "11410100MBXX0030XE3412036001003",
                    "item_version": 1,
                    "unit": "U30",
                    "withdrawn_from": "2027-01-01",
                    "region": "410100",
                }
            ]
        },
    )

    item: Code
    item_version: Version
    unit: UnitCode
    withdrawn_from: Day
    region: Code


class SharingChanged(Event):
    """Read: which materials of a matter the networks serve now."""

    type: ClassVar[str] = "datashare.sharing.changed"
    topic: ClassVar[str] = "datashare.sharing"

    matter_code: str
    served: list[str]


class HoursPart(BaseModel):
    """Office hours, windows of local times in order: those of most units, and those of units with their own."""

    model_config = ConfigDict(frozen=True)

    default: Windows
    units: Annotated[dict[UnitCode, Windows], Field(max_length=10_000)]


class CalendarPublished(Event):
    """A version of a region's working calendar and office hours was published."""

    type: ClassVar[str] = "catalog.calendar.published"
    topic: ClassVar[str] = "catalog.calendar"
    keeps: ClassVar[Keeps] = Keeps.LAST_WORD
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "region": "410100",
                    "calendar_version": "2026-1",
                    "years": [2026],
                    "off": {"2026-10-01": "国庆节"},
                    "work": {"2026-10-10": "国庆节"},
                    "office_hours": {"default": [["09:00", "12:00"], ["13:00", "17:00"]], "units": {}},
                }
            ]
        },
    )

    region: Code
    calendar_version: Text
    years: Annotated[list[Year], Many]
    off: Days
    work: Days
    office_hours: HoursPart
