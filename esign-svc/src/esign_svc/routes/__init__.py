"""Esign's HTTP edge: a module for each of its concepts, and their routers in one list."""

from collections.abc import Sequence

from fastapi import APIRouter

from esign_svc.routes import seals, verification

ROUTERS: Sequence[APIRouter] = (seals.routes, verification.routes)
