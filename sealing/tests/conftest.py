"""An authority of the tests' own, papers that typst rendered, and the other programs that judge what was made."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import pytest
import typst
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko_certvalidator import ValidationContext
from sealing.certificates import Holder, Issuer, Term, certify_seal, certify_stamper, new_root, revocations
from sealing.der import oid
from sealing.drawing import Drawing, Step
from sealing.drawing import Path as Line
from sealing.signing import Algorithm, Sign, Signatory

from sealing import stamps

DAY = timedelta(days=1)
CRL_URL = "http://crl.invalid/one.crl"
POLICY = oid("2.25.1")


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def signing(key: ec.EllipticCurvePrivateKey) -> Sign:
    async def sign(digest: bytes) -> bytes:
        return key.sign(digest, ec.ECDSA(utils.Prehashed(SHA256())))

    return sign


@dataclass(frozen=True, slots=True)
class Authority:
    """A root, seals that it certified, and a clock that is signed."""

    issuer: Issuer
    stamper: Signatory
    now: datetime
    pem: Path
    revoked: dict[int, datetime] = field(default_factory=dict)

    @property
    def root(self) -> bytes:
        return self.issuer.certificate.public_bytes(Encoding.DER)

    def seal(self, name: str = "审批专用章") -> Signatory:
        key = new_key()
        holder = Holder(name, "郑州市公安局", "11410100005252015C")
        term = Term(x509.random_serial_number(), self.now - DAY, self.now + 300 * DAY)
        made = certify_seal(self.issuer, key.public_key(), holder, term, crl_url=CRL_URL)
        return Signatory(made.public_bytes(Encoding.DER), (self.root,), Algorithm.P256, signing(key))

    async def answer(self, question: stamps.Question, **other: Any) -> bytes:
        words = {"serial": 7, "at": self.now, "policy": POLICY, **other}
        return await stamps.answer(question, words.pop("signatory", self.stamper), **words)

    async def stamp(self, digest: bytes) -> bytes:
        question = stamps.Question(digest, 2**63 + 5)
        roots = [self.issuer.certificate]
        return stamps.read_answer(await self.answer(question), question, roots=roots, at=self.now)

    def crl(self) -> bytes:
        return revocations(self.issuer, self.revoked, start=self.now, end=self.now + DAY)

    def trusting(self, **words: Any) -> ValidationContext:
        return ValidationContext(trust_roots=[asn1_x509.Certificate.load(self.root)], allow_fetching=False, **words)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    now = datetime.now(UTC).replace(microsecond=0)
    key, stamp_key = new_key(), new_key()
    root = new_root(key, "试验根证书", "试验机构", Term(1, now - 900 * DAY, now + 900 * DAY))
    issuer = Issuer(root, key)
    term = Term(2, now - 2 * DAY, now + 800 * DAY)
    stamper = certify_stamper(issuer, stamp_key.public_key(), "试验时间戳", term, crl_url=CRL_URL)
    pem = tmp_path_factory.mktemp("authority") / "root.pem"
    pem.write_bytes(root.public_bytes(Encoding.PEM))
    encoded = stamper.public_bytes(Encoding.DER)
    return Authority(issuer, Signatory(encoded, (), Algorithm.P256, signing(stamp_key)), now, pem)


@pytest.fixture(scope="session")
def star() -> Drawing:
    return _star()


def _star(size_mm: float = 42.0) -> Drawing:
    """A drawing whose lower left corner is unlike its others."""
    corner = (Step("M", ((0, size_mm),)), Step("L", ((size_mm / 2, size_mm),)), Step("L", ((0, 0),)), Step("Z"))
    ring = (Step("M", ((1, 1),)), Step("C", ((size_mm, 1), (size_mm, size_mm), (1, size_mm - 1))), Step("Z"))
    return Drawing(size_mm, size_mm, (Line(corner, "#d00000"), Line(ring, "#d00000", stroke_mm=1.2)))


LETTER = """#set document(date: datetime(year: 2026, month: 11, day: 27), title: "准予行政许可决定书")
#set page(paper: "a4", margin: 2.5cm)
#set text(font: "Noto Serif SC", lang: "zh", size: 16pt)
= 准予行政许可决定书
申请人#sys.inputs.at("name", default: "张三")提出的申请,符合法定条件。
#pagebreak()
第二页 #link("https://verify.example/x")[核验]
"""


@cache
def _rendered(name: str, folder: Path) -> bytes:
    source = folder / "letter.typ"
    source.write_text(LETTER, encoding="utf-8")
    fonts = [str(Path(pylopdf_fonts_zh_cn.__file__).parent)]
    made: bytes = typst.compile(
        str(source), font_paths=fonts, ignore_system_fonts=True, pdf_standards=["a-2b"], sys_inputs={"name": name}
    )
    return made


@pytest.fixture(scope="session")
def letter(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two pages, PDF/A-2b, as typst renders them."""
    return _rendered("张三", tmp_path_factory.mktemp("letter"))


Plain = Callable[..., bytes]


@pytest.fixture(scope="session")
def plain() -> Plain:
    return _plain


def _plain(
    page: bytes = b"", catalog: bytes = b"", trailer: bytes = b"", extra: Sequence[bytes] = (), between: bytes = b""
) -> bytes:
    """A PDF of one page with these entries more, and objects from number 5 on."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
        b"<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 595 842]>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R%s>>" % page,
        b"<</Length 3>>\nstream\nq Q\nendstream",
        *extra,
    ]
    made, offsets = b"%PDF-1.7\n%\x80\x80\x80\x80\n\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body) + between
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    made += b"xref\n0 %d\n0000000000 65535 f \n" % size + table
    words = b"trailer\n<</Size %d/Root 1 0 R/ID[<AB><CD>]%s>>\nstartxref\n%d\n%%%%EOF\n"
    return made + words % (size, trailer, made.index(b"xref\n"))


@pytest.fixture(scope="session")
def program() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run a program that judges from outside; where it is not installed the test says so, and in CI it fails."""

    def run(name: str, *words: str | Path) -> "subprocess.CompletedProcess[str]":
        found = shutil.which(name)
        if found is None:
            missing = f"{name} is not installed (Debian: poppler-utils, openssl)"
            if os.environ.get("CI"):
                pytest.fail(missing)
            pytest.skip(missing)
        return subprocess.run([found, *map(str, words)], capture_output=True, encoding="utf-8", check=False)

    return run
