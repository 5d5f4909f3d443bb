"""Workflow's settings: `WORKFLOW_…` in the environment."""

from chassis.settings import ServiceSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class WorkflowSettings(ServiceSettings):
    """What workflow is told; an open task is near its time for the last `yellow_workdays` working days before it.

    One whose time is not longer is warned of when `yellow_percent` of it are left. Both are proposed: no source gives
    them.
    """

    model_config = SettingsConfigDict(env_prefix="WORKFLOW_", frozen=True, extra="forbid")

    yellow_workdays: int = Field(default=1, ge=0, le=60)
    yellow_percent: int = Field(default=20, ge=0, le=100)
