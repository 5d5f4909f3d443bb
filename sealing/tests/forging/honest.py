"""Sound files as several makers make them: what every forgery begins with, and what must always pass."""

import functools
import io
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSigner, PdfTimeStamper, fields
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext

from .authorities import LATER, NOW, Holder, city, revocations

PAGES = ("准予行政许可决定书", "第二页")


def plain(pages: tuple[str, ...] = PAGES, **saving: Any) -> bytes:
    """Return an unsigned file with text, a font and a picture."""
    document = pikepdf.new()
    font = document.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    picture = pikepdf.Stream(document, bytes(range(48)))
    picture.stream_dict = pikepdf.Dictionary(
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=4,
        Height=4,
        ColorSpace=pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
    )
    for nth, _ in enumerate(pages):
        page = document.add_blank_page(page_size=(595, 842))
        page.Resources = pikepdf.Dictionary(
            Font=pikepdf.Dictionary(F1=font), XObject=pikepdf.Dictionary(P1=document.make_indirect(picture))
        )
        text = f"BT /F1 18 Tf 72 {700 - nth} Td (Page {nth + 1}: granted, fee 100 yuan) Tj ET"
        text += "\nq 40 0 0 40 72 600 cm /P1 Do Q"
        page.Contents = document.make_indirect(pikepdf.Stream(document, text.encode()))
    document.docinfo["/Title"] = "Decision"
    target = io.BytesIO()
    document.save(target, **{"object_stream_mode": pikepdf.ObjectStreamMode.disable, "static_id": True, **saving})
    return target.getvalue()


def sealed(
    data: bytes | None = None,
    *,
    who: Holder | None = None,
    field: str = "Seal1",
    box: tuple[int, int, int, int] | None = None,
    stamped: bool = False,
    subfilter: SigSeedSubFilter = SigSeedSubFilter.PADES,
    signer: Any = None,
    at: datetime = NOW,
    made_by: type[PdfSigner] = PdfSigner,
    **options: Any,
) -> bytes:
    """Return a file with one more seal, made by pyHanko."""
    who = who or city().hall
    writer = IncrementalPdfFileWriter(io.BytesIO(data or plain()), strict=False)
    metadata = PdfSignatureMetadata(
        field_name=field, md_algorithm="sha256", subfilter=subfilter, embed_validation_info=False, **options
    )
    spec = SigFieldSpec(field, on_page=0, box=box)
    signing = made_by(
        metadata,
        signer or who.signer(*city().above),
        timestamper=city().clock.stamper(at=at) if stamped else None,
        new_field_spec=spec,
    )
    return _written(signing.sign_pdf(writer, existing_fields_only=False, bytes_reserved=20_000))


def _written(output: Any) -> bytes:
    return bytes(output.getbuffer())


@functools.cache
def one() -> bytes:
    """Return a file with one seal over two pages: what most forgeries begin with."""
    return sealed(box=(350, 100, 470, 220))


@functools.cache
def two() -> bytes:
    """Return a file with two seals."""
    return sealed(one(), who=city().bureau, field="Seal2", box=(100, 100, 220, 220))


@functools.cache
def stamped() -> bytes:
    """Return a file with a seal that has a time stamp (PAdES B-T)."""
    return sealed(stamped=True)


@functools.cache
def lasting() -> bytes:
    """Return a file with proofs for later behind its seal (PAdES B-LT)."""
    return with_proofs(stamped())


def with_proofs(data: bytes, *lists: Any) -> bytes:
    """Return the file with a store of certificates and revocation lists (DSS)."""
    target = io.BytesIO(data)
    certificates = [city().root.read, city().middle.read, city().clock.read]
    DocumentSecurityStore.add_dss(
        target,
        sig_contents=PdfFileReader(io.BytesIO(data)).embedded_signatures[-1].pkcs7_content,
        certs=certificates,
        crls=list(lists) or [revocations(city().root), revocations(city().middle)],
    )
    return target.getvalue()


@functools.cache
def archived() -> bytes:
    """Return a file with proofs and a document time stamp behind them (PAdES B-LTA)."""
    return time_stamped(lasting())


def time_stamped(data: bytes) -> bytes:
    """Return the file with a document time stamp."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    return _written(PdfTimeStamper(city().clock.stamper()).timestamp_pdf(writer, "sha256"))


@functools.cache
def certified(level: MDPPerm = MDPPerm.FILL_FORMS) -> bytes:
    """Return a file that its author certified."""
    return sealed(certify=True, docmdp_permissions=level)


def with_empty_field(data: bytes, name: str = "Seal2") -> bytes:
    """Return the file with a signature field for later."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    fields.append_signature_field(writer, SigFieldSpec(name, on_page=0, box=(100, 100, 220, 220)))
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def edited(data: bytes) -> bytes:
    """Return the file saved incrementally once more, as word processors do."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    writer.root["/PageMode"] = generic.NameObject("/UseNone")
    writer.update_root()
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def context() -> ValidationContext:
    """Return what pyHanko judges these files by."""
    return ValidationContext(trust_roots=[city().root.read], moment=LATER)


def run(*words: str | Path) -> None:
    """Run a command that must work."""
    subprocess.run([str(one) for one in words], check=True, capture_output=True)
