"""Identifiers and codes: UUIDv7 (RFC 9562 §5.7), so that they sort by the time they were made; random where not."""

import base64
import os
from collections.abc import Callable

import uuid_utils

Ids = Callable[[], str]


def uuid7() -> str:
    """Return a new UUIDv7 in its lower-case canonical text form (36 characters)."""
    return str(uuid_utils.uuid7())


def uuid4() -> str:
    """Return a new random UUID, which does not tell when it was made, in the same form."""
    return str(uuid_utils.uuid4())


def new_code() -> str:
    """Return a code that nobody guesses: 26 capital letters and digits of 130 random bits."""
    return base64.b32encode(os.urandom(20)).decode()[:26]
