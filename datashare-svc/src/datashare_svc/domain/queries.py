"""What a query is: by whom, for whom, for what, in which case; and what it brought."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from datashare_svc.domain.model import Depth, Purpose


@dataclass(frozen=True, slots=True)
class InCase:
    """The case that a query belongs to: an application, or before there is one a draft (`application_id` is empty).

    `applicant_id` is the account of whoever applies.
    """

    applicant_id: str
    matter_code: str
    draft_id: str = ""
    application_id: str = ""
    application_number: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """One query of one resource about one person.

    `person` is the number by which the person is known (公民身份号码), never logged but as a digest. `keys`: field →
    value; `fields` are those wanted (VALUE), `compares` field → value held against the source (VERIFY). `unit` is the
    unit that uses the answer, `officer` who asks: a staff subject, the applicant, or the service `intake`.
    """

    resource: str
    depth: Depth
    purpose: Purpose
    basis: str
    case: InCase
    item: str
    unit: str
    officer: str
    person: str
    keys: Mapping[str, str]
    fields: tuple[str, ...] = ()
    compares: Mapping[str, str] = field(default_factory=dict)
    is_at_window: bool = False
    """Asked by a clerk of a window: he checks the materials of all items, a reviewer those of his own."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a query brought: rows, or by field whether it agrees; when, and under which id it is on record."""

    query_id: str
    at: datetime
    rows: tuple[Mapping[str, str], ...] = ()
    matches: Mapping[str, bool] = field(default_factory=dict)
    is_known: bool = True
