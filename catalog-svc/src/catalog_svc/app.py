"""Composes the catalogue."""

from importlib import import_module

from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.service import Service, build_service

from catalog_svc.consumers import readers
from catalog_svc.events import (
    CalendarPublished,
    ItemPublished,
    ItemWithdrawn,
    MatterPublished,
    MatterWithdrawn,
    UnitPublished,
)
from catalog_svc.handlers import Catalog
from catalog_svc.routes import routes
from catalog_svc.settings import CatalogSettings


def cut(text: str) -> list[str]:
    """Cut Chinese text into words as people search for them (rjieba)."""
    words: list[str] = import_module("rjieba").cut_for_search(text)
    return words


def spell(text: str) -> list[str]:
    """Return the pinyin of Chinese text, syllable by syllable (pypinyin)."""
    syllables: list[str] = import_module("pypinyin").lazy_pinyin(text)
    return syllables


def build(settings: CatalogSettings, *, database: Database, bus: Bus) -> Service:
    """Build the service from its settings and its two backends."""
    catalog = Catalog(database, database.clock, cut, spell)
    for learn in (cut, spell):  # 90 MB that no process without a catalogue loads, nor a search waits for
        learn("一网通办")
    return build_service(
        "catalog",
        package="catalog_svc",
        title="事项目录",
        description="单位、事项与一件事:检索、情形引导、版本",
        settings=settings,
        database=database,
        bus=bus,
        collaborators=catalog,
        routes=[routes],
        readers=readers(),
        publishes=[MatterPublished, MatterWithdrawn, CalendarPublished, UnitPublished, ItemPublished, ItemWithdrawn],
    )
