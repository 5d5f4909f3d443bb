"""Datashare's tables and queries."""

from datashare_svc.store import access_log, connection_tables, disputed, evidence, known_persons
from datashare_svc.store.access_log import accesses
from datashare_svc.store.cases import case_files, case_persons, case_tasks
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
from datashare_svc.store.known_persons import account_persons, person_digests, persons
from datashare_svc.store.tables import calendars, matters, metadata, networks, resources, sharings, units

SEALED = (
    *connection_tables.SEALED,
    *disputed.SEALED,
    *evidence.SEALED,
    *known_persons.SEALED,
    *access_log.SEALED,
)
"""What is kept encrypted."""
__all__ = [
    "SEALED",
    "acceptance_cases",
    "acceptance_outcomes",
    "acceptance_runs",
    "accesses",
    "account_persons",
    "calendars",
    "case_files",
    "case_persons",
    "case_tasks",
    "connection_steps",
    "dispute_evidence",
    "disputes",
    "granted",
    "matters",
    "metadata",
    "networks",
    "person_digests",
    "persons",
    "probes",
    "request_steps",
    "request_timers",
    "requested",
    "resources",
    "sharings",
    "told_served",
    "units",
]
