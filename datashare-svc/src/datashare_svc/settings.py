"""Datashare's settings: `DATASHARE_…` in the environment."""

from pathlib import Path

from chassis.settings import FileSettings, HeadSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class DatashareSettings(FileSettings, HeadSettings):
    """What datashare is told."""

    model_config = SettingsConfigDict(env_prefix="DATASHARE_", frozen=True, extra="forbid")

    endpoints: Path | None = Field(
        default=None,
        description="file (YAML) with the addresses and keys of the networks; a network that is not in it cannot be"
        " connected",
    )
    grant_check_days: int = Field(
        default=1, ge=1, le=60, description="working days in which a provider sees whether a request is complete"
    )
    grant_reply_days: int = Field(
        default=10, ge=1, le=60, description="working days in which a provider answers a request that is complete"
    )
    probe_seconds: float = Field(
        default=60.0, gt=0, le=3600, description="how often each connected network is asked whether it works"
    )
    dispute_workdays: int = Field(
        default=10,
        ge=1,
        le=60,
        description="working days within which a unit answers a dispute (校核); proposed: its text in the decree on"
        " sharing (国令 809) is not confirmed",
    )
    queries_per_officer: int = Field(
        default=200, ge=1, le=1_000_000, description="queries that one official, or one applicant, may make in an hour"
    )
    queries_per_case: int = Field(
        default=300, ge=1, le=1_000_000, description="queries that may be made in one case or draft in a day"
    )
    queries_per_person: int = Field(
        default=200, ge=1, le=1_000_000, description="queries that may be made about one person in a day"
    )
