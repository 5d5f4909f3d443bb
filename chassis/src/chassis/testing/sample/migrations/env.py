"""Alembic's entry: see `chassis.data.migrate`."""

from chassis.data.migrate import run_environment
from chassis.testing.sample import metadata

run_environment(metadata)
