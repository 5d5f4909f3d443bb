"""What people do to requests and grants: the provider's steward decides, after silence the authority; who withdraws."""

from collections import Counter

from chassis.base.problems import FieldError
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal

from datashare_svc.domain.grants import STANDING, GrantStep, RequestState
from datashare_svc.domain.model import Depth
from datashare_svc.errors import (
    DecisionNotYours,
    GrantDecisionUnfit,
    GrantEnded,
    GrantNotFound,
    GrantRequestUnfit,
    RefusalUnfounded,
)
from datashare_svc.handlers.grant_decisions import Decision, Why, settle
from datashare_svc.handlers.grant_requests import hold_for_provider, until_of
from datashare_svc.handlers.grant_steps import Taken, take_step
from datashare_svc.handlers.grant_views import grant_view, may_see, show_own_request
from datashare_svc.handlers.stewardship import MANAGER, units_of
from datashare_svc.schemas.grants import GrantDecisionBody, GrantRequestView, GrantView, WithdrawalBody
from datashare_svc.store import grant_requests, grants
from datashare_svc.store.grant_requests import Record


async def decide_grant_request(
    work: UnitOfWork, caller: Principal, request_id: str, body: GrantDecisionBody
) -> GrantRequestView:
    """Decide each field of a request.

    Raises GrantRequestNotFound, OwnRequest, DecisionNotYours, RefusalUnfounded, GrantDecisionUnfit,
    GrantStepNotPossible where it was decided, or returned, before.
    """
    row, in_stead = await hold_for_provider(work, caller, request_id)
    _require_founded(body)
    _require_fit(work, row, body)
    decision = Decision(
        caller.subject,
        caller.unit,
        granted=tuple(body.granted),
        refused={one.field: Why(one.reason, one.basis) for one in body.refused},
        depth=body.depth,
        until=until_of(body.until),
        in_stead=in_stead,
    )
    await settle(work, row, decision)
    await work.write()
    return await show_own_request(work.connection, request_id, work.clock.now())


def _require_founded(body: GrantDecisionBody) -> None:
    """Raise RefusalUnfounded for a field that is refused without a reason, or without a legal basis."""
    wrong = [
        FieldError(f"/refused/{place}/{name}", "required", "必填")
        for place, one in enumerate(body.refused)
        for name in ("reason", "basis")
        if not getattr(one, name)
    ]
    if wrong:
        raise RefusalUnfounded(errors=wrong)


def _require_fit(work: UnitOfWork, row: Record, body: GrantDecisionBody) -> None:
    """Raise GrantDecisionUnfit unless each field is decided once, and not beyond what was asked for."""
    decided = Counter([*body.granted, *(one.field for one in body.refused)])
    asked = {line["field"] for line in row["lines"]}
    wrong = [FieldError("/granted", "undecided", f"信息项 {one} 未答复") for one in sorted(asked - set(decided))]
    wrong += [FieldError("/granted", "not_asked", f"未申请信息项 {one}") for one in sorted(set(decided) - asked)]
    wrong += [FieldError("/granted", "repeated", f"信息项 {one} 重复") for one, times in decided.items() if times > 1]
    if body.depth is Depth.VALUE and row["depth"] == Depth.VERIFY.value:
        wrong.append(FieldError("/depth", "beyond", "不得超出申请的共享深度"))
    until = until_of(body.until)
    if until is not None and row["until"] is not None and until > row["until"]:
        wrong.append(FieldError("/until", "beyond", "不得晚于申请的截止日期"))
    until = until or row["until"]
    if body.granted and until is not None and until <= work.clock.now():
        wrong.append(FieldError("/until", "past", "截止日期已过"))
    if wrong:
        raise GrantDecisionUnfit(errors=wrong)


async def withdraw_grant(work: UnitOfWork, caller: Principal, grant_id: str, body: WithdrawalBody) -> GrantView:
    """Withdraw a grant, which stops at once: by its provider's steward, or by the authority.

    Raises GrantNotFound, DecisionNotYours for the unit that has it, GrantEnded, GrantRequestUnfit without a reason.
    """
    now, connection = work.clock.now(), work.connection
    row = await grant_requests.lock_request(connection, grant_id)
    units = await units_of(connection, caller, now)
    grant = await grants.show_grant(connection, grant_id)
    if row is None or grant is None or not may_see(caller, units, row):
        raise GrantNotFound(grant_id)
    if row["provider"] not in units and MANAGER not in caller.roles:
        raise DecisionNotYours("由提供单位或共享主管部门办理")
    if not body.reason:
        raise GrantRequestUnfit(errors=[FieldError("/reason", "required", "须说明理由")])
    is_over = grant["until"] is not None and grant["until"] <= now
    if is_over or RequestState(row["state"]) not in STANDING:
        raise GrantEnded
    await grants.end_grant(connection, grant_id, now)
    await take_step(work, row, Taken(GrantStep.WITHDRAW, caller.subject, caller.unit, body.reason))
    return grant_view({**grant, "ended_at": now}, now)
