"""The ledger of an application: how each of its elements and materials came, and what the applicant was spared."""

from typing import Annotated

from chassis.base.fields import Count, Id, LongText, MaybeUnitCode, Moment, Number, Text, View
from pydantic import Field

from intake_svc.domain.booking import How, Place
from intake_svc.schemas.drafts import Key


class LedgerLineView(View):
    """账本中的一笔:哪一项、怎样来的、来自哪个单位的哪项数据、何时、依据;`query_id` 是那一次查询的留痕。

    `dispute_id` 是对来源提出的异议,没有则为空。
    """

    place: Place
    key: Key
    label: Text
    how: How
    text: LongText
    unit: MaybeUnitCode
    unit_name: Text
    network_name: Text
    resource_name: Text
    rule: LongText
    query_id: Id | None
    at: Moment
    dispute_id: Id | None


class LedgerView(View):
    """一份申请的账本:应填、应交多少,实际由申请人填写、提交多少,其余由共享、核验、电子证照或承诺代替。"""

    application_id: Id
    application_number: Number
    elements_asked: Count
    elements_typed: Count
    materials_asked: Count
    materials_brought: Count
    text: Text
    lines: Annotated[list[LedgerLineView], Field(max_length=400)]
