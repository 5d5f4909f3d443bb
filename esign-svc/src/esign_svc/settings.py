"""Esign's settings: `ESIGN_…` in the environment."""

from typing import Annotated

from chassis.data.cipher import FieldCipher
from chassis.settings import AskingSettings, FileSettings
from pydantic import Field, SecretStr
from pydantic_settings import NoDecode, SettingsConfigDict


class EsignSettings(AskingSettings, FileSettings):
    """What esign is told."""

    model_config = SettingsConfigDict(env_prefix="ESIGN_", frozen=True, extra="forbid")

    seal_key: Annotated[SecretStr | None, NoDecode] = Field(
        default=None,
        description="key id, a dot, 32 bytes in base64url: the envelope of the seals' software keys; older ones, only"
        " read with, after commas. Lost, the seals are lost. Not given where a cryptographic machine keeps the keys",
    )

    def envelope(self) -> FieldCipher | None:
        """Return the cipher under which software keys lie, if there are any."""
        return FieldCipher.of(self.seal_key.get_secret_value()) if self.seal_key else None
