"""Who looked (谁查了我的数据): the log, for the person it is about, her case's applicant and its units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from chassis.base.clock import SHANGHAI
from chassis.base.problems import FieldError, Malformed
from chassis.http.field_errors import AS_A_DAY
from chassis.http.identity import Kind, Principal
from chassis.http.paging import Page, decode_cursor, encode_cursor
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.domain.answering import AccessState
from datashare_svc.domain.model import Purpose, Resource
from datashare_svc.errors import IdentityUnresolved, QueryCaseNotFound
from datashare_svc.handlers.admit import acts_for, running_case
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.persons import NUMBER
from datashare_svc.schemas.accesses import AccessFieldView, AccessView
from datashare_svc.store import access_log, known_persons, learned
from datashare_svc.store.cases import find_case, given_tasks
from datashare_svc.store.catalogue import resources_of

HOW_TO_RESOLVE = "请先登录并新建一份申请草稿,平台会向统一身份认证核实您的身份;之后即可查看全部记录"
PURPOSES: Mapping[str, str] = {
    Purpose.PREFILL: "为申请人预填",
    Purpose.VERIFICATION: "核验材料",
    Purpose.REVIEW: "审查办理",
}
STATES: Mapping[str, str] = {
    AccessState.ASKED: "已发出查询,是否得到答复不能确定",
    AccessState.ANSWERED: "已得到答复",
    AccessState.NO_RECORD: "来源没有记录",
    AccessState.OUT: "提供方没有答复",
    AccessState.REFUSED_BY_PROVIDER: "提供方拒绝",
    AccessState.UNFIT: "答复与所问不符,没有采用",
}
SAME: tuple[str, ...] = (
    "query_id",
    "at",
    "unit",
    "officer",
    "officer_kind",
    "purpose",
    "basis",
    "application_number",
    "matter_code",
)
SAME += ("item", "provider", "resource", "depth", "is_unmasked", "is_cached", "state", "ended_at")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of the log: in an application, by a unit, from a day to a day."""

    application_id: str = ""
    unit: str = ""
    days: tuple[str, str] = ("", "")
    after: str = ""
    size: int = 50

    @property
    def place(self) -> tuple[int, str]:
        """Return the moment and the id of the last row that was seen. Raises Malformed for what is no cursor."""
        if not self.after:
            return 0, ""
        at, query_id = decode_cursor(self.after, int, str)
        return at, query_id


async def list_own_accesses(datashare: Datashare, caller: Principal, wanted: Wanted) -> Page[AccessView]:
    """Return a page of all queries about the caller. Raises Malformed, IdentityUnresolved."""
    _ = wanted.place
    async with datashare.database.reading() as connection:
        known = await known_persons.persons_of(connection, caller.subject)
        if NUMBER not in known.values():
            raise IdentityUnresolved(HOW_TO_RESOLVE)
        cases = [wanted.application_id] if wanted.application_id else []
        return await _page(connection, wanted, persons=sorted(known), cases=cases)


async def list_case_accesses(
    datashare: Datashare, caller: Principal, application_id: str, wanted: Wanted
) -> Page[AccessView]:
    """Return a page of the queries in a case and in its draft, to its applicant and its units.

    Raises QueryCaseNotFound.
    """
    async with datashare.database.reading() as connection:
        row = await _part(connection, caller, application_id, datashare.clock.now())
        return await _page(connection, wanted, cases=[one for one in (application_id, row.draft_id) if one])


async def _part(connection: AsyncConnection, caller: Principal, application_id: str, now: datetime) -> Any:
    """Return a case to its applicant and its units. Raises QueryCaseNotFound."""
    row = await find_case(connection, application_id=application_id, number="", person_id="")
    if row is None:
        raise QueryCaseNotFound
    if caller.kind is Kind.STAFF:
        case = running_case(row, await given_tasks(connection, application_id))
        if not case.units & await acts_for(connection, caller.unit, case.units, now):
            raise QueryCaseNotFound
    elif row.applicant_id != caller.subject:
        raise QueryCaseNotFound
    return row


async def _page(
    connection: AsyncConnection, wanted: Wanted, *, persons: Sequence[str] = (), cases: Sequence[str] = ()
) -> Page[AccessView]:
    at, query_id = wanted.place
    rows = await access_log.list_accesses(
        connection,
        persons=persons,
        cases=cases,
        unit=wanted.unit,
        since=_begin("from", wanted.days[0]),
        until=_begin("to", wanted.days[1], timedelta(days=1)),
        before=(_moment(at), query_id) if wanted.after else None,
        size=wanted.size,
    )
    shown = rows[: wanted.size]
    units = await learned.unit_names(connection) if shown else {}
    resources = await resources_of(connection, {row.resource for row in shown})
    items = [_view(row, units, resources) for row in shown]
    last = shown[-1] if len(rows) > wanted.size else None
    return Page(items=items, next=encode_cursor(_microseconds(last.at), last.query_id) if last else None)


def _view(row: Any, units: Mapping[str, str], resources: Mapping[str, Resource]) -> AccessView:
    resource = resources.get(row.resource)
    labels = {one.name: one.label for one in resource.fields} if resource else {}
    return AccessView(
        **{name: getattr(row, name) for name in SAME},
        unit_name=units.get(row.unit, row.unit),
        purpose_name=PURPOSES[row.purpose],
        application_id=None if row.is_draft else row.case_id,
        draft_id=row.case_id if row.is_draft else None,
        provider_name=units.get(row.provider, row.provider),
        resource_name=resource.name if resource else row.resource,
        fields=[AccessFieldView(name=name, label=labels.get(name, name)) for name in row.fields],
        state_name=STATES[row.state],
    )


def _begin(name: str, day: str, later: timedelta = timedelta()) -> datetime | None:
    """Return the first moment of a day in Shanghai, or of one later; none for no day. Raises Malformed."""
    if not day:
        return None
    try:
        return (datetime.combine(date.fromisoformat(day), time(), SHANGHAI) + later).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed(errors=[FieldError(f"/{name}", "not_a_day", AS_A_DAY)]) from None


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = 253_402_300_799_000_000
"""The last microseconds of the year 9999."""


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _moment(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=min(max(microseconds, 0), LAST))
