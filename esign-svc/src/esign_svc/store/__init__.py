"""Esign's tables and queries."""

from esign_svc.store import licence_tables, seal_tables
from esign_svc.store.exports import document_exports
from esign_svc.store.noticing import notices
from esign_svc.store.papers import case_units, documents, letter_counters
from esign_svc.store.seal_tables import national_seals, seal_certificates, seal_keys, seal_steps, seal_uses, seals
from esign_svc.store.tables import metadata, units

SEALED = (*seal_tables.SEALED, *licence_tables.SEALED)
"""What is kept encrypted."""
__all__ = [
    "SEALED",
    "case_units",
    "document_exports",
    "documents",
    "letter_counters",
    "metadata",
    "national_seals",
    "notices",
    "seal_certificates",
    "seal_keys",
    "seal_steps",
    "seal_uses",
    "seals",
    "units",
]
