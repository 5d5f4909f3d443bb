"""Datashare's HTTP edge: a module for each of its concepts, and their routers in one list."""

from collections.abc import Sequence

from fastapi import APIRouter

from datashare_svc.routes import disputes, grants, networks, prefills, queries, resources

ROUTERS: Sequence[APIRouter] = (
    networks.routes,
    resources.routes,
    grants.routes,
    queries.routes,
    prefills.routes,
    disputes.routes,
)
