"""The keys of seals: a role that a cryptographic machine (密码机, HSM) fits, and software keys for where there is none.

A digest goes in, a signature comes out; keys never leave. Software keys lie in esign's database, each sealed under an
envelope key that is not there, and not in files of their own: so a key is there exactly when the seal that has it is,
whatever crashes, and goes into the same backup. By law a seal's key is kept in an approved cryptographic machine
(电子签名法 art. 13, GB/T 38540-2020): `FileSealKeys` is for development and trial.
"""

from dataclasses import dataclass, field
from typing import Protocol, cast

from chassis.base.recent import Recent
from chassis.data.cipher import FieldCipher, Undecipherable
from chassis.data.database import Database, UnitOfWork
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from sealing.signing import Algorithm

from esign_svc.errors import SealKeysMissing, SealUnavailable
from esign_svc.store import registry
from sealing import sm

OPEN_KEYS = 200
"""How many keys a process holds open at most."""
_ECDSA = ec.ECDSA(Prehashed(hashes.SHA256()))


@dataclass(frozen=True, slots=True)
class KeyMade:
    """A new key's name, and its public half (SubjectPublicKeyInfo, DER)."""

    key_id: str
    public_key: bytes = field(repr=False)


class SealKeys(Protocol):
    """Makes keys and signs with them; the private halves never leave."""

    async def create(self, work: UnitOfWork, algorithm: Algorithm) -> KeyMade:
        """Make a key. Where keys are rows it is there when the transaction is committed, and else not."""

    async def sign(self, key_id: str, digest: bytes) -> bytes:
        """Sign a digest as `sealing.signing.Sign` says. Raises SealUnavailable for a key that is not there."""

    async def exists(self, key_id: str) -> bool:
        """Tell whether there is such a key."""


Private = ec.EllipticCurvePrivateKey | bytes
"""A P-256 key, or an SM2 key as `sealing.sm` has it."""


class FileSealKeys:
    """Software keys in rows, each under the envelope key and bound to its name. Never beside seals that count."""

    def __init__(self, database: Database, envelope: FieldCipher) -> None:
        self._database = database
        self._envelope = envelope
        self._open: Recent[str, Private] = Recent(OPEN_KEYS)

    async def create(self, work: UnitOfWork, algorithm: Algorithm) -> KeyMade:
        """Make a key in the open transaction."""
        key_id = work.ids()
        private, public = _new(algorithm)
        sealed = self._envelope.encrypt(_written(private), table="seal_key", column="private", row=key_id)
        registry.add_key(work, key_id, algorithm, sealed)
        return KeyMade(key_id, public)

    async def sign(self, key_id: str, digest: bytes) -> bytes:
        """Sign a digest; a key that was used lately is open already. Raises SealUnavailable."""
        private = self._open.get(key_id)
        if private is None:
            private = await self._opened(key_id)
            self._open.keep(key_id, private)
        return sm.sign(private, digest) if isinstance(private, bytes) else private.sign(digest, _ECDSA)

    async def exists(self, key_id: str) -> bool:
        """Tell whether there is such a key."""
        async with self._database.asking() as connection:
            return await registry.find_key(connection, key_id) is not None

    async def _opened(self, key_id: str) -> Private:
        async with self._database.asking() as connection:
            row = await registry.find_key(connection, key_id)
        if row is None:
            raise SealUnavailable(f"没有密钥 {key_id}")
        try:
            text = self._envelope.decrypt(row["private"], table="seal_key", column="private", row=key_id)
        except Undecipherable as error:
            raise SealUnavailable(f"印章密钥 {key_id} 打不开:信封密钥不是制作时的那一把") from error
        return _read(Algorithm(row["algorithm"]), text)


class NoSealKeys:
    """Where there is neither a cryptographic machine nor an envelope: the registry is kept, and nothing is sealed."""

    async def create(self, work: UnitOfWork, algorithm: Algorithm) -> KeyMade:  # noqa: ARG002  the role's
        """Raise SealKeysMissing."""
        raise SealKeysMissing

    async def sign(self, key_id: str, digest: bytes) -> bytes:  # noqa: ARG002  the role's
        """Raise SealUnavailable."""
        raise SealUnavailable("没有密码设备,也没有 ESIGN_SEAL_KEY")

    async def exists(self, key_id: str) -> bool:  # noqa: ARG002  the role's
        """Tell that there is no key."""
        return False


def _new(algorithm: Algorithm) -> tuple[Private, bytes]:
    if algorithm is Algorithm.SM2:
        key = sm.new_key()
        return key, bytes(sm.to_spki(sm.public_key(key)).dump())
    private = ec.generate_private_key(ec.SECP256R1())
    return private, private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _written(private: Private) -> str:
    if isinstance(private, bytes):
        return private.hex()
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()).hex()


def _read(algorithm: Algorithm, text: str) -> Private:
    if algorithm is Algorithm.SM2:
        return bytes.fromhex(text)
    return cast("ec.EllipticCurvePrivateKey", load_der_private_key(bytes.fromhex(text), None))
