"""Networks, resources and sharing catalogues, as the rules see them.

Sources: 政务数据共享条例 (国务院令 809) for the classes of sharing; the national catalogue of resources for the fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

Condition = Mapping[str, tuple[str, ...]]
"""Question → values, one of which was chosen; all questions must agree. The empty condition always holds."""


class NetworkLevel(StrEnum):
    """Whose network (专网) it is: the nation's, the province's or the city's."""

    NATIONAL = "NATIONAL"
    PROVINCIAL = "PROVINCIAL"
    MUNICIPAL = "MUNICIPAL"


class Connection(StrEnum):
    """How far a network is connected (对接状态); DEGRADED and DOWN are what probes see of a verified one."""

    LISTED = "LISTED"
    CONTACTED = "CONTACTED"
    CONNECTED = "CONNECTED"
    VERIFIED = "VERIFIED"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"
    RETIRED = "RETIRED"


SERVING = frozenset({Connection.VERIFIED, Connection.DEGRADED, Connection.DOWN})
"""A network serves cases once its acceptance (验收) was signed off by two sides, also while it is down."""


class SharingClass(StrEnum):
    """The class of a resource (共享类型), in the national catalogue's codes: 1, 2 and 3."""

    UNCONDITIONAL = "1"
    CONDITIONAL = "2"
    WITHHELD = "3"


class SharingMode(StrEnum):
    """By which way a resource is shared (共享方式): an interface, a table of a front database (前置库), a file."""

    API = "API"
    TABLE = "TABLE"
    FILE = "FILE"


class UpdateCycle(StrEnum):
    """How often the provider renews a resource (更新周期)."""

    REAL_TIME = "REAL_TIME"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    YEARLY = "YEARLY"
    IRREGULAR = "IRREGULAR"


class Depth(StrEnum):
    """How deep a use goes (共享深度): VERIFY asks whether values agree (一致/不一致), VALUE gets them."""

    VERIFY = "VERIFY"
    VALUE = "VALUE"


class Push(StrEnum):
    """When a use is asked (推送逻辑): as a draft begins, as it is submitted, or at a task."""

    DRAFT = "DRAFT"
    SUBMISSION = "SUBMISSION"
    TASK = "TASK"


class Purpose(StrEnum):
    """What a query is made for; a grant names those it covers."""

    PREFILL = "PREFILL"
    VERIFICATION = "VERIFICATION"
    REVIEW = "REVIEW"


class Kind(StrEnum):
    """What kind of value a field has: it tells how values are compared and masked."""

    TEXT = "text"
    PERSON_NAME = "person_name"
    ID_NUMBER = "id_number"
    DATE = "date"
    PHONE = "phone"
    NUMBER = "number"
    CODE = "code"
    REGION = "region"


@dataclass(frozen=True, slots=True)
class Network:
    """A network (专网): `unit` runs it, or looks after it where its owner is not of this city."""

    network: str
    name: str
    level: NetworkLevel
    unit: str
    owner_name: str
    status: str = "proposed"
    source: str = ""


@dataclass(frozen=True, slots=True)
class ResourceField:
    """A field (信息项) of a resource; `is_key` may be asked by, `max_length` in characters, `condition` in words."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    max_length: int = 100
    is_key: bool = False
    required: bool = False
    is_personal: bool = True
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource (政务数据资源), with the fields of the national catalogue.

    `service` is what its network calls it. `within_ms` is how long an answer may take, `cache_seconds` for how long one
    may be kept, `at_most_rows` how many rows an answer may have; `is_repeatable` says that asking again does no harm.
    """

    resource: str
    resource_code: str
    name: str
    network: str
    unit: str
    service: str
    summary: str
    sharing_class: SharingClass
    mode: SharingMode
    update_cycle: UpdateCycle
    basis: str
    fields: tuple[ResourceField, ...]
    condition: str = ""
    format: str = "7"
    data_level: str = ""
    is_open: bool = False
    open_condition: str = ""
    published_on: date | None = None
    related: tuple[str, ...] = ()
    contact: str = ""
    within_ms: int = 1500
    cache_seconds: int = 0
    at_most_rows: int = 20
    is_repeatable: bool = True
    status: str = "proposed"
    source: str = ""

    def field(self, name: str) -> ResourceField | None:
        """Return a field by its name; None where there is none."""
        return next((one for one in self.fields if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Use:
    """A line of a matter's sharing catalogue (信息共享目录): what is asked of a resource, when, and what it gives.

    `keys` says by what it is asked: field → where its value is from: `applicant.account`, `applicant.id_number`,
    `applicant.name`, `form.<element>` or `materials.<material>`. `gives` says what a VALUE use fills in: element, or
    `materials.<material>` for a licence's number → field. `compares` says what a VERIFY use holds against the source:
    field → element; `requires` what it holds against it whatever was filled in: field → value. `material` is the
    material that it stands for; of the uses of a material that say `one_is_enough` one that agrees will do (父母一方).
    `newest_by` is the date field by which one of several rows is taken; without it several rows give nothing.
    """

    use: str
    resource: str
    depth: Depth
    push: Push
    keys: Mapping[str, str]
    basis: str
    gives: Mapping[str, str] = field(default_factory=dict)
    compares: Mapping[str, str] = field(default_factory=dict)
    requires: Mapping[str, str] = field(default_factory=dict)
    material: str = ""
    one_is_enough: bool = False
    items: tuple[str, ...] = ()
    task: str = ""
    newest_by: str = ""
    when: Condition = field(default_factory=dict)

    def holds_for(self, answers: Mapping[str, str]) -> bool:
        """Tell whether it is of a situation."""
        return all(answers.get(question) in values for question, values in self.when.items())


@dataclass(frozen=True, slots=True)
class Sharing:
    """A matter's sharing catalogue (信息共享目录).

    `materials` are those of the matter that data are to verify (obtain_mode DATA_VERIFY), key → name, whether a use
    stands for them or not; what a task of the matter itself brings about is not among them.
    """

    matter_code: str
    uses: tuple[Use, ...]
    materials: Mapping[str, str] = field(default_factory=dict)
    status: str = "proposed"
    source: str = ""
