"""What a city pack says of sharing, as it stands in its files: every value bounded by what can be stored and sent."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from chassis.base.fields import text
from chassis.base.shapes import CODE, KEY, LABEL, LONG, NAME, OPTION, UNIT_CODE, whole
from pydantic import BaseModel, ConfigDict, Field, model_validator

from datashare_svc.domain.acceptance import AcceptanceCase, AcceptanceHands
from datashare_svc.domain.model import (
    Depth,
    Kind,
    Network,
    NetworkLevel,
    Purpose,
    Push,
    Resource,
    ResourceField,
    Sharing,
    SharingClass,
    SharingMode,
    UpdateCycle,
    Use,
)
from datashare_svc.domain.pack import GrantWanted

PLACE = f"(applicant\\.(account|id_number|name)|form\\.{KEY}|materials\\.{KEY})"
GIVEN = f"({KEY}|applicant\\.(id_number|name)|materials\\.{KEY})"
RESOURCE_CODE = "[0-9]{1,30}/[0-9]{1,20}"
"""分类码/顺序号 (政务信息资源目录编制指南)."""
Key = Annotated[str, text(64, min_length=1, pattern=whole(KEY))]
Unit = Annotated[str, text(8, min_length=3, pattern=whole(UNIT_CODE))]
Item = Annotated[str, text(64, min_length=1, pattern=whole(CODE))]
Short = Annotated[str, text(NAME, min_length=1)]
Label = Annotated[str, text(LABEL, min_length=1)]
Note = Annotated[str, text(LABEL)]
Long = Annotated[str, text(LONG, min_length=1)]
FormatClass = Annotated[str, text(1, pattern="^[1-7]$")]
"""格式分类: 1 电子文件 … 3 数据库 … 7 服务接口."""
Status = Literal["proposed", "confirmed"]
Values = dict[Key, Note]


class Part(BaseModel):
    """A part of a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def told(self, *without: str) -> dict[str, Any]:
        """Return what it says, member by member."""
        return {name: getattr(self, name) for name in type(self).model_fields if name not in without}


class NetworkEntry(Part):
    """A network (专网)."""

    network: Key
    name: Short
    level: NetworkLevel
    unit: Unit
    owner_name: Short
    status: Status | None = None
    source: Note = ""


class HandsPart(Part):
    """In whose names development takes the steps of a connection."""

    provider: Item
    authority: Item


class NetworksFile(Part):
    """`networks.yaml`; `plan` says how many there are of each level."""

    status: Status
    source: Label
    hands: HandsPart
    plan: dict[NetworkLevel, int]
    networks: tuple[NetworkEntry, ...]

    def read(self) -> tuple[Network, ...]:
        """Return the networks; what an entry does not say of its status and source the file says."""
        return tuple(Network(**_said(self, one)) for one in self.networks)

    def read_hands(self) -> AcceptanceHands:
        """Return development's hands."""
        return AcceptanceHands(self.hands.provider, self.hands.authority)


class FieldEntry(Part):
    """A field (信息项) of a resource."""

    name: Key
    label: Short
    kind: Kind = Kind.TEXT
    max_length: Annotated[int, Field(ge=1, le=LONG)] = 100
    is_key: bool = False
    required: bool = False
    is_personal: bool = True
    condition: Note = ""


class Expected(Part):
    """What has to come in a test case: rows with values in the first, or what agrees and what differs."""

    rows: Annotated[int, Field(ge=0)] | None = None
    values: Values = Field(default_factory=dict)
    agrees: Values = Field(default_factory=dict)
    differs: Values = Field(default_factory=dict)

    @model_validator(mode="after")
    def is_one_kind(self) -> Self:
        """Raise ValueError for a case that would be two kinds at once, or none."""
        if (self.rows is not None or bool(self.values)) is bool(self.agrees or self.differs):
            raise ValueError("应为 rows 和 values,或 agrees 和 differs,两者之一")
        if both := sorted(set(self.agrees) & set(self.differs)):
            raise ValueError(f"同一用例中 {both[0]} 不能既一致又不一致")
        return self


class CaseEntry(Part):
    """A test case of an acceptance (验收); the persons are synthetic."""

    case: Label
    keys: Annotated[Values, Field(min_length=1)]
    expect: Expected


class ResourceEntry(Part):
    """A resource with the fields of the national catalogue and the test cases of its acceptance."""

    resource: Key
    resource_code: Annotated[str, text(60, min_length=3, pattern=whole(RESOURCE_CODE))]
    name: Short
    network: Key
    unit: Unit
    service: Annotated[str, text(64, min_length=1, pattern=whole(OPTION))]
    summary: Label
    sharing_class: SharingClass
    mode: SharingMode
    update_cycle: UpdateCycle
    basis: Long
    fields: Annotated[tuple[FieldEntry, ...], Field(min_length=1)]
    condition: Note = ""
    format: FormatClass = "7"
    data_level: Note = ""
    is_open: bool = False
    open_condition: Note = ""
    published_on: date | None = None
    related: tuple[Key, ...] = ()
    contact: Note = ""
    within_ms: Annotated[int, Field(ge=1, le=10_000)] = 1500
    cache_seconds: Annotated[int, Field(ge=0, le=86_400)] = 0
    at_most_rows: Annotated[int, Field(ge=1, le=1000)] = 20
    is_repeatable: bool = True
    status: Status | None = None
    source: Note = ""
    acceptance: tuple[CaseEntry, ...] = ()


class ResourcesFile(Part):
    """`resources.yaml`."""

    status: Status
    source: Label
    resources: tuple[ResourceEntry, ...]

    def read(self) -> tuple[Resource, ...]:
        """Return the resources."""
        return tuple(
            Resource(**{**_said(self, one, "acceptance"), "fields": tuple(map(_field, one.fields))})
            for one in self.resources
        )

    def read_cases(self) -> tuple[AcceptanceCase, ...]:
        """Return the test cases, each under its resource and number."""
        return tuple(
            _case(one, f"{one.resource}.{number}", case)
            for one in self.resources
            for number, case in enumerate(one.acceptance, 1)
        )


class UseEntry(Part):
    """A line of a matter's sharing catalogue."""

    use: Key
    resource: Key
    depth: Depth
    push: Push
    keys: Annotated[dict[Key, Annotated[str, text(80, pattern=whole(PLACE))]], Field(min_length=1)]
    basis: Long
    gives: dict[Annotated[str, text(80, pattern=whole(GIVEN))], Key] = Field(default_factory=dict)
    compares: dict[Key, Key] = Field(default_factory=dict)
    requires: Values = Field(default_factory=dict)
    material: Key | Literal[""] = ""
    one_is_enough: bool = False
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    task: Item | Literal[""] = ""
    newest_by: Key | Literal[""] = ""
    when: dict[Key, tuple[Annotated[str, text(64, pattern=whole(OPTION))], ...]] = Field(default_factory=dict)


class SharingFile(Part):
    """`sharing/<matter>.yaml`: the sharing catalogue (信息共享目录) of a matter."""

    matter_code: Item
    status: Status
    source: Note
    uses: tuple[UseEntry, ...]

    def read(self) -> Sharing:
        """Return the catalogue, yet without the matter's own materials."""
        return Sharing(self.matter_code, tuple(Use(**one.told()) for one in self.uses), {}, self.status, self.source)


class GrantEntry(Part):
    """A grant that the pack asks for."""

    grant: Key
    resource: Key
    matter_code: Item
    unit: Unit
    fields: Annotated[tuple[Key, ...], Field(min_length=1)]
    depth: Depth
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1)]
    reason: Label
    basis: Long
    items: tuple[Item, ...] = ()
    until: date | None = None
    status: Status | None = None
    source: Note = ""


class GrantsFile(Part):
    """`grants.yaml`: the grants that are asked for, and in whose names development asks and decides."""

    status: Status
    source: Label
    hands: dict[Unit, Item]
    grants: tuple[GrantEntry, ...]

    def read(self) -> tuple[GrantWanted, ...]:
        """Return the grants."""
        return tuple(GrantWanted(**_said(self, one)) for one in self.grants)


def _case(resource: ResourceEntry, key: str, entry: CaseEntry) -> AcceptanceCase:
    expect = entry.expect
    asked: dict[str, Any] = {"case": key, "name": entry.case, "resource": resource.resource, "keys": entry.keys}
    if expect.agrees or expect.differs:
        agrees = {**dict.fromkeys(expect.agrees, True), **dict.fromkeys(expect.differs, False)}
        compares = {**expect.agrees, **expect.differs}
        return AcceptanceCase(**asked, depth=Depth.VERIFY, compares=compares, agrees=agrees)
    rows = 1 if expect.rows is None else expect.rows
    fields = tuple(field.name for field in resource.fields)
    return AcceptanceCase(**asked, depth=Depth.VALUE, fields=fields, rows=rows, expects=expect.values)


def _field(entry: FieldEntry) -> ResourceField:
    return ResourceField(**entry.told())


def _said(file: NetworksFile | ResourcesFile | GrantsFile, entry: Part, *without: str) -> dict[str, Any]:
    told = entry.told(*without)
    return {**told, "status": told["status"] or file.status, "source": told["source"] or file.source}
