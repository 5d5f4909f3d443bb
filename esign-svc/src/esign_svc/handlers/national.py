"""A seal's national side (GB/T 38540-2020): an SM2 key and certificate, and the SESeal that its maker signed.

The development authority makes it when it is first needed. Elsewhere its maker brings it (`national_making`); until
then what the seal seals goes out as PDF alone.
"""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from asn1crypto.keys import PublicKeyInfo
from chassis.data import audit
from sealing.signing import Algorithm, Signatory

from esign_svc.domain.seals import SYSTEM
from esign_svc.errors import SealUnavailable
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.sealing import SealInUse
from esign_svc.outside.certifier import NationalMaker, NationalRequest
from esign_svc.outside.seal_keys import KeyMade
from esign_svc.store import registry
from sealing import sm


@dataclass(frozen=True, slots=True)
class NationalSeal:
    """With what a seal seals an OFD: its SESeal (DER), and who signs with it."""

    seal: bytes = field(repr=False)
    signatory: Signatory


async def national_side(esign: Esign, seal: SealInUse) -> NationalSeal | None:
    """Return a seal's national side; None of one that has none now, and that nobody makes at once.

    Raises SealUnavailable where the seal was changed meanwhile.
    """
    async with esign.database.asking() as connection:
        row = await registry.find_national(connection, seal.seal_id)
    maker = esign.authorities.national
    if row is None and maker is not None:
        row = await _made(esign, seal, maker)
    now = esign.clock.now()
    if row is None or row["valid_until"] is None or not row["valid_from"] <= now <= row["valid_until"]:
        return None
    chain = tuple(base64.b64decode(one) for one in row["chain"])
    sign = partial(esign.keys.sign, row["key_id"])
    certificate = base64.b64decode(row["certificate"])
    return NationalSeal(base64.b64decode(row["seal"]), Signatory(certificate, chain, Algorithm.SM2, sign))


def pending_row(seal_id: str, key: KeyMade, at: datetime) -> registry.Record:
    """Return the row of a national side of which only the key is there."""
    public = base64.b64encode(key.public_key).decode()
    made = {"seal_id": seal_id, "key_id": key.key_id, "public_key": public, "key_made_at": at}
    return {**made, "certificate": "", "chain": [], "seal": "", "valid_from": None, "valid_until": None}


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
            **pending_row(seal.seal_id, key, work.clock.now()),
            "certificate": base64.b64encode(made.certificate).decode(),
            "chain": [base64.b64encode(one).decode() for one in made.chain],
            "seal": base64.b64encode(made.seal).decode(),
            "valid_from": seal.valid_from,
            "valid_until": seal.valid_until,
        }
        registry.add_national(work, row)
        await registry.add_certificate(work, seal.seal_id, made.certificate)
        await audit.record(work, actor=SYSTEM, action="seal.national_made", subject=seal.seal_id)
        return row
