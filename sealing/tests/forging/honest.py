"""Sound files as several makers make them: what every forgery begins with, and what must always pass."""

import functools
import io
import re
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pikepdf
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSigner, PdfTimeStamper, fields
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata
from pyhanko.sign.validation.dss import DocumentSecurityStore

from .authorities import NOW, Holder, city, revocations
from .writing import ranges, stream

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
    prepared: bool = False,
    algorithm: str = "sha256",
    lock: FieldMDPSpec | None = None,
    **options: Any,
) -> bytes:
    """Return a file with one more seal, made by pyHanko."""
    who = who or city().hall
    writer = IncrementalPdfFileWriter(io.BytesIO(data or plain()), strict=False)
    metadata = PdfSignatureMetadata(
        field_name=field, md_algorithm=algorithm, subfilter=subfilter, embed_validation_info=False, **options
    )
    spec = SigFieldSpec(field, on_page=0, box=box, field_mdp_spec=lock)
    signing = made_by(
        metadata,
        signer or who.signer(*city().above),
        timestamper=city().clock.stamper(at=at) if stamped else None,
        new_field_spec=None if prepared else spec,
    )
    return _written(signing.sign_pdf(writer, existing_fields_only=prepared, bytes_reserved=20_000))


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


def hybrid() -> bytes:
    """Return an unsigned file as makers write it who think of old readers too (ISO 32000-2, 7.5.8.4)."""
    data = plain(("one",))
    at = data.index(b"xref\n")
    catalog = int(re.findall(rb"/Root (\d+) 0 R", data)[-1])
    total = int(re.findall(rb"/Size (\d+)", data)[-1])
    out = bytearray(data[:at])
    inside = b"<< /Type /PageLabels /Note (only for readers of today) >>"
    holder, hidden, own = total + 1, total, total + 2
    head = b"%d 0 " % hidden
    places = {holder: len(out)}
    out += b"%d 0 obj\n%s\nendobj\n" % (holder, stream(head + inside, b"/Type /ObjStm /N 1 /First %d" % len(head)))
    places[own] = len(out)
    rows = b"\x02" + holder.to_bytes(4, "big") + b"\x00"
    rows += b"".join(b"\x01" + places[one].to_bytes(4, "big") + b"\x00" for one in (holder, own))
    told = b"/Type /XRef /W [1 4 1] /Index [%d 1 %d 2] /Size %d /Root %d 0 R" % (hidden, holder, own + 1, catalog)
    out += b"%d 0 obj\n%s\nendobj\n" % (own, stream(rows, told))
    start = len(out)
    out += data[at : data.index(b"trailer")]
    out += b"trailer << /Size %d /Root %d 0 R /XRefStm %d >>\n" % (own + 1, catalog, places[own])
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def by_openssl(folder: Path, *, who: Holder) -> bytes:
    """Return a file whose CMS the openssl command made."""
    data = sealed(subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED, who=who)
    _, first, second, length = ranges(data)
    (folder / "covered").write_bytes(data[:first] + data[second : second + length])
    pem = serialization.Encoding.PEM
    (folder / "signer").write_bytes(who.certificate.public_bytes(pem))
    (folder / "above").write_bytes(city().middle.certificate.public_bytes(pem))
    plain_key = who.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key").write_bytes(plain_key)
    words = (
        "openssl cms -sign -binary -cades -md sha256 -outform DER -signer signer -inkey key -certfile above -in covered"
    )
    made = subprocess.run(words.split(), cwd=folder, capture_output=True, check=True).stdout
    return data[:first] + b"<" + made.hex().encode().ljust(second - first - 2, b"0") + b">" + data[second:]
