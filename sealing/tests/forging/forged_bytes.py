"""Forgeries of the signature's dictionary, of its range of bytes, of what follows it, and of cross-references."""

import re

from . import honest
from .catalogue import DIGEST, FIELDS, HIDDEN, LATER, NONE, RANGE, STRUCTURE, WEAK, forgery
from .cms_made import Recipe, built, resealed
from .writing import appended, body, number_of, pages, range_text, ranges, replaced, root, size, start_of, stream, table

USF, SWA, TAIL, XREF = "signature dictionary", "signature wrapping", "bytes after the last range", "cross-references"


@forgery(USF, HIDDEN, RANGE)
def forge_contents_named_otherwise(data: bytes) -> bytes:
    return replaced(data, b"/Contents <", b"/Contentz <")


@forgery(USF, RANGE, HIDDEN)
def forge_contents_null(data: bytes) -> bytes:
    _, first, second, _ = ranges(data)
    return data[:first] + b"null".ljust(second - first) + data[second:]


@forgery(USF, RANGE)
def forge_contents_empty(data: bytes) -> bytes:
    _, first, second, _ = ranges(data)
    return data[:first] + b"<>".ljust(second - first) + data[second:]


@forgery(USF, "cms_structure")
def forge_contents_zeros(data: bytes) -> bytes:
    _, first, second, _ = ranges(data)
    return data[:first] + b"<" + b"0" * (second - first - 2) + b">" + data[second:]


@forgery(USF, RANGE)
def forge_range_missing(data: bytes) -> bytes:
    return replaced(data, range_text(data), b"")


@forgery(USF, RANGE)
def forge_range_null(data: bytes) -> bytes:
    return replaced(data, range_text(data), b"/ByteRange null")


@forgery(USF, RANGE)
def forge_range_empty(data: bytes) -> bytes:
    return replaced(data, range_text(data), b"/ByteRange []")


@forgery(USF, RANGE)
def forge_range_of_zeros(data: bytes) -> bytes:
    return replaced(data, range_text(data), b"/ByteRange [0 0 0 0]")


@forgery(USF, RANGE)
def forge_range_negative(data: bytes) -> bytes:
    _, first, second, length = ranges(data)
    return replaced(data, range_text(data), b"/ByteRange [0 %d %d -%d]" % (first, second, length))


@forgery(USF, RANGE)
def forge_range_beyond_the_end(data: bytes) -> bytes:
    _, first, second, length = ranges(data)
    return replaced(data, range_text(data), b"/ByteRange [0 %d %d %d]" % (first, second, length + 9))


@forgery(USF, RANGE)
def forge_range_of_words(data: bytes) -> bytes:
    return replaced(data, range_text(data), b"/ByteRange [/a /b /c /d]")


@forgery(USF, RANGE)
def forge_range_of_one_part(data: bytes) -> bytes:
    return replaced(data, range_text(data), b"/ByteRange [0 %d]" % ranges(data)[1])


@forgery(USF, RANGE)
def forge_range_of_three_parts(data: bytes) -> bytes:
    _, first, second, length = ranges(data)
    text = b"/ByteRange [0 9 9 %d %d %d]" % (first - 9, second, length)
    return replaced(data, range_text(data), text)


@forgery(USF, RANGE)
def forge_subfilter_missing(data: bytes) -> bytes:
    return replaced(data, b"/SubFilter", b"/SubFilteR")


@forgery(USF, WEAK)
def forge_subfilter_unknown(data: bytes) -> bytes:
    return replaced(data, b"/ETSI.CAdES.detached", b"/ETSI.CAdES.detachee")


@forgery(USF, RANGE)
def forge_type_unknown(data: bytes) -> bytes:
    return replaced(data, b"/Type /Sig", b"/Type /Sog")


@forgery(USF, STRUCTURE)
def forge_range_twice(data: bytes) -> bytes:
    text = range_text(data)
    short = text.rstrip()
    return replaced(data, text, short + b"/ByteRange 1") if len(text) - len(short) > 12 else data[:-1]


@forgery(SWA, RANGE, HIDDEN)
def forge_second_part_at_the_end(data: bytes) -> bytes:
    """What follows the signature is another text; what was signed there lies behind it."""
    _, first, second, length = ranges(data)
    changed = data[:second] + data[second:].replace(b"(fee", b"(FEE") + data[second:]
    return replaced(changed, range_text(changed), b"/ByteRange [0 %d %d %d]" % (first, second + length, length))


@forgery(SWA, RANGE)
def forge_parts_overlapping(data: bytes) -> bytes:
    _, first, second, length = ranges(data)
    return replaced(
        data, range_text(data), b"/ByteRange [0 %d %d %d]" % (first, first - 9, length + second - first + 9)
    )


@forgery(SWA, RANGE)
def forge_parts_reordered(data: bytes) -> bytes:
    _, first, second, length = ranges(data)
    return replaced(data, range_text(data), b"/ByteRange [%d %d 0 %d]" % (second, length, first))


@forgery(SWA, RANGE)
def forge_start_left_out(data: bytes) -> bytes:
    """The signer's own key over all but the first bytes: what is signed is sound, and the head may be anything."""
    _, first, second, length = ranges(data)
    text = b"/ByteRange [9 %d %d %d]" % (first - 9, second, length)
    changed = replaced(data, range_text(data), text)
    der = built(changed[9:first] + changed[second:], Recipe())
    return changed[:first] + b"<" + der.hex().encode().ljust(second - first - 2, b"0") + b">" + changed[second:]


def resealed_around(data: bytes, first: int, second: int) -> bytes:
    """Return the file, sealed anew by the signer's own key, with a range that leaves more out than the string."""
    _, start, stop, length = ranges(data)
    text = b"/ByteRange [0 %d %d %d]" % (start + first, stop + second, length - second)
    changed = replaced(data, range_text(data), text)
    der = built(changed[: start + first] + changed[stop + second :], Recipe())
    return changed[:start] + b"<" + der.hex().encode().ljust(stop - start - 2, b"0") + b">" + changed[stop:]


@forgery(SWA, RANGE)
def forge_gap_with_room_behind(data: bytes) -> bytes:
    return resealed_around(data, 0, 20)


@forgery(SWA, RANGE)
def forge_gap_with_room_before(data: bytes) -> bytes:
    return resealed_around(data, -10, 0)


@forgery(SWA, RANGE)
def forge_gap_that_begins_inside_the_string(data: bytes) -> bytes:
    return resealed_around(data, 1, 0)


@forgery(SWA, RANGE)
def forge_gap_with_blanks(data: bytes) -> bytes:
    _, _, second, _ = ranges(data)
    return data[: second - 40] + b" " * 39 + data[second - 1 :]


@forgery(SWA, RANGE)
def forge_end_left_out(data: bytes) -> bytes:
    _, first, second, _ = ranges(data)
    return resealed(replaced(data, range_text(data), b"/ByteRange [0 %d %d 20]" % (first, second)), Recipe())


@forgery(SWA, STRUCTURE, LATER)
def forge_last_bytes_left_out(data: bytes) -> bytes:
    _, first, second, length = ranges(data)
    return resealed(
        replaced(data, range_text(data), b"/ByteRange [0 %d %d %d]" % (first, second, length - 7)), Recipe()
    )


@forgery(TAIL, LATER)
def forge_a_line_added(data: bytes) -> bytes:
    return data + b"\n"


@forgery(TAIL, LATER, STRUCTURE)
def forge_a_comment_added(data: bytes) -> bytes:
    return data + b"% by whom\n%%EOF\n"


@forgery(TAIL, STRUCTURE)
def forge_zeros_added(data: bytes) -> bytes:
    return data + b"\0" * 3000


@forgery(TAIL, STRUCTURE)
def forge_an_archive_added(data: bytes) -> bytes:
    return data + b"PK\x05\x06" + b"\0" * 18


@forgery(TAIL, LATER, of=honest.lasting)
def forge_lines_behind_the_proofs(data: bytes) -> bytes:
    return data + b"\n\n"


@forgery(TAIL, DIGEST)
def forge_bytes_before_the_head(data: bytes) -> bytes:
    end = data.index(b"\n", 10)
    return data[: end - 3] + b"%%%" + data[end:] if data[end - 1 : end] != b"%" else data[:20] + b"%" + data[21:]


@forgery(XREF, STRUCTURE)
def forge_loop_of_sections(data: bytes) -> bytes:
    return appended(data, {}, prev=len(data) + (not data.endswith(b"\n")))


@forgery(XREF, STRUCTURE)
def forge_loop_over_two_sections(data: bytes) -> bytes:
    catalog = root(data)
    first = appended(data, {size(data): b"<< >>"}, prev=len(data) * 2)
    second = appended(first, {}, prev=start_of(first), catalog=catalog)
    return second.replace(b"/Prev %d" % (len(data) * 2), b"/Prev %d" % start_of(second))


@forgery(XREF, STRUCTURE)
def forge_section_beyond_the_end(data: bytes) -> bytes:
    return appended(data, {}, prev=10**9)


@forgery(XREF, LATER, HIDDEN)
def forge_section_that_skips_the_signed_one(data: bytes) -> bytes:
    places = {number: data.index(b"%d 0 obj" % number) for number in range(1, 8) if b"\n%d 0 obj" % number in data}
    places = {number: data.index(b"\n%d 0 obj" % number) + 1 for number in places}
    oldest = int(re.findall(rb"startxref\s+(\d+)", data)[0])
    newest = {root(data): body(data, root(data))}
    sig = number_of(data, b"/ByteRange")
    return appended(data, newest, pointed={**places, sig: data.rindex(b"%d 0 obj" % sig)}, prev=oldest)


@forgery(XREF, STRUCTURE, LATER)
def forge_no_chain_at_all(data: bytes) -> bytes:
    out = data if data.endswith(b"\n") else data + b"\n"
    places: dict[int, int | None] = {
        int(found[1]): found.start(1) for found in re.finditer(rb"(?:^|\n)(\d+) 0 obj", data)
    }
    start = len(out)
    text = table(places, b"", size(data), None, root(data))
    return out + text + b"startxref\n%d\n%%%%EOF\n" % start


@forgery(XREF, STRUCTURE)
def forge_number_twice_in_a_section(data: bytes) -> bytes:
    page = pages(data)[0]
    forged = appended(data, {page: body(data, page)})
    at = forged.rindex(b"xref\n0 1\n")
    row = b"%d 1\n%010d 00000 n \n" % (page, 15)
    return forged[:at] + forged[at:].replace(b"trailer", row + b"trailer", 1)


@forgery(XREF, STRUCTURE, LATER)
def forge_number_that_is_another(data: bytes) -> bytes:
    page = pages(data)[0]
    forged = appended(data, {page: body(data, page)})
    at = forged.rindex(b"\n%d 0 obj" % page)
    return forged[: at + 1] + forged[at + 1 :].replace(b"%d 0 obj" % page, b"%d 0 obj" % (page + 1), 1)


@forgery(XREF, STRUCTURE)
def forge_start_elsewhere(data: bytes) -> bytes:
    return data + b"\nstartxref\n12\n%%EOF\n"


@forgery(XREF, STRUCTURE)
def forge_hybrid_with_two_readings(data: bytes) -> bytes:
    """Old readers see the page as it was, new ones another: the table and the stream disagree."""
    return hybrid(data, shown=True)


@forgery(XREF, LATER)
def forge_hybrid_that_hides_a_change(data: bytes) -> bytes:
    """Only readers of `/XRefStm` see the changed page."""
    return hybrid(data, shown=False)


def hybrid(data: bytes, *, shown: bool) -> bytes:
    """Return the file with a hybrid increment that changes the first page."""
    page = pages(data)[0]
    out = bytearray(data if data.endswith(b"\n") else data + b"\n")
    old = data.index(b"\n%d 0 obj" % page) + 1
    place = len(out)
    out += b"%d 0 obj\n%s\nendobj\n" % (page, body(data, page).replace(b"842", b"421"))
    hidden = len(out)
    rows = b"\x01" + place.to_bytes(4, "big") + b"\x00"
    attributes = b"/Type /XRef /W [1 4 1] /Index [%d 1] /Size %d /Root %d 0 R" % (page, size(data) + 1, root(data))
    out += b"%d 0 obj\n%s\nendobj\n" % (size(data), stream(rows, attributes))
    start = len(out)
    places: dict[int, int | None] = {page: old if shown else None}
    extra = b" /XRefStm %d" % hidden
    out += table(places, extra, size(data) + 1, start_of(data), root(data))
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


@forgery("encryption", STRUCTURE)
def forge_encrypted_afterwards(data: bytes) -> bytes:
    return appended(data, {}, extra=b" /Encrypt << /Filter /Standard /V 1 /R 2 /O <00> /U <00> /P -1 >>")


@forgery("encryption", STRUCTURE)
def forge_encryption_by_reference(data: bytes) -> bytes:
    number = size(data)
    return appended(data, {number: b"<< /Filter /Standard /V 0 >>"}, extra=b" /Encrypt %d 0 R" % number)


@forgery("hidden signatures", HIDDEN, FIELDS)
def forge_signature_in_no_field(data: bytes) -> bytes:
    form = number_of(data, b"/SigFlags")
    return appended(data, {form: re.sub(rb"/Fields \[[^\]]*\]", b"/Fields []", body(data, form))})


@forgery("hidden signatures", NONE, HIDDEN)
def forge_signature_whose_field_lost_its_kind(data: bytes) -> bytes:
    field = number_of(data, b"/FT /Sig")
    return appended(data, {field: body(data, field).replace(b"/FT /Sig", b"/FT /Tx")})


@forgery("hidden signatures", FIELDS)
def forge_two_fields_with_one_signature(data: bytes) -> bytes:
    field, form, number = number_of(data, b"/FT /Sig"), number_of(data, b"/SigFlags"), size(data)
    fields = re.sub(rb"/Fields \[", b"/Fields [%d 0 R " % number, body(data, form))
    return appended(data, {form: fields, number: body(data, field).replace(b"Seal1", b"Seal9")})


@forgery("hidden signatures", HIDDEN)
def forge_second_signature_beside_the_form(data: bytes) -> bytes:
    return appended(data, {size(data): body(data, number_of(data, b"/ByteRange"))})


@forgery("hidden signatures", HIDDEN)
def forge_signature_dictionary_without_an_object(data: bytes) -> bytes:
    return data + b"\n" + body(data, number_of(data, b"/ByteRange")) + b"\nstartxref\n%d\n%%%%EOF\n" % start_of(data)


@forgery("hidden signatures", "cms_structure", DIGEST, of=honest.two)
def forge_first_signature_spoilt_last_one_whole(data: bytes) -> bytes:
    """Only whoever judges all signatures sees that the first one, inside the second one's range, is broken."""
    first = data.index(b"/Contents <") + 900
    return data[:first] + b"00ff" + data[first + 4 :]
