"""Making what GB/T 38540-2020 says: a maker (制章者) signs a seal, a signer (签章者) signs a content with it."""

from dataclasses import dataclass
from datetime import datetime

from sealing import sm
from sealing.national import certificates, structures
from sealing.signing import Algorithm, Signatory


@dataclass(frozen=True, slots=True)
class Picture:
    """A seal's picture: one of `structures.PICTURES`, its bytes, and its true size in mm."""

    kind: str
    content: bytes
    width_mm: int
    height_mm: int


@dataclass(frozen=True, slots=True)
class SealFacts:
    """What a seal says of itself: its code (印章编码), kind (structures.UNIT, PERSON), name, signers and validity."""

    code: str
    kind: int
    name: str
    signers: tuple[bytes, ...]
    """The certificates, DER, with which this seal may be used."""
    created_at: datetime
    valid_from: datetime
    valid_to: datetime
    picture: Picture
    vendor: str = "Yiwang"


async def make_seal(facts: SealFacts, maker: Signatory) -> bytes:
    """Return the seal, DER of SESeal (6.1), signed by its maker. Raises sm.Unsound where the key is another's."""
    info = structures.SealInfo(
        {
            "header": {"id": "ES", "version": structures.VERSION, "vid": facts.vendor},
            "es_id": facts.code,
            "property": {
                "type": facts.kind,
                "name": facts.name,
                "cert_list_type": structures.BY_DIGEST,
                "cert_list": structures.CertificateDigests(
                    [{"type": "SM3", "value": sm.sm3(certificate)} for certificate in facts.signers]
                ),
                "create_date": _second(facts.created_at),
                "valid_start": _second(facts.valid_from),
                "valid_end": _second(facts.valid_to),
            },
            "picture": {
                "type": facts.picture.kind,
                "data": facts.picture.content,
                "width": facts.picture.width_mm,
                "height": facts.picture.height_mm,
            },
        }
    )
    seal = structures.Seal(
        {
            "seal_info": info,
            "cert": maker.certificate,
            "sign_alg_id": sm.SM2_WITH_SM3,
            "signed_value": await _signed(maker, info.dump()),
        }
    )
    return bytes(seal.dump())


@dataclass(frozen=True, slots=True)
class Content:
    """What is signed: the SM3 digest of the content, where it is (原文属性, ASCII), and when."""

    digest: bytes
    place: str
    at: datetime


async def sign(seal: bytes, content: Content, signer: Signatory) -> bytes:
    """Return the signature, DER of SES_Signature (6.2). Raises sm.Unsound, der.Malformed."""
    to_sign = structures.ToSign(
        {
            "version": structures.VERSION,
            "eseal": structures.read_seal(seal),
            "time_info": _second(content.at),
            "data_hash": content.digest,
            "property_info": content.place,
        }
    )
    signature = structures.Signature(
        {
            "to_sign": to_sign,
            "cert": signer.certificate,
            "signature_alg_id": sm.SM2_WITH_SM3,
            "signature": await _signed(signer, to_sign.dump()),
        }
    )
    return bytes(signature.dump())


async def _signed(signatory: Signatory, message: bytes) -> bytes:
    """Sign, and see that the certificate's key holds it: nothing goes out that would not verify."""
    if signatory.algorithm is not Algorithm.SM2:
        raise sm.Unsound("a seal of GB/T 38540 is signed by SM2")
    public = certificates.public_of(certificates.read(signatory.certificate))
    digest = sm.digest_to_sign(public, message)
    signature = await signatory.sign(digest)
    if not sm.verify(public, digest, signature):
        raise sm.Unsound("the key is not the certificate's")
    return signature


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
