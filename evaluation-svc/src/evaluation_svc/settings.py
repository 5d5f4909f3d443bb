"""Evaluation's settings: `EVALUATION_…` in the environment."""

from pathlib import Path
from typing import Annotated

from chassis.settings import AskingSettings, FileSettings
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

AppId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]


class EvaluationSettings(AskingSettings, FileSettings):
    """What evaluation is told; rules, clocks and weights are the city pack's, not settings."""

    model_config = SettingsConfigDict(env_prefix="EVALUATION_", frozen=True, extra="forbid")

    province_url: str = Field(
        default="",
        max_length=300,
        description="where the provincial platform takes ratings (好差评), https://…; without it ratings wait",
    )
    province_app_id: AppId = Field(default="yiwang", description="who this city is at the provincial platform")
    province_secret: SecretStr = Field(
        default=SecretStr(""), description="what requests to the provincial platform are signed with"
    )
    province_seconds: float = Field(
        default=10.0, gt=0, le=50, description="how long one answer of the provincial platform may take"
    )
    province_plain: bool = Field(default=False, description="the line to the provincial platform is itself protected")
    province_roots: Path | None = Field(
        default=None, description="file (PEM) with the roots that vouch for the provincial platform's certificate"
    )
