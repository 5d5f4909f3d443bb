"""Exact values as people read them."""

from fractions import Fraction

PLACES = 2


def rounded(value: Fraction) -> str:
    """Return a value to two places, halves away from zero, without a float in between."""
    scaled = abs(value) * 10**PLACES
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{whole // 10**PLACES}.{whole % 10**PLACES:0{PLACES}d}"
