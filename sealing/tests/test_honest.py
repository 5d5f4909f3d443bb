import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from asn1crypto import algos
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from sealing.drawing import Drawing
from sealing.judge import judge
from sealing.pdf_sealing import Place, seal_pdf
from sealing.signed_data import Validator
from sealing.strength import require_strong
from sealing.verdict import Outcome, Trust

from .forging import honest
from .forging.authorities import LATER, NOW, Holder, city, issue, new_rsa, revocations
from .forging.cms_made import Recipe, resealed
from .forging.writing import appended, body, root, size, stream, trailer, with_entry

ROOTED = Trust((city().root.der,), LATER)


@pytest.mark.parametrize(
    "made", [honest.one, honest.two, honest.stamped, honest.lasting, honest.archived, honest.certified]
)
def test_an_honest_file_is_valid_by_its_root_and_indeterminate_without(made: Callable[[], bytes]) -> None:
    verdict = judge(made(), ROOTED)
    assert (verdict.verdict, verdict.trust) == (Outcome.VALID, True), verdict.reason
    unknown = judge(made(), Trust(at=LATER))
    assert (unknown.verdict, unknown.trust) == (Outcome.INDETERMINATE, False), unknown.reason
    assert [one.check for one in unknown.checks if not one.passed] == ["trust"]


def test_a_file_without_a_signature_says_so() -> None:
    verdict = judge(honest.plain(), ROOTED)
    assert (verdict.verdict, verdict.reason) == (Outcome.INVALID, "文件没有电子签章")


def test_the_time_of_a_seal_is_its_time_stamps() -> None:
    seal, clock = judge(honest.archived(), ROOTED).signatures
    assert (seal.kind, seal.signer, seal.covers_whole_file) == ("seal", "郑州市政务服务和大数据管理局", False)
    assert (clock.kind, clock.signer, clock.covers_whole_file) == ("timestamp", "测试时间戳", True)
    assert seal.signed_at == clock.signed_at


def require_valid(data: bytes) -> None:
    verdict = judge(data, ROOTED)
    assert (verdict.verdict, verdict.trust) == (Outcome.VALID, True), verdict.reason


def many(count: int, **options: Any) -> bytes:
    data = honest.plain()
    for nth in range(count):
        who = (city().hall, city().bureau)[nth % 2]
        box = (60 + 60 * nth, 100, 110 + 60 * nth, 150) if nth % 3 else None
        data = honest.sealed(data, who=who, field=f"Seal{nth}", box=box, **options)
    return data


@pytest.mark.parametrize("count", [2, 3, 5])
def test_several_seals_one_after_another_are_valid(count: int) -> None:
    require_valid(many(count))
    assert len(judge(many(count, stamped=True), ROOTED).signatures) == count
    require_valid(honest.archived() if count == 2 else honest.time_stamped(honest.with_proofs(many(count))))


@pytest.mark.parametrize("subfilter", [SigSeedSubFilter.ADOBE_PKCS7_DETACHED, SigSeedSubFilter.PADES])
@pytest.mark.parametrize(
    "key",
    [
        new_rsa(3072),
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP521R1()),
        ed25519.Ed25519PrivateKey.generate(),
        ed448.Ed448PrivateKey.generate(),
    ],
    ids=["RSA", "P-384", "P-521", "Ed25519", "Ed448"],
)
def test_seals_of_other_kinds_are_valid(key: Any, subfilter: SigSeedSubFilter) -> None:
    who = issue("别的算法", city().middle, key=key)
    digests = {ed25519.Ed25519PrivateKey: "sha512", ed448.Ed448PrivateKey: "shake256"}
    digest = next((name for kind, name in digests.items() if isinstance(key, kind)), "sha256")
    require_valid(honest.sealed(who=who, subfilter=subfilter, algorithm=digest))


def test_a_seal_of_rsa_pss_is_valid() -> None:
    signer = city().bureau.signer(city().middle, prefer_pss=True)
    require_valid(honest.sealed(signer=signer, stamped=True))


@pytest.mark.parametrize(
    "saving",
    [
        {"linearize": True},
        {"object_stream_mode": pikepdf.ObjectStreamMode.generate},
        {"object_stream_mode": pikepdf.ObjectStreamMode.generate, "linearize": True},
        {"object_stream_mode": pikepdf.ObjectStreamMode.generate, "compress_streams": True},
        {"qdf": True},
        {"min_version": "2.0"},
    ],
    ids=str,
)
def test_a_file_is_valid_however_it_was_saved_before_sealing(saving: dict[str, Any]) -> None:
    data = honest.sealed(honest.plain(**saving), box=(100, 100, 200, 200))
    require_valid(data)
    require_valid(honest.time_stamped(honest.with_proofs(honest.sealed(data, who=city().bureau, field="Seal2"))))


def test_a_file_that_was_edited_before_sealing_is_valid() -> None:
    require_valid(honest.sealed(honest.edited(honest.edited(honest.plain()))))


def test_a_file_for_old_and_new_readers_is_valid() -> None:
    data = honest.sealed(honest.hybrid())
    assert b"/XRefStm" in data
    require_valid(data)
    require_valid(honest.sealed(data, who=city().bureau, field="Seal2", stamped=True))


def test_a_file_whose_maker_names_the_old_hybrid_part_again_is_valid() -> None:
    """Some makers copy `/XRefStm` from the trailer before; it says nothing that is not said already."""
    data = honest.hybrid()
    again = appended(data, {root(data): body(data, root(data))}, extra=b"/XRefStm %d" % hybrid_part(data))
    require_valid(honest.sealed(again))
    sealed = honest.sealed(data)
    proofs = size(sealed) + 9
    catalog = with_entry(body(sealed, root(sealed)), b"/DSS << /Certs [%d 0 R] >>" % proofs)
    objects = {root(sealed): catalog, proofs: stream(city().middle.der)}
    require_valid(appended(sealed, objects, extra=b"/XRefStm %d" % hybrid_part(data)))


def hybrid_part(data: bytes) -> int:
    return int(re.findall(rb"/XRefStm (\d+)", data)[0])


def test_proofs_that_their_maker_left_behind_unused_do_no_harm() -> None:
    data = honest.lasting()
    first = size(data) + 9
    left = {
        first: b"<< /Type /VRI /Cert [%d 0 R] >>" % (first + 1),
        first + 1: stream(city().middle.der),
        first + 2: b"[%d 0 R]" % (first + 1),
        root(data): body(data, root(data)),
    }
    info = int(trailer(data).raw_get("/Info").idnum)
    require_valid(appended(data, left, extra=b"/Info %d 0 R" % info))


@pytest.mark.parametrize(
    ("identifier", "key"),
    [
        ("2.16.840.1.101.3.4.3.10", ec.generate_private_key(ec.BrainpoolP256R1())),
        ("2.16.840.1.101.3.4.3.14", new_rsa()),
    ],
    ids=["ECDSA", "RSA"],
)
def test_a_signature_by_sha_3_holds_over_what_it_signs_only(identifier: str, key: Any) -> None:
    digest = hashes.SHA3_256()
    is_curve = isinstance(key, ec.EllipticCurvePrivateKey)
    signed = key.sign(b"signed", *((ec.ECDSA(digest),) if is_curve else (padding.PKCS1v15(), digest)))
    algorithm = algos.SignedDigestAlgorithm({"algorithm": identifier})
    public = issue("SHA-3", key=key).read.public_key
    require_strong(algorithm, public, "sha3_256")
    Validator().validate_signature(signed, b"signed", public, algorithm)
    with pytest.raises(InvalidSignature):
        Validator().validate_signature(signed, b"other", public, algorithm)


def test_a_seal_in_a_field_that_was_prepared_is_valid() -> None:
    prepared = honest.with_empty_field(honest.with_empty_field(honest.plain(), "Seal1"))
    first = honest.sealed(prepared, field="Seal1", prepared=True)
    require_valid(first)
    require_valid(honest.sealed(first, who=city().bureau, field="Seal2", prepared=True, stamped=True))


def test_a_file_that_permits_seals_takes_them_where_they_were_prepared_or_show_nothing() -> None:
    certified = honest.sealed(
        honest.with_empty_field(honest.plain()), certify=True, docmdp_permissions=MDPPerm.FILL_FORMS
    )
    require_valid(honest.sealed(certified, who=city().bureau, field="Seal2", prepared=True))
    require_valid(honest.sealed(certified, who=city().bureau, field="Seal3"))
    require_valid(honest.time_stamped(honest.with_proofs(certified)))


def test_a_file_that_permits_no_seals_takes_proofs_and_time_stamps() -> None:
    require_valid(honest.time_stamped(honest.with_proofs(honest.certified(MDPPerm.NO_CHANGES))))


def test_time_stamps_and_proofs_may_follow_each_other_for_years() -> None:
    data = honest.archived()
    for _ in range(3):
        data = honest.time_stamped(honest.with_proofs(data))
    require_valid(data)
    require_valid(honest.with_proofs(data))


@pytest.mark.parametrize("who", [city().hall, city().bureau], ids=["P-256", "RSA"])
def test_a_seal_that_the_openssl_command_made_is_valid(who: Holder, tmp_path: Path) -> None:
    require_valid(honest.by_openssl(tmp_path, who=who))


def test_a_seal_of_before_pades_need_not_name_its_certificate() -> None:
    old = honest.sealed(subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED)
    require_valid(resealed(old, Recipe(bound=None)))
    assert judge(resealed(old, Recipe(bound=city().bureau)), ROOTED).verdict is Outcome.INVALID


def test_a_name_of_the_file_cannot_disturb_whoever_reads_the_verdict() -> None:
    odd = honest.sealed(field="Seal\u202e\x1b[31m" + "长" * 500)
    (seal,) = judge(odd, ROOTED).signatures
    assert len(seal.field) == 300
    assert seal.field.isprintable()
    assert all(one.detail.isprintable() and len(one.detail) <= 300 for one in judge(odd, ROOTED).checks)


def test_a_certificate_that_expired_after_the_time_stamp_was_valid_then() -> None:
    short = issue("短期单位", city().middle, days=(-30, 0))
    expired = judge(honest.sealed(who=short), ROOTED)
    assert (expired.verdict, expired.trust) == (Outcome.INDETERMINATE, False)
    assert expired.reason.startswith("证书已过期")
    require_valid(honest.sealed(who=short, stamped=True, at=NOW - timedelta(hours=3)))


def test_a_certificate_that_was_revoked_after_the_time_stamp_was_valid_then() -> None:
    gone = revocations(city().middle, (city().hall, NOW + timedelta(hours=2)))
    require_valid(honest.with_proofs(honest.stamped(), gone))


def test_a_stranger_is_sound_and_not_trusted() -> None:
    root = issue("陌生根证书", is_authority=True)
    verdict = judge(honest.sealed(who=issue("陌生单位", root)), ROOTED)
    assert (verdict.verdict, verdict.trust) == (Outcome.INDETERMINATE, False)
    beside = judge(honest.sealed(honest.one(), who=issue("陌生单位", root), field="Seal2"), ROOTED)
    assert (beside.verdict, beside.trust) == (Outcome.INDETERMINATE, False)


async def test_what_this_library_seals_is_valid(letter: bytes, authority: Any, star: Drawing) -> None:
    trust = Trust((authority.root,), authority.now)
    sealed = letter
    for nth, stamp in enumerate((None, authority.stamp, authority.stamp)):
        place = Place(1 + nth % 2, 100 - 40 * nth, 20)
        words = {"place": place, "stamp": stamp, "reason": "准予行政许可", "at": authority.now}
        sealed = await seal_pdf(sealed, authority.seal(), drawing=star, **words)
        verdict = judge(sealed, trust)
        assert verdict.verdict is Outcome.VALID, verdict.reason
        assert len(verdict.signatures) == nth + 1
