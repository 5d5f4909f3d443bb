"""Alembic's entry: see `chassis.migrate`."""

from chassis.migrate import run_environment
from chassis.testing.sample import metadata

run_environment(metadata)
