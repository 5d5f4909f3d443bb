"""Intake's settings: `INTAKE_…` in the environment."""

from chassis.settings import ServiceSettings
from pydantic_settings import SettingsConfigDict


class IntakeSettings(ServiceSettings):
    """What intake is told; `catalog_url` is where the catalogue answers when it is not in this process."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_", frozen=True, extra="forbid")

    catalog_url: str = "http://127.0.0.1:8001"
    region_code: str = "410100"
