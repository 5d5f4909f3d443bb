"""Asking for a grant: filed by a steward, checked for completeness, supplemented once, taken back."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from chassis.base.problems import FieldError
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal

from datashare_svc.domain.grants import UNDECIDED, Clock, GranteeKind, GrantStep, RequestState, end_of, is_by_rule
from datashare_svc.domain.model import Resource, SharingClass
from datashare_svc.errors import (
    DecisionNotYours,
    GrantRequestNotFound,
    GrantRequestUnfit,
    GrantStepNotPossible,
    NotForThisUnit,
    OwnRequest,
    ResourceNotFound,
    ResourceWithheld,
)
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.grant_clocks import start_clock
from datashare_svc.handlers.grant_decisions import Decision, settle
from datashare_svc.handlers.grant_steps import RULE, Taken, begin, take_step
from datashare_svc.handlers.grant_views import may_see, show_own_request
from datashare_svc.handlers.stewardship import MANAGER, units_of
from datashare_svc.schemas.grants import (
    GrantCheckBody,
    GrantRequestBody,
    GrantRequestView,
    GrantSupplementBody,
    WithdrawalBody,
)
from datashare_svc.store import catalogue, grant_timers
from datashare_svc.store import grant_requests as store
from datashare_svc.store.grant_requests import Record


async def request_grant(
    datashare: Datashare, work: UnitOfWork, caller: Principal, body: GrantRequestBody
) -> GrantRequestView:
    """Take a request; what is shared unconditionally, or is the unit's own, is granted by rule in the same transaction.

    Raises ResourceNotFound, ResourceWithheld with its basis, NotForThisUnit, GrantRequestUnfit.
    """
    now, connection = work.clock.now(), work.connection
    resource = await catalogue.find_resource(connection, body.resource)
    if resource is None:
        raise ResourceNotFound(body.resource)
    unit = body.unit or caller.unit
    is_his = MANAGER in caller.roles or unit in await units_of(connection, caller, now)
    if not (unit and is_his):
        raise NotForThisUnit
    if resource.sharing_class is SharingClass.WITHHELD and resource.unit != unit:
        raise ResourceWithheld(f"不予共享的依据:{resource.basis}")
    _require_fit(resource, unit, body, now)
    row = new_row(work, resource, unit, requested_by=caller.subject) | {
        "grantee_kind": body.grantee_kind.value,
        "grantee": body.grantee,
        "depth": body.depth.value,
        "purposes": [purpose.value for purpose in body.purposes],
        "lines": [line_of(line.field, line.reason) for line in body.lines],
        "basis": body.basis,
        "until": until_of(body.until),
    }
    rules = is_by_rule(resource, unit)
    if not rules:
        row["due_at"] = await start_clock(work, datashare.terms, row, Clock.CHECK, now)
    await begin(work, row, Taken(GrantStep.REQUEST, caller.subject, caller.unit))
    if rules:
        await settle(work, row, Decision(RULE, granted=tuple(line.field for line in body.lines)))
    await work.write()
    return await show_own_request(connection, row["request_id"], now)


def new_row(work: UnitOfWork, resource: Resource, unit: str, *, requested_by: str) -> Record:
    """Return the row of a request that is filed now, but for what is asked for."""
    return {
        "request_id": work.ids(),
        "origin": None,
        "resource": resource.resource,
        "provider": resource.unit,
        "unit": unit,
        "state": RequestState.REQUESTED.value,
        "version": 1,
        "requested_by": requested_by,
        "requested_at": work.clock.now(),
        "due_at": None,
        "decided_by": None,
        "decided_unit": None,
        "decided_at": None,
    }


def line_of(field: str, reason: str) -> dict[str, Any]:
    """Return a line of a request that is not decided."""
    return {"field": field, "reason": reason, "outcome": "", "refusal_reason": "", "refusal_basis": ""}


def until_of(day: str | None) -> datetime | None:
    """Return the first moment after a last day."""
    return None if day is None else end_of(date.fromisoformat(day))


def _require_fit(resource: Resource, unit: str, body: GrantRequestBody, now: datetime) -> None:
    """Raise GrantRequestUnfit, which points at each place where a request does not fit."""
    wrong = [
        FieldError(f"/lines/{place}/field", "unknown", f"该资源没有信息项 {line.field}")
        for place, line in enumerate(body.lines)
        if resource.field(line.field) is None
    ]
    wrong += [
        FieldError(f"/lines/{place}/reason", "required", "须说明理由")
        for place, line in enumerate(body.lines)
        if not line.reason
    ]
    wrong += [FieldError("/lines", "repeated", f"{one} 重复") for one in _repeated([line.field for line in body.lines])]
    wrong += [FieldError("/purposes", "repeated", f"{one} 重复") for one in _repeated(body.purposes)]
    if not body.basis:
        wrong.append(FieldError("/basis", "required", "须注明依据"))
    if body.grantee_kind is GranteeKind.UNIT and body.grantee != unit:
        wrong.append(FieldError("/grantee", "other_unit", "授权给单位的,只能是申请单位自己"))
    if resource.unit == unit and body.grantee_kind is not GranteeKind.UNIT:
        wrong.append(FieldError("/grantee_kind", "own_data", "本单位的数据,只能授权给本单位自己"))
    until = until_of(body.until)
    if until is not None and until <= now:
        wrong.append(FieldError("/until", "past", "截止日期已过"))
    if wrong:
        raise GrantRequestUnfit(errors=wrong)


def _repeated(values: Sequence[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]


async def _held(work: UnitOfWork, caller: Principal, request_id: str) -> tuple[Record, frozenset[str]]:
    """Hold a request that is the caller's to see; return it with the caller's units. Raises GrantRequestNotFound."""
    row = await store.lock_request(work.connection, request_id)
    units = await units_of(work.connection, caller, work.clock.now())
    if row is None or not may_see(caller, units, row):
        raise GrantRequestNotFound(request_id)
    return row, units


async def hold_for_provider(work: UnitOfWork, caller: Principal, request_id: str) -> tuple[Record, bool]:
    """Hold a request that the caller may answer; tell whether he does so in the provider's stead.

    Raises GrantRequestNotFound, OwnRequest for what the caller or his unit asks for, DecisionNotYours.
    """
    row, units = await _held(work, caller, request_id)
    if caller.subject == row["requested_by"] or row["unit"] in units:
        raise OwnRequest
    in_stead = row["state"] == RequestState.ESCALATED.value
    if not (MANAGER in caller.roles if in_stead else row["provider"] in units):
        raise DecisionNotYours
    return row, in_stead


async def check_grant_request(
    datashare: Datashare, work: UnitOfWork, caller: Principal, request_id: str, body: GrantCheckBody
) -> GrantRequestView:
    """Find a request complete, which starts the clock of the answer, or return it with what is missing.

    Raises GrantRequestNotFound, OwnRequest, DecisionNotYours, GrantStepNotPossible, GrantRequestUnfit.
    """
    row, _ = await hold_for_provider(work, caller, request_id)
    if not body.is_complete and not body.reason:
        raise GrantRequestUnfit(errors=[FieldError("/reason", "required", "退回补充须一次说明缺什么")])
    now = work.clock.now()
    step = GrantStep.CHECK if body.is_complete else GrantStep.RETURN
    await grant_timers.stop_timer(work.connection, request_id, now, fired_at=None)
    due_at = await start_clock(work, datashare.terms, row, Clock.REPLY, now) if body.is_complete else None
    await take_step(work, row, Taken(step, caller.subject, caller.unit, body.reason), due_at=due_at)
    await work.write()
    return await show_own_request(work.connection, request_id, now)


async def supplement_grant_request(
    datashare: Datashare, work: UnitOfWork, caller: Principal, request_id: str, body: GrantSupplementBody
) -> GrantRequestView:
    """Supplement a returned request, which starts the clock of the answer.

    Raises GrantRequestNotFound, DecisionNotYours for another than the asking unit, GrantStepNotPossible,
    GrantRequestUnfit.
    """
    row = await _own(work, caller, request_id)
    if not body.text:
        raise GrantRequestUnfit(errors=[FieldError("/text", "required", "须写明补充的内容")])
    now = work.clock.now()
    due_at = await start_clock(work, datashare.terms, row, Clock.REPLY, now)
    await take_step(work, row, Taken(GrantStep.SUPPLEMENT, caller.subject, caller.unit, body.text), due_at=due_at)
    await work.write()
    return await show_own_request(work.connection, request_id, now)


async def withdraw_grant_request(
    work: UnitOfWork, caller: Principal, request_id: str, body: WithdrawalBody
) -> GrantRequestView:
    """Take a request back that is not decided.

    Raises GrantRequestNotFound, DecisionNotYours for another than the asking unit, GrantStepNotPossible,
    GrantRequestUnfit.
    """
    row = await _own(work, caller, request_id)
    if not body.reason:
        raise GrantRequestUnfit(errors=[FieldError("/reason", "required", "须说明理由")])
    if RequestState(row["state"]) not in UNDECIDED:
        raise GrantStepNotPossible
    now = work.clock.now()
    await grant_timers.stop_timer(work.connection, request_id, now, fired_at=None)
    await take_step(work, row, Taken(GrantStep.WITHDRAW, caller.subject, caller.unit, body.reason), due_at=None)
    await work.write()
    return await show_own_request(work.connection, request_id, now)


async def _own(work: UnitOfWork, caller: Principal, request_id: str) -> Record:
    """Hold a request of the caller's unit, or one that he filed for another."""
    row, units = await _held(work, caller, request_id)
    if row["unit"] not in units and row["requested_by"] != caller.subject:
        raise DecisionNotYours("由申请单位办理")
    return row
