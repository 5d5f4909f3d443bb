"""Builders with keyword overrides: callers of every kind, a clock that is set by hand, ids that count."""

from datetime import UTC, datetime, timedelta
from itertools import count

from chassis.base.ids import Ids
from chassis.http.identity import ANONYMOUS, Kind, Principal

MONDAY_MORNING = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
"""2026-03-02 09:30 in Shanghai, a working Monday."""

CITIZEN_SCOPES = frozenset(
    {
        "matter:read",
        "draft:write",
        "application:write",
        "application:read",
        "case:read",
        "task:complete",
        "licence:read",
        "licence:copy",
        "data:read",
        "data:dispute",
        "rating:write",
    }
)
STAFF_SCOPES = frozenset(
    {
        "matter:read",
        "application:read",
        "application:accept",
        "case:read",
        "task:read",
        "task:decide",
        "personal:read",
        "licence:read",
        "licence:change",
        "data:share",
        "data:manage",
        "data:query",
        "visit:write",
        "rating:read",
    }
)


class ManualClock:
    """A clock that stands still until it is told."""

    def __init__(self, start: datetime = MONDAY_MORNING) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the set moment."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Set the moment."""
        self._now = moment

    def advance(self, **delta: float) -> None:
        """Move on, in `timedelta`'s words."""
        self._now += timedelta(**delta)


def counting_ids() -> Ids:
    """Return ids that count up and read as UUIDv7."""
    numbers = count(1)
    return lambda: f"01900000-0000-7000-8000-{next(numbers):012d}"


def citizen(subject: str = "citizen-1", *, level: int = 3, scopes: frozenset[str] = CITIZEN_SCOPES) -> Principal:
    """Return a citizen who signed in."""
    return Principal(subject, Kind.CITIZEN, level, scopes=scopes)


def staff(subject: str, *, unit: str, roles: frozenset[str], scopes: frozenset[str] = STAFF_SCOPES) -> Principal:
    """Return a member of a unit's staff."""
    return Principal(subject, Kind.STAFF, 3, unit, roles, scopes)


def clerk(subject: str = "clerk-1", *, unit: str = "U23") -> Principal:
    """Return a window clerk of a unit."""
    return staff(subject, unit=unit, roles=frozenset({"window_clerk"}))


def reviewer(subject: str = "reviewer-1", *, unit: str = "U09") -> Principal:
    """Return a reviewer of a unit."""
    return staff(subject, unit=unit, roles=frozenset({"reviewer"}))


def steward(subject: str = "steward-1", *, unit: str = "U09") -> Principal:
    """Return a unit's data steward (数据共享联络员), who answers for what the unit shares."""
    return staff(subject, unit=unit, roles=frozenset({"data_steward"}))


def manager(subject: str = "manager-1") -> Principal:
    """Return a manager of sharing at the city's data bureau (大数据局)."""
    return staff(subject, unit="DSJ", roles=frozenset({"data_manager"}))


def anonymous() -> Principal:
    """Return the caller who has not signed in."""
    return ANONYMOUS
