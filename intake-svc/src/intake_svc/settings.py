"""Intake's settings: `INTAKE_…` in the environment."""

from chassis.settings import ServiceSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class IntakeSettings(ServiceSettings):
    """What intake is told.

    `region_code` (GB/T 2260) begins every application number, `acceptance_word` every acceptance paper's number.
    """

    model_config = SettingsConfigDict(env_prefix="INTAKE_", frozen=True, extra="forbid")

    region_code: str = Field(default="410100", pattern=r"^\d{6}$")
    acceptance_word: str = Field(default="郑政务受字", min_length=1, max_length=20)
