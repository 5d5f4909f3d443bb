"""GB/T 38540 seals and signatures: made, read by two other readers, and refused wherever one step does not hold."""

import random
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import crl, x509
from pyasn1.codec.der import decoder, encoder
from pyasn1.type import char, namedtype, tag, univ, useful
from sealing.national import certificates, der, making, structures
from sealing.national.certificates import Holder
from sealing.national.judging import judge_ses
from sealing.signing import Algorithm
from sealing.testing.national import NOW, PICTURE, YEAR, World, a_world, signing_with
from sealing.verdict import Outcome, Trust, Verdict

from sealing import sm

CONTENT = b"<what is signed/>"
PLACE = "/Doc_0/Signs/Sign_0/Signature.xml"


@pytest.fixture
async def world() -> World:
    return await a_world()


async def signed(world: World, **changes: Any) -> bytes:
    content = replace(making.Content(sm.sm3(CONTENT), PLACE, NOW), **changes)
    return await making.sign(world.seal, content, world.signer)


def judged(world: World, data: bytes, content: bytes = CONTENT) -> Verdict:
    return judge_ses(data, world.trust(), content=content)


def failed(verdict: Verdict) -> list[str]:
    return [check.check for check in verdict.checks if not check.passed]


async def test_a_signature_is_valid_step_by_step_where_its_root_is_trusted(world: World) -> None:
    verdict = judged(world, await signed(world))
    assert (verdict.verdict, verdict.trust, verdict.reason) == (Outcome.VALID, True, "电子签章有效,内容未被改动")
    assert [check.check for check in verdict.checks] == [
        "format",
        "seal_signature",
        "maker_validity",
        "maker_usage",
        "maker_chain",
        "signer_in_seal",
        "signer_validity",
        "signer_usage",
        "signer_chain",
        "signature",
        "data_hash",
        "time_in_seal",
        "time_past",
        "time_stamp",
        "trust",
    ]
    assert [(one.signer, one.signed_at, one.kind) for one in verdict.signatures] == [
        ("郑州市卫生健康委员会", NOW, "seal")
    ]


async def test_what_is_sound_but_of_an_unknown_root_is_indeterminate(world: World) -> None:
    other = await a_world()
    for trust in (Trust(at=NOW), Trust((b"no certificate",), NOW)):
        verdict = judge_ses(await signed(world), trust, content=CONTENT)
        assert (verdict.verdict, verdict.trust) == (Outcome.INDETERMINATE, False)
        assert verdict.reason == "签章完好,内容未被改动;但制章者证书:签发证书的机构不在信任列表中"
    namesake = judge_ses(await signed(world), Trust((other.root,), NOW), content=CONTENT)
    assert namesake.verdict is Outcome.INDETERMINATE, "a root of the same name with another key issued nothing here"


async def test_a_signature_without_its_content_says_only_that_it_is_whole(world: World) -> None:
    verdict = judge_ses(await signed(world), world.trust())
    assert (verdict.verdict, verdict.trust) == (Outcome.INDETERMINATE, True)
    assert not verdict.signatures[0].covers_whole_file


async def test_a_seal_by_itself_is_judged_too(world: World) -> None:
    assert judge_ses(world.seal, world.trust()).verdict is Outcome.VALID
    assert failed(judge_ses(world.seal, world.trust(at=NOW + timedelta(days=301)))) == ["time_in_seal"]
    changed = world.seal.replace("审批".encode(), "许可".encode())
    assert failed(judge_ses(changed, world.trust())) == ["seal_signature"]


async def test_a_changed_content_is_told_from_a_changed_signature(world: World) -> None:
    data = await signed(world)
    assert failed(judged(world, data, b"<another/>")) == ["data_hash"]
    moved = data.replace(PLACE.encode(), PLACE.replace("_0", "_1").encode())
    assert failed(judged(world, moved)) == ["signature"]


@pytest.mark.parametrize(("shift", "step"), [(timedelta(days=-31), "time_in_seal"), (timedelta(hours=1), "time_past")])
async def test_a_time_outside_is_refused(world: World, shift: timedelta, step: str) -> None:
    assert failed(judged(world, await signed(world, at=NOW + shift))) == [step]


async def test_a_certificate_outside_its_validity_is_refused(world: World) -> None:
    verdict = judge_ses(await signed(world, at=NOW + 2 * YEAR), world.trust(at=NOW + 2 * YEAR), content=CONTENT)
    assert {"signer_validity", "time_in_seal"} <= set(failed(verdict))


async def test_a_time_that_is_only_claimed_does_not_outlive_the_certificate(world: World) -> None:
    verdict = judge_ses(await signed(world), world.trust(at=NOW + 2 * YEAR), content=CONTENT)
    assert (verdict.verdict, verdict.trust) == (Outcome.INDETERMINATE, True)
    assert "没有时间戳" in verdict.reason


async def test_a_signer_that_the_seal_does_not_name_is_refused(world: World) -> None:
    key = sm.new_key()
    span = (NOW - YEAR, NOW + YEAR)
    stranger = await certificates.issue(Holder(sm.public_key(key), "另一单位", 9), world.issuer, *span)
    content = making.Content(sm.sm3(CONTENT), PLACE, NOW)
    data = await making.sign(world.seal, content, signing_with(key, stranger))
    assert failed(judged(world, data)) == ["signer_in_seal"]


async def test_a_seal_that_another_made_is_refused(world: World) -> None:
    """An authority's own certificate signs no seals, and a certificate of one's own making is of nobody."""
    forger = await a_world()
    seal = await making.make_seal(replace(world.facts, name="伪造的印章"), forger.maker)
    content = making.Content(sm.sm3(CONTENT), PLACE, NOW)
    data = await making.sign(seal, content, world.signer)
    assert judged(world, data).verdict is Outcome.INDETERMINATE
    root = signing_with(world.root_key, world.root)
    seal = await making.make_seal(world.facts, root)
    assert failed(judged(world, await making.sign(seal, content, world.signer))) == ["maker_usage"]


async def revocation(world: World, serial: int, *, days: int) -> bytes:
    moment = x509.Time({"utc_time": NOW + timedelta(days=days)})
    body = crl.TbsCertList(
        {
            "version": "v2",
            "signature": {"algorithm": sm.SM2_WITH_SM3},
            "issuer": certificates.read(world.root).subject,
            "this_update": moment,
            "revoked_certificates": [{"user_certificate": serial, "revocation_date": moment}],
        }
    )
    signature = await world.issuer.sign(sm.digest_to_sign(world.issuer.public, body.dump()))
    algorithm = {"algorithm": sm.SM2_WITH_SM3}
    listed = crl.CertificateList({"tbs_cert_list": body, "signature_algorithm": algorithm, "signature": signature})
    return bytes(listed.dump())


async def test_a_revoked_certificate_is_refused_from_the_day_on(world: World) -> None:
    data = await signed(world)
    before, later = await revocation(world, 3, days=-1), await revocation(world, 3, days=1)
    refused = judge_ses(data, world.trust(crls=(before,)), content=CONTENT)
    assert failed(refused) == ["signer_chain"]
    assert refused.reason == "签章人证书:证书已于 2026-11-26 吊销"
    afterwards = judge_ses(data, world.trust(crls=(later,), at=NOW + timedelta(days=2)), content=CONTENT)
    assert (afterwards.verdict, afterwards.trust) == (Outcome.INDETERMINATE, True)
    others = (await revocation(world, 8, days=-1), await revocation(await a_world(), 3, days=-1), b"no list", later)
    assert judge_ses(data, world.trust(crls=others), content=CONTENT).verdict is Outcome.VALID


def rebuilt(data: bytes, change: Callable[[Any], None]) -> bytes:
    signature = structures.Signature.load(data)
    change(signature)
    return bytes(signature.dump(force=True))


def info(signature: Any) -> Any:
    return signature["to_sign"]["eseal"]["seal_info"]


def assign(path: str, value: Any) -> Callable[[Any], None]:
    def change(signature: Any) -> None:
        *parts, last = path.split("/")
        for part in parts:
            signature = signature[part]
        signature[last] = value

    return change


INFO = "to_sign/eseal/seal_info"
CRITICAL = [{"extn_id": "1.2.3", "critical": True, "extn_value": b"?"}]
MALFORMED = {
    "version of what is signed": assign("to_sign/version", 1),
    "version of the seal": assign(f"{INFO}/header/version", 5),
    "identity of the header": assign(f"{INFO}/header/id", "EX"),
    "kind of the seal": assign(f"{INFO}/property/type", 0),
    "no signers": assign(f"{INFO}/property/cert_list", structures.CertificateDigests([])),
    "a picture that nobody draws": assign(f"{INFO}/picture/type", "EXE"),
    "a picture without width": assign(f"{INFO}/picture/width", 0),
    "a picture of five metres": assign(f"{INFO}/picture/height", 5000),
    "an extension that must be known": assign(f"{INFO}/ext_datas", CRITICAL),
    "an extension without its tag": assign(f"{INFO}/bare_ext_datas", CRITICAL),
    "an extension of what is signed": assign("to_sign/ext_datas", CRITICAL),
    "no certificate": assign("cert", b"none"),
    "two certificates": lambda signature: assign("cert", signature["cert"].native * 2)(signature),
}


@pytest.mark.parametrize("forgery", sorted(MALFORMED))
async def test_a_malformed_signature_is_refused(world: World, forgery: str) -> None:
    verdict = judged(world, rebuilt(await signed(world), MALFORMED[forgery]))
    assert verdict.verdict is Outcome.INVALID
    assert failed(verdict) == ["format"], forgery


UNSOUND = {
    "another algorithm": (assign("signature_alg_id", "1.2.840.10045.4.3.2"), "signature"),
    "the typo of a known library": (assign("signature_alg_id", "1.2.156.10197.501"), "signature"),
    "another algorithm of the seal": (assign("to_sign/eseal/sign_alg_id", "1.2.840.113549.1.1.5"), "seal_signature"),
    "another name": (assign(f"{INFO}/property/name", "郑州市人民政府"), "seal_signature"),
    "a picture of another": (assign(f"{INFO}/picture/data", b"other"), "seal_signature"),
    "a digest of another kind": (
        assign(f"{INFO}/property/cert_list", [{"type": "MD5", "value": b"0" * 16}]),
        "signer_in_seal",
    ),
    "a time stamp that nobody knows": (assign("time_stamp", b"trust me"), "time_stamp"),
    "the maker as signer": (
        lambda signature: assign("cert", signature["to_sign"]["eseal"]["cert"].native)(signature),
        "signer_in_seal",
    ),
    "no signature": (assign("signature", b""), "signature"),
    "the seal's signature as the signer's": (
        lambda signature: assign("signature", signature["to_sign"]["eseal"]["signed_value"].native)(signature),
        "signature",
    ),
}


@pytest.mark.parametrize("forgery", sorted(UNSOUND))
async def test_a_forged_signature_is_refused_at_its_step(world: World, forgery: str) -> None:
    change, step = UNSOUND[forgery]
    verdict = judged(world, rebuilt(await signed(world), change))
    assert verdict.verdict is Outcome.INVALID
    assert step in failed(verdict), forgery


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b"\x00",
        lambda data: data[:-1],
        lambda _: b"",
        lambda data: b"\x30\x80" + data[4:] + b"\x00\x00",
        lambda data: data[:1] + b"\x83\x00" + data[2:],
        lambda _: b"\x30\x84\x7f\xff\xff\xff",
        lambda _: b"\x30\x82" * 3000,
        lambda _: bytes.fromhex("3080") * 200,
        lambda _: bytes(structures.MOST_BYTES + 1),
        lambda data: b"\x1f\x81" + data,
        lambda _: b"<xml/>",
    ],
)
async def test_bytes_that_are_no_der_are_refused(world: World, change: Callable[[bytes], bytes]) -> None:
    assert judged(world, change(await signed(world))).verdict is Outcome.INVALID


def test_der_is_bounded_in_depth_and_parts() -> None:
    deep = b""
    for _ in range(30):
        deep = bytes((0x30, len(deep))) + deep
    with pytest.raises(der.Malformed):
        der.require_der(deep)
    wide = b"\x05\x00" * (der.MOST_PARTS + 1)
    with pytest.raises(der.Malformed):
        der.require_der(b"\x30\x83" + len(wide).to_bytes(3, "big") + wide)


@pytest.mark.parametrize(
    "text",
    [
        "0101aa",
        "02020001",
        "0202ff80",
        "0200",
        "030108",
        "03020101",
        "060188",
        "050100",
        "1003020101",
        "2403040101",
        "0000",
    ],
)
def test_a_primitive_has_one_encoding(text: str) -> None:
    with pytest.raises(der.Malformed):
        der.require_der(bytes.fromhex(text))


def assert_all_refused(world: World, data: bytes, places: list[int]) -> None:
    chance = random.Random(38540)
    for place in places:
        for flip in {0xFF, 1 << chance.randrange(8), chance.randrange(1, 256)}:
            mutant = bytearray(data)
            mutant[place] ^= flip
            assert judged(world, bytes(mutant)).verdict is Outcome.INVALID, (place, flip)


async def test_a_byte_changed_anywhere_is_refused_sample(world: World) -> None:
    data = await signed(world)
    assert_all_refused(world, data, random.Random(9).sample(range(len(data)), 200))


@pytest.mark.fault
async def test_every_byte_changed_is_refused(world: World) -> None:
    data = await signed(world)
    assert_all_refused(world, data, list(range(len(data))))
    for place in range(len(world.seal)):
        mutant = bytearray(world.seal)
        mutant[place] ^= 0xFF
        verdict = judge_ses(bytes(mutant), world.trust())
        assert verdict.verdict is not Outcome.VALID, place
        assert verdict.verdict is Outcome.INVALID or not verdict.trust, place


async def test_nobody_makes_what_would_not_verify(world: World) -> None:
    crossed = signing_with(world.signer_key, world.maker.certificate)
    with pytest.raises(sm.Unsound):
        await making.make_seal(world.facts, crossed)
    with pytest.raises(sm.Unsound):
        await making.make_seal(world.facts, replace(world.maker, algorithm=Algorithm.P256))
    with pytest.raises(der.Malformed):
        await making.sign(b"no seal", making.Content(sm.sm3(CONTENT), PLACE, NOW), world.signer)
    with pytest.raises(der.Malformed):
        structures.read_seal(
            await making.make_seal(replace(world.facts, picture=replace(PICTURE, width_mm=0)), world.maker)
        )


EXPLICIT_0 = tag.Tag(tag.tagClassContext, tag.tagFormatSimple, 0)


def fields(*named: tuple[str, Any]) -> Any:
    """Make a SEQUENCE of the second schema."""
    parts = [
        (namedtype.OptionalNamedType if name.endswith("?") else namedtype.NamedType)(name.rstrip("?"), kind)
        for name, kind in named
    ]
    return univ.Sequence(componentType=namedtype.NamedTypes(*parts))


def second_schema() -> Any:
    """Write the structures down once more, for pyasn1."""
    digests = univ.SequenceOf(componentType=fields(("type", char.PrintableString()), ("value", univ.OctetString())))
    times = [(name, useful.GeneralizedTime()) for name in ("createDate", "validStart", "validEnd")]
    held = fields(
        ("type", univ.Integer()),
        ("name", char.UTF8String()),
        ("certListType", univ.Integer()),
        ("certList", digests),
        *times,
    )
    picture = fields(
        ("type", char.IA5String()), ("data", univ.OctetString()), ("width", univ.Integer()), ("height", univ.Integer())
    )
    header = fields(("id", char.IA5String()), ("version", univ.Integer()), ("vid", char.IA5String()))
    seal_info = fields(("header", header), ("esID", char.IA5String()), ("property", held), ("picture", picture))
    seal = fields(
        ("eSealInfo", seal_info),
        ("cert", univ.OctetString()),
        ("signAlgID", univ.ObjectIdentifier()),
        ("signedValue", univ.BitString()),
    )
    to_sign = fields(
        ("version", univ.Integer()),
        ("eseal", seal),
        ("timeInfo", useful.GeneralizedTime()),
        ("dataHash", univ.BitString()),
        ("propertyInfo", char.IA5String()),
    )
    return fields(
        ("toSign", to_sign),
        ("cert", univ.OctetString()),
        ("signatureAlgID", univ.ObjectIdentifier()),
        ("signature", univ.BitString()),
        ("timeStamp?", univ.BitString().subtype(explicitTag=EXPLICIT_0)),
    )


async def test_a_second_library_reads_the_same_bytes_and_writes_them_again(world: World) -> None:
    data = await signed(world)
    read, rest = decoder.decode(data, asn1Spec=second_schema())
    assert rest == b""
    assert encoder.encode(read) == data
    held = read["toSign"]["eseal"]["eSealInfo"]
    assert str(held["property"]["name"]) == world.facts.name
    assert (int(held["picture"]["width"]), int(held["header"]["version"])) == (42, 4)
    assert read["toSign"]["dataHash"].asOctets() == sm.sm3(CONTENT)
    assert encoder.encode(read["toSign"]["eseal"]) == world.seal


def openssl(*arguments: str) -> str:
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True, text=True).stdout


async def test_openssl_reads_the_structures_and_verifies_signature_seal_and_chain(world: World, tmp_path: Path) -> None:
    data = await signed(world)
    signature = structures.Signature.load(data)
    seal = signature["to_sign"]["eseal"]
    for name, held in {
        "data": data,
        "signer": world.signer.certificate,
        "maker": world.maker.certificate,
        "root": world.root,
        "to_sign": signature["to_sign"].dump(),
        "signature": signature["signature"].native,
        "seal_info": seal["seal_info"].dump(),
        "seal_signature": seal["signed_value"].native,
    }.items():
        (tmp_path / name).write_bytes(held)
    parsed = openssl("asn1parse", "-inform", "DER", "-in", str(tmp_path / "data"))
    assert parsed.count("SM2-with-SM3") == 2
    assert "IA5STRING         :ES" in parsed
    identity = f"distid:{sm.SIGNER_ID.decode()}"
    for who, signed_bytes, value in (("signer", "to_sign", "signature"), ("maker", "seal_info", "seal_signature")):
        where = ["-inform", "DER", "-in", str(tmp_path / who)]
        (tmp_path / "public").write_text(openssl("x509", "-pubkey", "-noout", *where))
        what = ["-rawin", "-digest", "sm3", "-in", str(tmp_path / signed_bytes), "-sigfile", str(tmp_path / value)]
        key = ["-pubin", "-inkey", str(tmp_path / "public"), "-pkeyopt", identity]
        assert "Successfully" in openssl("pkeyutl", "-verify", *what, *key)
    for name in ("root", "signer"):
        pem = openssl("x509", "-inform", "DER", "-in", str(tmp_path / name))
        (tmp_path / f"{name}.pem").write_text(pem)
    root, signer = str(tmp_path / "root.pem"), str(tmp_path / "signer.pem")
    moment = str(int(NOW.timestamp()))
    assert "OK" in openssl("verify", "-attime", moment, "-vfyopt", identity, "-CAfile", root, signer)
