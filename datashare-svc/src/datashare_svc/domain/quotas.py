"""How many queries an officer, a case and a person may have in a while (配额)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from datashare_svc.domain.admission import OfficerKind
from datashare_svc.errors import QuotaSpent

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SAID = {"officer": "本人", "case": "本办件", "person": "涉及此人"}


@dataclass(frozen=True, slots=True)
class Quota:
    """So many in a while that ends now."""

    amount: int
    period: timedelta


@dataclass(frozen=True, slots=True)
class Quotas:
    """The quotas by name; a service of ours has no quota of an officer's."""

    quotas: Mapping[str, Quota]

    @classmethod
    def of(cls, *, officer: int, case: int, person: int) -> "Quotas":
        """Return the quotas of one official in an hour, of one case and of one person in a day."""
        return cls({"officer": Quota(officer, HOUR), "case": Quota(case, DAY), "person": Quota(person, DAY)})

    def since(self, now: datetime) -> dict[str, datetime]:
        """Return from when on each counts."""
        return {name: now - quota.period for name, quota in self.quotas.items()}

    def require_room(self, kind: OfficerKind, spent: Mapping[str, tuple[int, datetime | None]], now: datetime) -> None:
        """Hold that one more fits into each quota. Raises QuotaSpent, which says when it does."""
        for name, quota in self.quotas.items():
            count, oldest = spent[name]
            if count < quota.amount or (name == "officer" and kind is OfficerKind.SERVICE):
                continue
            wait = max(1, -((now - (oldest or now) - quota.period) // timedelta(seconds=1)))
            raise QuotaSpent(SAID[name], quota.amount, wait)
