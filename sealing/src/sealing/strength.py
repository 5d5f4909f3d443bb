"""Which digests, signatures and keys count, and how a signature that does not hold is refused."""

from typing import Any

from cryptography.hazmat.primitives import hashes

from sealing import sm

STRONG = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
    "sha3_256": hashes.SHA3_256(),
    "sha3_384": hashes.SHA3_384(),
    "sha3_512": hashes.SHA3_512(),
    "shake256": hashes.SHAKE256(64),
    sm.SM3_DIGEST: hashes.SM3(),
}
"""The digests that count (GM/T 0054; ETSI TS 119 312, 5)."""
_EDWARDS = {"ed25519": "sha512", "ed448": "shake256"}
"""Edwards curves sign attributes with one digest each (RFC 8419, 3.1)."""
SHA3_SIGNATURES = {
    f"2.16.840.1.101.3.4.3.{number}": (kind, f"sha3_{bits}")
    for kind, first in (("ecdsa", 10), ("rsassa_pkcs1v15", 14))
    for number, bits in enumerate((256, 384, 512), first)
}
"""Signatures by SHA-3 (RFC 8702 and the register of NIST), which asn1crypto does not know, by their identifiers."""
_CURVES = {"secp256r1", "secp384r1", "secp521r1", "brainpoolp256r1", "brainpoolp384r1", "brainpoolp512r1"}
_SIGNATURES = {"rsassa_pkcs1v15", "rsassa_pss", "ecdsa", "ed25519", "ed448"}


class Unsound(Exception):  # noqa: N818  named after the fact
    """A signature does not hold: the check's name and the reason in Chinese."""

    def __init__(self, check: str, detail: str) -> None:
        super().__init__(detail)
        self.check, self.detail = check, detail


class Unproven(Unsound):
    """All is sound, but something that lies in time is not proven: no ground to believe it, nor to refuse it."""


def digest_name(algorithm: Any) -> str:
    """Return the name of a digest that counts. Raises Unsound("algorithms")."""
    name = algorithm["algorithm"].native
    if name == "shake256_len" and algorithm["parameters"].native == 512:
        return "shake256"
    if name not in STRONG:
        raise Unsound("algorithms", f"摘要算法 {name} 强度不够或不被承认")
    return str(name)


def require_strong(algorithm: Any, key: Any, name: str) -> None:
    """Hold that an algorithm with this key and digest counts. Raises Unsound("algorithms")."""
    if algorithm["algorithm"].dotted == sm.SM2_WITH_SM3:
        if name != sm.SM3_DIGEST:
            raise Unsound("algorithms", "SM2 签名应使用 SM3 摘要")
        return
    kind, digest = _kind(algorithm, name)
    if kind not in _SIGNATURES:
        raise Unsound("algorithms", f"签名算法 {kind} 不被承认")
    if digest not in STRONG:
        raise Unsound("algorithms", f"签名算法强度不够({digest})")
    if kind != "rsassa_pkcs1v15" and digest != name:
        raise Unsound("algorithms", "签名算法与摘要算法不一致")
    require_strong_key(key)


def _kind(algorithm: Any, name: str) -> tuple[str, str]:
    """Return what kind of signature an algorithm is, and of which digest; `name` where it does not say."""
    if algorithm["algorithm"].dotted in SHA3_SIGNATURES:
        return SHA3_SIGNATURES[algorithm["algorithm"].dotted]
    try:
        kind = str(algorithm.signature_algo)
    except ValueError as unknown:
        raise Unsound("algorithms", f"签名算法 {algorithm['algorithm'].dotted} 不被承认") from unknown
    if kind in _EDWARDS:
        return kind, _EDWARDS[kind]
    return kind, name if algorithm["algorithm"].native == kind == "rsassa_pkcs1v15" else str(algorithm.hash_algo)


def require_strong_key(key: Any) -> None:
    """Hold that a key is RSA of 2048 bits or more, on a curve of 256 bits or more, or SM2. Raises Unsound."""
    if key.algorithm in {"rsa", "rsassa_pss"} and key.bit_size >= 2048:
        return
    if key.algorithm in {"ed25519", "ed448"}:
        return
    if key.algorithm == "ec" and key.curve[0] == "named" and key.curve[1] in {*_CURVES, sm.SM2_CURVE, "sm2p256v1"}:
        return
    size = f" {key.bit_size} 位" if key.algorithm in {"rsa", "rsassa_pss", "dsa"} else ""
    raise Unsound("algorithms", f"密钥强度不够或不被承认({key.algorithm}{size})")
