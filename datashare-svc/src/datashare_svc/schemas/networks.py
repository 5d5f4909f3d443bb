"""Networks as staff see them, what probes found, and the report of those that are not connected."""

from typing import Annotated, Any, Self

from chassis.base.fields import (
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
    View,
)
from pydantic import Field

from datashare_svc.domain.connecting import Missing, Step
from datashare_svc.domain.model import Connection, NetworkLevel

Share = Annotated[float, Field(ge=0, le=1, json_schema_extra={"format": "double", "example": 0.998})]


class NetworkView(View):
    """一个专网:谁的、由哪个单位对接、对接到哪一步;`status` 为 proposed 的是拟定名称。"""

    network: Code
    name: Name
    level: NetworkLevel
    unit: MaybeUnitCode
    unit_name: Text
    owner_name: Name
    state: Connection
    state_since: Moment
    status: Code
    source: Text

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return a network's row as it is shown."""
        return cls(**{name: getattr(row, name) for name in NetworkView.model_fields})


class ProbeView(View):
    """一次探测:是否正常,用时多少毫秒,不正常的原因。"""

    probe_id: Id
    at: Moment
    ok: bool
    ms: Count
    reason: Text


class TakenView(View):
    """对接过程中的一步:何人、何时、依据与说明。"""

    step: Step
    state: Connection
    actor: CallerId
    unit: MaybeUnitCode
    at: Moment
    basis: Text
    note: LongText


class UsageView(View):
    """一日的查询:向该专网查询几次、由缓存答复几次,结果各为几次;`unfit` 为答复不合要求而未采用的。"""

    day: Day
    asked: Count
    cached: Count
    answered: Count
    no_record: Count
    out: Count
    refused: Count
    unfit: Count


class NetworkDetail(NetworkView):
    """一个专网及其对接过程;`uptime` 为最近一日探测正常的比例,没有探测时为空。`missing` 为投入使用尚缺的事项。

    `usage` 为最近几日的查询,当日在前。
    """

    has_address: bool
    missing: Annotated[list[Missing], Field(max_length=10)]
    steps: Annotated[list[TakenView], Field(max_length=50)]
    last_probe: ProbeView | None
    probed: Count
    uptime: Share | None
    usage: Annotated[list[UsageView], Field(max_length=31)]


class UnconnectedView(View):
    """一个未接通的市级专网:自何时起为此状态,已有多少日,尚缺哪些事项。"""

    network: Code
    name: Name
    state: Connection
    state_since: Moment
    days: Count
    missing: Annotated[list[Missing], Field(max_length=10)]
    status: Code


class UnconnectedOfUnit(View):
    """一个单位未接通的市级专网。"""

    unit: UnitCode
    unit_name: Text
    networks: Annotated[list[UnconnectedView], Field(max_length=200)]


class UnconnectedReport(View):
    """未接入的市级专网,依单位;实施方案第 9 项:未接入的停拨运维费用。"""

    as_of: Moment
    municipal: Count
    unconnected: Count
    basis: Text
    units: Annotated[list[UnconnectedOfUnit], Field(max_length=200)]
