"""A seal's national side (GB/T 38540-2020): an SM2 key and certificate, and the SESeal that its maker signed.

The development authority makes it when it is first needed. Elsewhere a seal has none yet, and what it seals goes out as
PDF alone.
"""

import base64
from dataclasses import dataclass, field
from functools import partial

from asn1crypto.keys import PublicKeyInfo
from chassis.data import audit
from sealing.signing import Algorithm, Signatory

from esign_svc.domain.seals import SYSTEM
from esign_svc.errors import SealUnavailable
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.sealing import SealInUse
from esign_svc.outside.certifier import NationalMaker, NationalRequest
from esign_svc.store import registry
from sealing import sm


@dataclass(frozen=True, slots=True)
class NationalSeal:
    """With what a seal seals an OFD: its SESeal (DER), and who signs with it."""

    seal: bytes = field(repr=False)
    signatory: Signatory


async def national_side(esign: Esign, seal: SealInUse) -> NationalSeal | None:
    """Return a seal's national side; None of one that has none and that nobody makes at once.

    Raises SealUnavailable where the seal was changed meanwhile.
    """
    async with esign.database.asking() as connection:
        row = await registry.find_national(connection, seal.seal_id)
    maker = esign.authorities.national
    if row is None and maker is not None:
        row = await _made(esign, seal, maker)
    if row is None:
        return None
    chain = tuple(base64.b64decode(one) for one in row["chain"])
    sign = partial(esign.keys.sign, row["key_id"])
    certificate = base64.b64decode(row["certificate"])
    return NationalSeal(base64.b64decode(row["seal"]), Signatory(certificate, chain, Algorithm.SM2, sign))


async def _made(esign: Esign, seal: SealInUse, maker: NationalMaker) -> registry.Record:
    """Make a seal's national side, once: whoever comes second waits for the seal's row, and finds it."""
    async with esign.database.unit_of_work() as work:
        if await registry.lock_seal(work.connection, seal.seal_id, unit=seal.unit) is None:
            raise SealUnavailable("印章已变更")
        if found := await registry.find_national(work.connection, seal.seal_id):
            return found
        key = await esign.keys.create(work, Algorithm.SM2)
        request = NationalRequest(
            name=seal.name,
            code=seal.seal_code,
            face=seal.face,
            public=sm.from_spki(PublicKeyInfo.load(key.public_key)),
            valid_from=seal.valid_from,
            valid_until=seal.valid_until,
        )
        made = await maker.make(request)
        row = {
            "seal_id": seal.seal_id,
            "key_id": key.key_id,
            "certificate": base64.b64encode(made.certificate).decode(),
            "chain": [base64.b64encode(one).decode() for one in made.chain],
            "seal": base64.b64encode(made.seal).decode(),
            "made_at": work.clock.now(),
        }
        registry.add_national(work, row)
        await audit.record(work, actor=SYSTEM, action="seal.national_made", subject=seal.seal_id)
        return row
