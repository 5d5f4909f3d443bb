"""Identifiers: UUIDv7 (RFC 9562 §5.7), so that they sort by the time they were made."""

from collections.abc import Callable

import uuid_utils

Ids = Callable[[], str]


def uuid7() -> str:
    """Return a new UUIDv7 in its lower-case canonical text form (36 characters)."""
    return str(uuid_utils.uuid7())
