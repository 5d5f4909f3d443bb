"""Settings: one frozen class a service, its own prefix in the environment; an unknown key fails."""

import base64
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import AfterValidator, Field, SecretStr, create_model
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from chassis.base.clock import Clock
from chassis.data.cipher import FieldCipher, Keyring, LookupKeys
from chassis.http.identity import GATEWAY, SERVICES, ServiceSigner
from chassis.http.upstream import HttpUpstream

S = TypeVar("S", bound=BaseSettings)
CALLER_NAME = re.compile("[a-z][a-z_]{0,30}")
CURVE = "Ed25519"
LIVE = 2
"""Keys that one caller has at most: two while one is changed."""


class UnknownSetting(Exception):  # noqa: N818  named after the fact
    """The environment has a variable with the service's prefix that the service does not know."""


def callers_of(text: str) -> Mapping[str, Sequence[OKPKey]]:
    """Return the public keys of a JWK set by their callers' names (`kid`).

    Raises ValueError for what is no such set, a private key, a name that is none, too many of a name, a key of two.
    """
    found: dict[str, list[OKPKey]] = {}
    for key, told in _keys_in(text):
        name = str(told.get("kid"))
        if key.is_private:
            raise ValueError("a private key is its owner's alone")
        if not CALLER_NAME.fullmatch(name) or name in {GATEWAY, SERVICES}:
            raise ValueError("kid is the name of a caller")
        found.setdefault(name, []).append(key)
    prints = [key.thumbprint() for keys in found.values() for key in keys]
    if len(set(prints)) < len(prints) or any(len(keys) > LIVE for keys in found.values()):
        raise ValueError("each key once, two of a caller at most")
    return found


def _keys_in(text: str) -> list[tuple[OKPKey, Mapping[str, Any]]]:
    try:
        return [(signing_key(one), one) for one in json.loads(text)["keys"]]
    except (KeyError, TypeError) as error:
        raise ValueError("no JWK set") from error


def signing_key(told: Mapping[str, Any]) -> OKPKey:
    """Return the Ed25519 key that a JWK tells. Raises ValueError."""
    try:
        if told["crv"] == CURVE:
            return OKPKey.import_key(dict(told))
    except (KeyError, TypeError, AttributeError, ValueError, JoseError) as error:
        raise ValueError("no key") from error
    raise ValueError("a key for something else")


def _callers(text: str) -> str:
    callers_of(text)
    return text


def _private(secret: SecretStr) -> SecretStr:
    if not signing_key(json.loads(secret.get_secret_value())).is_private:
        raise ValueError("the private key is wanted")
    return secret


def _private_or_none(secret: SecretStr | None) -> SecretStr | None:
    return None if secret is None else _private(secret)


class ServiceSettings(BaseSettings):
    """What every service is told. Keys have no default: embedded mode makes its own, elsewhere they are given."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    database_url: str = Field(description="sqlite+aiosqlite:///file or postgresql+asyncpg://…")
    bus_url: str = Field(description="embedded:///file or kafka://host:port[,host:port]")
    data_key: Annotated[SecretStr, NoDecode] = Field(
        description="key id, a dot, 32 bytes in base64url: field encryption; older keys, only read with, after commas"
    )
    lookup_key: Annotated[SecretStr, NoDecode] = Field(
        description="32 bytes in base64url: keyed look-up digests; while it is changed the older one after a comma"
    )
    principal_public_key: Annotated[str, NoDecode] = Field(
        description="the gateway's public key, as a JWK; while it is changed a JWK set of both"
    )
    caller_keys: Annotated[str, NoDecode, AfterValidator(_callers)] = Field(
        default='{"keys": []}',
        description="a JWK set: public keys of the services that ask this one in their own name, each named by its kid",
    )
    pool_size: int = Field(default=10, ge=1, le=200)

    def cipher(self) -> FieldCipher:
        """Return the field cipher: it encrypts with the first data key and reads with all."""
        return FieldCipher.of(self.data_key.get_secret_value())

    def lookup(self) -> LookupKeys:
        """Return the look-up keys that are live."""
        return LookupKeys.of(self.lookup_key.get_secret_value())

    def gateway_keys(self) -> list[OKPKey]:
        """Return the keys that verify principals."""
        given = json.loads(self.principal_public_key)
        return [OKPKey.import_key(one) for one in given.get("keys", [given])]

    def callers(self) -> Mapping[str, Sequence[OKPKey]]:
        """Return the keys of the services that may ask this one in their own name."""
        return callers_of(self.caller_keys)

    def keyring(self) -> Keyring:
        """Return what the service's database proves at each start."""
        return Keyring(self.cipher(), self.lookup(), [key.thumbprint() for key in self.gateway_keys()])


class FileSettings(ServiceSettings):
    """What a service is told that keeps files, too."""

    storage_url: str = Field(description="file:///folder or s3://bucket[/prefix][?endpoint=https://…][&region=…]")
    storage_access_key_id: SecretStr = Field(default=SecretStr(""), description="of a bucket; none is taken elsewhere")
    storage_secret_access_key: SecretStr = Field(default=SecretStr(""), description="of a bucket")

    def storage_credentials(self) -> tuple[str, str]:
        """Return a bucket's access key id and secret access key."""
        return self.storage_access_key_id.get_secret_value(), self.storage_secret_access_key.get_secret_value()


class HeadSettings(ServiceSettings):
    """What a service is told that signs the heads of its audit chain and hands them outside, too."""

    head_key: Annotated[SecretStr | None, NoDecode, AfterValidator(_private_or_none)] = Field(
        default=None,
        description="a private Ed25519 key, as a JWK, with which the heads of the audit chain are signed; without one"
        " none are. Its public half is for whoever verifies",
    )
    head_seconds: float = Field(default=3600, ge=1, le=86_400, description="how often a head is signed")
    heads_file: Path | None = Field(
        default=None,
        description="file to which each signed head is appended, a line each, never rewritten; best where this service"
        " cannot change what is there",
    )

    def signer(self) -> OKPKey | None:
        """Return the key that signs heads, if there is one."""
        return signing_key(json.loads(self.head_key.get_secret_value())) if self.head_key else None


class AskingSettings(ServiceSettings):
    """What a service is told that asks its siblings in its own name."""

    service_key: Annotated[SecretStr, NoDecode, AfterValidator(_private)] = Field(
        description="its own private Ed25519 key, as a JWK; the siblings that it asks are told the public half"
    )

    def speaker(self, name: str, clock: Clock) -> ServiceSigner:
        """Return what vouches for the service at its siblings."""
        return ServiceSigner(name, signing_key(json.loads(self.service_key.get_secret_value())), clock)


def read(settings: type[S]) -> S:
    """Build settings from the environment. Raises UnknownSetting, and ValidationError naming what is missing."""
    prefix = settings.model_config["env_prefix"]
    known = {prefix + name.upper() for name in settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith(prefix) and name not in known)
    if unknown:
        raise UnknownSetting(f"unknown settings: {', '.join(unknown)}")
    return settings()


def addressed(settings: type[S], siblings: Iterable[str]) -> type[S]:
    """Return the settings of a process that finds these siblings at addresses: `<PREFIX><SIBLING>_URL`, required."""
    fields: dict[str, Any] = {f"{name}_url": (str, Field(description=f"where {name} answers")) for name in siblings}
    return create_model(settings.__name__, __base__=settings, **fields)


def upstreams(settings: BaseSettings, siblings: Iterable[str]) -> dict[str, HttpUpstream]:
    """Return the siblings at the addresses that `addressed` settings give."""
    return {name: HttpUpstream(getattr(settings, f"{name}_url")) for name in siblings}


def new_secret() -> str:
    """Return 32 random bytes in base64url."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()
