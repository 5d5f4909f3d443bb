"""Datashare's tables and queries."""

from datashare_svc.store.tables import calendars, matters, metadata, networks, resources, sharings, units

SEALED = ()
"""What is kept encrypted."""
__all__ = ["SEALED", "calendars", "matters", "metadata", "networks", "resources", "sharings", "units"]
