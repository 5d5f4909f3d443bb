"""How many drafts a person may have, and how long one is kept (个人信息保护法 art. 19: no longer than is needed)."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Keeping:
    """The rules of keeping drafts: so many of a matter, so long after the last change, warned so long before."""

    at_most: int
    kept: timedelta
    warned: timedelta

    def expires_at(self, updated_at: datetime) -> datetime:
        """Return when a draft goes that is not changed again."""
        return updated_at + self.kept

    def expires_soon(self, updated_at: datetime, now: datetime) -> bool:
        """Tell whether a draft goes within the time of the warning."""
        return self.expires_at(updated_at) - now <= self.warned

    def last_change(self, now: datetime) -> datetime:
        """Return the last change of a draft that enters the time of the warning now."""
        return now + self.warned - self.kept
