"""A file at rest: chunks of AES-256-GCM (NIST SP 800-38D) that open only whole, in order and under the file's own name.

Header: four bytes that say the format, the length of the data key's id and the id, a random salt. Then records, each a
chunk of the plain bytes with its tag. The key of a file is derived (HKDF-SHA-256, RFC 5869) from the data key and the
salt; a record's nonce is its number. Authenticated with each record are the header, the name, the number and whether it
is the last: one that was moved, swapped, cut off, added or renamed does not open (as STREAM, Hoang et al., 2015).
"""

import hashlib
import os
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chassis.data.cipher import FieldCipher

FORMAT = b"YWF1"
CHUNK = 64 * 1024
TAG = 16
RECORD = CHUNK + TAG
SALT = 32
LONGEST_HEADER = len(FORMAT) + 1 + 255 + SALT


class NotWhole(Exception):  # noqa: N818  named after the fact
    """What is stored is not what was written under this name, or its data key is not there; it says which."""


class Sealing:
    """Turns one file's plain bytes into what is stored, and counts and digests them on the way."""

    def __init__(self, cipher: FieldCipher, name: str) -> None:
        salt, key_id = os.urandom(SALT), cipher.current.encode()
        header = FORMAT + bytes([len(key_id)]) + key_id + salt
        self.size = 0
        self._digest = hashlib.sha256()
        self._records = _Records(cipher.keys[cipher.current], salt, header + name.encode())
        self._out = bytearray(header)
        self._held = bytearray()

    def take(self, data: bytes) -> None:
        """Take more of the plain bytes; the last chunk is held back, since only the end says that it is the last."""
        self.size += len(data)
        self._digest.update(data)
        self._held += data
        whole = (len(self._held) - 1) // CHUNK * CHUNK if self._held else 0
        for start in range(0, whole, CHUNK):
            self._out += self._records.sealed(bytes(self._held[start : start + CHUNK]), last=False)
        del self._held[:whole]

    def finish(self) -> None:
        """Seal what is held back, as the last."""
        self._out += self._records.sealed(bytes(self._held), last=True)
        self._held.clear()

    def give(self) -> bytes:
        """Return what is to be stored next."""
        given = bytes(self._out)
        self._out.clear()
        return given

    @property
    def sha256(self) -> str:
        """The digest of the plain bytes so far, in hexadecimal."""
        return self._digest.hexdigest()


class Opening:
    """Turns what is stored under a name back into the plain bytes; what it gives was authenticated before."""

    def __init__(self, cipher: FieldCipher, name: str) -> None:
        self._cipher = cipher
        self._name = name
        self._held = bytearray()
        self._records: _Records | None = None

    def open(self, data: bytes, *, last: bool) -> bytes:
        """Take more of what is stored and return what that opens; `last` says that no more is. Raises NotWhole."""
        self._held += data
        if self._records is None and (last or len(self._held) >= LONGEST_HEADER):
            self._records = self._read_header()
        return b"".join(self._opened(self._records, last=last)) if self._records else b""

    def _opened(self, records: "_Records", *, last: bool) -> Iterator[bytes]:
        while len(self._held) > RECORD:
            record = bytes(self._held[:RECORD])
            del self._held[:RECORD]
            yield records.opened(record, last=False)
        if last:
            yield records.opened(bytes(self._held), last=True)

    def _read_header(self) -> "_Records":
        length = self._held[len(FORMAT)] if self._held.startswith(FORMAT) and len(self._held) > len(FORMAT) else 0
        end = len(FORMAT) + 1 + length + SALT
        header = bytes(self._held[:end])
        if not length or len(header) < end:
            raise NotWhole("no file of this format")
        key_id = header[len(FORMAT) + 1 : -SALT].decode(errors="replace")
        if key_id not in self._cipher.keys:
            raise NotWhole(f"no data key {key_id!r}")
        del self._held[:end]
        return _Records(self._cipher.keys[key_id], header[-SALT:], header + self._name.encode())


class _Records:
    """The records of one file, in order."""

    def __init__(self, data_key: bytes, salt: bytes, bound_to: bytes) -> None:
        self._aead = AESGCM(HKDF(SHA256(), 32, salt, b"yiwang file").derive(data_key))
        self._bound_to = bound_to
        self._number = 0

    def sealed(self, chunk: bytes, *, last: bool) -> bytes:
        return self._aead.encrypt(self._next(), chunk, self._place(last=last))

    def opened(self, record: bytes, *, last: bool) -> bytes:
        try:
            return self._aead.decrypt(self._next(), record, self._place(last=last))
        except (InvalidTag, ValueError) as error:
            raise NotWhole(f"record {self._number}") from error

    def _next(self) -> bytes:
        """Return the nonce of the next record: no two of one key are alike, since a key seals one file."""
        self._number += 1
        return self._number.to_bytes(12, "big")

    def _place(self, *, last: bool) -> bytes:
        return self._bound_to + self._number.to_bytes(8, "big") + bytes([last])
