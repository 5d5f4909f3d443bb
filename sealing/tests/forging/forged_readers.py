"""Forgeries that live on what readers do and a careless verifier does not: limits, generations, looks, locks."""

import functools
import re

from cryptography import x509 as made
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm
from sealing.verdict import Outcome

from . import honest
from .authorities import Holder, city
from .catalogue import CERTIFIED, FIELDS, LATER, NONE, SIGNER, STRUCTURE, forgery
from .cms_made import Recipe, resealed
from .forged_changes import Careless, catalog_with, content_of
from .writing import appended, body, number_of, pages, replaced, root, size, stream, with_entry

LOOK, REACH, PERMISSION, MEANT = "look", "reach", "permission", "meant"
COVER = stream(b"1 1 1 rg 0 0 595 842 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 595 842]")


def with_looks(data: bytes, *fields: bytes, more: dict[int, bytes] | None = None) -> bytes:
    """Return the file with unsigned signature fields that show `COVER`, and somebody's seal that shows nothing."""
    form, page, look = number_of(data, b"/SigFlags"), pages(data)[0], size(data) + 50
    numbers = range(look + 1, look + 1 + len(fields))
    refs = b" ".join(b"%d 0 R" % number for number in numbers)
    entries = b"/FT /Sig /Type /Annot /Subtype /Widget /F 4 /AP << /N %d 0 R >> /T (Look%d) %s"
    objects = {n: b"<< " + entries % (look, n, text) + b" >>" for n, text in zip(numbers, fields, strict=True)}
    objects[form] = re.sub(rb"/Fields \[", b"/Fields [" + refs + b" ", body(data, form))
    objects[page] = re.sub(rb"/Annots \[", b"/Annots [" + refs + b" ", body(data, page))
    changed = appended(data, {**objects, look: COVER, **(more or {})})
    return honest.sealed(changed, who=city().bureau, field="Seal2")


@forgery(LOOK, LATER)
def forge_look_whose_place_is_told_elsewhere(data: bytes) -> bytes:
    number = size(data) + 90
    text = b"/P %d 0 R /Rect %d 0 R" % (pages(data)[0], number)
    return with_looks(data, text, more={number: b"[0 0 595 842]"})


@forgery(LOOK, LATER)
def forge_look_that_names_a_larger_page(data: bytes) -> bytes:
    number = size(data) + 90
    page = b"<< /Type /Page /MediaBox [0 0 99999 99999] >>"
    return with_looks(data, b"/P %d 0 R /Rect [0 0 595 842]" % number, more={number: page})


@forgery(LOOK, LATER)
def forge_looks_that_cover_together(data: bytes) -> bytes:
    strips = [(pages(data)[0], 168 * nth, 168 * nth + 168) for nth in range(5)]
    return with_looks(data, *(b"/P %d 0 R /Rect [0 %d 595 %d]" % one for one in strips))


@forgery(LOOK, LATER, of=lambda: honest.sealed(honest.with_empty_field(honest.plain())))
def forge_look_of_a_field_that_stays_empty(data: bytes) -> bytes:
    field = number_of(data, b"(Seal2)")
    text = re.sub(rb"/AP <<.*?>>", b"", body(data, field), flags=re.DOTALL)
    changed = appended(data, {field: with_entry(text, b"/AP << /N %d 0 R >>" % size(data)), size(data): COVER})
    return honest.sealed(changed, who=city().bureau, field="Seal3")


@forgery(LOOK, CERTIFIED, LATER, of=honest.certified)
def forge_look_on_a_certified_file_whose_place_is_told_elsewhere(data: bytes) -> bytes:
    number = size(data) + 90
    text = b"/P %d 0 R /Rect %d 0 R" % (pages(data)[0], number)
    return with_looks(data, text, more={number: b"[72 690 200 720]"})


def saved_again(data: bytes, extra: bytes = b"") -> bytes:
    """Return the file with an increment that changes nothing."""
    return appended(data, {root(data): body(data, root(data))}, extra=extra)


def _told_size(data: bytes, number: int) -> bytes:
    """Return the file whose last trailer tells of so many objects."""
    at = data.rindex(b"/Size ")
    return data[:at] + re.sub(rb"/Size \d+", b"/Size %d" % number, data[at:], count=1)


@forgery(REACH, LATER, of=honest.lasting)
def forge_objects_beyond_the_size(data: bytes) -> bytes:
    """Hide: readers take no object whose number is not below `/Size`."""
    return _told_size(saved_again(data), 4)


@forgery(REACH, LATER, of=honest.lasting)
def forge_content_of_another_generation_to_nobody(data: bytes) -> bytes:
    """Hide: a reference names a generation, and what has another one is not there."""
    content = content_of(data)
    changed = appended(data, {content: body(data, content)})
    at = changed.rindex(b"\n%d 0 obj" % content)
    changed = changed[:at] + changed[at:].replace(b"%d 0 obj" % content, b"%d 1 obj" % content, 1)
    at = changed.rindex(b"xref\n0 1")
    return changed[:at] + re.sub(rb"(\n%d 1\n\d{10} )00000" % content, rb"\g<1>00001", changed[at:], count=1)


@forgery(REACH, LATER, of=honest.lasting)
def forge_trailer_with_more(data: bytes) -> bytes:
    return saved_again(data, b"/Shown %d 0 R" % content_of(data))


@forgery(REACH, LATER)
def forge_saved_again_for_nothing(data: bytes) -> bytes:
    return saved_again(data)


def with_preferences() -> bytes:
    """Return a sealed file that says 1 where readers look for `true`."""
    return honest.sealed(catalog_with(honest.plain(), b"/ViewerPreferences << /HideMenubar 1 >>"))


@forgery(REACH, LATER, of=with_preferences)
def forge_number_becomes_a_truth(data: bytes) -> bytes:
    """What no reader took for true becomes true: 1 and `true` are alike to a careless program only."""
    text = body(data, root(data)).replace(b"/HideMenubar 1", b"/HideMenubar true")
    return honest.with_proofs(appended(data, {root(data): text}))


@forgery(REACH, STRUCTURE, LATER, of=lambda: honest.sealed(honest.hybrid()))
def forge_old_hybrid_part_brings_old_content_back(data: bytes) -> bytes:
    """Two increments: one that changes an object of the hybrid part, one that names that part again."""
    at = int(re.findall(rb"/XRefStm (\d+)", data)[0])
    number = int(re.findall(rb"/Index \[(\d+) 1", data)[0])
    changed = appended(data, {number: b"<< /Type /PageLabels /Note (other) >>"})
    return appended(changed, {root(data): body(data, root(data))}, extra=b"/XRefStm %d" % at)


def certified_by_reference() -> bytes:
    """Return a file that permits no changes, which a number elsewhere says."""
    plain = honest.plain()
    number = size(plain) + 40
    before = appended(plain, {number: b"1"}, extra=b"/Note %d 0 R" % number)
    data = honest.sealed(before, certify=True, docmdp_permissions=MDPPerm.NO_CHANGES)
    old = re.findall(rb"/Type /TransformParams\s+/V /1.2\s+/P 1", data)[-1]
    return resealed(replaced(data, old, b"/V /1.2 /P %d 0 R" % number), Recipe())


@forgery(PERMISSION, CERTIFIED, of=certified_by_reference)
def forge_seal_on_a_file_that_permits_none_elsewhere(data: bytes) -> bytes:
    return honest.sealed(data, who=city().bureau, field="Seal2", made_by=Careless)


def locking() -> bytes:
    """Return a file with a seal that locks all fields, an empty one too."""
    lock = FieldMDPSpec(FieldMDPAction.ALL)
    return honest.sealed(honest.with_empty_field(honest.plain()), lock=lock)


@forgery(PERMISSION, CERTIFIED, of=locking)
def forge_seal_in_a_locked_field(data: bytes) -> bytes:
    return honest.sealed(data, who=city().bureau, field="Seal2", prepared=True, made_by=Careless)


@functools.cache
def for_servers() -> Holder:
    """Return somebody whom the authority certified as a server."""
    hall, above = city().hall, city().middle
    usage = made.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    old = hall.certificate
    building = made.CertificateBuilder(
        above.certificate.subject, old.subject, old.public_key(), 99, old.not_valid_before_utc, old.not_valid_after_utc
    )
    return Holder(building.add_extension(usage, critical=False).sign(above.key, hashes.SHA256()), hall.key)


@forgery(MEANT, SIGNER, outcome=Outcome.INDETERMINATE)
def forge_seal_of_a_server(data: bytes) -> bytes:
    return resealed(data, Recipe(who=for_servers(), bound=for_servers()))


@forgery(MEANT, NONE, outcome=Outcome.INDETERMINATE)
def forge_time_stamp_in_place_of_a_seal(_: bytes) -> bytes:
    """Anybody may have any file stamped by an authority that all trust."""
    return honest.time_stamped(honest.plain())


@forgery(REACH, FIELDS)
def forge_names_without_end(data: bytes) -> bytes:
    """Each name is made of those above: a deep form would take all memory for its names."""
    form, first = number_of(data, b"/SigFlags"), size(data) + 9
    deep = {n: b"<< /FT /Sig /T (%s) /Kids [%d 0 R] >>" % (b"x" * 100, n + 1) for n in range(first, first + 60)}
    return appended(data, {form: re.sub(rb"/Fields \[", b"/Fields [%d 0 R " % first, body(data, form)), **deep})
