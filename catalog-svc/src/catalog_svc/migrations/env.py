"""Alembic's entry: see `chassis.data.migrate`."""

from catalog_svc.store import metadata
from chassis.data.migrate import run_environment

run_environment(metadata)
