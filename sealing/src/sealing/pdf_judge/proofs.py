"""What a sealed PDF needs so that it can be verified when its authorities are gone (ETSI EN 319 142-1, 5.4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from asn1crypto import x509

from sealing import chains
from sealing.pdf_judge.found import signatures
from sealing.pdf_judge.rule import certificates_of, verified
from sealing.pdf_judge.view import Bytes, View


@dataclass(frozen=True, slots=True)
class Gathered:
    """The certificates and lists (DER) that a file needs, and the names of the certificates that lack one.

    `unrooted` lead to no trusted root; of `unlisted` no list that is in force says whether they are revoked.
    """

    certificates: tuple[bytes, ...]
    lists: tuple[bytes, ...]
    unrooted: tuple[str, ...]
    unlisted: tuple[str, ...]


def gather(pdf: bytes, *, roots: Sequence[bytes], lists: Iterable[bytes], at: datetime) -> Gathered:
    """Return what a file's seals and time stamps need, of its own certificates, roots and lists (DER) that are there.

    Raises Unsound, Refused, Unreadable for a file that is not sound.
    """
    view = View(Bytes(pdf), len(pdf))
    sound = [verified(view, one) for one in signatures(view)]
    trusted = tuple(x509.Certificate.load(root) for root in roots)
    given = chains.loaded((), lists, ())
    proofs = replace(given, certificates=tuple(one for each in sound for one in each.brought))
    used = [
        (certificate, moment)
        for each in sound
        for certificate, _, moment in certificates_of(each, each.stamp.at if each.stamp else None)
    ]
    needed: dict[bytes, x509.Certificate] = {}
    unrooted = []
    for certificate, stamped in used:
        way = chains.path(certificate, chains.Shown(proofs, trusted, stamped or at, stamped=stamped is not None))
        if way is None:
            unrooted.append(_name(certificate))
        needed |= {one.dump(): one for one in way or ()}
    open_to = [one for one in needed.values() if one not in trusted]
    unlisted = tuple(_name(one) for one in open_to if not chains.is_listed(one, needed.values(), given, at))
    useful = tuple(one.dump() for one in given.lists if any(one.issuer == each.issuer for each in open_to))
    return Gathered(tuple(needed), useful, tuple(unrooted), unlisted)


def _name(certificate: x509.Certificate) -> str:
    name: str = certificate.subject.human_friendly
    return name
