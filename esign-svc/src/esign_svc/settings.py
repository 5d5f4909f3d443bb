"""Esign's settings: `ESIGN_…` in the environment."""

from chassis.settings import FileSettings
from pydantic_settings import SettingsConfigDict


class EsignSettings(FileSettings):
    """What esign is told."""

    model_config = SettingsConfigDict(env_prefix="ESIGN_", frozen=True, extra="forbid")
