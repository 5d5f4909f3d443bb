"""Esign's use cases."""

from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.learn import store_unit

__all__ = ["Esign", "store_unit"]
