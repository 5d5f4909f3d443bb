"""SM2, SM3 and SM4 against the standards' own examples, and against two other implementations."""

import ctypes
import random
import subprocess
from ctypes.util import find_library
from pathlib import Path

import gmalg
import pytest
from asn1crypto.keys import ECPrivateKey, NamedCurve, PublicKeyInfo
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB
from hypothesis import given, settings
from hypothesis import strategies as st

from sealing import sm

PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
PUBLIC = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
R = bytes.fromhex("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3")
S = bytes.fromhex("B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA")


def der(r: bytes, s: bytes) -> bytes:
    return sm._encoded(int.from_bytes(r, "big"), int.from_bytes(s, "big"))


def openssl(*arguments: str, given: bytes | None = None) -> bytes:
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout


def test_sm3_answers_both_examples_of_its_standard() -> None:
    """GB/T 32905-2016, annex A.1 and A.2."""
    assert sm.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm.sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_sm4_answers_the_example_of_its_standard() -> None:
    """GB/T 32907-2016, annex A.1: one block, the text equal to the key; A.2: a million times over."""
    block = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    encryptor = Cipher(SM4(block), ECB()).encryptor()  # noqa: S305  the standard's example is of one block
    once = encryptor.update(block)
    assert once.hex() == "681edf34d206965e86b3e94f536e4246"
    for _ in range(999_999):
        once = encryptor.update(once)
    assert once.hex() == "595298c7c6fd271f0402f804c33d3f66"


def test_sm4_gcm_answers_the_example_of_rfc_8998() -> None:
    """RFC 8998, A.1."""
    key, nonce = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), bytes.fromhex("00001234567800000000ABCD")
    place = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    text = b"".join(bytes((one,)) * 8 for one in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    sealed = sm.encrypt(key, nonce, text, place)
    assert sealed[:-16].hex().upper() == (
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
    )
    assert sealed[-16:].hex().upper() == "83DE3541E4C2B58177E065A9BF7B62EC"
    assert sm.decrypt(key, nonce, sealed, place) == text
    with pytest.raises(sm.Unsound):
        sm.decrypt(key, nonce, sealed, b"elsewhere")
    with pytest.raises(sm.Unsound):
        sm.decrypt(key, nonce, sealed[:9], place)


def test_sm2_verifies_the_example_of_its_standard_and_no_neighbour_of_it() -> None:
    """GB/T 32918.5-2017, annex A.2: the message digest, its key and its signature."""
    digest = sm.digest_to_sign(PUBLIC, b"message digest")
    assert digest.hex().upper() == "F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640"
    assert sm.verify(PUBLIC, digest, der(R, S))
    assert not sm.verify(PUBLIC, digest, der(S, R))
    assert not sm.verify(PUBLIC, sm.digest_to_sign(PUBLIC, b"message digesT"), der(R, S))
    assert sm.public_key(sm.key_of(PRIVATE, PUBLIC)) == PUBLIC


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300))
def test_what_is_signed_here_holds_for_another_library_and_the_other_way(message: bytes) -> None:
    key = sm.new_key()
    public = sm.public_key(key)
    digest = sm.digest_to_sign(public, message)
    signature = sm.sign(key, digest)
    r, s = sm._two_numbers(signature) or (0, 0)
    other = gmalg.SM2(key[:32], sm.SIGNER_ID, b"\x04" + public)
    assert other.verify(message, r.to_bytes(32, "big"), s.to_bytes(32, "big"))
    assert sm.verify(public, digest, der(*other.sign(message)))


@pytest.mark.parametrize(
    "change",
    [
        lambda signature: signature + b"\x00",
        lambda signature: signature[:-1],
        lambda signature: b"\x30\x81" + signature[1:],
        lambda signature: bytes((0x30, signature[1] + 1, 2, signature[3] + 1, 0)) + signature[4:],
        lambda signature: der(bytes(32), signature[-32:]),
        lambda _: b"",
        lambda _: b"\x30\x06\x02\x01",
    ],
)
def test_a_signature_has_one_encoding(change: object) -> None:
    key = sm.new_key()
    digest = sm.digest_to_sign(sm.public_key(key), b"m")
    signature = sm.sign(key, digest)
    assert sm.verify(sm.public_key(key), digest, signature)
    assert callable(change)
    assert not sm.verify(sm.public_key(key), digest, change(signature))


def test_no_bit_of_a_signature_can_be_changed() -> None:
    key = sm.new_key()
    digest = sm.digest_to_sign(sm.public_key(key), b"m")
    signature = sm.sign(key, digest)
    for bit in range(8 * len(signature)):
        flipped = bytearray(signature)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not sm.verify(sm.public_key(key), digest, bytes(flipped)), bit


def test_what_is_no_key_and_no_point_is_refused() -> None:
    with pytest.raises(sm.Unsound):
        sm.require_point(bytes(64))
    with pytest.raises(sm.Unsound):
        sm.key_of(PRIVATE, sm.public_key(sm.new_key()))
    with pytest.raises(sm.Unsound):
        sm.public_key(PRIVATE)
    with pytest.raises(sm.Unsound):
        sm.sign(b"short", bytes(32))
    rsa = PublicKeyInfo({"algorithm": {"algorithm": "rsa"}, "public_key": {"modulus": 7, "public_exponent": 3}})
    with pytest.raises(sm.Unsound):
        sm.from_spki(rsa)


def test_openssl_verifies_a_signature_and_signs_what_is_verified_here(tmp_path: Path) -> None:
    """Without the distid openssl would not use the standard's identity."""
    NamedCurve.register("sm2p256v1", sm.SM2_CURVE, 32)
    key, message = sm.new_key(), random.Random(9).randbytes(400)
    private = ECPrivateKey(
        {
            "version": 1,
            "private_key": int.from_bytes(key[:32], "big"),
            "parameters": ("named", sm.SM2_CURVE),
            "public_key": b"\x04" + sm.public_key(key),
        }
    )
    for name, held in {
        "key": private.dump(),
        "public": sm.to_spki(sm.public_key(key)).dump(),
        "message": message,
        "signature": sm.sign(key, sm.digest_to_sign(sm.public_key(key), message)),
    }.items():
        (tmp_path / name).write_bytes(held)
    how = ["-rawin", "-in", str(tmp_path / "message"), "-digest", "sm3", "-pkeyopt", f"distid:{sm.SIGNER_ID.decode()}"]
    who = ["-pubin", "-inkey", str(tmp_path / "public"), "-sigfile", str(tmp_path / "signature")]
    assert b"Successfully" in openssl("pkeyutl", "-verify", *who, *how)
    signed = openssl("pkeyutl", "-sign", "-inkey", str(tmp_path / "key"), *how)
    assert sm.verify(sm.public_key(key), sm.digest_to_sign(sm.public_key(key), message), signed)
    spki = openssl("pkey", "-in", str(tmp_path / "key"), "-pubout", "-outform", "DER")
    assert sm.from_spki(PublicKeyInfo.load(spki)) == sm.public_key(key)


class Libcrypto:
    """The library under the openssl command, called without a process for each signature."""

    def __init__(self, public: bytes) -> None:
        self._lib = ctypes.CDLL(find_library("crypto"))
        for name in ("d2i_PUBKEY", "EVP_MD_CTX_new", "EVP_PKEY_CTX_new", "EVP_sm3"):
            getattr(self._lib, name).restype = ctypes.c_void_p
        spki = sm.to_spki(public).dump()
        at = ctypes.c_char_p(spki)
        self._key = ctypes.c_void_p(self._lib.d2i_PUBKEY(None, ctypes.byref(at), len(spki)))
        assert self._key

    def verifies(self, message: bytes, signature: bytes) -> bool:
        lib = self._lib
        context, keyed = (ctypes.c_void_p(one) for one in (lib.EVP_MD_CTX_new(), lib.EVP_PKEY_CTX_new(self._key, None)))
        try:
            assert lib.EVP_PKEY_CTX_set1_id(keyed, sm.SIGNER_ID, len(sm.SIGNER_ID)) == 1
            lib.EVP_MD_CTX_set_pkey_ctx(context, keyed)
            assert lib.EVP_DigestVerifyInit(context, None, ctypes.c_void_p(lib.EVP_sm3()), None, self._key) == 1
            return int(lib.EVP_DigestVerify(context, signature, len(signature), message, len(message))) == 1
        finally:
            lib.EVP_MD_CTX_free(context)
            lib.EVP_PKEY_CTX_free(keyed)


def assert_libcrypto_agrees(keys: int, each: int) -> None:
    chance = random.Random(32918)
    for _ in range(keys):
        key = sm.new_key()
        public = sm.public_key(key)
        other = Libcrypto(public)
        for _ in range(each):
            message = chance.randbytes(chance.randrange(300))
            signature = sm.sign(key, sm.digest_to_sign(public, message))
            assert other.verifies(message, signature)
            assert not other.verifies(message + b"?", signature)


def test_libcrypto_verifies_what_is_signed_here() -> None:
    assert_libcrypto_agrees(keys=5, each=20)


@pytest.mark.fault
def test_libcrypto_verifies_tens_of_thousands_of_signatures() -> None:
    assert_libcrypto_agrees(keys=1000, each=20)


@settings(max_examples=30)
@given(st.integers(1, sm.ORDER - 2))
def test_a_key_that_follows_from_a_number_is_a_pair_and_signs(number: int) -> None:
    key = sm.key_from(number)
    assert sm.key_of(key[:32], key[32:]) == key
    digest = sm.digest_to_sign(sm.public_key(key), b"text")
    assert sm.verify(sm.public_key(key), digest, sm.sign(key, digest))


def test_the_key_of_the_standard_s_example_follows_from_its_number() -> None:
    """GB/T 32918.5-2017, annex A."""
    assert sm.key_from(int.from_bytes(PRIVATE, "big")) == PRIVATE + PUBLIC


@pytest.mark.parametrize("number", [-1, 0, sm.ORDER - 1, sm.ORDER])
def test_a_number_that_is_none_of_the_group_s_makes_no_key(number: int) -> None:
    with pytest.raises(sm.Unsound):
        sm.key_from(number)
