"""What the catalogue's use cases work with."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from chassis.base.clock import Clock
from chassis.base.recent import Recent
from chassis.data.database import Database
from chassis.worktime import WorkTime

from catalog_svc.domain.pack import PublishedMatter
from catalog_svc.domain.search import Cut
from catalog_svc.domain.spelling import Spell

MOST_AT_HAND = 200
LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Found:
    """A version, when it was published, and from when the matter is not offered any more, if that is known.

    `served` are the materials that the networks serve today, None while nothing was told of the matter.
    """

    published: PublishedMatter
    published_at: datetime
    withdrawn_from: date | None
    served: frozenset[str] | None = None

    def is_withdrawn(self, today: date) -> bool:
        """Tell whether the matter has ended."""
        return self.withdrawn_from is not None and self.withdrawn_from <= today


@dataclass(slots=True)
class LastSeen:
    """The newest change that was seen, when, and after how many transactions of our own."""

    newest: tuple[int, int, int] = (0, 0, 0)
    at: datetime = LONG_AGO
    ended: int = -1


@dataclass(frozen=True, slots=True)
class Catalog:
    """The catalogue's collaborators; `cut` cuts Chinese text into words, `spell` gives its pinyin.

    `last_seen` is how far the catalogue's changes were known, `at_hand` holds matters that were
    read and `times` the working time, each under its edition.
    """

    database: Database
    clock: Clock
    cut: Cut
    spell: Spell
    last_seen: LastSeen = field(default_factory=LastSeen)
    at_hand: Recent[Hashable, Found] = field(default_factory=lambda: Recent(MOST_AT_HAND))
    times: Recent[Hashable, WorkTime] = field(default_factory=lambda: Recent(1))
