"""The headers of the national exchange platform (国家数据共享交换平台): who asks, for what, when, and the signatures.

The platform's signature is over service, requester and moment, not over the body; so a second one of our own covers the
body's digest. The moment is never told twice, so that no call is taken for a replay.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chassis.base.clock import Clock

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RENEW_BEFORE_MS = 60_000
KEY_SERVICE = "key"


@dataclass(slots=True)
class Requester:
    """Who asks: `registered` is the key that operators were given; the one it was renewed to is only kept in memory."""

    requester_id: str
    registered: bytes = field(repr=False)
    clock: Clock
    _key: bytes = field(default=b"", repr=False)
    _valid_until_ms: int | None = None
    _last_ms: int = 0

    def __post_init__(self) -> None:
        """Begin with the registered key."""
        self._key = self.registered

    @property
    def key(self) -> bytes:
        """The key that signs now."""
        return self._key

    def is_due(self) -> bool:
        """Tell whether the key ends soon."""
        return self._valid_until_ms is not None and self._now_ms() >= self._valid_until_ms - RENEW_BEFORE_MS

    def renewed(self, key: bytes, valid_until_ms: int) -> None:
        """Sign with another key from now on."""
        self._key, self._valid_until_ms = key, valid_until_ms

    def headers(self, service: str, body: bytes, *, key: bytes | None = None) -> dict[str, str]:
        """Return the headers of one call of a service, signed with the present key or with another."""
        moment = self._moment()
        signed = f"{service}{self.requester_id}{moment}"
        digest = hashlib.sha256(body).hexdigest()
        key = key or self._key
        return {
            "gjgxjhpt_rid": self.requester_id,
            "gjgxjhpt_sid": service,
            "gjgxjhpt_rtime": moment,
            "gjgxjhpt_sign": _signature(key, signed),
            "yiwang_body_sign": _signature(key, signed + digest),
        }

    def _moment(self) -> str:
        """Return the present millisecond, or the next that was not told yet."""
        self._last_ms = max(self._now_ms(), self._last_ms + 1)
        return str(self._last_ms)

    def _now_ms(self) -> int:
        return (self.clock.now() - EPOCH) // timedelta(milliseconds=1)


def _signature(key: bytes, text: str) -> str:
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
