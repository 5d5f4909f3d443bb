"""Seals: what is applied for, each step, and what the registry shows."""

from datetime import date
from typing import Annotated, Literal

from chassis.base.fields import (
    Body,
    CallerId,
    Id,
    LongText,
    Moment,
    Text,
    UnitCode,
    Version,
    View,
    WrittenLongText,
    WrittenText,
    shown,
    text,
)
from chassis.base.shapes import whole
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from sealing.signing import Algorithm

from esign_svc.domain.documents import Format
from esign_svc.domain.seals import FILING_NO, SEAL_CODE, Capacity, SealKind, SealState, SealStep

SealCode = Annotated[str, text(13, min_length=13, pattern=whole(SEAL_CODE), example="4101990232001")]
FilingNo = Annotated[str, text(40, pattern=whole(FILING_NO), example="410100-2026-0001")]
Pem = Annotated[str, text(20_000, pattern=r"^[\x20-\x7e\r\n]*$", example="-----BEGIN CERTIFICATE-----")]
Base64 = Annotated[str, text(2_000_000, min_length=1, pattern=r"^[A-Za-z0-9+/=\r\n]*$", example="MIIC")]
Vector = Annotated[str, text(2_000_000, example='<svg xmlns="http://www.w3.org/2000/svg"></svg>')]
Millimetres = Annotated[float, Field(ge=0, le=200, json_schema_extra={"format": "double"})]
Subject = Annotated[str, text(100, min_length=1, pattern=r"^[!-~]*$", example="f3b0c2")]
"""A person's subject, exactly as the identity provider names it."""
Sha256 = Annotated[str, text(64, pattern="^[0-9a-f]*$", example="e3b0c442")]
Few = Field(max_length=20)


def _day(typed: str) -> str:
    """Return a day of this century. Raises ValueError for a day that is none."""
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        raise PydanticCustomError("date_parsing", "no such day") from None


ValidDay = Annotated[
    str, text(10, pattern="^20[0-9]{2}-[0-9]{2}-[0-9]{2}$", example="2026-01-01"), AfterValidator(_day)
]


class SealBody(Body):
    """申请一枚印章;所属单位即本单位,名称由单位名称与种类得出。

    有效期含首尾两日。`line` 只用于其他业务专用章(BUSINESS),写在五角星下;`holder` 只用于个人名章(PERSONAL)。
    `capacities` 说明经哪些岗位批准可以用印,`subjects` 不为空时只限所列人员。
    """

    model_config = shown(
        kind="ACCEPTANCE",
        seal_code="4101990232001",
        valid_from="2026-01-01",
        valid_until="2030-12-31",
        capacities=["window_clerk"],
    )

    kind: Annotated[SealKind, Field(strict=False)]
    seal_code: SealCode
    line: WrittenText = ""
    holder: WrittenText = ""
    algorithm: Annotated[Algorithm, Field(strict=False)] = Algorithm.P256
    valid_from: ValidDay
    valid_until: ValidDay
    capacities: Annotated[list[Annotated[Capacity, Field(strict=False)]], Field(min_length=1, max_length=3)]
    subjects: Annotated[tuple[Subject, ...], Field(max_length=20, strict=False)] = ()


class StepBody(Body):
    """办理一步。

    制作(make):本系统接有签发机构的即时取得证书;否则 `certificate` 与 `chain` 为 PEM,证书须为该印章的公钥签发。
    备案(file)须填 `filing_no`;停用、恢复与注销须说明理由。
    """

    model_config = shown(step="suspend", reason="印章保管人变动,暂停使用")

    step: Literal["make", "file", "put_in_use", "suspend", "resume", "cancel"]
    reason: WrittenLongText = ""
    filing_no: FilingNo = ""
    certificate: Pem = ""
    chain: Pem = ""


class SealView(View):
    """一枚印章。`usable` 为真即 `as_of` 时可以用印:使用中且在有效期内。`synthetic` 为真的编码是虚构的。"""

    seal_id: Id
    unit: UnitCode
    unit_name: Text
    kind: SealKind
    name: Text
    seal_code: SealCode
    synthetic: bool
    algorithm: Algorithm
    state: SealState
    usable: bool
    as_of: Moment
    valid_from: Moment
    valid_until: Moment
    filing_no: FilingNo
    version: Version


class LifeView(View):
    """一生中的一步。"""

    number: Version
    step: SealStep
    by: CallerId
    at: Moment
    reason: LongText


class CertificateView(View):
    """签章证书。"""

    subject: LongText
    issuer: LongText
    serial: Text
    valid_from: Moment
    valid_until: Moment


class SealDetail(SealView):
    """一枚印章及其一生;`holder` 为个人名章的姓名。"""

    holder: Text
    capacities: Annotated[list[Capacity], Few]
    subjects: Annotated[list[CallerId], Few]
    key_made: bool
    certificate: CertificateView | None
    steps: Annotated[list[LifeView], Field(max_length=200)]


class RequestView(View):
    """证书请求(PKCS#10),交给签发机构。"""

    pem: Pem


class NationalBody(Body):
    """国密电子印章(GB/T 38540-2020,第 4 版):`certificate` 与 `chain` 为 SM2 证书(PEM),`seal` 为 SESeal(DER,base64)。"""

    model_config = shown(certificate="-----BEGIN CERTIFICATE-----", chain="", seal="MIIC")

    certificate: Pem
    chain: Pem = ""
    seal: Base64


class NationalView(View):
    """印章的国密电子印章;`is_made` 为假的只生成了密钥。有效期是证书、电子印章与印章三者共同的。"""

    seal_id: Id
    is_made: bool
    valid_from: Moment | None
    valid_until: Moment | None


class ImageView(View):
    """印模与此刻的状态;图样不是证明,文书真伪以核验为准。"""

    seal_id: Id
    state: SealState
    usable: bool
    as_of: Moment
    width_mm: Millimetres
    height_mm: Millimetres
    svg: Vector


class UseView(View):
    """一次用印:为哪份文书、哪件申请与环节,由谁以何岗位批准,盖成的文件的摘要。"""

    use_id: Id
    document_id: Id
    document_kind: Text
    application_id: Id | None
    case_id: Id | None
    task_id: Id | None
    approver: CallerId
    approver_unit: UnitCode
    capacity: Capacity
    format: Format
    sha256: Sha256
    at: Moment
