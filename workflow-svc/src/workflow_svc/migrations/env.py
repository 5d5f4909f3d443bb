"""Alembic's entry: see `chassis.data.migrate`."""

from chassis.data.migrate import run_environment
from workflow_svc.store import metadata

run_environment(metadata)
