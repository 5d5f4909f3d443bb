"""Esign's HTTP edge: a module for each of its concepts, and their routers in one list."""

from collections.abc import Sequence

from fastapi import APIRouter

from esign_svc.routes import documents, licences, notices, seals, verification

ROUTERS: Sequence[APIRouter] = (documents.routes, notices.routes, seals.routes, licences.routes, verification.routes)
