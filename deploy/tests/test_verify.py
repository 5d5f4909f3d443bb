import asyncio
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import keys as read_keys
from asn1crypto import x509 as read
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore
from sealing.ofd.package import read_package
from sealing.ofd.paper import Paper
from sealing.ofd.writing import Sealer, write_ofd
from sealing.testing.national import NOW, a_world
from typer.testing import CliRunner
from yiwang.commands.verify import NOT_JUDGED
from yiwang.main import app


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sealed file, the same with a byte changed, one without a seal, and the signer's certificate."""
    folder = tmp_path_factory.mktemp("sealed")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "测试单位")])
    now = datetime.now(UTC)
    building = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    building = building.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    certificate = building.serial_number(7).sign(key, hashes.SHA256())
    der, pkcs8 = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
    signer = SimpleSigner(
        signing_cert=read.Certificate.load(certificate.public_bytes(der)),
        signing_key=read_keys.PrivateKeyInfo.load(key.private_bytes(der, pkcs8, serialization.NoEncryption())),
        cert_registry=SimpleCertificateStore(),
    )
    plain = io.BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    document.save(plain)
    signing = PdfSigner(PdfSignatureMetadata(field_name="Seal"), signer)
    sealed = bytes(signing.sign_pdf(IncrementalPdfFileWriter(plain)).getbuffer())
    (folder / "sealed.pdf").write_bytes(sealed)
    (folder / "changed.pdf").write_bytes(sealed.replace(b"/MediaBox", b"/MediaBoX"))
    (folder / "plain.pdf").write_bytes(plain.getvalue())
    (folder / "root.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return folder


def verify(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["verify", *map(str, words)], env={"COLUMNS": "200"})
    return result.exit_code, result.output


def test_verify_tells_a_valid_file_by_its_root(place: Path) -> None:
    code, output = verify(place / "sealed.pdf", "--trust", place / "root.pem")
    assert code == 0
    assert "有效 sealed.pdf:签章全部有效" in output
    assert "签章 Seal 测试单位" in output


def test_verify_tells_machines_what_it_found(place: Path) -> None:
    code, output = verify(place / "sealed.pdf", "--trust", place / "root.pem", "--json")
    told = json.loads(output)
    assert code == 0
    assert set(told) == {"verdict", "trust", "reason", "checks", "signatures", "licence"}
    assert (told["verdict"], told["trust"], told["signatures"][0]["signer"]) == ("valid", True, "测试单位")


@pytest.mark.parametrize(
    ("name", "words", "code", "reason"),
    [
        ("sealed.pdf", (), 2, "签章人身份未能确认"),
        ("changed.pdf", (), 1, "文件被改动过"),
        ("plain.pdf", (), 1, "文件没有电子签章"),
        ("root.pem", (), 1, "不是可核验的文件"),
        ("sealed.pdf", ("--at", "2020-01-01T10:00"), 1, "签名时证书尚未生效"),
    ],
)
def test_verify_ends_with_the_code_of_its_verdict(
    place: Path, name: str, words: tuple[str, ...], code: int, reason: str
) -> None:
    ended, output = verify(place / name, *words)
    assert ended == code
    assert reason in output


@pytest.mark.parametrize(
    "words", [(), ("none.pdf",), ("sealed.pdf", "--trust", "sealed.pdf"), ("sealed.pdf", "--at", "soon"), ("a", "b")]
)
def test_verify_that_judged_nothing_ends_with_a_code_of_its_own(
    words: tuple[str, ...], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    assert verify(*words)[0] == NOT_JUDGED


async def test_verify_takes_ofd_files_and_the_signatures_and_seals_of_the_national_format(tmp_path: Path) -> None:
    world = await a_world()
    paper = Paper(
        "受理通知书", "郑卫受字〔2026〕第1号", "张三", ("决定受理。",), "郑州市卫生健康委员会", "2026年11月27日"
    )
    sealed = await write_ofd(paper, Sealer(world.seal, world.signer, NOW))
    (tmp_path / "sealed.ofd").write_bytes(sealed)
    (tmp_path / "changed.ofd").write_bytes(sealed.replace("决定受理".encode(), "决定办理".encode()))
    (tmp_path / "signed.dat").write_bytes(read_package(sealed)["Doc_0/Signs/Sign_0/SignedValue.dat"])
    (tmp_path / "seal.esl").write_bytes(world.seal)
    root = tmp_path / "root.pem"
    root.write_bytes(x509.load_der_x509_certificate(world.root).public_bytes(serialization.Encoding.PEM))
    words = ("--trust", root, "--at", NOW.isoformat())
    for name, code, reason in (
        ("sealed.ofd", 0, "有效 sealed.ofd:电子签章有效,内容未被改动"),
        ("changed.ofd", 1, "压缩包内的文件已损坏"),
        ("signed.dat", 2, "没有提供原文"),
        ("seal.esl", 0, "电子签章有效"),
    ):
        found, output = await asyncio.to_thread(verify, tmp_path / name, *words)
        assert (found, reason in output) == (code, True), output
    assert (await asyncio.to_thread(verify, tmp_path / "sealed.ofd"))[0] == 2
