"""What is written down of an answer: how it ended, and a digest that tells nothing to whoever has not the answer."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from hashlib import sha256

from datashare_svc.errors import Outage


class AccessState(StrEnum):
    """How a query ended; ASKED: it was asked, and whether it was answered is not known."""

    ASKED = "ASKED"
    ANSWERED = "ANSWERED"
    NO_RECORD = "NO_RECORD"
    OUT = "OUT"
    REFUSED_BY_PROVIDER = "REFUSED_BY_PROVIDER"
    UNFIT = "UNFIT"


UNFIT = frozenset(
    {
        Outage.UNREADABLE,
        Outage.TOO_LARGE,
        Outage.WRONG_SCHEMA,
        Outage.WRONG_PERSON,
        Outage.WRONG_QUERY,
        Outage.TOO_MANY_ROWS,
    }
)
"""A network answered, and nothing of it was used."""
REFUSED = frozenset({Outage.REFUSED, Outage.TOO_MANY, Outage.MISSING})


def state_of(why: Outage) -> AccessState:
    """Return how a query ended that brought nothing."""
    if why in REFUSED:
        return AccessState.REFUSED_BY_PROVIDER
    return AccessState.UNFIT if why in UNFIT else AccessState.OUT


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def answer_digest(salt: str, rows: Sequence[Mapping[str, str]], matches: Mapping[str, bool], *, is_known: bool) -> str:
    """Return the SHA-256, in hex, of an answer with its salt: canonical JSON, keys in order, no blanks."""
    answer = {"salt": salt, "rows": [dict(row) for row in rows], "matches": dict(matches), "is_known": is_known}
    return sha256(_encode(answer).encode()).hexdigest()
