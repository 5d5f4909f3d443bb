"""The rule for PDF files, step by step."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

from asn1crypto import x509

from sealing import chains, signed_data
from sealing.findings import Findings
from sealing.pdf_judge import areas, changes
from sealing.pdf_judge.found import Field, Found, Refused, fields, signatures, text
from sealing.pdf_judge.syntax import Stream, Unreadable
from sealing.pdf_judge.view import Bytes, View
from sealing.signed_data import Signed, Stamped
from sealing.strength import Unproven, Unsound
from sealing.verdict import SignatureSeen, Trust, Verdict

_DATE = re.compile(rb"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:Z|([+-])(\d\d)'(\d\d)'?)?")
_OLD = "adbe.pkcs7.detached"
"""The format of ISO 32000-1, in which makers name their certificate, or do not."""
_PLAIN = {_OLD, "ETSI.CAdES.detached"}


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound signature of a file: where it was found, and the time stamp that proves when it was there."""

    found: Found
    signed: Signed
    stamp: Stamped | None

    @property
    def brought(self) -> tuple[x509.Certificate, ...]:
        """Return the certificates that came with it and with its time stamp."""
        own = self.signed.others
        return own if self.stamp is None else (*own, *self.stamp.signed.others)


def judge_pdf(data: bytes, trust: Trust) -> Verdict:
    """Return the verdict on a PDF file (ISO 32000-2, 12.8; ETSI EN 319 142-1)."""
    findings = Findings()
    try:
        view = View(Bytes(data), len(data))
        findings.passed("structure", "文件结构可读")
        found = signatures(view)
        if found:
            findings.passed("signatures_found", f"找到 {len(found)} 个签章或时间戳")
            return _judged(view, found, trust, findings)
        findings.failed("signatures_found", "文件没有电子签章")
    except Unreadable as unreadable:
        findings.failed("structure", str(unreadable))
    except Refused as refused:
        findings.failed(refused.check, refused.detail)
    return findings.verdict(trusted=False)


def _judged(view: View, found: list[Found], trust: Trust, findings: Findings) -> Verdict:
    sound = [one for one in (_sound(view, one, findings) for one in found) if one is not None]
    _noted(findings, "later_changes", "盖章之后只增加了签章、时间戳或验证资料", lambda: _unchanged(view, found))
    if len(sound) < len(found):
        findings.signatures += [_seen(view, one, None, None) for one in found]
        return findings.verdict(trusted=False)
    known = chains.loaded(*_stored(view))
    brought = tuple(one for each in sound for one in each.brought)
    proofs = replace(known, certificates=(*known.certificates, *brought))
    roots = tuple(x509.Certificate.load(root) for root in trust.roots)
    trusted = True
    for each in sound:
        time = _time(each, sound)
        findings.signatures.append(_seen(view, each.found, each.signed, time))
        for certificate, name, at in certificates_of(each, time):
            by = chains.Shown(proofs, roots, at or trust.at or datetime.now(UTC), stamped=at is not None)
            trusted &= _chained(certificate, name, by, findings)
        if not each.found.is_stamp:
            trusted &= _meant_for_seals(each, findings)
    if all(one.is_stamp for one in found):
        findings.unproven("signatures_found", "文件只有时间戳,没有签章:只能证明当时已有此文件,不能证明出自何人")
        trusted = False
    return findings.verdict(trusted=trusted)


def _noted(findings: Findings, check: str, detail: str, held: Callable[[], object]) -> bool:
    """Note a check by what `held` raises, if it does."""
    try:
        held()
    except Unproven as wanting:
        findings.unproven(wanting.check, wanting.detail)
    except (Unsound, Refused) as wrong:
        findings.failed(wrong.check, wrong.detail)
    except Unreadable as unreadable:
        findings.failed(check, str(unreadable))
    else:
        findings.passed(check, detail)
        return True
    return False


def _sound(view: View, found: Found, findings: Findings) -> Sound | None:
    made: list[Sound] = []
    word = "时间戳" if found.is_stamp else "签章"
    detail = f"{word} {found.field} 与所覆盖的内容相符"
    held = _noted(findings, "signature", detail, lambda: made.append(verified(view, found)))
    return made[0] if held else None


def verified(view: View, found: Found) -> Sound:
    """Verify one signature with its own time stamp. Raises Unsound with the field named."""
    try:
        info = signed_data.read(found.contents)
        digest = signed_data.digest_of(*found.signed(view.file.data))
        if found.is_stamp:
            stamp = signed_data.verify_stamp(info, digest)
            return Sound(found, stamp.signed, stamp)
        _require_plain(found)
        signed = signed_data.verify(info, digest, binds=found.subfilter != _OLD)
        stamps = [signed_data.verify_stamp(one, signed_data.digest_of(signed.value)) for one in signed.stamps]
        return Sound(found, signed, min(stamps, key=lambda one: one.at, default=None))
    except Unsound as unsound:
        raise Unsound(unsound.check, f"签章 {found.field}:{unsound.detail}") from unsound


def _require_plain(found: Found) -> None:
    if found.subfilter not in _PLAIN:
        raise Unsound("algorithms", f"签名格式 {found.subfilter} 过时或不被承认")


def _unchanged(view: View, found: list[Found]) -> None:
    """Hold each signature's revision to the next one's, and the last one's to the file. Raises Refused, Unreadable."""
    views = [View(view.file, one.end) for one in found]
    for nth, (one, then) in enumerate(zip(found, views, strict=True)):
        earlier = found[nth - 1].end if nth else 0
        own = [field for field in fields(then) if field.name == one.field and field.kind == "Sig"]
        places = [then.entries.get(field.value.number) for field in own if field.value is not None]
        if one.place < earlier or places != [view.entries.get(f.value.number) for f in _named(view, one)]:
            raise Refused("later_changes", f"签章 {one.field} 在盖章时的文件里不是这样")
    certified = False
    for nth, (before, after) in enumerate(pairwise(views)):
        certified |= _require_permitted(before, found[: nth + 1], found[nth + 1])
        added = changes.require_only_signatures(before, after)
        if certified and any(areas.area(field, after) for field in added):
            raise Refused("certification", "文件已定稿认证,其后又增加了可见的签章域")
    if views[-1].end != view.end:
        changes.require_only_proofs(views[-1], view)


def _named(view: View, found: Found) -> list[Field]:
    return [one for one in fields(view) if one.name == found.field and one.kind == "Sig" and one.value is not None]


def _require_permitted(view: View, found: list[Found], later: Found) -> bool:
    """Tell whether one of the signatures so far certifies; hold that all of them permit the next one.

    One that certifies and permits no changes permits no later seal (12.8.2.2), nor one that locked the later one's
    field (12.8.2.4), or all changes (`/P` 1 of a lock, ISO 32000-2, 12.7.5.5).
    """
    certified = False
    for one in found:
        for method, given in _transforms(view, one):
            certified |= method == "DocMDP"
            level = view.resolved(given.get("P", 2 if method == "DocMDP" else 3))
            if level not in {2, 3} and not later.is_stamp:
                raise Refused("certification", "文件已定稿认证,不许再改动,其后却又有签章")
            if method == "FieldMDP" and _is_locked(view, given, later):
                raise Refused("certification", f"签章域 {later.field} 已被前一签章锁定,其后却又签章")
    return certified


def _transforms(view: View, found: Found) -> list[tuple[Any, dict[str, Any]]]:
    made = (view.dictionary(one) for one in view.array(found.attributes.get("Reference")))
    return [(view.resolved(one.get("TransformMethod")), view.dictionary(one.get("TransformParams"))) for one in made]


def _is_locked(view: View, given: dict[str, Any], later: Found) -> bool:
    """Tell whether a field that was there is among the locked ones."""
    if later.field not in {one.name for one in fields(view)}:
        return False
    action = view.resolved(given.get("Action"))
    names = {text(one) for one in map(view.resolved, view.array(given.get("Fields"))) if isinstance(one, bytes)}
    named = any(later.field == name or later.field.startswith(f"{name}.") for name in names)
    return action not in {"Include", "Exclude"} or named is (action == "Include")


def _stored(view: View) -> tuple[list[bytes], list[bytes], list[bytes]]:
    store = view.dictionary(view.catalog.get("DSS"))
    kinds = []
    for name in ("Certs", "CRLs", "OCSPs"):
        streams = (view.resolved(one) for one in view.array(store.get(name)))
        kinds.append([view.plain(one) for one in streams if isinstance(one, Stream)])
    return kinds[0], kinds[1], kinds[2]


def _time(each: Sound, sound: list[Sound]) -> datetime | None:
    """Return the earliest proven time: the signature's own stamp, or a document time stamp that covers it."""
    later = [one.stamp for one in sound if one.found.is_stamp and one.found.end > each.found.end]
    return min((one.at for one in (each.stamp, *later) if one is not None), default=None)


def certificates_of(each: Sound, time: datetime | None) -> list[tuple[x509.Certificate, str, datetime | None]]:
    """Return the certificates of a signature and of its stamp, named, each with the time at which it was used."""
    own = [] if each.found.is_stamp else [(each.signed.certificate, f"签章 {each.found.field}", time)]
    stamp = each.stamp
    return [*own, *([(stamp.signed.certificate, f"时间戳 {each.found.field}", stamp.at)] if stamp else [])]


def _chained(certificate: x509.Certificate, name: str, by: chains.Shown, findings: Findings) -> bool:
    ways: list[bool] = []
    detail = f"{name} 的证书在使用时有效"
    _noted(findings, "certificate", detail, lambda: ways.append(chains.hold(certificate, by)))
    return ways == [True]


def _meant_for_seals(each: Sound, findings: Findings) -> bool:
    detail = f"签章 {each.found.field} 的证书可用于盖章"
    return _noted(findings, "signing_certificate", detail, lambda: chains.require_for_sealing(each.signed.certificate))


def _said(found: Found) -> datetime | None:
    """Return when a signature's dictionary says it was made (`/M`, ISO 32000-2, 7.9.4); nothing proves it."""
    written = found.attributes.get("M")
    parts = _DATE.match(written) if isinstance(written, bytes) else None
    if parts is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in parts.groups()[:6])
    offset = timedelta(hours=int(parts[8] or 0), minutes=int(parts[9] or 0))
    try:
        zone = timezone(-offset if parts[7] == b"-" else offset)
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except (ValueError, OverflowError):
        return None


def _seen(view: View, found: Found, signed: Signed | None, time: datetime | None) -> SignatureSeen:
    name = signed.certificate.subject.native.get("common_name", "") if signed else ""
    return SignatureSeen(
        found.field,
        "timestamp" if found.is_stamp else "seal",
        str(name[-1] if isinstance(name, list) else name),
        time or (signed.said if signed else None) or _said(found),
        found.end == len(view.file.data),
        found.end,
        signed.certificate.sha256.hex() if signed else "",
    )
