"""Datashare's use cases."""

from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.learn import store_calendar, store_matter, store_unit
from datashare_svc.handlers.networks import list_networks, show_network

__all__ = ["Datashare", "list_networks", "show_network", "store_calendar", "store_matter", "store_unit"]
