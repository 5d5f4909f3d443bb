"""Certificate requests (PKCS#10, RFC 2986) for keys that only sign digests."""

from asn1crypto import csr, keys, x509
from cryptography.hazmat.primitives import hashes

from sealing import sm
from sealing.signing import Algorithm, Sign


async def certificate_request(
    name: str, organisation: str, public_key: bytes, algorithm: Algorithm, sign: Sign
) -> bytes:
    """Return a request (DER) for a key (SubjectPublicKeyInfo, DER), signed with it: its holder has the private half."""
    subject = x509.Name.build({"country_name": "CN", "organization_name": organisation, "common_name": name})
    info = csr.CertificationRequestInfo(
        {"version": "v1", "subject": subject, "subject_pk_info": keys.PublicKeyInfo.load(public_key), "attributes": []}
    )
    said = info.dump()
    request = csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": {"algorithm": sm.SM2_WITH_SM3 if algorithm is Algorithm.SM2 else "sha256_ecdsa"},
            "signature": await sign(_digest(said, public_key, algorithm)),
        }
    )
    made: bytes = request.dump()
    return made


def _digest(said: bytes, public_key: bytes, algorithm: Algorithm) -> bytes:
    if algorithm is Algorithm.SM2:
        return sm.digest_to_sign(sm.from_spki(keys.PublicKeyInfo.load(public_key)), said)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(said)
    return digest.finalize()
