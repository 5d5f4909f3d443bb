"""What a verification of a file answers."""

from typing import Annotated, Literal

from chassis.base.fields import Code, LongText, Moment, Text, View, text
from pydantic import Field

from esign_svc.schemas.seals import Sha256

FIELD = 300
MOST_CHECKS, MOST_SIGNATURES = 1000, 100
Shown = Annotated[str, text(FIELD, example="Seal1")]


class CheckView(View):
    """一项核验:`check` 名称不变,`detail` 为结论。"""

    check: Code
    passed: bool
    detail: LongText


class SignatureView(View):
    """文件中的一个签章或时间戳;`signed_at` 有时间戳时以时间戳为准,否则为签章人自称。"""

    field: Shown
    kind: Literal["seal", "timestamp"]
    signer: Shown
    signed_at: Moment | None
    covers_whole_file: bool
    certificate_sha256: Sha256
    covered_bytes: Annotated[int, Field(ge=0, le=2**31 - 1, json_schema_extra={"format": "int32"})]


class LicenceSeen(View):
    """本系统出具的证照:`state` 为 `as_of` 时的状态;`superseded` 表示已有更正后的新版。"""

    identifier: Text
    name: Text
    state: Code
    superseded: bool
    as_of: Moment


class VerdictView(View):
    """核验结论。`indeterminate` 且 `trust` 为 false,表示签章完好,只是证书链未能确认。"""

    verdict: Literal["valid", "invalid", "indeterminate"]
    trust: bool
    reason: LongText
    checks: Annotated[list[CheckView], Field(max_length=MOST_CHECKS)]
    signatures: Annotated[list[SignatureView], Field(max_length=MOST_SIGNATURES)]
    licence: LicenceSeen | None
