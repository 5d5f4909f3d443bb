"""What makers of proofs for later leave behind unused in their increments, and forgers do not need."""

from asn1crypto import parser

from sealing.pdf_judge.sections import At, Free, Within, stream_entries
from sealing.pdf_judge.syntax import Ref, Stream
from sealing.pdf_judge.view import View

STORE = {"Type", "VRI", "Certs", "CRLs", "OCSPs"}
PROOF = {"Type", "Cert", "CRL", "OCSP", "TU", "TS"}
"""The entries of the store of proofs (`/DSS`), and of those of one signature (ETSI EN 319 142-1, 5.4.2)."""


def are_left_behind(changed: set[int], before: View, after: View) -> bool:
    """Tell whether of what changed all is used, or proofs that nobody names, or cross-references. Raises Unreadable."""
    containers = {entry.container for entry in after.entries.values() if isinstance(entry, Within)}
    rest = changed - after.reached().keys() - containers
    return all(_is_left_behind(number, before, after) for number in rest)


def _is_left_behind(number: int, before: View, after: View) -> bool:
    if isinstance(after.entries.get(number, Free()), Free):
        return True
    value = after.value(number)
    if isinstance(value, Stream):
        if value.attributes.get("Type") == "XRef":
            return _says_the_same(number, after)
        plain = after.plain(value)
        return number not in before.entries and plain[:1] == b"0" and parser.peek(plain) == len(plain)
    if isinstance(value, list):
        return all(isinstance(one, Ref) for one in value)
    return isinstance(value, dict) and (not value.keys() - PROOF - STORE or value == {"Type": "Font"})


def _says_the_same(number: int, view: View) -> bool:
    """Tell whether a cross-reference stream, used or not, says nothing that the file's own ones do not say."""
    entry = view.entries[number]
    told = stream_entries(view.file.data, entry.place, view.end) if isinstance(entry, At) else {}
    return all(view.entries.get(one, Free()) == said for one, said in told.items())
