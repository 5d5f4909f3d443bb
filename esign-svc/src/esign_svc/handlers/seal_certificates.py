"""Certificates for seals that another authority issued: what is asked of it, and what is taken from whoever makes."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any

from asn1crypto import pem
from asn1crypto import x509 as asn1
from chassis.base.problems import FieldError
from chassis.http.identity import Principal
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from sealing.requests import certificate_request
from sealing.signing import Algorithm

from esign_svc.errors import CertificateUnfit, SealNotFound, SealStepNotPossible
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.seal_views import unit_of
from esign_svc.schemas.seals import RequestView
from esign_svc.store import registry


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate and the chain above it (DER), and from when until when the certificate holds."""

    certificate: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    valid_from: datetime
    valid_until: datetime


async def show_request(esign: Esign, caller: Principal, seal_id: str) -> RequestView:
    """Return the certificate request of a seal whose key was made. Raises SealNotFound, SealStepNotPossible."""
    async with esign.database.asking() as connection:
        row = await registry.find_seal(connection, seal_id, unit=unit_of(caller))
    if row is None:
        raise SealNotFound(seal_id)
    if not row["key_id"]:
        raise SealStepNotPossible("密钥尚未生成")
    request = await certificate_request(
        row["name"],
        row["unit_name"],
        base64.b64decode(row["public_key"]),
        Algorithm(row["algorithm"]),
        partial(esign.keys.sign, row["key_id"]),
    )
    return RequestView(pem=pem.armor("CERTIFICATE REQUEST", request).decode())


def handed_in(certificate: str, chain: str, row: Mapping[str, Any], *, at: datetime) -> Certified:
    """Return a certificate that was handed in as PEM, if it does for the seal. Raises CertificateUnfit.

    It is of the seal's key and names its unit, is no authority's, may sign, is valid now and for some of the seal's
    time, and each certificate of the chain issued the one before it.
    """
    try:
        given, above = read_pem(certificate), read_pem(chain)
        if len(given) != 1:
            raise unfit("certificate", "请给出印章的一张证书")
        leaf, *issuers = [x509.load_der_x509_certificate(one) for one in (*given, *above)]
        _require_for(leaf, given[0], row)
        start, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
        for issued, issuer in pairwise([leaf, *issuers]):
            _require_issued(issued, issuer)
    except (ValueError, TypeError) as error:
        raise unfit("certificate", "证书无法识别,应为 PEM") from error
    if not start <= at <= end or max(start, row["valid_from"]) > min(end, row["valid_until"]):
        raise unfit("certificate", "证书现在无效,或与印章的有效期没有交集")
    return Certified(given[0], tuple(above), start, end)


def read_pem(text: str) -> list[bytes]:
    """Return the certificates of a text of PEM blocks, DER. Raises ValueError."""
    if not text.strip():
        return []
    blocks = list(pem.unarmor(text.encode(), multiple=True))
    if any(name != "CERTIFICATE" for name, _, _ in blocks):
        raise ValueError("no certificate")
    return [der for _, _, der in blocks]


def _require_for(leaf: x509.Certificate, encoded: bytes, row: Mapping[str, Any]) -> None:
    read = asn1.Certificate.load(encoded)
    if read.public_key.dump() != base64.b64decode(row["public_key"]):
        raise unfit("certificate", "证书不是为这枚印章的公钥签发的")
    named = read.subject.native.values()
    if not any(row["unit_name"] in (value if isinstance(value, list) else [value]) for value in named):
        raise unfit("certificate", f"证书中没有单位名称 {row['unit_name']}")
    for extension in leaf.extensions:
        value = extension.value
        if isinstance(value, x509.BasicConstraints) and value.ca:
            raise unfit("certificate", "这是签发机构的证书")
        if isinstance(value, x509.KeyUsage) and not (value.digital_signature or value.content_commitment):
            raise unfit("certificate", "证书的用途不含签名")


def _require_issued(issued: x509.Certificate, issuer: x509.Certificate) -> None:
    if issued.issuer != issuer.subject:
        raise unfit("chain", "证书链不相连:应从签发者起依次给出")
    try:
        issued.verify_directly_issued_by(issuer)
    except InvalidSignature as error:
        raise unfit("chain", "证书链中的签名不成立") from error
    except UnsupportedAlgorithm:
        return  # SM2: looked at when what was sealed with it is verified


def unfit(where: str, said: str) -> CertificateUnfit:
    """Return the problem with a certificate, its chain or a seal that was handed in."""
    return CertificateUnfit(said, errors=[FieldError(f"/{where}", "certificate_unfit", said)])
