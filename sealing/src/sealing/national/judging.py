"""Judging seals and signatures of GB/T 38540-2020, step by step (clause 7): no step that failed is passed over."""

import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from asn1crypto import x509

from sealing import sm
from sealing.national import certificates, chains, der, structures
from sealing.national.chains import Standing
from sealing.verdict import Check, Outcome, SignatureSeen, Trust, Verdict

CLOCKS_DIFFER = timedelta(minutes=5)
SOUND, TRUSTED = "电子签章有效,内容未被改动", "证书链到达可信根证书"
_SEQUENCE, _INTEGER = 0x30, 0x02


@dataclass(slots=True)
class Opinion:
    """What was found of one signature or seal."""

    now: datetime
    trust: Trust
    checks: list[Check] = field(default_factory=list)
    unknown: str = ""
    """Why the chain is unknown; empty where it is trusted."""
    doubt: str = ""
    """Why the time is only claimed, where that matters."""

    def hold(self, check: str, passed: bool, detail: str, otherwise: str) -> bool:  # noqa: FBT001  the claim itself
        """Keep a step's outcome and return it."""
        self.checks.append(Check(check, passed, detail if passed else otherwise))
        return passed


def judge_ses(data: bytes, trust: Trust, *, content: bytes | None = None) -> Verdict:
    """Judge an SES_Signature, over a content where there is one, or an SESeal by itself."""
    opinion = opinion_of(trust)
    if not _is_signature(data):
        examine_seal(data, opinion)
        return verdict(opinion, ())
    digest = None if content is None else sm.sm3(content)
    signature = examine_signature(data, digest, opinion)
    if content is None and not opinion.doubt:
        opinion.doubt = "没有提供原文,只能判断签章本身"
    return verdict(opinion, () if signature is None else (seen(signature, "SES", covers=content is not None),))


def opinion_of(trust: Trust) -> Opinion:
    """Begin an opinion, at the time that the verifier says, else now."""
    return Opinion(trust.at or datetime.now(UTC), trust)


def verdict(opinion: Opinion, signatures: tuple[SignatureSeen, ...]) -> Verdict:
    """Put the steps into one answer: what failed decides, then an unknown chain, then what is only claimed."""
    failed = next((check for check in opinion.checks if not check.passed), None)
    checks, trusted = tuple(opinion.checks), not opinion.unknown
    if failed is not None:
        return Verdict(Outcome.INVALID, trust=False, reason=failed.detail, checks=checks, signatures=signatures)
    chain = Check("trust", passed=trusted, detail=TRUSTED if trusted else opinion.unknown)
    outcome = Outcome.VALID if trusted and not opinion.doubt else Outcome.INDETERMINATE
    reason = opinion.unknown or opinion.doubt or SOUND
    return Verdict(outcome, trust=trusted, reason=reason, checks=(*checks, chain), signatures=signatures)


def seen(signature: structures.Signature, name: str, *, covers: bool) -> SignatureSeen:
    """Tell of a signature that could be read."""
    certificate = certificates.read(signature["cert"].native)
    signer, at = certificates.common_name(certificate), structures.time_of(signature["to_sign"]["time_info"])
    return SignatureSeen(name, "seal", signer, at, covers, certificate_sha256=certificate.sha256.hex())


def examine_signature(data: bytes, digest: bytes | None, opinion: Opinion) -> structures.Signature | None:
    """Take the steps of 7.3 for a signature over a content of this SM3 digest; None where it cannot be read."""
    try:
        signature = structures.read_signature(data)
        signer, maker = _certificates(signature, signature["to_sign"]["eseal"])
    except der.Malformed as refused:
        opinion.hold("format", passed=False, detail="", otherwise=f"电子签章数据不合格式:{refused}")
        return None
    opinion.hold("format", passed=True, detail="电子签章数据符合 GB/T 38540-2020", otherwise="")
    to_sign, at = signature["to_sign"], structures.time_of(signature["to_sign"]["time_info"])
    _seal_steps(to_sign["eseal"], maker, at, opinion)
    listed = is_listed(signer, to_sign["eseal"])
    opinion.hold("signer_in_seal", listed, "签章人证书在印章的签章者列表中", "签章人证书不在印章的签章者列表中")
    _certificate_steps("signer", "签章人证书", signer, at, opinion)
    signed = _is_signed(signer, signature["signature_alg_id"], to_sign.dump(), signature["signature"].native)
    opinion.hold("signature", signed, "签章值正确", "签章值不正确,签章数据被改动或者不是该证书签的")
    if digest is not None:
        same = hmac.compare_digest(to_sign["data_hash"].native, digest)
        opinion.hold("data_hash", same, "原文未被改动", "原文杂凑值不一致,原文被改动")
    held = to_sign["eseal"]["seal_info"]["property"]
    inside = structures.time_of(held["valid_start"]) <= at <= structures.time_of(held["valid_end"])
    opinion.hold("time_in_seal", inside, "签章时间在印章有效期内", "签章时间不在印章有效期内")
    past = at <= opinion.now + CLOCKS_DIFFER
    opinion.hold("time_past", past, "签章时间不晚于验证时间", "签章时间晚于验证时间")
    stamped = signature["time_stamp"].native is not None
    opinion.hold("time_stamp", not stamped, "没有时间戳,签章时间为签章人所述", "带有不认识的时间戳")
    return signature


def examine_seal(data: bytes, opinion: Opinion) -> structures.Seal | None:
    """Take the steps of 7.2 for a seal by itself; None where it cannot be read."""
    try:
        seal = structures.read_seal(data)
        maker = certificates.read(seal["cert"].native)
    except der.Malformed as refused:
        opinion.hold("format", passed=False, detail="", otherwise=f"电子印章数据不合格式:{refused}")
        return None
    opinion.hold("format", passed=True, detail="电子印章数据符合 GB/T 38540-2020", otherwise="")
    _seal_steps(seal, maker, opinion.now, opinion)
    held = seal["seal_info"]["property"]
    valid = structures.time_of(held["valid_start"]) <= opinion.now <= structures.time_of(held["valid_end"])
    opinion.hold("time_in_seal", valid, "印章在有效期内", "印章不在有效期内")
    return seal


def _seal_steps(seal: structures.Seal, maker: x509.Certificate, used_at: datetime, opinion: Opinion) -> None:
    """Hold that the maker signed the seal and might do so then; some makers date seals before their certificate."""
    info = seal["seal_info"]
    signed = _is_signed(maker, seal["sign_alg_id"], info.dump(), seal["signed_value"].native)
    opinion.hold("seal_signature", signed, "印章的制章者签名正确", "印章的制章者签名不正确,印章被改动或者系伪造")
    made_at = structures.time_of(info["property"]["create_date"])
    at = made_at if certificates.is_valid_at(maker, made_at) else used_at
    _certificate_steps("maker", "制章者证书", maker, at, opinion)


def _certificate_steps(who: str, called: str, certificate: x509.Certificate, at: datetime, opinion: Opinion) -> None:
    """Hold that a certificate was valid when it was used, might be used so, and leads to a root."""
    valid = certificates.is_valid_at(certificate, at)
    opinion.hold(f"{who}_validity", valid, f"{called}当时在有效期内", f"{called}当时不在有效期内")
    signs = certificates.may_sign(certificate)
    opinion.hold(f"{who}_usage", signs, f"{called}可以用于签名", f"{called}不可以用于签名,或者含有不认识的关键扩展项")
    found = chains.chain(certificate, at, opinion.now, opinion.trust)
    known = found.standing is not Standing.BROKEN
    opinion.hold(f"{who}_chain", known, f"{called}:{found.detail}", f"{called}:{found.detail}")
    if found.standing is Standing.UNKNOWN:
        opinion.unknown = opinion.unknown or f"签章完好,内容未被改动;但{called}:{found.detail}"
    if found.ended_since:
        opinion.doubt = opinion.doubt or f"{called}此后已到期或者吊销,而签章时间没有时间戳证明"


def _certificates(signature: structures.Signature, seal: structures.Seal) -> tuple[x509.Certificate, x509.Certificate]:
    return certificates.read(signature["cert"].native), certificates.read(seal["cert"].native)


def is_listed(signer: x509.Certificate, seal: structures.Seal) -> bool:
    """Tell whether the seal names the certificate, whole or by its SM3 digest; no other digest counts."""
    held, whole = seal["seal_info"]["property"], signer.dump()
    if held["cert_list_type"].native == structures.BY_CERTIFICATE:
        return any(one.native == whole for one in held["cert_list"])
    listed = [one["value"].native for one in held["cert_list"] if one["type"].native in ("SM3", sm.SM3_DIGEST)]
    return sm.sm3(whole) in listed


def _is_signed(certificate: x509.Certificate, algorithm: object, message: bytes, signature: bytes) -> bool:
    """Tell whether the certificate's SM2 key signed the message; another algorithm is no signature."""
    if getattr(algorithm, "dotted", "") != sm.SM2_WITH_SM3:
        return False
    try:
        public = certificates.public_of(certificate)
    except sm.Unsound:
        return False
    return sm.verify(public, sm.digest_to_sign(public, message), signature)


def _is_signature(data: bytes) -> bool:
    """Tell a signature from a seal: what is signed begins with a version, a seal with its header."""
    if len(data) < 12:
        return True
    first = 2 + (data[1] & 0x7F if data[1] >= 0x80 else 0)
    if first + 2 > len(data) or data[first] != _SEQUENCE:
        return True
    inner = first + 2 + (data[first + 1] & 0x7F if data[first + 1] >= 0x80 else 0)
    return not (inner < len(data) and data[inner] == _SEQUENCE)
