import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import DocumentSecurityStore, async_validate_pdf_signature
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from sealing.drawing import Drawing
from sealing.pdf_lt import extend_pdf, stamp_pdf
from sealing.pdf_sealing import Place, seal_pdf
from sealing.pdf_source import NotClean


async def _sealed(letter: bytes, authority: Any, star: Drawing) -> tuple[bytes, bytes]:
    seal = authority.seal()
    words = {"place": Place(1, 100, 200), "stamp": authority.stamp, "reason": "准予", "at": authority.now}
    return await seal_pdf(letter, seal, drawing=star, **words), seal.certificate


async def _lasting(pdf: bytes, authority: Any) -> tuple[str, str]:
    """The outcome of ETSI EN 319 102-1, clause 5.6.3, where revocation must be known and nothing is fetched."""
    seal = PdfFileReader(io.BytesIO(pdf), strict=True).embedded_regular_signatures[0]
    trusted = SimpleTrustManager.build(trust_roots=[asn1_x509.Certificate.load(authority.root)])
    spec = PdfSignatureValidationSpec(
        SignatureValidationSpec(
            CertValidationPolicySpec(trusted, CertRevTrustPolicy(REQUIRE_REVINFO)),
            RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
        )
    )
    found = await ades_lta_validation(seal, spec)
    return found.ades_subindic.status.name, found.ades_subindic.standard_name


async def _lasting_for_now(pdf: bytes, authority: Any) -> bool:
    reader = PdfFileReader(io.BytesIO(pdf), strict=True)
    words = {"trust_roots": [asn1_x509.Certificate.load(authority.root)], "revocation_mode": "require"}
    context = DocumentSecurityStore.read_dss(reader).as_validation_context({**words, "allow_fetching": False})
    status = await async_validate_pdf_signature(reader.embedded_regular_signatures[0], context)
    return bool(status.bottom_line)


async def test_another_library_needs_nothing_from_elsewhere_for_an_extended_file(
    letter: bytes, authority: Any, star: Drawing
) -> None:
    out, certificate = await _sealed(letter, authority, star)
    words: dict[str, Any] = {"certificates": [certificate, authority.root], "crls": [authority.crl()]}
    extended = await extend_pdf(out, **words)
    stamped = await extend_pdf(out, **words, stamp=authority.stamp)
    assert extended.startswith(out)
    assert stamped.startswith(extended)
    assert (await _lasting(out, authority))[0] != "PASSED"
    assert await _lasting_for_now(extended, authority)
    assert await _lasting(stamped, authority) == ("PASSED", "OK")
    assert not pikepdf.open(io.BytesIO(stamped)).check_pdf_syntax()


async def test_a_revoked_seal_is_found_in_the_file_itself(
    letter: bytes, authority: Any, star: Drawing, caplog: pytest.LogCaptureFixture
) -> None:
    out, certificate = await _sealed(letter, authority, star)
    serial = x509.load_der_x509_certificate(certificate).serial_number
    authority.revoked[serial] = authority.now - timedelta(hours=1)
    try:
        extended = await extend_pdf(out, certificates=[certificate, authority.root], crls=[authority.crl()])
    finally:
        authority.revoked.clear()
    assert not await _lasting_for_now(extended, authority)
    assert "revoked at" in caplog.text


async def test_a_second_extension_keeps_the_first(letter: bytes, authority: Any, star: Drawing) -> None:
    out, certificate = await _sealed(letter, authority, star)
    words: dict[str, Any] = {
        "certificates": [certificate, authority.root],
        "crls": [authority.crl()],
        "stamp": authority.stamp,
    }
    twice = await extend_pdf(await extend_pdf(out, **words), **words)
    document = pikepdf.open(io.BytesIO(twice))
    store = document.Root.DSS
    assert (len(store.Certs), len(store.CRLs)) == (4, 2)
    assert store.Certs[0].read_bytes() == certificate
    found = PdfFileReader(io.BytesIO(twice), strict=True)
    assert [one.field_name for one in found.embedded_signatures] == ["Seal1", "Stamp2", "Stamp3"]
    assert await _lasting(twice, authority) == ("PASSED", "OK")


async def test_a_seal_upon_an_extended_file_is_valid_too(letter: bytes, authority: Any, star: Drawing) -> None:
    out, certificate = await _sealed(letter, authority, star)
    extended = await extend_pdf(out, certificates=[certificate], crls=[authority.crl()], stamp=authority.stamp)
    twice, _ = await _sealed(extended, authority, star)
    found = PdfFileReader(io.BytesIO(twice), strict=True).embedded_regular_signatures
    for one in found:
        assert (await async_validate_pdf_signature(one, authority.trusting())).bottom_line
    assert len(found) == 2


async def test_pdfsig_finds_an_extended_file_valid(
    letter: bytes, authority: Any, star: Drawing, program: Callable[..., Any], tmp_path: Path
) -> None:
    out, certificate = await _sealed(letter, authority, star)
    file = tmp_path / "extended.pdf"
    words: dict[str, Any] = {"certificates": [certificate], "crls": [authority.crl()], "stamp": authority.stamp}
    file.write_bytes(await extend_pdf(out, **words))
    said = program("pdfsig", "-nocert", file).stdout
    assert said.count("Signature is Valid") == 1  # of document time stamps it tells the kind, and no more
    assert "Signature Field Name: Stamp2" in said


async def test_a_file_without_a_seal_is_not_extended(letter: bytes) -> None:
    with pytest.raises(NotClean):
        await extend_pdf(letter, certificates=[], crls=[])


async def test_a_long_document_time_stamp_gets_its_room(letter: bytes, authority: Any) -> None:
    asked: list[bytes] = []

    async def long(digest: bytes) -> bytes:
        asked.append(digest)
        token: bytes = await authority.stamp(digest)
        return token + bytes(9000 if len(asked) == 1 else 0)

    await stamp_pdf(letter, long)
    assert len(set(asked)) == 2
