"""Bringing a seal its national side from elsewhere: its SM2 key made here, its certificate and SESeal made there.

The same hand that makes seals brings it (国办发〔2025〕33号): whoever applied for the seal does not. Nothing is
believed of what is brought: an SESeal that a verifier would refuse is refused here.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any

from asn1crypto import pem
from asn1crypto import x509 as asn1
from asn1crypto.keys import PublicKeyInfo
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal
from sealing.national import certificates, der, judging, structures
from sealing.requests import certificate_request
from sealing.signing import Algorithm
from sealing.verdict import Outcome, Trust

from esign_svc.domain.seals import SealState
from esign_svc.errors import SameHands, SealNotFound, SealStepNotPossible
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.national import pending_row
from esign_svc.handlers.seal_certificates import read_pem, unfit
from esign_svc.handlers.seal_views import unit_of
from esign_svc.schemas.seals import NationalBody, NationalView, RequestView
from esign_svc.store import registry
from esign_svc.store.registry import Record
from sealing import sm

MADE_ONES = frozenset({SealState.MADE, SealState.FILED, SealState.IN_USE, SealState.SUSPENDED})
"""States of a seal that has its own key and certificate, and is not over."""


async def make_national_key(esign: Esign, work: UnitOfWork, caller: Principal, seal_id: str) -> NationalView:
    """Make the SM2 key of a seal's national side; asked again it is the same.

    Raises SealNotFound, SealStepNotPossible, SameHands, SealKeysMissing.
    """
    seal = await _locked(work, caller, seal_id)
    row = await registry.find_national(work.connection, seal_id)
    if row is None:
        row = pending_row(seal_id, await esign.keys.create(work, Algorithm.SM2), work.clock.now())
        registry.add_national(work, row)
        await audit.record(work, actor=caller.subject, action="seal.national_key_made", subject=seal["seal_id"])
    return _view(row)


async def show_national_request(esign: Esign, caller: Principal, seal_id: str) -> RequestView:
    """Return the certificate request for a seal's SM2 key. Raises SealNotFound, SealStepNotPossible."""
    async with esign.database.reading() as connection:
        seal = await registry.find_seal(connection, seal_id, unit=unit_of(caller))
        row = await registry.find_national(connection, seal_id)
    if seal is None:
        raise SealNotFound(seal_id)
    if row is None:
        raise SealStepNotPossible("国密密钥尚未生成")
    public, sign = base64.b64decode(row["public_key"]), partial(esign.keys.sign, row["key_id"])
    request = await certificate_request(seal["name"], seal["unit_name"], public, Algorithm.SM2, sign)
    return RequestView(pem=pem.armor("CERTIFICATE REQUEST", request).decode())


async def bring_national(
    esign: Esign,  # noqa: ARG001  as every use case
    work: UnitOfWork,
    caller: Principal,
    seal_id: str,
    body: NationalBody,
) -> NationalView:
    """Take a seal's SM2 certificate and its SESeal; from then on what it seals goes out as OFD as well.

    One that is still valid is not replaced. Raises SealNotFound, SealStepNotPossible, SameHands, CertificateUnfit.
    """
    seal, now = await _locked(work, caller, seal_id), work.clock.now()
    row = await registry.find_national(work.connection, seal_id)
    if row is None:
        raise SealStepNotPossible("请先生成国密密钥并取得证书请求")
    if row["valid_until"] is not None and now <= row["valid_until"]:
        raise SealStepNotPossible("该印章已有有效的国密电子印章")
    brought = _brought(seal, row, body, now)
    await registry.save_national(work.connection, seal_id, brought)
    await registry.add_certificate(work, seal_id, base64.b64decode(brought["certificate"]))
    await audit.record(work, actor=caller.subject, action="seal.national_made", subject=seal_id)
    return _view({**row, **brought})


async def _locked(work: UnitOfWork, caller: Principal, seal_id: str) -> Record:
    seal = await registry.lock_seal(work.connection, seal_id, unit=unit_of(caller))
    if seal is None:
        raise SealNotFound(seal_id)
    if caller.subject == seal["applicant"]:
        raise SameHands("申请人不得制作自己申请的印章")
    if SealState(seal["state"]) not in MADE_ONES:
        raise SealStepNotPossible(f"印章当前为 {seal['state']},不能制作国密电子印章")
    return seal


def _view(row: Mapping[str, Any]) -> NationalView:
    is_made = row["valid_until"] is not None
    return NationalView(seal_id=row["seal_id"], is_made=is_made, **{name: row[name] for name in TERM})


TERM = ("valid_from", "valid_until")


def _brought(seal: Record, row: Record, body: NationalBody, now: datetime) -> Record:
    """Return what is kept of a certificate, its chain and an SESeal that do for a seal. Raises CertificateUnfit."""
    try:
        given, above = read_pem(body.certificate), read_pem(body.chain)
        leaf, *issuers = [certificates.read(one) for one in (*given, *above)]
    except (ValueError, der.Malformed) as error:
        raise unfit("certificate", "证书无法识别,应为 PEM") from error
    if len(given) != 1:
        raise unfit("certificate", "请给出印章的一张证书")
    _require_certificate(leaf, seal, row)
    for issued, issuer in pairwise([leaf, *issuers]):
        if not certificates.may_issue(issuer) or not certificates.is_signed_by(issued, issuer):
            raise unfit("chain", "证书链不相连,或其中的签名不成立:应从签发者起依次给出")
    whole, span = _seal_of(seal, leaf, body.seal, Trust(tuple(above), now))
    start = max(leaf.not_valid_before, span[0], seal["valid_from"])
    end = min(leaf.not_valid_after, span[1], seal["valid_until"])
    if not start <= now <= end:
        raise unfit("seal", "证书、电子印章与印章的有效期现在不都成立")
    encoded = {"certificate": base64.b64encode(given[0]).decode(), "seal": base64.b64encode(whole).decode()}
    chain = [base64.b64encode(one).decode() for one in above]
    return {**encoded, "chain": chain, "valid_from": start, "valid_until": end}


def _require_certificate(leaf: asn1.Certificate, seal: Record, row: Record) -> None:
    own = sm.from_spki(PublicKeyInfo.load(base64.b64decode(row["public_key"])))
    try:
        fits = certificates.public_of(leaf) == own
    except sm.Unsound:
        fits = False
    if not fits:
        raise unfit("certificate", "证书不是为这枚印章的国密公钥签发的")
    if seal["unit_name"] not in leaf.subject.human_friendly:
        raise unfit("certificate", f"证书中没有单位名称 {seal['unit_name']}")
    if certificates.may_issue(leaf) or not certificates.may_sign(leaf):
        raise unfit("certificate", "证书是签发机构的,或者用途不含签名")


def _seal_of(seal: Record, leaf: asn1.Certificate, text: str, trust: Trust) -> tuple[bytes, tuple[datetime, datetime]]:
    """Return an SESeal (DER) and its validity, if it is sound, this seal's, and names the certificate."""
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
        read = structures.read_seal(data)
    except (binascii.Error, der.Malformed) as error:
        raise unfit("seal", "电子印章数据不合 GB/T 38540-2020,应为 base64") from error
    verdict = judging.judge_ses(data, trust)
    if verdict.verdict is Outcome.INVALID:
        raise unfit("seal", verdict.reason)
    info = read["seal_info"]
    if (info["es_id"].native, info["property"]["name"].native) != (seal["seal_code"], seal["name"]):
        raise unfit("seal", "电子印章的编码或者名称不是这枚印章的")
    if not judging.is_listed(leaf, read):
        raise unfit("seal", "签章证书不在电子印章的签章者列表中")
    held = info["property"]
    return data, (structures.time_of(held["valid_start"]), structures.time_of(held["valid_end"]))
