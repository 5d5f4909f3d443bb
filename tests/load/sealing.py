"""How many seals a CPU second gives: ours beside pyHanko's in turns, and whether memory stays where it is.

`python tests/load/sealing.py --rounds 5 --seals 100 --documents 2000`. One process, one thread; keys are in memory and
the time-stamp authority is in the process, so that no network and no cryptographic machine is measured.
"""

import argparse
import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, cast

import pylopdf_fonts_zh_cn
import typst
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from chassis.base.clock import SystemClock
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from esign_svc.outside.certifier import CertificateRequest
from esign_svc.outside.development import DevelopmentAuthority
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore
from sealing.drawing import POINTS_PER_MM, Drawing
from sealing.pdf_sealing import Place, seal_pdf
from sealing.seal_face import SealFace, draw
from sealing.signing import Algorithm, Signatory

PLACE = Place(1, 120, 200)
REASON = "准予行政许可"
LETTER = """#set document(date: datetime(year: 2026, month: 11, day: 27), title: "准予行政许可决定书")
#set page(paper: "a4", margin: 2.5cm)
#set text(font: "Noto Serif SC", lang: "zh", size: 16pt)
#align(center)[= 准予行政许可决定书]
#sys.inputs.name:你(单位)提出的申请,经审查,符合法定条件、标准。根据《中华人民共和国行政许可法》第三十八条第一款的规定,决定准予行政许可。
"""
Sealing = Callable[[bytes], Awaitable[bytes]]


class Key:
    """A seal's key and certificate, for both libraries."""

    signatory: Signatory

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        public = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        now = datetime.now(UTC)
        self._request = CertificateRequest(
            "郑州市公安局审批专用章",
            "郑州市公安局",
            "11410100005252015C",
            public,
            now,
            now + timedelta(days=365),
            Algorithm.P256,
        )

    async def certified(self, authority: DevelopmentAuthority) -> "Key":
        made = await authority.certify(self._request)
        self.signatory = Signatory(made.certificate, made.chain, Algorithm.P256, self.sign)
        return self

    async def sign(self, digest: bytes) -> bytes:
        return self.key.sign(digest, ec.ECDSA(utils.Prehashed(SHA256())))


class TheirSigner(Signer):
    """A key that is loaded once."""

    def __init__(self, key: Key, root: bytes) -> None:
        certificates = SimpleCertificateStore()
        certificates.register(asn1_x509.Certificate.load(root))
        mine = asn1_x509.Certificate.load(key.signatory.certificate)
        super().__init__(signing_cert=mine, cert_registry=certificates, embed_roots=True)
        self._key = key.key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: ARG002, FBT001, FBT002
        return bytes(72) if dry_run else self._key.sign(data, ec.ECDSA(SHA256()))


class TheirStamper(TimeStamper):
    """The same authority, asked by the other library."""

    def __init__(self, authority: DevelopmentAuthority) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library's
        self._authority = authority

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(await self._authority.answer(req.dump()))


def theirs(key: Key, authority: DevelopmentAuthority, drawing: Drawing, *, stamped: bool) -> Sealing:
    """Return how pyHanko seals, told to do no more than it must."""
    wide, tall = drawing.width_mm * POINTS_PER_MM, drawing.height_mm * POINTS_PER_MM
    face = RawContent(drawing.pdf(), box=BoxConstraints(width=wide, height=tall))
    style = StaticStampStyle(background=face, background_opacity=1.0, border_width=0)
    left, top = PLACE.left_mm * POINTS_PER_MM, 841.89 - PLACE.top_mm * POINTS_PER_MM
    box = (int(left), int(top - tall), int(left + wide), int(top))
    stamper = TheirStamper(authority) if stamped else None
    signer = TheirSigner(key, authority.root)

    async def seal(pdf: bytes) -> bytes:
        words: dict[str, Any] = {"field_name": "Seal1", "subfilter": SigSeedSubFilter.PADES, "reason": REASON}
        said = PdfSignatureMetadata(md_algorithm="sha256", **words)
        spec = SigFieldSpec("Seal1", box=box)
        sealer = PdfSigner(said, signer, timestamper=stamper, stamp_style=style, new_field_spec=spec)
        out = await sealer.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), bytes_reserved=16384)
        return bytes(out.getvalue())

    return seal


def ours(key: Key, authority: DevelopmentAuthority, drawing: Drawing, *, stamped: bool) -> Sealing:
    """Return how we seal."""

    async def seal(pdf: bytes) -> bytes:
        stamp = authority.stamp if stamped else None
        words: dict[str, Any] = {"drawing": drawing, "place": PLACE, "reason": REASON, "at": datetime.now(UTC)}
        return await seal_pdf(pdf, key.signatory, stamp=stamp, **words)

    return seal


def letters(count: int) -> list[bytes]:
    """Return letters that differ."""
    with TemporaryDirectory() as folder:
        source = Path(folder) / "letter.typ"
        source.write_text(LETTER, encoding="utf-8")
        fonts = [str(Path(pylopdf_fonts_zh_cn.__file__).parent)]
        compiler = typst.Compiler(str(source), font_paths=fonts, ignore_system_fonts=True)
        names = ({"name": f"申请人{number}"} for number in range(count))
        made = [compiler.compile(format="pdf", pdf_standards=["a-2b"], sys_inputs=one) for one in names]
        return cast("list[bytes]", made)


async def a_second(seal: Sealing, pdfs: list[bytes], seals: int) -> float:
    """Return how many seals a CPU second gives."""
    start = time.process_time()
    for number in range(seals):
        await seal(pdfs[number % len(pdfs)])
    return seals / (time.process_time() - start)


def resident() -> float:
    """Return the process's resident memory, MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


async def main(rounds: int, seals: int, documents: int) -> None:
    """Measure and print."""
    authority = DevelopmentAuthority(bytes(range(32)), SystemClock())
    key = await Key().certified(authority)
    drawing = draw(SealFace("郑州市公安局", "审批专用章", "4101000000001"))
    pdfs = letters(20)
    ways: dict[str, Sealing] = {
        "ours B-B": ours(key, authority, drawing, stamped=False),
        "pyHanko B-B": theirs(key, authority, drawing, stamped=False),
        "ours B-T": ours(key, authority, drawing, stamped=True),
        "pyHanko B-T": theirs(key, authority, drawing, stamped=True),
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name in list(ways)[:: 1 if turn % 2 else -1]:
            few = max(5, seals // 10) if "pyHanko" in name else seals
            rate = await a_second(ways[name], pdfs, few if turn else 5)
            if turn:
                found[name].append(rate)
                print(f"{turn}/{rounds} {name}: {rate:.0f} a CPU second", flush=True)
    for name, rates in found.items():
        added = len(await ways[name](pdfs[0])) - len(pdfs[0])
        print(f"{name:<12} {median(rates):7.1f} a CPU second, {1000 / median(rates):6.2f} ms; +{added} bytes")
    before = resident()
    for number in range(documents):
        await ways["ours B-T"](pdfs[number % len(pdfs)])
    print(f"{documents} documents sealed: memory {before:.1f} MB before, {resident():.1f} MB after")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seals", type=int, default=100)
    parser.add_argument("--documents", type=int, default=2000)
    told = parser.parse_args()
    asyncio.run(main(told.rounds, told.seals, told.documents))
