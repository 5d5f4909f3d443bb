"""Datashare's tables and queries."""

from datashare_svc.store import connection_tables, disputed, evidence
from datashare_svc.store.connection_tables import (
    acceptance_cases,
    acceptance_outcomes,
    acceptance_runs,
    connection_steps,
    probes,
    told_served,
)
from datashare_svc.store.disputed import disputes
from datashare_svc.store.evidence import dispute_evidence
from datashare_svc.store.grant_tables import granted, request_steps, request_timers, requested
from datashare_svc.store.tables import calendars, matters, metadata, networks, resources, sharings, units

SEALED = (*connection_tables.SEALED, *disputed.SEALED, *evidence.SEALED)
"""What is kept encrypted."""
__all__ = [
    "SEALED",
    "acceptance_cases",
    "acceptance_outcomes",
    "acceptance_runs",
    "calendars",
    "connection_steps",
    "dispute_evidence",
    "disputes",
    "granted",
    "matters",
    "metadata",
    "networks",
    "probes",
    "request_steps",
    "request_timers",
    "requested",
    "resources",
    "sharings",
    "told_served",
    "units",
]
