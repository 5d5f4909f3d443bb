"""Esign's use cases."""

from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.expire import expire_page, keep_expired
from esign_svc.handlers.extend import ask_extension, keep_extended
from esign_svc.handlers.issued import list_issued, show_issued
from esign_svc.handlers.learn import store_unit
from esign_svc.handlers.letters_due import want_acceptance_notice, want_receipt
from esign_svc.handlers.licence_check import check_licence
from esign_svc.handlers.licence_steps import StepPlace, decide_step, propose_step
from esign_svc.handlers.licence_types import load_licence_types
from esign_svc.handlers.licensing import activate_licence, follow_decision
from esign_svc.handlers.load_seals import finish_seals, load_seals
from esign_svc.handlers.make import keep_made
from esign_svc.handlers.national_making import bring_national, make_national_key, show_national_request
from esign_svc.handlers.notices import list_notices, read_notice, read_notice_export, want_notice
from esign_svc.handlers.read_documents import (
    DocumentFilter,
    list_application_documents,
    list_documents,
    read_document,
    read_export,
    show_document_status,
)
from esign_svc.handlers.seal_certificates import show_request
from esign_svc.handlers.seal_life import apply_seal, make_key, take_step
from esign_svc.handlers.seal_views import SealFilter, list_seals, list_uses, show_image, show_seal
from esign_svc.handlers.verification import keep_judges, verify_file
from esign_svc.handlers.wallet import (
    ask_copy,
    list_copies,
    list_own,
    read_copy_file,
    read_own_export,
    read_own_file,
    require_purpose,
    show_copy,
    show_own,
)

__all__ = [
    "DocumentFilter",
    "Esign",
    "SealFilter",
    "StepPlace",
    "activate_licence",
    "apply_seal",
    "ask_copy",
    "ask_extension",
    "bring_national",
    "check_licence",
    "decide_step",
    "expire_page",
    "finish_seals",
    "follow_decision",
    "keep_expired",
    "keep_extended",
    "keep_judges",
    "keep_made",
    "list_application_documents",
    "list_copies",
    "list_documents",
    "list_issued",
    "list_notices",
    "list_own",
    "list_seals",
    "list_uses",
    "load_licence_types",
    "load_seals",
    "make_key",
    "make_national_key",
    "propose_step",
    "read_copy_file",
    "read_document",
    "read_export",
    "read_notice",
    "read_notice_export",
    "read_own_export",
    "read_own_file",
    "require_purpose",
    "show_copy",
    "show_document_status",
    "show_image",
    "show_issued",
    "show_national_request",
    "show_own",
    "show_request",
    "show_seal",
    "store_unit",
    "take_step",
    "verify_file",
    "want_acceptance_notice",
    "want_notice",
    "want_receipt",
]
