import dataclasses
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from sealing.certificates import Holder, Term, certify_seal
from sealing.signing import Algorithm, Signatory, StampRefused

from sealing import stamps

QUESTION = stamps.Question(bytes(range(32)), 2**63 + 1)


def _read(authority: Any, answer: bytes, question: stamps.Question = QUESTION) -> bytes:
    return stamps.read_answer(answer, question, roots=[authority.issuer.certificate], at=authority.now)


async def test_a_question_is_read_as_it_was_written(program: Callable[..., Any], tmp_path: Path) -> None:
    assert stamps.read_question(QUESTION.encoded()) == QUESTION
    (tmp_path / "question").write_bytes(QUESTION.encoded())
    said = program("openssl", "ts", "-query", "-in", tmp_path / "question", "-text").stdout
    assert "Hash Algorithm: sha256" in said
    assert "Certificate required: yes" in said


async def test_another_library_finds_a_token_sound(authority: Any) -> None:
    token = tsp.ContentInfo.load(_read(authority, await authority.answer(QUESTION)), strict=True)
    found = await validate_tst_signed_data(token["content"], authority.trusting(), lambda _: QUESTION.digest)
    status = TimestampSignatureStatus(**found)
    assert status.intact
    assert status.valid
    assert status.trusted
    assert status.timestamp == authority.now


async def test_openssl_finds_an_answer_sound(authority: Any, program: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "answer").write_bytes(await authority.answer(QUESTION))
    (tmp_path / "question").write_bytes(QUESTION.encoded())
    words = ("-queryfile", tmp_path / "question", "-in", tmp_path / "answer", "-CAfile", authority.pem)
    found = program("openssl", "ts", "-verify", *words)
    assert "Verification: OK" in found.stdout, found.stderr


@pytest.mark.parametrize(
    ("question", "other"),
    [
        (dataclasses.replace(QUESTION, digest=bytes(32)), {}),
        (dataclasses.replace(QUESTION, nonce=5), {}),
        (QUESTION, {"at": timedelta(minutes=6)}),
        (QUESTION, {"at": -timedelta(minutes=6)}),
    ],
)
async def test_an_answer_for_another_digest_question_or_time_is_refused(
    authority: Any, question: stamps.Question, other: dict[str, Any]
) -> None:
    words = {name: authority.now + value for name, value in other.items()}
    answer = await authority.answer(question, **words)
    with pytest.raises(StampRefused):
        _read(authority, answer)


async def test_an_answer_of_a_certificate_that_is_not_for_time_stamps_is_refused(authority: Any) -> None:
    answer = await authority.answer(QUESTION, signatory=authority.seal())
    with pytest.raises(StampRefused, match="时间戳"):
        _read(authority, answer)


async def test_an_answer_under_an_unknown_root_is_refused(authority: Any) -> None:
    answer = await authority.answer(QUESTION)
    stranger = x509.load_der_x509_certificate(authority.seal().certificate)
    with pytest.raises(StampRefused, match="根证书"):
        stamps.read_answer(answer, QUESTION, roots=[stranger], at=authority.now)


@pytest.mark.parametrize("answer", [b"", b"\x30\x00", stamps.REFUSED, b"<html>", b"\x30\x80\x00\x00", bytes(1000)])
def test_a_rejection_or_nonsense_is_refused(authority: Any, answer: bytes) -> None:
    with pytest.raises(StampRefused):
        _read(authority, answer)


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")  # of broken certificates
@settings(max_examples=400, deadline=None)
@given(at=st.integers(0, 2**16), bit=st.integers(0, 7))
@example(at=49, bit=1)  # the hash that the token announces
@example(at=206, bit=4)  # a name in a certificate, which is read late
async def test_an_answer_with_any_bit_changed_is_refused(authority: Any, at: int, bit: int) -> None:
    answer = bytearray(await authority.answer(QUESTION))
    answer[at % len(answer)] ^= 1 << bit
    with pytest.raises(StampRefused):
        _read(authority, bytes(answer))


async def test_an_expired_authority_is_refused(authority: Any) -> None:
    later = authority.now + timedelta(days=850)  # the root still holds
    answer = await authority.answer(QUESTION, at=later)
    with pytest.raises(StampRefused, match="有效期"):
        stamps.read_answer(answer, QUESTION, roots=[authority.issuer.certificate], at=later)


async def test_a_certificate_of_a_seal_issues_nothing(authority: Any) -> None:
    """A chain through a certificate that is no authority's is refused (RFC 5280, 6.1.4 k)."""
    seal = authority.seal()
    key = authority.issuer.key.public_key()
    term = Term(9, authority.now - timedelta(days=1), authority.now + timedelta(days=1))
    false_issuer = dataclasses.replace(authority.issuer, certificate=x509.load_der_x509_certificate(seal.certificate))
    made = certify_seal(false_issuer, key, Holder("章", "单位", "1" * 18), term, crl_url="http://x.invalid")
    forged = Signatory(made.public_bytes(Encoding.DER), (seal.certificate,), Algorithm.P256, seal.sign)
    answer = await authority.answer(QUESTION, signatory=forged)
    with pytest.raises(StampRefused):
        _read(authority, answer)
