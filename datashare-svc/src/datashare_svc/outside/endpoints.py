"""The operators' file of addresses and keys of the networks (YAML): what is not in it is never spoken with.

An address is https, unless it is of this machine or `plain: true` says that the line itself is protected. No redirect
is followed, no proxy asked. Networks (专网) have private addresses, so these are let; what no network has is not.
"""

import base64
import os
import stat
from collections.abc import Hashable, Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from ssl import SSLContext, create_default_context
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
import yaml
from chassis.base.clock import Clock
from chassis.base.problems import StartRefused
from chassis.base.shapes import CODE, KEY, whole
from chassis.http.asgi import App
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from datashare_svc.outside.files import FileConnector
from datashare_svc.outside.guard import Room
from datashare_svc.outside.networks import Connector, Networks
from datashare_svc.outside.rest import RestConnector, may_be_reached
from datashare_svc.outside.tables import TableConnector

LARGEST = 1024 * 1024
NetworkKey = Annotated[str, Field(pattern=whole(KEY))]
RequesterId = Annotated[str, Field(pattern=whole(CODE))]
SHORTEST_KEY = 16
"""Bytes of a key at least."""


class EndpointsRefused(StartRefused):
    """The file of the networks' addresses cannot be read, is open to others, or is wrong."""


class Endpoint(BaseModel):
    """What every endpoint says: how many questions go to it at once, and how many more may wait."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_once: int = Field(default=8, ge=1, le=200)
    waiting: int = Field(default=16, ge=0, le=1000)


class RestEndpoint(Endpoint):
    """A network at an address, in the manner of the national exchange; `key` is base64.

    `roots` is a file (PEM) of the authorities that vouch for its certificate, where they are not the system's.
    """

    protocol: Literal["rest"]
    url: str = Field(max_length=300)
    requester_id: RequesterId
    key: SecretStr
    plain: bool = False
    roots: Path | None = None

    @field_validator("key")
    @classmethod
    def _is_key(cls, key: SecretStr) -> SecretStr:
        try:
            found = base64.b64decode(key.get_secret_value(), validate=True)
        except ValueError as error:
            raise ValueError("密钥须为 base64") from error
        if len(found) < SHORTEST_KEY:
            raise ValueError(f"密钥至少 {SHORTEST_KEY} 字节")
        return key

    @model_validator(mode="after")
    def _may_be_spoken_with(self) -> Self:
        try:
            parts = urlsplit(self.url)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise ValueError("url 读不出") from error
        if parts.scheme not in {"http", "https"} or not host or port == 0:
            raise ValueError("url 须为 https://主机[:端口][/路径]")
        if parts.query or parts.fragment or parts.username is not None or parts.password is not None:
            raise ValueError("url 中不得有用户名、口令、查询参数")
        if not may_be_reached(host):
            raise ValueError("url 中的地址不可能是专网的")
        if parts.scheme == "http" and not (self.plain or _is_here(host)):
            raise ValueError("url 须为 https;线路自身已受保护的,请写明 plain: true")
        return self


class TableEndpoint(Endpoint):
    """A front database (前置库); the address has its password."""

    protocol: Literal["table"]
    url: SecretStr

    @field_validator("url")
    @classmethod
    def _is_database(cls, url: SecretStr) -> SecretStr:
        try:
            read = sa.make_url(url.get_secret_value())
        except sa.exc.ArgumentError as error:
            raise ValueError("url 须为数据库地址") from error
        if read.drivername not in {"postgresql+asyncpg", "sqlite+aiosqlite"} or not read.database:
            raise ValueError("url 须为 postgresql+asyncpg://… 或 sqlite+aiosqlite:///文件")
        return url


class FilesEndpoint(Endpoint):
    """A folder that files are dropped in; older ones than `stale_after_hours` are not used."""

    protocol: Literal["files"]
    url: str = Field(max_length=1000)
    stale_after_hours: int = Field(default=48, ge=1, le=24 * 400)

    @field_validator("url")
    @classmethod
    def _is_folder(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "file" or parts.netloc or not parts.path.startswith("/"):
            raise ValueError("url 须为 file:///目录")
        return url


AnyEndpoint = Annotated[RestEndpoint | TableEndpoint | FilesEndpoint, Field(discriminator="protocol")]
Endpoints = TypeAdapter(dict[NetworkKey, AnyEndpoint])


def networks_at(file: Path | None, clock: Clock) -> Networks:
    """Return the networks that a file gives addresses to; none without a file.

    Raises EndpointsRefused, which names places in the file and never what stands there.
    """
    return networks_of(_load(file), clock, place=f"专网地址文件 {file}") if file is not None else Networks()


def networks_of(
    given: Any, clock: Clock, *, apps: Mapping[str, App] | None = None, place: str = "专网地址"
) -> Networks:
    """Return the networks of a file that was read; those among `apps` are asked in this process, without a line.

    `place` is where they stand. Raises EndpointsRefused.
    """
    try:
        found = Endpoints.validate_python(given if given is not None else {})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        wrong = ".".join(str(part) for part in first["loc"])
        raise EndpointsRefused(f"{place} 的 {wrong} 有误:{first['msg']}") from None
    rooms = {network: Room(one.at_once, one.waiting) for network, one in found.items()}
    connectors = {network: _connector(one, clock, (apps or {}).get(network)) for network, one in found.items()}
    return Networks(connectors, rooms=rooms)


def _connector(endpoint: AnyEndpoint, clock: Clock, app: App | None) -> Connector:
    if isinstance(endpoint, RestEndpoint):
        key, who = base64.b64decode(endpoint.key.get_secret_value()), endpoint.requester_id
        if app is not None:
            return RestConnector(app, requester_id=who, key=key, clock=clock)
        tls = _vouched(endpoint.roots) if endpoint.roots else None
        return RestConnector.at(endpoint.url, requester_id=who, key=key, clock=clock, at_once=endpoint.at_once, tls=tls)
    if isinstance(endpoint, TableEndpoint):
        return TableConnector(endpoint.url.get_secret_value(), at_once=endpoint.at_once)
    folder = Path(unquote(urlsplit(endpoint.url).path))
    return FileConnector(folder, stale_after=timedelta(hours=endpoint.stale_after_hours), clock=clock)


def _vouched(roots: Path) -> SSLContext:
    try:
        return create_default_context(cafile=str(roots))
    except OSError as error:
        raise EndpointsRefused(f"专网的根证书 {roots} 读不出;须为 PEM 文件") from error


def _load(file: Path) -> Any:
    """Return what the file has. Raises EndpointsRefused where it cannot be read, or by others than owner and group."""
    try:
        with file.open("rb") as opened:
            there = os.fstat(opened.fileno())
            if not stat.S_ISREG(there.st_mode):
                raise EndpointsRefused(f"专网地址文件 {file} 不是普通文件")
            if there.st_mode & 0o037:
                raise EndpointsRefused(f"专网地址文件 {file} 中有密钥,不得为他人可读或可改;请改为 0600")
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise EndpointsRefused(f"专网地址文件 {file} 读不出({type(error).__name__})") from error
    if len(content) > LARGEST:
        raise EndpointsRefused(f"专网地址文件 {file} 过大")
    try:
        return yaml.load(content, _Once)  # noqa: S506  a safe loader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        place = f"第 {line + 1} 行" if line is not None else "某处"
        raise EndpointsRefused(f"专网地址文件 {file} {place}不是 YAML,或有重复的键") from None


class _Once(yaml.SafeLoader):
    """Takes each key once: of two addresses of one network, nobody knows which is meant."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  as PyYAML calls it
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, "twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
