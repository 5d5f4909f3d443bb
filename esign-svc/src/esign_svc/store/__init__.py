"""Esign's tables and queries."""

from esign_svc.store import licence_tables
from esign_svc.store.tables import metadata, units

SEALED = (*licence_tables.SEALED,)
"""What is kept encrypted."""
__all__ = ["SEALED", "metadata", "units"]
