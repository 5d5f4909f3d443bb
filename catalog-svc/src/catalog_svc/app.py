"""Composes the catalogue."""

from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.service import Service, build_service
from pypinyin import lazy_pinyin as spell
from rjieba import cut_for_search as cut

__all__ = ["build", "cut", "spell"]

from catalog_svc.events import CalendarPublished, MatterPublished, MatterWithdrawn, UnitPublished
from catalog_svc.handlers import Catalog
from catalog_svc.routes import routes
from catalog_svc.settings import CatalogSettings


def build(settings: CatalogSettings, *, database: Database, bus: Bus) -> Service:
    """Build the service from its settings and its two backends."""
    catalog = Catalog(database, database.clock, cut, spell)
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
        publishes=[MatterPublished, MatterWithdrawn, CalendarPublished, UnitPublished],
    )
