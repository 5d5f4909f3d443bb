"""A small authority of SM2 for tests: a root, a maker of seals, a signer, and a seal."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sealing import sm
from sealing.national import certificates, making, structures
from sealing.national.certificates import Holder, Issuer
from sealing.signing import Algorithm, Signatory
from sealing.verdict import Trust

NOW = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
PICTURE = making.Picture("PNG", b"\x89PNG not looked at here", 42, 42)


def signing_with(key: bytes, certificate: bytes) -> Signatory:
    """Return whoever signs with this key, under this certificate."""

    async def sign(digest: bytes) -> bytes:
        return sm.sign(key, digest)

    return Signatory(certificate, (), Algorithm.SM2, sign)


def issuer_with(key: bytes, name: str) -> Issuer:
    """Return an authority with this key."""

    async def sign(digest: bytes) -> bytes:
        return sm.sign(key, digest)

    return Issuer(name, sm.public_key(key), sign)


@dataclass(frozen=True)
class World:
    """An authority, the maker and the signer that it certified, and the seal that the one made for the other."""

    root_key: bytes
    root: bytes
    maker: Signatory
    signer: Signatory
    signer_key: bytes
    seal: bytes
    facts: making.SealFacts

    @property
    def issuer(self) -> Issuer:
        """The authority."""
        return issuer_with(self.root_key, "测试根机构")

    def trust(self, **changes: object) -> Trust:
        """Trust the authority, on the day of `NOW`."""
        return replace(Trust((self.root,), NOW), **changes)  # type: ignore[arg-type]


async def a_world() -> World:
    """Make a world with keys of its own."""
    root_key, maker_key, signer_key = sm.new_key(), sm.new_key(), sm.new_key()
    issuer = issuer_with(root_key, "测试根机构")
    span = (NOW - YEAR, NOW + YEAR)
    root = await certificates.issue(Holder(sm.public_key(root_key), issuer.name, 1, is_authority=True), issuer, *span)
    maker = await certificates.issue(Holder(sm.public_key(maker_key), "测试制章单位", 2), issuer, *span)
    signer = await certificates.issue(Holder(sm.public_key(signer_key), "郑州市卫生健康委员会", 3), issuer, *span)
    facts = making.SealFacts(
        code="4101000000017",
        kind=structures.UNIT,
        name="郑州市卫生健康委员会行政审批专用章",
        signers=(signer,),
        created_at=NOW - timedelta(days=30),
        valid_from=NOW - timedelta(days=30),
        valid_to=NOW + timedelta(days=300),
        picture=PICTURE,
    )
    made = signing_with(maker_key, maker)
    seal = await making.make_seal(facts, made)
    return World(root_key, root, made, signing_with(signer_key, signer), signer_key, seal, facts)
