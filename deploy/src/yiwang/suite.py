"""Composes the suite: everything in one process."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog_svc import app as catalog_app
from catalog_svc.domain.pack import Pack
from catalog_svc.handlers import Catalog, load_city
from catalog_svc.schemas import CalendarDocument
from chassis.base.clock import Clock, SystemClock
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.events.buses import open_bus
from chassis.http.asgi import App
from chassis.http.health import Operators
from chassis.service import Service, starting
from chassis.settings import FileSettings, HeadSettings, ServiceSettings
from datashare_svc.domain.pack import SharingPlan
from datashare_svc.handlers import (
    finish_connections,
    finish_grants,
    load_cases,
    load_grants,
    load_sharing,
    tell_served,
)
from esign_svc.domain.seal_pack import SealPlan
from esign_svc.handlers import finish_seals, load_licence_types, load_seals
from esign_svc.store.licence_types import TypesKept
from evaluation_svc.handlers import load_evaluation
from gateway.development.provider import Provider, outside, require_embedded
from gateway.development.provider import build as build_provider
from gateway.settings import GatewaySettings
from joserfc.jwk import OKPKey

from gateway import app as gateway_app
from yiwang import disk
from yiwang.calendar import read_calendar
from yiwang.city import read_evaluation, read_licences, read_pack, read_sharing
from yiwang.city.seals import read_seals
from yiwang.keyfile import MAKERS, keys
from yiwang.services import SERVICES, callers_of
from yiwang.simulators import inside
from yiwang.simulators.together import Together

ROOT = Path(__file__).resolve().parents[3]
CITY = ROOT / "deploy" / "zhengzhou"
CONTRACTS = ROOT / "contracts"


@dataclass(frozen=True, slots=True)
class Suite:
    """All services in one process behind the gateway's app."""

    gateway: App
    services: Sequence[Service]
    bus: Bus
    provider: Provider
    simulators: Together | None = None
    """The simulated networks, where everything is embedded."""

    def service(self, name: str) -> Service:
        """Return a service by its name."""
        return next(service for service in self.services if service.name == name)

    @property
    def operators(self) -> Operators:
        """The operators' side of all services, each word under its service's name."""
        probes = {f"{one.name}.{name}": probe for one in self.services for name, probe in one.probes().items()}
        return Operators(probes, lambda: [f"{one.name}.{word}" for one in self.services for word in one.ailing()])

    @asynccontextmanager
    async def running(self, city: Path = CITY) -> AsyncIterator[None]:
        """Migrate, load the city, run all services; stop them in order at the end. Raises StartRefused."""
        async with AsyncExitStack() as stack:
            with starting():
                await self._start(stack, city)
            yield

    async def _start(self, stack: AsyncExitStack, city: Path) -> None:
        stack.push_async_callback(self.bus.close)
        await self.bus.start()
        if self.simulators is not None:
            await self.simulators.prepare()
        for service in self.services:
            stack.push_async_callback(service.database.close)
            await service.migrate()
            await service.check()
        read = await read_city(city)
        await load(self.service("catalog").database, read)
        await load_licences(self.service("esign").database, read)
        await load_registry(self.service("esign").database, read)
        await finish_registry(self.service("esign"), read)
        await load_datashare(self.service("datashare").database, read)
        await load_evaluated(self.service("evaluation").database, read)
        if self.simulators:
            await finish_datashare(self.service("datashare"), read)
        for service in self.services:
            await stack.enter_async_context(service.running())


def public_half(private: str) -> str:
    """Return the public JWK of a private one."""
    return json.dumps(OKPKey.import_key(json.loads(private)).as_dict(private=False))


def caller_keys(name: str, own: Mapping[str, str]) -> str:
    """Return the JWK set of the services that ask this one in their own name."""
    known = [{**json.loads(public_half(own[f"{one}_service_key"])), "kid": one} for one in callers_of(name)]
    return json.dumps({"keys": known})


def own_settings(name: str, own: Mapping[str, str], bus_url: str) -> dict[str, Any]:
    """Return what a service is told of the installation's own keys, and where the bus is."""
    return {
        "bus_url": bus_url,
        "data_key": own["data_key"],
        "lookup_key": own["lookup_key"],
        "principal_public_key": public_half(own["gateway"]),
        "caller_keys": caller_keys(name, own),
        **{key: own[f"{name}_{key}"] for key in SERVICES[name].keys},
    }


def files_of(name: str, folder: Path) -> dict[str, Any]:
    """Return where a service keeps its files and hands its heads, below a folder: what of both it does."""
    kind = SERVICES[name].settings
    keeps = {"storage_url": (folder / name).as_uri()} if issubclass(kind, FileSettings) else {}
    hands = {"heads_file": str(folder / f"{name}-heads.jsonl")} if issubclass(kind, HeadSettings) else {}
    return keeps | hands


def embedded(folder: Path, *, public_url: str) -> Suite:
    """Compose the whole suite on SQLite and the embedded log below a folder. Nothing runs yet."""
    with disk.usable(folder):
        folder = folder.resolve()
    bus_url = f"embedded://{folder / 'bus.db'}"
    urls = {name: f"sqlite+aiosqlite:///{folder / name}.db" for name in SERVICES}
    require_embedded(bus_url, *urls.values())
    own = keys(folder)
    disk.require_room(folder)
    return in_one_process(urls, bus_url, own, files=folder / "files", public_url=public_url)


def in_one_process(  # noqa: PLR0913  where everything is
    urls: Mapping[str, str],
    bus_url: str,
    own: Mapping[str, str],
    *,
    files: Path,
    public_url: str,
    clock: Clock | None = None,
) -> Suite:
    """Compose the whole suite in this process on the given backends, files in folders below `files`.

    Where all of them are embedded the development identity provider is mounted, and networks are simulated in a folder
    beside the files; beside PostgreSQL or Kafka its tokens are made and checked in this process only, no address leads
    to it, and no network has an address.
    """
    clock = clock or SystemClock()
    bus = open_bus(bus_url)
    cipher = FieldCipher.of(own["data_key"])
    databases = {name: Database.open(url, clock=clock, cipher=cipher) for name, url in urls.items()}
    told = {
        name: {
            "database_url": urls[name],
            **own_settings(name, own, bus_url),
            **files_of(name, files),
        }
        for name in SERVICES
    }
    told["esign"]["public_url"] = public_url
    simulators, beside = None, dict[str, dict[str, Any]]()
    if not outside(bus_url, *urls.values()):
        told["esign"]["development_secret"] = own["authority"]
        simulators = Together.of(files.with_name("simulators"), clock)
        beside = {
            "datashare": {"networks": inside.networks(simulators)},
            "evaluation": {"province": inside.province(simulators)},
        }
    services = composed({name: one.settings(**told[name]) for name, one in SERVICES.items()}, databases, bus, beside)
    settings = GatewaySettings(
        contracts=CONTRACTS,
        public_url=public_url,
        oidc_issuer=f"{public_url}{gateway_app.DEVELOPMENT_PATH}",
        principal_private_key=own["gateway"],
    )
    provider = gateway_app.development_provider(settings, clock, json.loads(own["development"]))
    apps = {service.name: service.app for service in services}
    mounted = None if outside(bus_url, *urls.values()) else provider
    issuer = None if mounted else build_provider(provider)
    gateway = gateway_app.build(settings, upstreams=apps, development=mounted, issuer=issuer, clock=clock)
    return Suite(gateway, services, bus, provider, simulators)


def composed(
    settings: Mapping[str, ServiceSettings],
    databases: Mapping[str, Database],
    bus: Bus,
    beside: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Service]:
    """Build all services in this process, each beside those it asks and what else it is given of its own."""
    built: dict[str, Service] = {}
    for name, one in SERVICES.items():
        siblings = {sibling: built[sibling].app for sibling in one.siblings}
        given = {**siblings, **(beside or {}).get(name, {})}
        built[name] = one.build(settings[name], database=databases[name], bus=bus, **given)
    return list(built.values())


@dataclass(frozen=True, slots=True)
class CityRead:
    """A checked city pack: the catalogue's part with the calendar, and what it says to the other services."""

    pack: Pack
    calendar: CalendarDocument
    seals: SealPlan
    licences: TypesKept
    sharing: SharingPlan
    evaluation: Mapping[str, Any]


async def read_city(city: Path) -> CityRead:
    """Read and check a city pack. Raises PackUnreadable."""

    def read() -> CityRead:
        pack, _ = read_pack(city)
        seals, licences = read_seals(city, pack.units), read_licences(city, pack)
        sharing, evaluation = read_sharing(city, pack), read_evaluation(city)
        return CityRead(pack, read_calendar(city), seals, licences, sharing, evaluation)

    return await asyncio.to_thread(read)


async def load(database: Database, city: CityRead, *, withdraw: bool = False) -> list[str]:
    """Load a city pack into the catalogue's database; return what was published.

    Only with `withdraw` may more than half of what is offered end.
    """
    catalog = Catalog(database, database.clock, catalog_app.cut, catalog_app.spell)
    async with database.unit_of_work() as work:
        return await load_city(catalog, work, city.pack, city.calendar, withdraw=withdraw)


async def load_registry(database: Database, city: CityRead) -> list[str]:
    """Apply for the seals of a city pack in esign's database; return what was done."""
    async with database.unit_of_work() as work:
        return await load_seals(work, city.seals)


async def finish_registry(esign: Service, city: CityRead) -> None:
    """Bring the pack's seals into use where the development authority certifies them."""
    async with esign.database.unit_of_work() as work:
        await finish_seals(esign.api.state.collaborators, work, city.seals)


async def load_licences(database: Database, city: CityRead) -> list[str]:
    """Load what a city pack says of licences into esign's database; return what changed."""
    async with database.unit_of_work() as work:
        return await load_licence_types(work, city.licences)


async def load_datashare(database: Database, city: CityRead) -> list[str]:
    """Load what a city pack says of sharing into datashare's database; return what changed."""
    plan = city.sharing
    async with database.unit_of_work() as work:
        loaded = await load_sharing(work, plan) + await load_cases(work, plan.acceptance)
        loaded += await load_grants(work, plan)
        await tell_served(work)
        return loaded


async def load_evaluated(database: Database, city: CityRead) -> list[str]:
    """Load what a city pack says of evaluation into its database; return what changed."""
    async with database.unit_of_work() as work:
        return await load_evaluation(work, city.evaluation)


async def finish_datashare(datashare: Service, city: CityRead) -> None:
    """Connect the networks that are simulated, and decide on the grants asked for, by the pack's hands."""
    await finish_connections(datashare.api.state.collaborators, city.sharing.acceptance)
    async with datashare.database.unit_of_work() as work:
        await finish_grants(work, city.sharing.hands)


def described() -> list[Service]:
    """Return all services as the contracts describe them: composed, never run, nothing opened or written."""
    database_url, bus_url = "sqlite+aiosqlite:///unused.db", "embedded:///unused.db"
    own = {name: make() for name, make in MAKERS.items()}
    told = {
        name: {"database_url": database_url, **own_settings(name, own, bus_url), **files_of(name, Path("/unused"))}
        for name in SERVICES
    }
    told["esign"]["public_url"] = "http://unused"
    settings = {name: one.settings(**told[name]) for name, one in SERVICES.items()}
    return composed(settings, {name: Database.open(database_url) for name in SERVICES}, open_bus(bus_url))
