"""A term (时限) that a rule of the city sets: how long, in what, and how much before its end it warns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.worktime import Limit, LimitUnit


@dataclass(frozen=True, slots=True)
class Term:
    """`warn` is in the limit's own unit, 0 for none; `status` is `proposed` where no source gives the number."""

    amount: int
    unit: LimitUnit
    warn: int = 0
    status: str = "proposed"

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Term":
        """Return the term that a document of the city pack tells."""
        return cls(told["amount"], LimitUnit(told["unit"]), told.get("warn", 0), told.get("status", "proposed"))

    @property
    def limit(self) -> Limit:
        """Return the limit."""
        return Limit(self.amount, self.unit)

    @property
    def warns(self) -> Limit | None:
        """Return after how long it warns; None where it does not."""
        return Limit(self.amount - self.warn, self.unit) if 0 < self.warn < self.amount else None
