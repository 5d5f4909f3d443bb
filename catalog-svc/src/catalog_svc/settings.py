"""The catalogue's settings: `CATALOG_…` in the environment."""

from chassis.settings import ServiceSettings
from pydantic_settings import SettingsConfigDict


class CatalogSettings(ServiceSettings):
    """What the catalogue is told."""

    model_config = SettingsConfigDict(env_prefix="CATALOG_", frozen=True, extra="forbid")
