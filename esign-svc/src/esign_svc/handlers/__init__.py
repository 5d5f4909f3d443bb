"""Esign's use cases."""

from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.learn import store_unit
from esign_svc.handlers.letters_due import want_acceptance_notice, want_decision_letter, want_receipt
from esign_svc.handlers.licence_types import load_licence_types
from esign_svc.handlers.load_seals import finish_seals, load_seals
from esign_svc.handlers.seal_certificates import show_request
from esign_svc.handlers.seal_life import apply_seal, make_key, take_step
from esign_svc.handlers.seal_views import SealFilter, list_seals, list_uses, show_image, show_seal
from esign_svc.handlers.verification import keep_judges, verify_file

__all__ = [
    "Esign",
    "SealFilter",
    "apply_seal",
    "finish_seals",
    "keep_judges",
    "list_seals",
    "list_uses",
    "load_licence_types",
    "load_seals",
    "make_key",
    "show_image",
    "show_request",
    "show_seal",
    "store_unit",
    "take_step",
    "verify_file",
    "want_acceptance_notice",
    "want_decision_letter",
    "want_receipt",
]
