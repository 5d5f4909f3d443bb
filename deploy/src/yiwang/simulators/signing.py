"""How a request is signed on the national exchange (gjgxjhpt headers), and the keys that are good for it.

The exchange's own signature covers who asks, what, and when, not the body: `yiwang_body_sign`, an addition of ours,
covers that too.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

KEY_BYTES = 32
GOOD_FOR = timedelta(hours=12)
OLD_GOOD_FOR = timedelta(minutes=10)


def new_key() -> str:
    """Return a fresh key, base64."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def sign(key: str, text: str) -> str:
    """Return the signature of a text: base64 of HMAC-SHA256 with the bytes that the key stands for."""
    made = hmac.digest(base64.b64decode(key), text.encode(), "sha256")
    return base64.b64encode(made).decode()


def headers(key: str, *, requester: str, service: str, rtime: int, body: bytes) -> dict[str, str]:
    """Return the headers of a request at a millisecond."""
    text = f"{service}{requester}{rtime}"
    return {
        "gjgxjhpt_rid": requester,
        "gjgxjhpt_sid": service,
        "gjgxjhpt_rtime": str(rtime),
        "gjgxjhpt_sign": sign(key, text),
        "yiwang_body_sign": sign(key, text + hashlib.sha256(body).hexdigest()),
    }


@dataclass(slots=True)
class Keys:
    """A requester's keys: the registered one, with which a new one may always be asked for, and the issued ones.

    The registered one signs requests until ten minutes after a key was issued; so does an issued one after the next.
    """

    registered: str
    registered_until: datetime | None = None
    issued: list[tuple[str, datetime]] = field(default_factory=list)

    def good(self, now: datetime, *, to_refresh: bool = False) -> list[str]:
        """Return the keys that sign a request now, or a request for a new key."""
        found = [key for key, until in self.issued if now < until]
        still = to_refresh or self.registered_until is None or now < self.registered_until
        return [*found, self.registered] if still else found

    def refresh(self, now: datetime) -> tuple[str, datetime]:
        """Issue a new key; return it and until when it is good."""
        old_until = now + OLD_GOOD_FOR
        self.registered_until = min(self.registered_until or old_until, old_until)
        made = new_key(), now + GOOD_FOR
        self.issued = [*((key, min(until, old_until)) for key, until in self.issued if now < until), made]
        return made
