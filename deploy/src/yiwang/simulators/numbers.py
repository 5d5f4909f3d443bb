"""Numbers as registers give them, with right check characters, of a division that does not exist (410199)."""

from datetime import date
from operator import mul

NOWHERE = "410199"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_CODES = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def id_number(born: date, order: int) -> str:
    """Return a citizen's number (GB 11643-1999); the order of a man is odd, of a woman even, below a thousand."""
    digits = f"{NOWHERE}{born:%Y%m%d}{order:03d}"
    total = sum(map(mul, map(int, digits), _WEIGHTS))
    return digits + _CHECKS[total % 11]


def credit_code(order: int) -> str:
    """Return a company's unified social credit code (GB 32100-2015)."""
    code = f"91{NOWHERE}MA{order:07d}"
    total = sum(_CODES.index(char) * weight for char, weight in zip(code, _CODE_WEIGHTS, strict=True))
    return code + _CODES[-total % 31]


def phone(order: int) -> str:
    """Return a mobile number."""
    return f"1380000{order:04d}"
