"""Time as a collaborator: decision code is given a clock and never asks the machine."""

from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the present moment."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's time, aware, in UTC."""
        return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """Return the same moment as civil time in Shanghai (UTC+8, no daylight saving since 1992)."""
    return moment.astimezone(SHANGHAI)
