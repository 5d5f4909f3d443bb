"""Datashare's tables and queries."""

from datashare_svc.store.grant_tables import granted, request_steps, request_timers, requested
from datashare_svc.store.tables import calendars, matters, metadata, networks, resources, sharings, units

SEALED = ()
"""What is kept encrypted."""
__all__ = [
    "SEALED",
    "calendars",
    "granted",
    "matters",
    "metadata",
    "networks",
    "request_steps",
    "request_timers",
    "requested",
    "resources",
    "sharings",
    "units",
]
