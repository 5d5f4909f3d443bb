"""Makes a sealed PDF last: what its verification needs stands in it (B-LT), under a time stamp of its own (B-LTA).

ETSI EN 319 142-1, clauses 5.4 (DSS; a VRI adds nothing for whoever looks at all of it) and 5.5 (document time stamp).
"""

import zlib
from collections.abc import Sequence

from sealing import pdf_source
from sealing.pdf_fields import Field, add_field
from sealing.pdf_sealing import STAMP_ROOM
from sealing.pdf_source import NotClean, Source, references
from sealing.pdf_update import Update, dictionary, stream
from sealing.signing import Stamp

_STAMPED = b"/Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161"


async def extend_pdf(
    pdf: bytes,
    *,
    certificates: Sequence[bytes],
    crls: Sequence[bytes],
    ocsps: Sequence[bytes] = (),
    stamp: Stamp | None = None,
) -> bytes:
    """Return a sealed PDF with certificates, lists of revoked ones and OCSP answers (DER) behind it: B-LT.

    With `stamp` all of it is stamped: B-LTA. What an earlier extension left stays. Raises NotClean, StampRefused.
    """
    source = pdf_source.read(pdf)
    catalog = source.entries(source.trailer[b"/Root"])
    if b"/AcroForm" not in catalog:
        raise NotClean("文件没有印章")
    extended = _with_store(source, catalog, {b"/Certs": certificates, b"/CRLs": crls, b"/OCSPs": ocsps})
    return await stamp_pdf(extended, stamp) if stamp else extended


async def stamp_pdf(pdf: bytes, stamp: Stamp) -> bytes:
    """Return a PDF under a document time stamp (ISO 32000-2, 12.8.5). Raises NotClean, StampRefused."""
    source = pdf_source.read(pdf)
    room = STAMP_ROOM
    while True:
        update = Update(source)
        signature = update.reserve()
        add_field(update, source, Field(source.pages()[0], signature))
        gap = update.with_gap(signature, _STAMPED, room)
        token = await stamp(gap.digest())
        if len(token) <= room:
            return gap.filled(token)
        room = len(token) + 512


def _with_store(source: Source, catalog: dict[bytes, bytes], given: dict[bytes, Sequence[bytes]]) -> bytes:
    """Write the document security store (DSS)."""
    update = Update(source)
    there = source.entries(catalog[b"/DSS"]) if b"/DSS" in catalog else {}
    store = {b"/Type": b"/DSS"}
    for key, values in given.items():
        kept = references(there.get(key, b""))
        added = [b"%d 0 R" % update.add(_packed(one)) for one in dict.fromkeys(values)]
        if kept or added:
            store[key] = b"[%s]" % b" ".join([*kept, *added])
    if there:
        update.put(pdf_source.number_of(catalog[b"/DSS"]), dictionary(store))
        return update.finished()
    root = pdf_source.number_of(source.trailer[b"/Root"])
    update.change(root, {b"/DSS": b"%d 0 R" % update.add(dictionary(store))})
    return update.finished()


def _packed(der: bytes) -> bytes:
    return stream({b"/Filter": b"/FlateDecode"}, zlib.compress(der, 9))
