"""Evaluation's HTTP edge: a module for each of its concepts, and their routers in one list."""

from collections.abc import Sequence

from fastapi import APIRouter

from evaluation_svc.routes import (
    assessments,
    assessor_findings,
    dashboard,
    exclusions,
    figures,
    indicators,
    letters,
    ratings,
    rectifications,
    supervision,
    targets,
    unit_ratings,
    visits,
)

ROUTERS: Sequence[APIRouter] = (
    assessments.routes,
    dashboard.routes,
    figures.routes,
    indicators.routes,
    letters.routes,
    supervision.routes,
    visits.routes,
    ratings.routes,
    unit_ratings.routes,
    rectifications.routes,
    assessor_findings.routes,
    exclusions.routes,
    targets.routes,
)
