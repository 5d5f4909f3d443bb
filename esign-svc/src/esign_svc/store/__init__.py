"""Esign's tables and queries."""

from esign_svc.store.tables import SEALED, metadata, units

__all__ = ["SEALED", "metadata", "units"]
