"""What the catalogue's use cases work with."""

from dataclasses import dataclass

from chassis.clock import Clock
from chassis.database import Database

from catalog_svc.domain.search import Cut


@dataclass(frozen=True, slots=True)
class Catalog:
    """The catalogue's collaborators; `cut` cuts Chinese text into words."""

    database: Database
    clock: Clock
    cut: Cut
