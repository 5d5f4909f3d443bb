"""Who asked for whose data, as the person concerned and her case's units read it."""

from typing import Annotated, Literal

from chassis.base.fields import CallerId, Code, Id, MaybeCode, MaybeUnitCode, Moment, Name, Text, View, text
from chassis.base.shapes import KEY, whole
from pydantic import Field

from datashare_svc.domain.answering import AccessState
from datashare_svc.domain.model import Depth, Purpose


class AccessFieldView(View):
    """一个信息项:代码与名称。"""

    name: Annotated[str, text(64, min_length=1, pattern=whole(KEY), example="residence_address")]
    label: Name


class AccessView(View):
    """一次查询:哪个单位的谁、为了什么、依据什么、在哪个办件中、查了哪个单位的哪些信息项、结果如何。

    `officer` 为工作人员、申请人账号或本平台服务的标识;`state` 为 ASKED 表示已经发出,是否得到答复不能确定。
    """

    query_id: Id
    at: Moment
    unit: MaybeUnitCode
    unit_name: Text
    officer: CallerId
    officer_kind: Literal["STAFF", "APPLICANT", "SERVICE"]
    purpose: Purpose
    purpose_name: Text
    basis: Text
    application_id: Id | None
    draft_id: Id | None
    application_number: Annotated[str, text(40, example="410100U232026030220000019")]
    matter_code: MaybeCode
    item: MaybeCode
    provider: MaybeUnitCode
    provider_name: Text
    resource: Code
    resource_name: Text
    fields: Annotated[list[AccessFieldView], Field(max_length=50)]
    depth: Depth
    is_unmasked: bool
    is_cached: bool
    state: AccessState
    state_name: Text
    ended_at: Moment | None
