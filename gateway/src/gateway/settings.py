"""The gateway's settings: `GATEWAY_…` in the environment."""

import json
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated

from joserfc.jwk import OKPKey
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class GatewaySettings(BaseSettings):
    """What the gateway is told."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", frozen=True, extra="forbid")

    contracts: Path = Field(description="the folder with openapi/*.json")
    public_url: str = Field(default="http://127.0.0.1:8000", description="how callers reach the gateway")
    oidc_issuer: str = Field(description="the identity provider's issuer URL")
    oidc_audience: str = Field(default="yiwang", description="the audience that tokens must name")
    oidc_client: str = Field(default="yiwang-docs", description="the API page's client at the identity provider")
    principal_private_key: Annotated[SecretStr, NoDecode] = Field(description="the signing key, as an Ed25519 JWK")
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(), description='networks whose X-Forwarded-For is believed, as JSON: ["10.0.0.0/8", "2001:db8::1"]'
    )

    def signing_key(self) -> OKPKey:
        """Return the key that vouches for principals."""
        return OKPKey.import_key(_json(self.principal_private_key.get_secret_value()))


def _json(text: str) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = json.loads(text)
    return found
