"""The national side of the development authority: an SM2 root, and a maker of seals (制章者) beneath it.

开发测试,不具法律效力. It stands in for the city's national authority and seal maker where all is embedded. It keeps
nothing: its keys follow from the secret of the development authority. A signature of SM2 is another each time, so the
root's certificate has another signature at each start; name, key and term stay, and by these it is known.
"""

from collections.abc import Callable
from datetime import datetime

from chassis.base.clock import Clock
from cryptography import x509
from sealing.national import certificates, making, structures
from sealing.national.certificates import Holder
from sealing.ofd.writing import seal_picture
from sealing.seal_face import draw
from sealing.signing import Algorithm, Sign, Signatory

from esign_svc.outside.certifier import NationalMade, NationalRequest
from sealing import sm

Derive = Callable[[bytes, int], bytes]
"""Gives so many bytes that follow from the authority's secret and a label."""
LONGEST_NAME = 64
"""Characters of a common name (RFC 5280, ub-common-name)."""


class DevelopmentSealMaker:
    """Certifies SM2 keys of seals and makes their SESeal (GB/T 38540-2020, 6.1). 开发测试,不具法律效力."""

    def __init__(self, derive: Derive, clock: Clock, *, loud: str, term: tuple[datetime, datetime]) -> None:
        self._clock, self._loud = clock, loud
        self._name = f"一网国密根证书({loud})"
        self._key, maker_key = (sm.key_from(_number(derive(label, 40))) for label in (b"sm2 root", b"sm2 maker"))
        serial = int.from_bytes(derive(b"sm2 serial", 15), "big") + 1
        root = Holder(sm.public_key(self._key), self._name, serial, is_authority=True)
        maker = Holder(sm.public_key(maker_key), f"一网制章单位({loud})", serial + 1)
        self.root = certificates.issue_with(self._key, self._name, root, *term)
        """The root's certificate, DER."""
        made = certificates.issue_with(self._key, self._name, maker, *term)
        self._maker = Signatory(made, (self.root,), Algorithm.SM2, _signing(maker_key))

    async def make(self, request: NationalRequest) -> NationalMade:
        """Certify a seal's SM2 key and make its SESeal, as `NationalMaker` says."""
        room = LONGEST_NAME - len(f"({self._loud})")
        holder = Holder(request.public, f"{request.name[:room]}({self._loud})", x509.random_serial_number())
        certificate = certificates.issue_with(self._key, self._name, holder, request.valid_from, request.valid_until)
        facts = making.SealFacts(
            code=request.code,
            kind=structures.UNIT,
            name=request.name,
            signers=(certificate,),
            created_at=self._clock.now(),
            valid_from=request.valid_from,
            valid_to=request.valid_until,
            picture=seal_picture(draw(request.face)),
        )
        return NationalMade(certificate, (self.root,), await making.make_seal(facts, self._maker))


def _number(derived: bytes) -> int:
    """Return a private number from bytes that are 64 bits more than the group's order has (FIPS 186-5, A.2.1)."""
    return int.from_bytes(derived, "big") % (sm.ORDER - 2) + 1


def _signing(key: bytes) -> Sign:
    async def sign(digest: bytes) -> bytes:
        return sm.sign(key, digest)

    return sign
