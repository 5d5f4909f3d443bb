"""Evaluation's tables and queries: the only SQL."""

from evaluation_svc.store.cases import case_files, case_tasks
from evaluation_svc.store.clocks import timers
from evaluation_svc.store.lettering import letters
from evaluation_svc.store.tables import calendars, journal, matters, metadata, pack_documents, units

SEALED = ()
"""What is kept encrypted."""
__all__ = [
    "SEALED",
    "calendars",
    "case_files",
    "case_tasks",
    "journal",
    "letters",
    "matters",
    "metadata",
    "pack_documents",
    "timers",
    "units",
]
