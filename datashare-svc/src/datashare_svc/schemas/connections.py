"""Steps of a connection, acceptance runs and their signatures."""

from typing import Annotated, Literal

from chassis.base.fields import (
    Body,
    CallerId,
    Code,
    Count,
    Id,
    Moment,
    Name,
    Version,
    View,
    WrittenLongText,
    WrittenText,
    shown,
    text,
)
from pydantic import Field

Sha256 = Annotated[str, text(64, example="e3b0c442")]
MaybeCaller = Annotated[str, text(100, example="f3b0c2")]


class ConnectionStepBody(Body):
    """对接的一步:登记联系(contact)、接通(connect)、停用(retire)。停用须说明理由。

    接通须已配置该专网的地址,且此刻能够答复。`basis` 为所依据的函件等;说明中勿写个人信息。
    """

    model_config = shown(step="contact", basis="郑数函〔2026〕12号", note="已与对口处室建立联系")

    step: Literal["contact", "connect", "retire"]
    basis: WrittenText = ""
    note: WrittenLongText = ""


class SignatureBody(Body):
    """签署验收:专网一方(provider,对接单位的数据共享联络员)或共享主管一方(authority,市大数据局)。"""

    model_config = shown(side="provider")

    side: Literal["provider", "authority"]


class RunView(View):
    """一次验收:第几次、几个用例、通过几个、双方何人何时签署。"""

    run_id: Id
    network: Code
    number: Version
    actor: CallerId
    at: Moment
    cases: Count
    passed: Count
    provider_by: MaybeCaller
    provider_at: Moment | None
    authority_by: MaybeCaller
    authority_at: Moment | None


class OutcomeView(View):
    """一个用例的结果;`wrong` 说明不符之处,不含任何值,`answer_digest` 为所得答复的摘要。"""

    case: Code
    name: Name
    passed: bool
    wrong: Annotated[str, text(500, example="应有 1 条记录,实为 0 条")]
    answer_digest: Sha256
    at: Moment


class RunDetail(RunView):
    """一次验收及各用例的结果。"""

    outcomes: Annotated[list[OutcomeView], Field(max_length=200)]
