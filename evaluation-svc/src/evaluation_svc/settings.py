"""Evaluation's settings: `EVALUATION_…` in the environment."""

from chassis.settings import FileSettings
from pydantic_settings import SettingsConfigDict


class EvaluationSettings(FileSettings):
    """What evaluation is told; rules, clocks and weights are the city pack's, not settings."""

    model_config = SettingsConfigDict(env_prefix="EVALUATION_", frozen=True, extra="forbid")
