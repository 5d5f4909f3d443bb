"""Esign's tables and queries."""

from esign_svc.store import licence_tables
from esign_svc.store.papers import case_units, documents, letter_counters
from esign_svc.store.tables import metadata, units

SEALED = (*licence_tables.SEALED,)
"""What is kept encrypted."""
__all__ = ["SEALED", "case_units", "documents", "letter_counters", "metadata", "units"]
