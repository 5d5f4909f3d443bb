"""Signature fields of a PDF: a field is its own widget (ISO 32000-1, 12.7.4.5), listed in the form and on its page."""

from dataclasses import dataclass

from sealing.pdf_source import Source, references
from sealing.pdf_update import Update, dictionary

_ESIC = b"<</ESIC<</BaseVersion/1.7/ExtensionLevel 1>>>>"
"""Says that the file uses what ETSI added to PDF 1.7."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field to be: the numbers of its page and of its signature, its rectangle, the number of its appearance."""

    page: int
    signature: int
    rectangle: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    appearance: int | None = None


def add_field(update: Update, source: Source, field: Field) -> None:
    """Write a field into an update: printed, locked, signed."""
    root = int(source.trailer[b"/Root"].split()[0])
    catalog, page = source.objects[root].entries(), source.objects[field.page].entries()
    fields = references(catalog.get(b"/AcroForm", b""))
    kind = b"Seal" if field.appearance else b"Stamp"
    entries = {
        b"/Type": b"/Annot",
        b"/Subtype": b"/Widget",
        b"/FT": b"/Sig",
        b"/T": b"(%s%d)" % (kind, len(fields) + 1),
        b"/F": b"132",
        b"/Rect": b"[%.4f %.4f %.4f %.4f]" % field.rectangle,
        b"/P": b"%d 0 R" % field.page,
        b"/V": b"%d 0 R" % field.signature,
    }
    if field.appearance:
        entries[b"/AP"] = b"<</N %d 0 R>>" % field.appearance
    added = b"%d 0 R" % update.add(dictionary(entries))
    form = b"<</Fields[%s]/SigFlags 3>>" % b" ".join([*fields, added])
    update.change(root, {b"/AcroForm": form, b"/Extensions": _ESIC})
    there = source.array(page.get(b"/Annots", b""))
    update.change(field.page, {b"/Annots": b"[%s]" % b" ".join([*there, added])})
