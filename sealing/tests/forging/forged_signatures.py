"""Forgeries of the signature itself: its CMS, its certificate, its time stamp. The digest fits, unless that is it."""

import functools
import hashlib
from dataclasses import replace
from datetime import timedelta

from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import ec
from sealing.verdict import Outcome

from . import honest
from .authorities import NOW, Holder, city, issue, new_rsa, revocations
from .catalogue import CHAIN, CMS, DIGEST, PERIOD, REVOKED, SIGNER, STAMP, VALUE, WEAK, forgery
from .cms_made import Recipe, built, resealed, stamp
from .writing import ranges

INSIDE, BOUND, ALGORITHM, STAMPED, HOLDER = "CMS", "bound certificate", "weak algorithm", "time stamp", "certificate"


@forgery(INSIDE, CMS)
def forge_content_embedded(data: bytes) -> bytes:
    """The signature holds over another text, which it brings along."""
    return resealed(data, Recipe(), finish=lambda _: built(b"another text", Recipe(embedded=True)))


@forgery(INSIDE, CMS)
def forge_two_signers(data: bytes) -> bytes:
    return resealed(data, Recipe(signers=2, certificates=(city().hall, city().bureau)))


@forgery(INSIDE, CMS)
def forge_no_signer(data: bytes) -> bytes:
    return resealed(data, Recipe(signers=0))


@forgery(INSIDE, SIGNER)
def forge_no_certificate(data: bytes) -> bytes:
    return resealed(data, Recipe(certificates=()))


@forgery(INSIDE, SIGNER)
def forge_certificate_of_somebody_else(data: bytes) -> bytes:
    return resealed(data, Recipe(certificates=(city().bureau, city().middle)))


@forgery(INSIDE, DIGEST)
def forge_digest_of_something_else(data: bytes) -> bytes:
    return resealed(data, Recipe(digest=lambda _: hashlib.sha256(b"other").digest()))


@forgery(INSIDE, CMS)
def forge_no_digest(data: bytes) -> bytes:
    return resealed(data, Recipe(digests=0))


@forgery(INSIDE, CMS)
def forge_digest_twice(data: bytes) -> bytes:
    return resealed(data, Recipe(digests=2))


@forgery(INSIDE, CMS)
def forge_no_attributes(data: bytes) -> bytes:
    return resealed(data, Recipe(attributes=False))


@forgery(INSIDE, CMS)
def forge_kind_of_content_in_attributes(data: bytes) -> bytes:
    return resealed(data, Recipe(said_type="signed_data"))


@forgery(INSIDE, CMS)
def forge_kind_of_content(data: bytes) -> bytes:
    return resealed(data, Recipe(content_type="signed_data"))


@forgery(INSIDE, CMS)
def forge_bytes_behind_the_structure(data: bytes) -> bytes:
    return resealed(data, Recipe(), finish=lambda der: der + b"\0\0evil")


@forgery(INSIDE, CMS, VALUE)
def forge_structure_cut(data: bytes) -> bytes:
    return resealed(data, Recipe(), finish=lambda der: der[:-40])


@forgery(INSIDE, CMS)
def forge_structure_of_another_kind(data: bytes) -> bytes:
    return resealed(data, Recipe(), finish=lambda _: cms.ContentInfo({"content_type": "data", "content": b"x"}).dump())


@forgery(INSIDE, VALUE)
def forge_value_with_a_bit_flipped(data: bytes) -> bytes:
    return resealed(data, Recipe(spoilt=True))


@forgery(INSIDE, VALUE)
def forge_key_of_somebody_else(data: bytes) -> bytes:
    return resealed(data, Recipe(key=city().root.key))


@forgery(INSIDE, DIGEST, of=honest.two)
def forge_signature_copied_from_another_file(data: bytes) -> bytes:
    _, first, second, _ = ranges(honest.one())
    contents = honest.one()[first:second]
    _, first, second, _ = ranges(data)
    return data[:first] + contents[: second - first - 1].ljust(second - first - 1, b"0") + b">" + data[second:]


@forgery(BOUND, SIGNER)
def forge_not_bound(data: bytes) -> bytes:
    return resealed(data, Recipe(bound=None))


@forgery(BOUND, SIGNER)
def forge_bound_to_another(data: bytes) -> bytes:
    return resealed(data, Recipe(bound=city().bureau))


@forgery(BOUND, SIGNER)
def forge_bound_to_another_by_the_old_attribute(data: bytes) -> bytes:
    return resealed(data, Recipe(bound=city().bureau, bound_by="signing_certificate"))


@forgery(BOUND, SIGNER)
def forge_certificate_with_the_same_key(data: bytes) -> bytes:
    """Another certificate of the same name, number and key, for which the signature holds."""
    twin = issue("别的单位", city().middle, key=city().hall.key)
    return resealed(data, Recipe(who=twin, bound=city().hall))


@forgery(ALGORITHM, WEAK)
def forge_md5(data: bytes) -> bytes:
    return resealed(data, Recipe(who=city().bureau, bound=city().bureau, algorithm="md5"))


@forgery(ALGORITHM, WEAK)
def forge_sha1(data: bytes) -> bytes:
    return resealed(data, Recipe(algorithm="sha1"))


@functools.cache
def weak() -> Holder:
    """Return somebody with a key of RSA-1024."""
    return issue("旧密钥", city().middle, key=new_rsa(1024))


@forgery(ALGORITHM, WEAK)
def forge_rsa_1024(data: bytes) -> bytes:
    return resealed(data, Recipe(who=weak(), bound=weak()))


@forgery(ALGORITHM, WEAK)
def forge_small_curve(data: bytes) -> bytes:
    small = issue("小曲线", city().middle, key=ec.generate_private_key(ec.SECP192R1()))
    return resealed(data, Recipe(who=small, bound=small))


@forgery(STAMPED, STAMP)
def forge_stamp_copied(data: bytes) -> bytes:
    return resealed(data, Recipe(stamps=(stamp(b"another signature"),)))


@forgery(STAMPED, STAMP)
def forge_stamp_by_no_authority(data: bytes) -> bytes:
    return _stamped(data, city().bureau)


@forgery(STAMPED, DIGEST)
def forge_stamp_set_back(data: bytes) -> bytes:
    """The time inside the token is changed."""
    token = stamp(b"x").dump()
    old = NOW.strftime("%Y%m%d%H%M%SZ").encode()
    back = (NOW - timedelta(days=300)).strftime("%Y%m%d%H%M%SZ").encode()
    return resealed(data, Recipe(stamps=(cms.ContentInfo.load(token.replace(old, back)),)))


def _stamped(data: bytes, who: Holder, signer: Recipe | None = None) -> bytes:
    _, first, second, length = ranges(data)
    signer = signer or Recipe(who=city().bureau, bound=city().bureau)
    plain = cms.ContentInfo.load(built(data[:first] + data[second : second + length], signer))
    value = plain["content"]["signer_infos"][0]["signature"].native
    return resealed(data, replace(signer, stamps=(stamp(value, who),)))


@forgery(HOLDER, PERIOD, outcome=Outcome.INDETERMINATE)
def forge_expired(data: bytes) -> bytes:
    gone = issue("过期单位", city().middle, days=(-300, -1))
    return resealed(data, Recipe(who=gone, bound=gone))


@forgery(HOLDER, PERIOD)
def forge_not_yet_valid(data: bytes) -> bytes:
    soon = issue("未来单位", city().middle, days=(10, 300))
    return resealed(data, Recipe(who=soon, bound=soon))


@forgery(HOLDER, PERIOD)
def forge_expired_when_stamped(data: bytes) -> bytes:
    gone = issue("过期单位", city().middle, key=new_rsa(nth=2), days=(-300, -1))
    return _stamped(data, city().clock, Recipe(who=gone, bound=gone))


@forgery(HOLDER, CHAIN)
def forge_issued_by_a_signer(data: bytes) -> bytes:
    """A unit's certificate issues another one, which it may not."""
    child = issue("冒名单位", city().hall)
    return resealed(data, Recipe(who=child, bound=child, certificates=(child, city().hall, city().middle)))


@forgery(HOLDER, CHAIN)
def forge_issuer_of_the_same_name(data: bytes) -> bytes:
    double = issue("测试签发机构", city().root, is_authority=True)
    child = issue("冒名单位", double)
    return resealed(data, Recipe(who=child, bound=child, certificates=(child, city().middle)))


@forgery(HOLDER, SIGNER)
def forge_key_for_issuing_only(data: bytes) -> bytes:
    only = issue("只可签发", city().root, is_authority=True, signs=False)
    return resealed(data, Recipe(who=only, bound=only))


@forgery(HOLDER, REVOKED, of=honest.stamped)
def forge_revoked_before(data: bytes) -> bytes:
    gone = revocations(city().middle, (city().hall, NOW - timedelta(hours=2)))
    return honest.with_proofs(data, gone, revocations(city().root))


@forgery(HOLDER, REVOKED, of=honest.stamped)
def forge_issuer_revoked_before(data: bytes) -> bytes:
    gone = revocations(city().root, (city().middle, NOW - timedelta(hours=2)))
    return honest.with_proofs(data, gone)


@forgery(HOLDER, REVOKED)
def forge_revoked_afterwards_without_a_stamp(data: bytes) -> bytes:
    """Nothing proves that the seal was there before."""
    gone = revocations(city().middle, (city().hall, NOW + timedelta(hours=2)))
    return honest.with_proofs(data, gone)
