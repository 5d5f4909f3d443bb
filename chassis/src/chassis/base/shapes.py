"""The shapes of codes and the lengths of names, one source for all who take, keep, send and show them.

A city pack is checked against these, field types and contracts are made of them, and columns must hold what they allow.
"""

UNIT_CODE = "[A-Z][A-Z0-9]{2,7}"
"""A unit's code: 3 to 8 capital letters and digits."""
CODE = "[A-Za-z0-9._-]{1,64}"
"""A code of a matter, a task or an item, and a version's name."""
KEY = "[a-z0-9_]{1,64}"
"""A key of a data element, a material or a question."""
OPTION = "[A-Za-z0-9_.-]{1,64}"
"""The value of an option."""
REGION = "[0-9]{6}"
"""A region's code (GB/T 2260)."""
NUMBER = "[0-9A-Z]{1,40}"
"""An application's number, whatever a city's rules for it."""
LICENCE_IDENTIFIER = "[0-9A-Z.]{1,100}"
"""A licence's identifier (电子证照标识), as it is sent; its parts and its check are its service's to read."""
LONG_TERM = "长期"
"""A validity without an end: a value of its own (居民身份证法 art. 5), in one spelling everywhere."""
UNTIL = f"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|{LONG_TERM}"
"""The last day of something's validity, or that there is none."""
NAME, LABEL, LONG = 100, 200, 2000
"""How many characters names, labels and explanations have at most."""


def whole(shape: str) -> str:
    """Return a shape as a contract says it."""
    return f"^{shape}$"


def maybe(shape: str) -> str:
    """Return the shape that an empty text has too."""
    return f"({shape})?"
