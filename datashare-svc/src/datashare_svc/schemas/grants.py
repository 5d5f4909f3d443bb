"""Requests for grants and grants: what is asked, answered and shown."""

from datetime import date
from typing import Annotated, Literal

from chassis.base.fields import (
    Body,
    CallerId,
    Code,
    Count,
    Day,
    Id,
    LongText,
    MaybeUnitCode,
    Moment,
    Name,
    Text,
    UnitCode,
    Version,
    View,
    WrittenLongText,
    shown,
    text,
)
from chassis.base.shapes import KEY, whole
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from datashare_svc.domain.grants import Clock, GranteeKind, GrantStep, RequestState
from datashare_svc.domain.model import Depth, Purpose

FieldName = Annotated[str, text(64, min_length=1, pattern=whole(KEY), example="residence_address")]
FieldNames = Annotated[list[FieldName], Field(max_length=100)]
MaybeUnitName = Annotated[str, text(8, example="U23")]


def _day(typed: str) -> str:
    """Return a day of this century. Raises PydanticCustomError for one that is none."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        day = date.max
    if day > LATEST:
        raise PydanticCustomError("date_parsing", "no such day")
    return day.isoformat()


LATEST = date(2099, 12, 31)
LastDay = Annotated[Day, AfterValidator(_day)]
AskedPurpose = Annotated[Purpose, Field(strict=False)]


class GrantLineBody(Body):
    """申请使用的一个信息项及理由。"""

    field: FieldName
    reason: WrittenLongText


class GrantRequestBody(Body):
    """共享申请:为谁(单位、一件事或事项)、哪项资源的哪些信息项、共享深度、用途、依据、用到哪一天(缺省为不限)。

    `unit` 由共享主管部门代为申请时填写,缺省为本单位;授权给单位的,只能是申请单位自己。
    """

    model_config = shown(
        resource="population_register",
        grantee_kind="MATTER",
        grantee="newborn",
        depth="VALUE",
        purposes=["PREFILL"],
        lines=[{"field": "residence_address", "reason": "新生儿随父母一方落户,须核对户籍地址"}],
        basis="户口登记条例第七条",
        until="2027-12-31",
    )

    resource: Code
    unit: MaybeUnitCode = ""
    grantee_kind: Annotated[GranteeKind, Field(strict=False)]
    grantee: Code
    depth: Annotated[Depth, Field(strict=False)]
    purposes: Annotated[list[AskedPurpose], Field(min_length=1, max_length=10)]
    lines: Annotated[list[GrantLineBody], Field(min_length=1, max_length=100)]
    basis: WrittenLongText
    until: LastDay | None = None


class GrantCheckBody(Body):
    """完整性核对:材料完整的开始计算答复时限;不完整的退回补充,须一次说明缺什么。"""

    model_config = shown(is_complete=False, reason="请补充所依据条款的原文")

    is_complete: bool
    reason: WrittenLongText = ""


class GrantSupplementBody(Body):
    """补充退回时所说的内容。"""

    model_config = shown(text="条款原文:公民出生后一个月以内申报出生登记")

    text: WrittenLongText


class RefusedFieldBody(Body):
    """不同意共享的一个信息项,须说明理由并注明法律依据。"""

    field: FieldName
    reason: WrittenLongText = ""
    basis: WrittenLongText = ""


class GrantDecisionBody(Body):
    """答复:申请的每个信息项或同意、或不同意;同意的可以降低共享深度、缩短期限。"""

    model_config = shown(
        granted=["name"],
        refused=[{"field": "ethnicity", "reason": "与办理事项无关", "basis": "个人信息保护法第六条"}],
        until="2026-12-31",
    )

    granted: FieldNames = Field(default_factory=list)
    refused: Annotated[list[RefusedFieldBody], Field(max_length=100)] = Field(default_factory=list)
    depth: Annotated[Depth, Field(strict=False)] | None = None
    until: LastDay | None = None


class WithdrawalBody(Body):
    """撤回申请或终止授权的理由。"""

    model_config = shown(reason="办理事项已经调整,不再需要")

    reason: WrittenLongText


class GrantLineView(View):
    """一个信息项:申请理由;答复后 `outcome` 为 granted 或 refused,不同意的附理由与依据。"""

    field: FieldName
    reason: LongText
    outcome: Literal["", "granted", "refused"]
    refusal_reason: LongText
    refusal_basis: LongText


class GrantClockView(View):
    """一个时限:核对或者答复;`status` 为 proposed 的数值尚未核对条文。

    日历尚未公布到那一年的,`due_at` 为空,公布后计算。
    """

    clock: Clock
    working_days: Count
    started_at: Moment
    due_at: Moment | None
    ended_at: Moment | None
    has_run_out: bool
    status: Code


class GrantStepView(View):
    """一个步骤:谁、代表哪个单位(系统依规则办理的为空)、何时、说了什么。"""

    number: Version
    step: GrantStep
    by: CallerId
    unit: MaybeUnitName
    at: Moment
    words: LongText
    basis: LongText


class GrantRequestSummary(View):
    """一份共享申请;`due_at` 为现行时限的届满时刻,`until` 为申请的失效时刻。"""

    request_id: Id
    resource: Code
    resource_name: Name
    provider: UnitCode
    provider_name: Text
    unit: UnitCode
    unit_name: Text
    grantee_kind: GranteeKind
    grantee: Code
    depth: Depth
    purposes: Annotated[list[Purpose], Field(max_length=10)]
    basis: LongText
    until: Moment | None
    state: RequestState
    requested_by: CallerId
    requested_at: Moment
    due_at: Moment | None
    is_overdue: bool
    decided_at: Moment | None


class GrantRequestView(GrantRequestSummary):
    """一份共享申请的全部:逐项的答复、时限、步骤;同意的有 `grant_id`。"""

    lines: Annotated[list[GrantLineView], Field(max_length=100)]
    clocks: Annotated[list[GrantClockView], Field(max_length=10)]
    steps: Annotated[list[GrantStepView], Field(max_length=100)]
    grant_id: Id | None


class GrantView(View):
    """一项授权:谁可以把哪项资源的哪些信息项用于什么;`is_in_force` 为 `as_of` 时是否有效。"""

    grant_id: Id
    resource: Code
    resource_name: Name
    provider: UnitCode
    provider_name: Text
    unit: UnitCode
    unit_name: Text
    grantee_kind: GranteeKind
    grantee: Code
    fields: FieldNames
    depth: Depth
    purposes: Annotated[list[Purpose], Field(max_length=10)]
    basis: LongText
    is_by_rule: bool
    since: Moment
    until: Moment | None
    ended_at: Moment | None
    is_in_force: bool
    as_of: Moment
