"""Alembic's entry: see `chassis.migrate`."""

from chassis.migrate import run_environment
from workflow_svc.store import metadata

run_environment(metadata)
