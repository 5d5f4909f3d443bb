"""Builds CMS signatures piece by piece, so that each piece can be wrong while all others are right."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from asn1crypto import algos, cms, core, tsp, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from .authorities import NOW, Holder, city
from .writing import ranges

HASHES = {"sha256": hashes.SHA256(), "sha1": hashes.SHA1(), "md5": hashes.MD5(), "sha512": hashes.SHA512()}  # noqa: S303


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a signature is made of; the defaults are right."""

    who: Holder = field(default_factory=lambda: city().hall)
    key: Any = None
    algorithm: str = "sha256"
    certificates: tuple[Holder, ...] | None = None
    bound: Holder | None = field(default_factory=lambda: city().hall)
    bound_by: str = "signing_certificate_v2"
    said_type: str = "data"
    digest: Callable[[bytes], bytes] | None = None
    digests: int = 1
    attributes: bool = True
    embedded: bool = False
    content_type: str = "data"
    signers: int = 1
    stamps: tuple[cms.ContentInfo, ...] = ()
    spoilt: bool = False


def attributes(content: bytes, recipe: Recipe) -> list[Any]:
    """Return the signed attributes."""
    value = recipe.digest(content) if recipe.digest else hashlib.new(recipe.algorithm, content).digest()
    made: list[Any] = [{"type": "content_type", "values": [recipe.said_type]}]
    made += [{"type": "message_digest", "values": [value]}] * recipe.digests
    if recipe.bound is not None and recipe.bound_by == "signing_certificate_v2":
        named = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(recipe.bound.der).digest()})
        made.append({"type": recipe.bound_by, "values": [tsp.SigningCertificateV2({"certs": [named]})]})
    elif recipe.bound is not None:
        old = tsp.ESSCertID({"cert_hash": hashlib.sha1(recipe.bound.der).digest()})  # noqa: S324
        made.append({"type": recipe.bound_by, "values": [tsp.SigningCertificate({"certs": [old]})]})
    return made


def sign(key: Any, text: bytes, algorithm: str) -> bytes:
    """Sign with a key of any kind."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(text, padding.PKCS1v15(), HASHES[algorithm])
    return bytes(key.sign(text, ec.ECDSA(HASHES[algorithm])))


def signer(content: bytes, recipe: Recipe) -> cms.SignerInfo:
    """Return one signer's part."""
    key = recipe.key or recipe.who.key
    signed = cms.CMSAttributes(attributes(content, recipe))
    value = sign(key, signed.dump() if recipe.attributes else content, recipe.algorithm)
    if recipe.spoilt:
        value = value[:-1] + bytes([value[-1] ^ 1])
    kind = "rsassa_pkcs1v15" if isinstance(key, rsa.RSAPrivateKey) else f"{recipe.algorithm}_ecdsa"
    told: dict[str, Any] = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            "issuer_and_serial_number",
            cms.IssuerAndSerialNumber(
                {"issuer": recipe.who.read.issuer, "serial_number": recipe.who.read.serial_number}
            ),
        ),
        "digest_algorithm": algos.DigestAlgorithm({"algorithm": recipe.algorithm}),
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": kind}),
        "signature": value,
    }
    if recipe.attributes:
        told["signed_attrs"] = signed
    if recipe.stamps:
        told["unsigned_attrs"] = [{"type": "signature_time_stamp_token", "values": list(recipe.stamps)}]
    return cms.SignerInfo(told)


def built(content: bytes, recipe: Recipe) -> bytes:
    """Return the DER of a CMS over the content."""
    holders = (recipe.who, *city().above) if recipe.certificates is None else recipe.certificates
    inside: dict[str, Any] = {"content_type": recipe.content_type}
    if recipe.embedded:
        inside["content"] = core.OctetString(content) if recipe.content_type == "data" else content
    other = replace(recipe, who=city().bureau, bound=city().bureau)
    data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": recipe.algorithm}],
            "encap_content_info": inside,
            "certificates": [cms.CertificateChoices("certificate", x509.Certificate.load(h.der)) for h in holders],
            "signer_infos": [signer(content, recipe if nth == 0 else other) for nth in range(recipe.signers)],
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()  # type: ignore[no-any-return]


def resealed(data: bytes, recipe: Recipe, *, finish: Callable[[bytes], bytes] | None = None) -> bytes:
    """Return the file whose last signature is replaced by one that this recipe makes over the same bytes."""
    _, first, second, length = ranges(data)
    der = built(data[:first] + data[second : second + length], recipe)
    der = finish(der) if finish else der
    digits = der.hex().encode().ljust(second - first - 2, b"0")
    return data[:first] + b"<" + digits + b">" + data[second:]


def stamp(over: bytes, who: Holder | None = None, **told: Any) -> cms.ContentInfo:
    """Return a time stamp token over these bytes."""
    who = who or city().clock
    inside = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": "1.2.3.4",
            "message_imprint": {
                "hash_algorithm": {"algorithm": "sha256"},
                "hashed_message": hashlib.sha256(over).digest(),
            },
            "serial_number": 7,
            "gen_time": NOW,
            **told,
        }
    ).dump()
    recipe = Recipe(who=who, bound=who, said_type="tst_info", content_type="tst_info", certificates=(who,))
    info = {"content_type": "tst_info", "content": core.ParsableOctetString(inside)}
    data = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": info,
            "certificates": [cms.CertificateChoices("certificate", who.read)],
            "signer_infos": [signer(inside, recipe)],
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": data})
