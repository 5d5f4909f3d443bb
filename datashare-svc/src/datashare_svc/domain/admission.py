"""Whether a query may be made: every rule of 有条件使用 in one place, each with its own refusal.

Sources: 政务数据共享条例 (国务院令 809) for use by purpose and grant; 个人信息保护法 art. 6 for the least needed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice

from chassis.base.problems import FieldError
from chassis.base.typed import compact

from datashare_svc.domain.grants import Granted
from datashare_svc.domain.model import SERVING, Connection, Depth, Kind, Purpose, Resource
from datashare_svc.domain.queries import Query
from datashare_svc.errors import (
    BasisUnfit,
    FieldNotGranted,
    ItemNotInCase,
    ItemNotYours,
    KeyNotOfPerson,
    NetworkNotConnected,
    NotGranted,
    OwnCaseAsked,
    PersonNotInCase,
    QueryCaseNotFound,
    QueryCaseOver,
)

LIKE_A_NUMBER = re.compile(r"[0-9]{11}")
"""A telephone's or a person's number: a basis is an article of law and has none."""
IN_GROUPS = re.compile(r"[\s._·\u2010-\u2015-]")
"""What stands between the digits of a number that is written in groups."""
OF_SOMEBODY = re.compile(
    r"1[3-9][0-9]{9}|[1-9][0-9]{5}(?:18|19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}|(?<!\w)[0-9]{15}(?!\w)"
)
"""Such a number by its shape, in a code: those of items have long numbers in them that are nobody's."""

FIELDS, COMPARES = "fields", "compares"


class OfficerKind(StrEnum):
    """Who asks: an official, the applicant for herself, or a service of ours for her."""

    STAFF = "STAFF"
    APPLICANT = "APPLICANT"
    SERVICE = "SERVICE"


@dataclass(frozen=True, slots=True)
class RunningCase:
    """A case as it stands: what a query in it is held against.

    `window` are the units that take it in and lead it, whose clerks check what all items need; `working` the units that
    work on an item now, `taking_part` all that had a task. `items` is None while its matter was not told.
    """

    application_id: str
    application_number: str
    matter_code: str
    applicant_id: str
    is_open: bool
    concerns: bool
    window: frozenset[str]
    items: frozenset[str] | None
    working: Mapping[str, frozenset[str]] = field(default_factory=dict)
    taking_part: frozenset[str] = frozenset()

    @property
    def units(self) -> frozenset[str]:
        """All units that have to do with it."""
        return self.window | self.taking_part


def kind_of(query: Query) -> OfficerKind:
    """Tell who asks: only officials review, an applicant asks as herself."""
    if query.purpose is Purpose.REVIEW:
        return OfficerKind.STAFF
    return OfficerKind.APPLICANT if query.officer == query.case.applicant_id else OfficerKind.SERVICE


def require_case(query: Query, case: RunningCase | None, acts_for: frozenset[str]) -> None:
    """Hold a query against its case; `acts_for` are the units whose work the asking unit does.

    Intake, which keeps the applications, may ask before a case was told here, and about whom it names itself.
    Raises QueryCaseNotFound, for another unit's case as for none; QueryCaseOver, ItemNotInCase, OwnCaseAsked,
    ItemNotYours, PersonNotInCase.
    """
    is_official = kind_of(query) is OfficerKind.STAFF
    if case is None:
        if is_official:
            raise QueryCaseNotFound
        return
    if is_official and not case.units & acts_for:
        raise QueryCaseNotFound
    if not case.is_open:
        raise QueryCaseOver
    if (query.item or is_official) and (query.item not in case.items if case.items is not None else is_official):
        raise ItemNotInCase
    if not is_official:
        return
    if query.officer == case.applicant_id:
        raise OwnCaseAsked
    at_work = case.working.get(query.item, frozenset()) | (case.window if query.is_at_window else frozenset())
    if not at_work & acts_for:
        raise ItemNotYours
    if not case.concerns:
        raise PersonNotInCase


def require_basis(query: Query) -> None:
    """Hold that a query names its legal basis, in words and without anybody's number. Raises BasisUnfit."""
    if not query.basis.strip() or LIKE_A_NUMBER.search(IN_GROUPS.sub("", query.basis)):
        raise BasisUnfit


def with_keys(query: Query, resource: Resource) -> Query:
    """Return a query that asks by the named person's number, beside what else it asks by."""
    numbers = (one.name for one in resource.fields if one.is_key and one.kind is Kind.ID_NUMBER)
    return replace(query, keys={**dict.fromkeys(islice(numbers, 1), query.person), **query.keys})


def require_keys(query: Query, resource: Resource) -> None:
    """Hold that what is asked by is the named person's, and can be asked by. Raises KeyNotOfPerson."""
    kinds = {one.name: one.kind for one in resource.fields if one.is_key}
    foreign = [
        name
        for name, value in query.keys.items()
        if name not in kinds or (kinds[name] is Kind.ID_NUMBER and query.person and compact(value) != query.person)
    ]
    is_about = not query.person or any(kinds.get(name) is Kind.ID_NUMBER for name in query.keys)
    if foreign or not query.keys or not is_about:
        raise KeyNotOfPerson(errors=[FieldError(f"/keys/{name}", "not_of_person", "不是此人的") for name in foreign])


def require_grant(query: Query, resource: Resource, state: Connection, granted: Granted | None) -> None:
    """Hold that a network serves cases and that a grant covers what is asked.

    Raises NetworkNotConnected, NotGranted, FieldNotGranted, which names each field.
    """
    if state not in SERVING:
        raise NetworkNotConnected
    if granted is None:
        raise NotGranted
    if query.depth is Depth.VALUE and granted.depth is not Depth.VALUE:
        raise NotGranted("授权只限核验(一致/不一致),不能取得数据的值")
    place, wanted = asked_fields(query)
    known = {one.name for one in resource.fields}
    missing = [name for name in wanted if name not in granted.fields or name not in known]
    if missing or not wanted:
        places = {name: str(wanted.index(name)) if place == FIELDS else name for name in missing}
        errors = [
            FieldError(f"/{place}/{at}", "field_not_granted", f"未获授权使用信息项 {name}")
            for name, at in places.items()
        ]
        raise FieldNotGranted(errors=errors)


def asked_fields(query: Query) -> tuple[str, tuple[str, ...]]:
    """Return where a query names fields, and which."""
    if query.depth is Depth.VALUE:
        return FIELDS, query.fields
    return COMPARES, tuple(query.compares)
