"""Personal data at rest: AES-256-GCM per field, and a keyed look-up digest under another key."""

import base64
import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class Undecipherable(Exception):  # noqa: N818  named after the fact
    """The stored text was not made by this key for this place, or was changed."""


@dataclass(frozen=True, slots=True)
class FieldCipher:
    """Encrypts single fields. The envelope names its key; the place (table, column, row) is authenticated.

    `keys` maps key ids to 32-byte keys, so that old values stay readable after a rotation; `current` encrypts.
    """

    keys: Mapping[str, bytes] = field(repr=False)
    current: str

    @classmethod
    def of(cls, text: str) -> "FieldCipher":
        """Return the cipher of `key id.key in base64url`; older keys, only read with, follow after commas."""
        given = [one.partition(".") for one in text.split(",")]
        return cls({key_id: base64.urlsafe_b64decode(encoded) for key_id, _, encoded in given}, given[0][0])

    def encrypt(self, text: str, *, table: str, column: str, row: str) -> str:
        """Return `key id.base64url(nonce + ciphertext + tag)`."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = _aead(self.keys[self.current]).encrypt(nonce, text.encode(), _place(table, column, row))
        return f"{self.current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def decrypt(self, sealed: str, *, table: str, column: str, row: str) -> str:
        """Return the text; raises Undecipherable when it was made elsewhere, by another key, or changed."""
        key_id, _, encoded = sealed.partition(".")
        if key_id not in self.keys:
            raise Undecipherable(f"no key {key_id}")
        try:
            raw = base64.urlsafe_b64decode(encoded)
            opened = _aead(self.keys[key_id]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _place(table, column, row))
        except (InvalidTag, ValueError) as error:
            raise Undecipherable(f"{table}.{column} of {row}") from error
        return opened.decode()


@dataclass(frozen=True, slots=True)
class LookupKeys:
    """Make equal values findable without storing them: HMAC-SHA-256 under keys of their own, per purpose.

    More than one key is live while it is changed: what is written is findable under each, what is looked for is looked
    for under each.
    """

    keys: Sequence[bytes] = field(repr=False)

    @classmethod
    def of(cls, text: str) -> "LookupKeys":
        """Return the keys of base64url text; older ones follow after commas."""
        return cls([base64.urlsafe_b64decode(one) for one in text.split(",")])

    def digests(self, purpose: str, value: str) -> list[str]:
        """Return 64 hex characters for each key, the newest first; another purpose gives other digests."""
        message = f"{purpose}\0{value}".encode()
        return [hmac.digest(key, message, "sha256").hex() for key in self.keys]


@dataclass(frozen=True, slots=True)
class Keyring:
    """A service's keys; `gateways` are the thumbprints of the gateway's public keys."""

    cipher: FieldCipher
    lookup: LookupKeys
    gateways: Sequence[str]


@lru_cache(64)
def _aead(key: bytes) -> AESGCM:
    return AESGCM(key)


def _place(table: str, column: str, row: str) -> bytes:
    return f"{table}\0{column}\0{row}".encode()
