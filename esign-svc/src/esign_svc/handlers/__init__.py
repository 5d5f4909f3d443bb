"""Esign's use cases."""

from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.learn import store_unit
from esign_svc.handlers.letters_due import want_acceptance_notice, want_decision_letter, want_receipt
from esign_svc.handlers.licence_types import load_licence_types

__all__ = [
    "Esign",
    "load_licence_types",
    "store_unit",
    "want_acceptance_notice",
    "want_decision_letter",
    "want_receipt",
]
