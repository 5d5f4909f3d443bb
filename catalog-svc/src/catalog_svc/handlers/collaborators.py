"""What the catalogue's use cases work with."""

from dataclasses import dataclass, field

from chassis.base.clock import Clock
from chassis.data.database import Database

from catalog_svc.domain.pack import PublishedMatter
from catalog_svc.domain.search import Cut
from catalog_svc.domain.spelling import Spell


@dataclass(frozen=True, slots=True)
class Catalog:
    """The catalogue's collaborators; `cut` cuts Chinese text into words, `spell` gives its pinyin.

    `at_hand` holds versions that were read.
    """

    database: Database
    clock: Clock
    cut: Cut
    spell: Spell
    at_hand: dict[tuple[str, int, int], PublishedMatter] = field(default_factory=dict)
