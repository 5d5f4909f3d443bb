"""What third-party assessors (第三方评估机构) find: its kinds and states, and what their organisation signs.

Source: 郑政办〔2020〕11号 三(三), which gives third-party assessment a part and leaves its form open; the form is ours.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64encode

ASSESSOR = "third_party_assessor"
"""The role of a person of an assessor; the person's unit is the assessor's code."""
ALGORITHM = "Ed25519"
FINDING_TYPE, WITHDRAWAL_TYPE = "yiwang-finding+jws", "yiwang-finding-withdrawal+jws"
MOST_EVIDENCE = 10
LARGEST_EVIDENCE = 10 * 2**20
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
EVIDENCE_TYPES = (PDF, JPEG, PNG)
EVIDENCE_BEGINS: Mapping[str, bytes] = {PDF: b"%PDF-", JPEG: b"\xff\xd8\xff", PNG: b"\x89PNG\r\n\x1a\n"}
EXTENSIONS: Mapping[str, str] = {PDF: "pdf", JPEG: "jpg", PNG: "png"}
OF_SAMPLES, OF_A_VISIT = ("checked", "right"), ("score",)
Fault = tuple[str, str, str]
"""Where in a finding, as a JSON pointer; what is wrong as a code; and in Chinese."""


class FindingKind(StrEnum):
    """What an assessor did (评估方式)."""

    CONFIGURATION_ACCURACY = "CONFIGURATION_ACCURACY"
    MYSTERY_VISIT = "MYSTERY_VISIT"


class FindingState(StrEnum):
    """A finding waits for the files that its signature names, counts, or was withdrawn."""

    AWAITING_EVIDENCE = "AWAITING_EVIDENCE"
    ENTERED = "ENTERED"
    WITHDRAWN = "WITHDRAWN"


class WithdrawalReason(StrEnum):
    """Why an assessor withdraws a finding."""

    MISCOUNTED = "MISCOUNTED"
    WRONG_UNIT = "WRONG_UNIT"
    EVIDENCE_FAULTY = "EVIDENCE_FAULTY"
    OTHER = "OTHER"


KINDS: Mapping[FindingKind, str] = {
    FindingKind.CONFIGURATION_ACCURACY: "配置准确率抽查",
    FindingKind.MYSTERY_VISIT: "暗访",
}
STATES: Mapping[FindingState, str] = {
    FindingState.AWAITING_EVIDENCE: "待交证据",
    FindingState.ENTERED: "已登记",
    FindingState.WITHDRAWN: "已撤回",
}


def canonical(said: Mapping[str, Any]) -> bytes:
    """Return the bytes that are signed (RFC 8785): keys in order, no blanks, UTF-8; what is not said is left out."""
    told = {name: value for name, value in said.items() if value is not None}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sign(said: Mapping[str, Any], key: OKPKey, type_: str) -> str:
    """Return the detached signature (JWS, RFC 7515 appendix F) of a statement."""
    told = {"alg": ALGORITHM, "typ": type_, "kid": key.thumbprint()}
    head, _, signature = jws.serialize_compact(told, canonical(said), key, algorithms=[ALGORITHM]).split(".")
    return f"{head}..{signature}"


def signer(said: Mapping[str, Any], signature: str, keys: Iterable[OKPKey], type_: str) -> OKPKey | None:
    """Return the key that signed exactly this statement as one of this type; None where none of them did."""
    head, _, mark = signature.partition("..")
    text = f"{head}.{urlsafe_b64encode(canonical(said)).decode()}.{mark}"
    for key in keys:
        try:
            found = jws.deserialize_compact(text, key, algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError):
            continue
        if found.headers().get("typ") == type_:
            return key
    return None


def unfit(said: Mapping[str, Any]) -> Sequence[Fault]:
    """Return what in a finding does not go together."""
    is_visit = said["kind"] == FindingKind.MYSTERY_VISIT
    wanted, other = (OF_A_VISIT, OF_SAMPLES) if is_visit else (OF_SAMPLES, OF_A_VISIT)
    faults: list[Fault] = [(f"/{name}", "required", "此类评估须填写") for name in wanted if said[name] is None]
    faults += [(f"/{name}", "not_for_kind", "此类评估没有这一项") for name in other if said[name] is not None]
    if (said["right"] or 0) > (said["checked"] or 0):
        faults.append(("/right", "more_than_checked", "无误的不能多于抽查的"))
    if said["checked"] == 0:
        faults.append(("/checked", "nothing_checked", "至少抽查一项"))
    digests = [one["sha256"] for one in said["evidence"]]
    if len(set(digests)) < len(digests):
        faults.append(("/evidence", "repeated", "同一份证据只列一次"))
    return faults


def untimely(period: str, assessed_on: str, today: date) -> Sequence[Fault]:
    """Return what is wrong with when something was found: not before its month, and not in the future."""
    try:
        day = date.fromisoformat(assessed_on)
    except ValueError:
        return [("/assessed_on", "no_day", "没有这一天")]
    if day > today:
        return [("/assessed_on", "in_the_future", "评估日期不能晚于今天")]
    if f"{day:%Y-%m}" < period:
        return [("/assessed_on", "before_its_period", "评估日期不能早于所评估的月份")]
    return []
