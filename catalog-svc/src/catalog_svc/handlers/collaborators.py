"""What the catalogue's use cases work with."""

from dataclasses import dataclass, field

from chassis.base.clock import Clock
from chassis.data.database import Database

from catalog_svc.domain.pack import PublishedMatter
from catalog_svc.domain.search import Cut


@dataclass(frozen=True, slots=True)
class Catalog:
    """The catalogue's collaborators; `cut` cuts Chinese text into words, `at_hand` holds versions that were read."""

    database: Database
    clock: Clock
    cut: Cut
    at_hand: dict[tuple[str, int, int], PublishedMatter] = field(default_factory=dict)
