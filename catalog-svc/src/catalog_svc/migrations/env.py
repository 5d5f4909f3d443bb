"""Alembic's entry: see `chassis.migrate`."""

from catalog_svc.store import metadata
from chassis.migrate import run_environment

run_environment(metadata)
