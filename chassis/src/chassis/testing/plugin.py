"""The pytest plugin (`-p chassis.testing.plugin`): clock, ids, databases on both backends, bus, keys, clients."""

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # the driver ships no types
import pytest
import sqlalchemy as sa
import structlog
from joserfc.jwk import OKPKey

from chassis.base.ids import Ids
from chassis.data import migrate
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.data.gathered import WAITING
from chassis.events.bus import Bus
from chassis.events.buses import open_bus
from chassis.http.asgi import App
from chassis.http.identity import PrincipalSigner, ServiceSigner, new_key
from chassis.settings import AskingSettings, FileSettings, ServiceSettings, new_secret
from chassis.testing.builders import ManualClock, counting_ids
from chassis.testing.client import Client

S = TypeVar("S", bound=ServiceSettings)
OpenDatabase = Callable[[str], Awaitable[Database]]


@dataclass(frozen=True, slots=True)
class Templates:
    """Migrated databases to copy from: a folder of SQLite files, and PostgreSQL database names by package."""

    folder: Path
    names: dict[str, str]


CALLER = "esign"
DATABASE, KAFKA = "TEST_DATABASE_URL", "TEST_KAFKA_URL"
SORTED_AS_PEOPLE_DO = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
"""As a city's server may be set up; what needs the order of the letters' codes must say so (PostgreSQL 15)."""
POSTGRESQL = pytest.param("postgresql", marks=[pytest.mark.connected, pytest.mark.enable_socket])


@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def _refuse_to_read_what_waits(connection: sa.Connection, _cursor: Any, statement: str, *_: Any) -> None:
    """Fail a statement that reads a table whose rows are only written at the end of its transaction."""
    for table in connection.info.get(WAITING, ()):
        if re.search(rf'(?:\b(?:FROM|JOIN|UPDATE)|,)\s+"?{table.name}"?(?![\w."])', statement):
            pytest.fail(f"{table.name} is read while rows wait to be added to it: {statement}")


@pytest.fixture(autouse=True)
def _logging() -> None:
    """Keep the logs out of the test report, and all of them to be looked at, whatever a test before configured."""
    structlog.reset_defaults()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), cache_logger_on_first_use=False)


def required(name: str) -> str:
    """Return a real server's address from the environment; without it a test is skipped, in CI it fails."""
    url = os.environ.get(name, "")
    if not url and os.environ.get("CI"):
        pytest.fail(f"{name} is not set: in CI the connected suites must run")
    if not url:
        pytest.skip(f"needs a real server: set {name}")
    return url


@pytest.fixture(scope="session")
def postgresql_url() -> str:
    """Give the address of a PostgreSQL on which databases may be made."""
    return required(DATABASE)


@pytest.fixture(scope="session")
def kafka_url() -> str:
    """Give the address of a Kafka."""
    return required(KAFKA)


@pytest.fixture
def clock() -> ManualClock:
    """Give a clock standing at 2026-03-02 09:30 in Shanghai."""
    return ManualClock()


@pytest.fixture
def ids() -> Ids:
    """Give ids that count."""
    return counting_ids()


@pytest.fixture
def data_key() -> str:
    """Give the key that encrypts fields and seals audit rows."""
    return f"test.{new_secret()}"


@pytest.fixture(params=["sqlite", POSTGRESQL])
def backend(request: pytest.FixtureRequest) -> str:
    """Say which: each database test runs on SQLite, and on PostgreSQL where connected tests are chosen."""
    return str(request.param)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    """Keep migrated databases to copy from, by backend and package; made at the first use, dropped at the end."""
    kept = Templates(tmp_path_factory.mktemp("templates"), {})
    yield kept
    for name in kept.names.values():
        asyncio.run(_administer(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
async def open_database(  # noqa: PLR0913, PLR0917  fixtures are arguments
    backend: str, templates: Templates, tmp_path: Path, clock: ManualClock, ids: Ids, data_key: str
) -> AsyncIterator[OpenDatabase]:
    """Give the opener of fresh databases: migrated, by package name, or empty, by no name."""
    opened: list[Database] = []
    dropped: list[str] = []

    async def open_one(package: str) -> Database:
        if backend == "sqlite":
            url = await _copy_sqlite(package, templates, tmp_path)
        else:
            url = await _copy_postgresql(package, templates, dropped)
        opened.append(Database.open(url, clock=clock, ids=ids, cipher=FieldCipher.of(data_key)))
        return opened[-1]

    yield open_one
    for database in opened:
        await database.close()
    for name in dropped:
        await _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def bus_url(tmp_path: Path) -> str:
    """Give the address of an embedded log of this test's own."""
    return f"embedded:///{tmp_path.as_posix().lstrip('/')}/bus.db"


@pytest.fixture
async def bus(bus_url: str) -> AsyncIterator[Bus]:
    """Give an embedded log."""
    opened = open_bus(bus_url)
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def gateway_key() -> OKPKey:
    """Give the gateway's signing key."""
    return new_key()


@pytest.fixture
def signer(gateway_key: OKPKey, clock: ManualClock) -> PrincipalSigner:
    """Sign principals as the gateway does."""
    return PrincipalSigner(gateway_key, clock)


@pytest.fixture(scope="session")
def service_key() -> OKPKey:
    """Give the key of the service that asks others in its own name."""
    return new_key()


@pytest.fixture
def speaker(service_key: OKPKey, clock: ManualClock) -> ServiceSigner:
    """Vouch as esign does for itself: `headers={HEADER: speaker.vouch("intake")}`, beside `by=None`."""
    return ServiceSigner(CALLER, service_key, clock)


@pytest.fixture
def settings_for(
    gateway_key: OKPKey, service_key: OKPKey, bus_url: str, data_key: str, tmp_path: Path
) -> Callable[[type[S]], S]:
    """Build a service's settings with keys of this test's own; keywords override."""

    def build(kind: type[S], **overrides: Any) -> S:
        values = {
            "database_url": "sqlite+aiosqlite://",
            "bus_url": bus_url,
            "data_key": data_key,
            "lookup_key": new_secret(),
            "principal_public_key": json.dumps(gateway_key.as_dict(private=False)),
            "caller_keys": json.dumps({"keys": [{**service_key.as_dict(private=False), "kid": CALLER}]}),
        }
        if issubclass(kind, FileSettings):
            values["storage_url"] = (tmp_path / "files").as_uri()
        if "public_url" in kind.model_fields:
            values["public_url"] = "http://testserver"
        if issubclass(kind, AskingSettings):
            values["service_key"] = json.dumps(service_key.as_dict(private=True))
        return kind(**{**values, **overrides})

    return build


@pytest.fixture
def client(signer: PrincipalSigner) -> Callable[[App], Client]:
    """Make a client of an app: `client(service.app)`."""
    return lambda app: Client(app, signer)


async def _copy_sqlite(package: str, templates: Templates, folder: Path) -> str:
    template = templates.folder / f"{package}.db"
    if not template.exists():
        template.touch()
        if package:
            await migrate.upgrade(f"sqlite+aiosqlite:///{template}", package)
    copy = folder / f"{package}-{uuid4().hex[:8]}.db"
    shutil.copy(template, copy)
    return f"sqlite+aiosqlite:///{copy}"


async def _copy_postgresql(package: str, templates: Templates, dropped: list[str]) -> str:
    if package not in templates.names:
        name = f"t_{package}_{uuid4().hex[:8]}"
        await _administer(f'CREATE DATABASE "{name}" {SORTED_AS_PEOPLE_DO}')
        if package:
            await migrate.upgrade(_address(name), package)
        templates.names[package] = name
    copy = f"c_{package}_{uuid4().hex[:8]}"
    await _administer(f'CREATE DATABASE "{copy}" TEMPLATE "{templates.names[package]}"')
    dropped.append(copy)
    return _address(copy)


def _address(name: str) -> str:
    return required(DATABASE).replace("postgresql://", "postgresql+asyncpg://").rpartition("/")[0] + f"/{name}"


async def _administer(statement: str) -> None:
    connection = await asyncpg.connect(required(DATABASE))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
