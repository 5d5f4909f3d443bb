"""The identifier of an electronic licence (电子证照标识, GB/T 36904-2018): its parts and its check character."""

import re
from dataclasses import dataclass

from esign_svc.errors import IdentifierMalformed

ROOT = "1.2.156.3005.2"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MODULUS = len(ALPHABET)
LONGEST = 100
_WRITTEN = re.compile(
    rf"{re.escape(ROOT)}\.([0-9A-Z]{{21}})\.([0-9A-Z]{{18}})\.([0-9A-Z]{{1,20}})\.([0-9]{{3}})\.([0-9A-Z])", re.ASCII
)


@dataclass(frozen=True, slots=True)
class LicenceIdentifier:
    """The parts of an identifier.

    `type_code` is the defining body's code (18 characters) and three digits, `issuer` the issuing unit's code (统一社会
    信用代码), `serial` the number that the issuer gave, `edition` counts from 1.
    """

    type_code: str
    issuer: str
    serial: str
    edition: int

    def __str__(self) -> str:
        parts = (self.type_code, self.issuer, self.serial, f"{self.edition:03}")
        return ".".join((ROOT, *parts, check_character("".join(parts))))


def check_character(text: str) -> str:
    """Return the check character of digits and capital letters (ISO/IEC 7064 MOD 37,36).

    It is over type, issuer, serial and edition, without the points and the root.
    """
    state = MODULUS
    for character in text:
        state = 2 * ((state + ALPHABET.index(character)) % MODULUS or MODULUS) % (MODULUS + 1)
    return ALPHABET[(MODULUS + 1 - state) % MODULUS]


def read_identifier(text: str) -> LicenceIdentifier:
    """Return the parts of a written identifier. Raises IdentifierMalformed for another shape or a wrong check."""
    found = _WRITTEN.fullmatch(text)
    if found is None or int(found[4]) < 1:
        raise IdentifierMalformed
    identifier = LicenceIdentifier(found[1], found[2], found[3], int(found[4]))
    if str(identifier) != text:
        raise IdentifierMalformed
    return identifier
