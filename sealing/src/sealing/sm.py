"""国产密码算法 (the national algorithms): SM2 signatures, SM3 digests, SM4-GCM encryption, as functions of bytes.

A key is 96 bytes: the private number, then the public point; a public key is the point, X || Y, 64 bytes. Signatures
are DER `SEQUENCE {r, s}`. GB/T 32918 (SM2), GB/T 32905 (SM3), GB/T 32907 (SM4), GB/T 35276 (how SM2 is used).
"""

from functools import lru_cache

import gmssl_pyx
from asn1crypto.keys import PublicKeyInfo
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SM3, Hash

SM2_CURVE = "1.2.156.10197.1.301"
SM3_DIGEST = "1.2.156.10197.1.401"
SM2_WITH_SM3 = "1.2.156.10197.1.501"
SIGNER_ID = b"1234567812345678"
"""The identity of whoever signs where none was agreed (GB/T 35276, 10)."""

_SIZE = 32
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
"""The order n of the curve's group (GB/T 32918.5)."""
_FIELD = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_CURVE = bytes.fromhex(
    "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"  # a
    "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"  # b
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"  # x of G
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"  # y of G
)


class Unsound(ValueError):  # noqa: N818  named after the fact
    """Bytes are not what they must be: a key, a point of the curve, a sealed text."""


def sm3(message: bytes) -> bytes:
    """Return the SM3 digest, 32 bytes."""
    digest = Hash(SM3())
    digest.update(message)
    return digest.finalize()


def new_key() -> bytes:
    """Make a key pair, 96 bytes: the private number and the public point."""
    public, private = gmssl_pyx.sm2_key_generate()
    return bytes(private) + bytes(public)


def key_from(number: int) -> bytes:
    """Return the key of a private number: one that follows from a secret, for development; its time tells of it.

    Raises Unsound for a number that is none of the group's (GB/T 32918.1, 6.1: from 1 to n - 2).
    """
    if not 0 < number < ORDER - 1:
        raise Unsound("an SM2 key's number is not of the group")
    place = _times(number)
    return number.to_bytes(_SIZE, "big") + b"".join(one.to_bytes(_SIZE, "big") for one in place)


def key_of(private: bytes, public: bytes) -> bytes:
    """Put a key together from its halves (32 and 64 bytes). Raises Unsound where they are not a pair."""
    key = private + require_point(public)
    digest = sm3(b"a pair")
    if len(private) != _SIZE or not verify(public, digest, sign(key, digest)):
        raise Unsound("the halves of an SM2 key are no pair")
    return key


def public_key(private: bytes) -> bytes:
    """Return the public point of a key, X || Y, 64 bytes."""
    if len(private) != 3 * _SIZE:
        raise Unsound("an SM2 key has 96 bytes")
    return private[_SIZE:]


def sign(private: bytes, digest: bytes) -> bytes:
    """Sign a digest of `digest_to_sign` with a key of `new_key` and return DER `SEQUENCE {r, s}`."""
    try:
        return bytes(gmssl_pyx.sm2_sign_sm3_digest(private[:_SIZE], digest))
    except gmssl_pyx.GmsslInnerError as refused:
        raise Unsound("an SM2 key or digest is malformed") from refused


def verify(public: bytes, digest: bytes, signature: bytes) -> bool:
    """Tell whether the signature holds over a digest of `digest_to_sign`. Only one encoding of each signature does."""
    if len(digest) != _SIZE or not _is_canonical(signature):
        return False
    try:
        return bool(gmssl_pyx.sm2_verify_sm3_digest(public, digest, signature))
    except gmssl_pyx.GmsslInnerError:
        return False


def digest_to_sign(public: bytes, message: bytes) -> bytes:
    """Return e = SM3(Z || M), what SM2 signs, for the default identity (GB/T 32918.2, 5.5 and 6.1)."""
    return sm3(_identity(public) + message)


def require_point(public: bytes) -> bytes:
    """Return the public key where it is a point of the curve. Raises Unsound."""
    try:
        return bytes(gmssl_pyx.normalize_sm2_public_key(public))
    except gmssl_pyx.GmsslInnerError as refused:
        raise Unsound("an SM2 public key is no point of the curve") from refused


def to_spki(public: bytes) -> PublicKeyInfo:
    """Return the SubjectPublicKeyInfo of a public key (GB/T 35276, 7.1)."""
    algorithm = {"algorithm": "ec", "parameters": ("named", SM2_CURVE)}
    return PublicKeyInfo({"algorithm": algorithm, "public_key": b"\x04" + public})


def from_spki(info: PublicKeyInfo) -> bytes:
    """Return the public key of a SubjectPublicKeyInfo. Raises Unsound where it is of another kind."""
    algorithm, point = info["algorithm"], info["public_key"].native
    if algorithm["algorithm"].dotted != "1.2.840.10045.2.1" or algorithm["parameters"].name != "named":
        raise Unsound("the key is not an SM2 key")
    if algorithm["parameters"].chosen.dotted != SM2_CURVE or len(point) != 2 * _SIZE + 1 or point[0] != 4:
        raise Unsound("the key is not an SM2 key")
    return require_point(point[1:])


def encrypt(key: bytes, nonce: bytes, text: bytes, place: bytes) -> bytes:
    """Encrypt by SM4-GCM (16 bytes of key, 12 of nonce), bound to a place; the tag of 16 bytes stands at the end."""
    encryptor = Cipher(SM4(key), GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(place)
    return encryptor.update(text) + encryptor.finalize() + encryptor.tag


def decrypt(key: bytes, nonce: bytes, sealed: bytes, place: bytes) -> bytes:
    """Return the text of `encrypt`. Raises Unsound where it was changed or moved."""
    try:
        decryptor = Cipher(SM4(key), GCM(nonce, sealed[-16:])).decryptor()
        decryptor.authenticate_additional_data(place)
        return decryptor.update(sealed[:-16]) + decryptor.finalize()
    except (InvalidTag, ValueError) as refused:
        raise Unsound("what SM4 sealed was changed or moved") from refused


def _times(number: int) -> tuple[int, int]:
    """Return the base point taken so many times, by doubling and adding (GB/T 32918.1, 3.2.3)."""
    base = int.from_bytes(_CURVE[64:96], "big"), int.from_bytes(_CURVE[96:], "big")
    found = base
    for bit in bin(number)[3:]:
        found = _sum(found, found)
        if bit == "1":
            found = _sum(found, base)
    return found


def _sum(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """Add two points, neither the other's opposite: a number below n never leads there."""
    if one == other:
        slope = (3 * one[0] ** 2 - 3) * pow(2 * one[1], -1, _FIELD)  # a is -3
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, _FIELD)
    across = (slope**2 - one[0] - other[0]) % _FIELD
    return across, (slope * (one[0] - across) - one[1]) % _FIELD


@lru_cache(maxsize=1024)
def _identity(public: bytes) -> bytes:
    """Return Z, the digest of who signs and by which curve; the same for every message of a key."""
    return sm3((len(SIGNER_ID) * 8).to_bytes(2, "big") + SIGNER_ID + _CURVE + public)


def _is_canonical(signature: bytes) -> bool:
    """Tell whether the bytes are the one DER form of two numbers of the group, with nothing behind them."""
    read = _two_numbers(signature)
    return read is not None and all(0 < number < ORDER for number in read) and _encoded(*read) == signature


def _two_numbers(signature: bytes) -> tuple[int, int] | None:
    if not 8 <= len(signature) <= 72 or signature[0] != 0x30 or signature[2] != 2:
        return None
    middle = 4 + signature[3]
    if middle + 2 > len(signature):
        return None
    return int.from_bytes(signature[4:middle], "big"), int.from_bytes(signature[middle + 2 :], "big")


def _encoded(*numbers: int) -> bytes:
    each = [number.to_bytes(number.bit_length() // 8 + 1, "big") for number in numbers]
    body = b"".join(bytes((2, len(number))) + number for number in each)
    return bytes((0x30, len(body))) + body
