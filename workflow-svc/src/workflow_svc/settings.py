"""Workflow's settings: `WORKFLOW_…` in the environment."""

from chassis.settings import ServiceSettings
from pydantic_settings import SettingsConfigDict


class WorkflowSettings(ServiceSettings):
    """What workflow is told."""

    model_config = SettingsConfigDict(env_prefix="WORKFLOW_", frozen=True, extra="forbid")
