"""The catalogue's use cases."""

from catalog_svc.handlers.collaborators import Catalog
from catalog_svc.handlers.guide import guide_matter
from catalog_svc.handlers.load import load_city
from catalog_svc.handlers.published import published_version
from catalog_svc.handlers.read import (
    list_items,
    list_matters,
    list_stages,
    list_units,
    show_item,
    show_matter,
    show_matter_version,
    show_unit,
)
from catalog_svc.handlers.served import store_served

__all__ = [
    "Catalog",
    "guide_matter",
    "list_items",
    "list_matters",
    "list_stages",
    "list_units",
    "load_city",
    "published_version",
    "show_item",
    "show_matter",
    "show_matter_version",
    "show_unit",
    "store_served",
]
