"""Forgeries that leave the signature alone and change what is shown: appended revisions, shadows, annotations."""

import re
from typing import Any

import pikepdf
from pyhanko.sign import PdfSigner
from pyhanko.sign.fields import MDPPerm
from sealing.pdf_judge.sections import Within
from sealing.pdf_judge.view import Bytes, View

from . import honest
from .authorities import city
from .catalogue import CERTIFIED, FIELDS, HIDDEN, LATER, STRUCTURE, forgery
from .writing import appended, body, number_of, pages, root, size, start_of, stream, with_entry

ISA, SHADOW, NOTE, FORM = "incremental saving", "shadow", "annotation", "form"
TEXT = b"BT /F1 18 Tf 72 700 Td (Page 1: granted, fee 900 yuan) Tj ET"


def content_of(data: bytes, nth: int = 0) -> int:
    """Return the number of a page's content stream."""
    found = re.search(rb"/Contents (\d+) 0 R", body(data, pages(data)[nth]))
    assert found is not None
    return int(found[1])


def catalog_with(data: bytes, entry: bytes, objects: dict[int, bytes] | None = None) -> bytes:
    """Return the file with one more entry in its catalog."""
    return appended(data, {root(data): with_entry(body(data, root(data)), entry), **(objects or {})})


def page_with(data: bytes, entry: bytes, objects: dict[int, bytes] | None = None) -> bytes:
    """Return the file with one more entry in its first page."""
    page = pages(data)[0]
    return appended(data, {page: with_entry(body(data, page), entry), **(objects or {})})


def with_note(data: bytes, note: bytes) -> bytes:
    """Return the file with one more annotation on its first page."""
    page, number = pages(data)[0], size(data)
    text, found = body(data, page), re.search(rb"/Annots (\d+) 0 R", body(data, page))
    if found:
        notes = int(found[1])
        return appended(data, {notes: body(data, notes).replace(b"[", b"[%d 0 R " % number, 1), number: note})
    if b"/Annots" in text:
        changed = re.sub(rb"/Annots \[", b"/Annots [%d 0 R " % number, text)
        return appended(data, {page: changed, number: note})
    return appended(data, {page: with_entry(text, b"/Annots [%d 0 R]" % number), number: note})


@forgery(ISA, LATER)
def forge_content_changed(data: bytes) -> bytes:
    return appended(data, {content_of(data): stream(TEXT)})


@forgery(ISA, LATER)
def forge_content_of_another_number(data: bytes) -> bytes:
    page, number = pages(data)[0], size(data)
    changed = re.sub(rb"/Contents \d+ 0 R", b"/Contents %d 0 R" % number, body(data, page))
    return appended(data, {page: changed, number: stream(TEXT)})


@forgery(ISA, LATER, of=honest.stamped)
def forge_content_changed_behind_a_stamped_seal(data: bytes) -> bytes:
    return appended(data, {content_of(data): stream(TEXT)})


@forgery(ISA, LATER, of=honest.lasting)
def forge_content_changed_behind_proofs(data: bytes) -> bytes:
    return appended(data, {content_of(data): stream(TEXT)})


@forgery(ISA, LATER, of=honest.archived)
def forge_content_changed_behind_a_document_stamp(data: bytes) -> bytes:
    return appended(data, {content_of(data): stream(TEXT)})


@forgery(ISA, LATER)
def forge_content_changed_and_sealed_by_another(data: bytes) -> bytes:
    """The second seal is sound and covers the file, and covers up what the first signer never saw."""
    return honest.sealed(forge_content_changed(data), who=city().bureau, field="Seal2")


@forgery(ISA, LATER, of=honest.stamped)
def forge_content_changed_and_time_stamped(data: bytes) -> bytes:
    return honest.time_stamped(forge_content_changed(data))


@forgery(ISA, LATER, STRUCTURE)
def forge_objects_without_cross_references(data: bytes) -> bytes:
    return data + b"\n%d 0 obj\n%s\nendobj\n" % (content_of(data), stream(TEXT))


@forgery(ISA, LATER)
def forge_objects_with_the_old_start(data: bytes) -> bytes:
    body_text = b"\n%d 0 obj\n%s\nendobj\n" % (content_of(data), stream(TEXT))
    return data + body_text + b"startxref\n%d\n%%%%EOF\n" % start_of(data)


@forgery(ISA, LATER, STRUCTURE)
def forge_objects_with_a_trailer_only(data: bytes) -> bytes:
    text = b"\n%d 0 obj\n%s\nendobj\ntrailer\n<< /Root %d 0 R >>\n" % (content_of(data), stream(TEXT), root(data))
    return data + text + b"startxref\n%d\n%%%%EOF\n" % start_of(data)


@forgery(ISA, LATER, of=honest.stamped)
def forge_unlisted_object_before_honest_proofs(data: bytes) -> bytes:
    """Readers that rebuild the cross-references find another content before the store of proofs."""
    return honest.with_proofs(data + b"\n%d 0 obj\n%s\nendobj\n" % (content_of(data), stream(TEXT)))


@forgery(ISA, LATER)
def forge_cross_reference_stream(data: bytes) -> bytes:
    number, out = content_of(data), bytearray(data + b"\n")
    place = len(out)
    out += b"%d 0 obj\n%s\nendobj\n" % (number, stream(TEXT))
    start, own = len(out), size(data)
    rows = b"\x01" + place.to_bytes(4, "big") + b"\x00" + b"\x01" + start.to_bytes(4, "big") + b"\x00"
    told = b"/Type /XRef /W [1 4 1] /Index [%d 1 %d 1] /Size %d /Root %d 0 R /Prev %d"
    attributes = told % (number, own, own + 1, root(data), start_of(data))
    out += b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (own, stream(rows, attributes), start)
    return bytes(out)


@forgery(ISA, LATER)
def forge_content_in_an_object_stream(data: bytes) -> bytes:
    page, out = pages(data)[0], bytearray(data + b"\n")
    inside = body(data, page).replace(b"842", b"421")
    place, holder, own = len(out), size(data), size(data) + 1
    head = b"%d 0 " % page
    told = b"/Type /ObjStm /N 1 /First %d" % len(head)
    out += b"%d 0 obj\n%s\nendobj\n" % (holder, stream(head + inside, told))
    start = len(out)
    rows = b"\x02" + holder.to_bytes(4, "big") + b"\x00"
    for one in (place, start):
        rows += b"\x01" + one.to_bytes(4, "big") + b"\x00"
    told = b"/Type /XRef /W [1 4 1] /Index [%d 1 %d 2] /Size %d /Root %d 0 R /Prev %d"
    attributes = told % (page, holder, own + 1, root(data), start_of(data))
    out += b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (own, stream(rows, attributes), start)
    return bytes(out)


@forgery(ISA, LATER)
def forge_page_added(data: bytes) -> bytes:
    tree, number = number_of(data, b"/Type /Pages"), size(data)
    text = re.sub(rb"/Kids \[", b"/Kids [ %d 0 R " % number, body(data, tree))
    return appended(data, {tree: text.replace(b"/Count 2", b"/Count 3"), number: body(data, pages(data)[0])})


@forgery(ISA, LATER)
def forge_page_made_of_a_new_seal(data: bytes) -> bytes:
    """A field that may join the form joins the pages as well."""
    more = honest.sealed(data, who=city().bureau, field="Seal2")
    tree, field = number_of(more, b"/Type /Pages"), number_of(more, b"(Seal2)")
    text = re.sub(rb"/Kids \[", b"/Kids [ %d 0 R " % field, body(more, tree))
    return honest.sealed(appended(more, {tree: text}), who=city().bureau, field="Seal3")


@forgery(ISA, LATER)
def forge_content_of_another_generation(data: bytes) -> bytes:
    """Readers that look at numbers only take the new content for the old one."""
    number = content_of(data)
    forged = appended(data, {number: stream(TEXT)})
    at = forged.rindex(b"\n%d 0 obj" % number)
    return forged[:at] + forged[at:].replace(b"%d 0 obj" % number, b"%d 7 obj" % number).replace(
        b" 00000 n", b" 00007 n"
    )


@forgery(ISA, LATER, of=lambda: honest.sealed(honest.plain(object_stream_mode=pikepdf.ObjectStreamMode.generate)))
def forge_number_that_points_into_an_old_object_stream(data: bytes) -> bytes:
    """Only cross-references are added: the first page is now what the second one was, in the old object stream."""
    one, two = pages(data)
    view = View(Bytes(data), len(data))
    entry, start, own = view.entries[two], len(data) + 1, size(data)
    assert isinstance(entry, Within)
    rows = (
        b"\x02" + entry.container.to_bytes(4, "big") + bytes([entry.nth]) + b"\x01" + start.to_bytes(4, "big") + b"\0"
    )
    told = b"/Type /XRef /W [1 4 1] /Index [%d 1 %d 1] /Size %d /Root %d 0 R /Prev %d"
    attributes = told % (one, own, own + 1, root(data), start_of(data))
    text = b"\n%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n"
    return data + text % (own, stream(rows, attributes), start)


@forgery(ISA, LATER)
def forge_page_removed(data: bytes) -> bytes:
    tree = number_of(data, b"/Type /Pages")
    text = re.sub(rb"/Kids \[.*?\]", b"/Kids [ %d 0 R ]" % pages(data)[0], body(data, tree), flags=re.DOTALL)
    return appended(data, {tree: text.replace(b"/Count 2", b"/Count 1")})


@forgery(ISA, LATER)
def forge_pages_swapped(data: bytes) -> bytes:
    tree, (one, two) = number_of(data, b"/Type /Pages"), pages(data)
    text = re.sub(rb"/Kids \[.*?\]", b"/Kids [ %d 0 R %d 0 R ]" % (two, one), body(data, tree), flags=re.DOTALL)
    return appended(data, {tree: text})


@forgery(ISA, LATER)
def forge_page_rotated(data: bytes) -> bytes:
    return page_with(data, b"/Rotate 180")


@forgery(ISA, LATER)
def forge_page_cropped(data: bytes) -> bytes:
    return page_with(data, b"/CropBox [0 0 100 100]")


@forgery(ISA, LATER)
def forge_font_swapped(data: bytes) -> bytes:
    font = number_of(data, b"/BaseFont")
    return appended(data, {font: body(data, font).replace(b"/Helvetica", b"/Symbol")})


@forgery(ISA, LATER)
def forge_picture_swapped(data: bytes) -> bytes:
    picture = number_of(data, b"/Subtype /Image")
    return appended(data, {picture: body(data, picture).replace(b"/Width 4", b"/Width 2")})


@forgery(ISA, LATER)
def forge_other_catalog(data: bytes) -> bytes:
    number = size(data)
    return appended(data, {number: with_entry(body(data, root(data)), b"/Evil 1")}, catalog=number)


@forgery(ISA, LATER)
def forge_action_on_opening(data: bytes) -> bytes:
    return catalog_with(data, b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>")


@forgery(ISA, LATER)
def forge_names_added(data: bytes) -> bytes:
    return catalog_with(data, b"/Names << /JavaScript << /Names [] >> >>")


@forgery(ISA, LATER)
def forge_layers_added(data: bytes) -> bytes:
    return catalog_with(data, b"/OCProperties << /OCGs [] /D << >> >>")


@forgery(ISA, LATER)
def forge_structure_added(data: bytes) -> bytes:
    return catalog_with(data, b"/StructTreeRoot << /Type /StructTreeRoot >>")


@forgery(ISA, LATER)
def forge_title_changed(data: bytes) -> bytes:
    found = re.findall(rb"/Info (\d+) 0 R", data)
    info = int(found[-1])
    return appended(data, {info: body(data, info).replace(b"(Decision)", b"(Refusal)")}, extra=b" /Info %d 0 R" % info)


@forgery(ISA, LATER, of=honest.lasting)
def forge_proofs_with_something_else(data: bytes) -> bytes:
    store = number_of(data, b"/VRI")
    return appended(data, {store: with_entry(body(data, store), b"/Evil 1")})


@forgery(ISA, LATER, of=honest.lasting)
def forge_object_nobody_needs_behind_proofs(data: bytes) -> bytes:
    return appended(data, {size(data): stream(TEXT)})


@forgery(SHADOW, LATER)
def forge_cover_taken_away(data: bytes) -> bytes:
    """Hide: a picture that covered the text is freed after sealing."""
    return appended(data, {}, freed=(number_of(data, b"/Subtype /Image"),))


def with_two_contents() -> bytes:
    """Return a sealed file that has another content prepared, which nothing shows."""
    return honest.sealed(appended(honest.plain(), {size(honest.plain()): stream(TEXT)}))


@forgery(SHADOW, LATER, of=with_two_contents)
def forge_content_swapped_by_cross_references(data: bytes) -> bytes:
    """Hide and replace: only a table is added, which points to the other content, inside the signed bytes."""
    other = data.index(b"fee 900")
    return appended(data, {}, pointed={content_of(data): data.rindex(b" 0 obj", 0, other) - 1})


@forgery(SHADOW, LATER, STRUCTURE, of=with_two_contents)
def forge_content_swapped_by_its_old_head(data: bytes) -> bytes:
    other = data.index(b"fee 900")
    place = data.rindex(b"\n", 0, data.rindex(b" 0 obj", 0, other)) + 1
    return appended(data, {}, pointed={content_of(data): place})


def with_dangling() -> bytes:
    """Return a sealed file whose page names a picture that is not there yet."""
    plain = honest.plain()
    page = pages(plain)[0]
    text = body(plain, page).replace(b"/XObject <<", b"/XObject << /P2 99 0 R")
    return honest.sealed(appended(plain, {page: text}))


@forgery(SHADOW, LATER, of=with_dangling)
def forge_what_was_missing_filled_in(data: bytes) -> bytes:
    """Replace: the page referred to an object that did not exist; now it does."""
    image = b"/Type /XObject /Subtype /Form /BBox [0 0 600 800]"
    return appended(data, {99: stream(b"0 0 600 800 re f", image)})


def with_length_aside() -> bytes:
    """Return a sealed file whose content's length is an object of its own."""
    plain = honest.plain()
    number, content = size(plain), content_of(plain)
    text = re.sub(rb"/Length \d+", b"/Length %d 0 R" % number, body(plain, content))
    length = re.search(rb"/Length (\d+)", body(plain, content))
    assert length is not None
    return honest.sealed(appended(plain, {content: text, number: length[1]}))


@forgery(SHADOW, LATER, of=with_length_aside)
def forge_length_shortened(data: bytes) -> bytes:
    found = re.search(rb"/Length (\d+) 0 R", body(data, content_of(data)))
    assert found is not None
    return appended(data, {int(found[1]): b"10"})


def with_text_field() -> bytes:
    """Return a sealed file that has a form with a text."""
    plain = honest.plain()
    page, number = pages(plain)[0], size(plain)
    field = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (Fee) /V (100) /Rect [72 500 200 520] /AP << /N %d 0 R >> >>"
    face = stream(b"BT /F1 12 Tf (100) Tj ET", b"/Type /XObject /Subtype /Form /BBox [0 0 128 20]")
    objects = {
        root(plain): with_entry(body(plain, root(plain)), b"/AcroForm << /Fields [%d 0 R] >>" % number),
        page: with_entry(body(plain, page), b"/Annots [%d 0 R]" % number),
        number: field % (number + 1),
        number + 1: face,
    }
    return honest.sealed(appended(plain, objects))


@forgery(FORM, LATER, of=with_text_field)
def forge_text_of_a_field(data: bytes) -> bytes:
    field = number_of(data, b"/FT /Tx")
    return appended(data, {field: body(data, field).replace(b"(100)", b"(900)")})


@forgery(FORM, LATER, of=with_text_field)
def forge_look_of_a_field(data: bytes) -> bytes:
    face = number_of(data, b"/BBox [0 0 128 20]")
    return appended(data, {face: stream(b"BT /F1 12 Tf (900) Tj ET", b"/Subtype /Form /BBox [0 0 128 20]")})


@forgery(FORM, LATER, FIELDS)
def forge_field_added(data: bytes) -> bytes:
    form, number = number_of(data, b"/SigFlags"), size(data)
    text = re.sub(rb"/Fields \[", b"/Fields [%d 0 R " % number, body(data, form))
    return appended(data, {form: text, number: b"<< /FT /Tx /T (Fee) /V (900) >>"})


@forgery(FORM, LATER)
def forge_appearances_wanted_anew(data: bytes) -> bytes:
    form = number_of(data, b"/SigFlags")
    return appended(data, {form: with_entry(body(data, form), b"/NeedAppearances true")})


@forgery(FORM, FIELDS)
def forge_dynamic_form(data: bytes) -> bytes:
    form = number_of(data, b"/SigFlags")
    return appended(data, {form: with_entry(body(data, form), b"/XFA (<xdp/>)")})


@forgery(FORM, LATER)
def forge_seal_moved(data: bytes) -> bytes:
    field = number_of(data, b"/FT /Sig")
    return appended(data, {field: re.sub(rb"/Rect \[[^\]]*\]", b"/Rect [0 0 500 500]", body(data, field))})


@forgery(FORM, LATER)
def forge_look_of_a_seal(data: bytes) -> bytes:
    field = number_of(data, b"/FT /Sig")
    found = re.search(rb"/N (\d+) 0 R", body(data, field))
    assert found is not None
    return appended(data, {int(found[1]): stream(b"1 0 0 rg", b"/Subtype /Form /BBox [0 0 100 100]")})


@forgery(FORM, HIDDEN, LATER, of=honest.two)
def forge_second_seal_taken_away(data: bytes) -> bytes:
    form = number_of(data, b"/SigFlags")
    text = re.sub(rb"(/Fields \[\s*\d+ 0 R)[^\]]*\]", rb"\1]", body(data, form))
    return appended(data, {form: text})


@forgery(NOTE, LATER)
def forge_text_laid_over(data: bytes) -> bytes:
    note = b"<< /Type /Annot /Subtype /FreeText /Rect [72 690 400 720] /Contents (fee 900 yuan) /DA (/Helv 18 Tf) >>"
    return with_note(data, note)


@forgery(NOTE, LATER)
def forge_stamp_laid_over(data: bytes) -> bytes:
    return with_note(data, b"<< /Type /Annot /Subtype /Stamp /Rect [72 690 400 720] /Name /Approved >>")


@forgery(NOTE, LATER, of=lambda: honest.certified(MDPPerm.ANNOTATE))
def forge_text_laid_over_a_certified_file(data: bytes) -> bytes:
    """Evil annotation: the certificate permits annotations, which may look like the text."""
    return forge_text_laid_over(data)


@forgery(NOTE, LATER, of=lambda: honest.certified(MDPPerm.ANNOTATE))
def forge_text_laid_over_a_certified_file_and_sealed(data: bytes) -> bytes:
    return honest.sealed(forge_text_laid_over(data), who=city().bureau, field="Seal2")


@forgery("sneaky signature", CERTIFIED, of=honest.certified)
def forge_visible_seal_on_a_certified_file(data: bytes) -> bytes:
    """Sneaky signature: the certificate permits signing, and the new seal's look covers the text."""
    return honest.sealed(data, who=city().bureau, field="Seal2", box=(72, 690, 300, 720))


@forgery("sneaky signature", CERTIFIED, of=lambda: honest.certified(MDPPerm.NO_CHANGES))
def forge_seal_on_a_file_that_permits_none(data: bytes) -> bytes:
    return honest.sealed(data, who=city().bureau, field="Seal2", made_by=Careless)


class Careless(PdfSigner):
    """Signs what may not be signed any more."""

    def _enforce_certification_constraints(self, *_: Any) -> None:
        """Let all pass."""


@forgery("sneaky signature", LATER)
def forge_seal_over_the_whole_page(data: bytes) -> bytes:
    return honest.sealed(data, who=city().bureau, field="Seal2", box=(0, 0, 595, 842))


@forgery("sneaky signature", LATER)
def forge_empty_field_left_behind(data: bytes) -> bytes:
    return honest.with_empty_field(data)
