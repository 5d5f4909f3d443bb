"""Intake's settings: `INTAKE_…` in the environment."""

from chassis.settings import ServiceSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class IntakeSettings(ServiceSettings):
    """What intake is told; `catalog_url` is where the catalogue answers when it is not in this process.

    `region_code` (GB/T 2260) begins every application number, `acceptance_word` every acceptance paper's number.
    """

    model_config = SettingsConfigDict(env_prefix="INTAKE_", frozen=True, extra="forbid")

    catalog_url: str = "http://127.0.0.1:8001"
    region_code: str = Field(default="410100", pattern=r"^\d{6}$")
    acceptance_word: str = Field(default="郑政务受字", min_length=1, max_length=20)
