"""Esign's settings: `ESIGN_…` in the environment."""

from pathlib import Path
from typing import Annotated

from chassis.base.problems import StartRefused
from chassis.data.cipher import FieldCipher
from chassis.settings import AskingSettings, FileSettings
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates
from pydantic import Field, SecretStr
from pydantic_settings import NoDecode, SettingsConfigDict

PublicUrl = Annotated[str, Field(pattern=r"^https?://[^\s/?#]+(/[^\s/?#]+)*$")]


class EsignSettings(AskingSettings, FileSettings):
    """What esign is told."""

    model_config = SettingsConfigDict(env_prefix="ESIGN_", frozen=True, extra="forbid")

    public_url: PublicUrl = Field(
        description="how callers reach the gateway, http(s)://host without a slash at the end: papers print it, for"
        " good, so it has no default",
    )
    seal_key: Annotated[SecretStr | None, NoDecode] = Field(
        default=None,
        description="key id, a dot, 32 bytes in base64url: the envelope of the seals' software keys; older ones, only"
        " read with, after commas. Lost, the seals are lost. Not given where a cryptographic machine keeps the keys",
    )
    tsa_url: str = Field(default="", description="where a time-stamp authority answers (RFC 3161 over HTTP)")
    tsa_roots: Path | None = Field(default=None, description="file (PEM) with the roots of the authority at `tsa_url`")
    crls: str = Field(
        default="",
        description="where the lists of revoked certificates (CRL) are for sealed files that are to last, commas"
        " between them: http(s)://… as the authorities publish them, or file:///… as operators fetch them",
    )
    development_secret: SecretStr | None = Field(
        default=None,
        description="32 bytes in base64url, from which the development authority's keys follow; embedded mode makes it,"
        " and beside PostgreSQL or Kafka no process starts with it",
    )

    trusted_roots: Path | None = Field(
        default=None, description="file (PEM) with the roots that verification trusts beside this installation's own"
    )

    def roots(self) -> tuple[bytes, ...]:
        """Return the roots that verification trusts, DER. Raises RootsUnreadable."""
        if self.trusted_roots is None:
            return ()
        try:
            found = load_pem_x509_certificates(self.trusted_roots.read_bytes())
        except (OSError, ValueError) as wrong:
            raise RootsUnreadable(f"ESIGN_TRUSTED_ROOTS:{self.trusted_roots} 不是证书文件(PEM)") from wrong
        return tuple(one.public_bytes(Encoding.DER) for one in found)

    def envelope(self) -> FieldCipher | None:
        """Return the cipher under which software keys lie, if there are any."""
        return FieldCipher.of(self.seal_key.get_secret_value()) if self.seal_key else None


class RootsUnreadable(StartRefused):
    """The file of trusted roots is not there, or holds no certificates."""
