"""Intake's settings: `INTAKE_…` in the environment."""

from chassis.base.shapes import REGION, whole
from chassis.data.periods import DRAFTS
from chassis.settings import AskingSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class IntakeSettings(AskingSettings):
    """What intake is told.

    `region_code` (GB/T 2260) begins every application number, `acceptance_word` the number of an acceptance
    paper of a unit whose own word is not known yet.
    """

    model_config = SettingsConfigDict(env_prefix="INTAKE_", frozen=True, extra="forbid")

    region_code: str = Field(default="410100", pattern=whole(REGION))
    drafts_at_most: int = Field(default=5, ge=1, le=10_000, description="drafts that a person may have of a matter")
    drafts_kept_days: int = Field(default=DRAFTS.days, ge=1, le=3650, description="after the last change of a draft")
    acceptance_word: str = Field(default="郑政务受字", min_length=1, max_length=20)
    prefill_seconds: float = Field(
        default=2.5,
        gt=0,
        le=10,
        description="how long a new draft waits for values from the networks; then it is empty",
    )
    verify_seconds: float = Field(
        default=2.5,
        gt=0,
        le=10,
        description="how long a submission, or an acceptance, waits for sources to verify materials; then it goes on",
    )
