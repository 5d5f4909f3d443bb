"""Runs the whole suite as processes, embedded or on PostgreSQL and Kafka, so that one test drives both unchanged."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # the driver ships no types
import authority
import sealed
import shared
from chassis.base.clock import SystemClock
from chassis.base.problems import Problem
from chassis.data.cipher import FieldCipher
from chassis.http.upstream import HttpUpstream, call
from chassis.storage.addresses import open_storage
from chassis.storage.files import Storage
from chassis.testing.plugin import DATABASE, KAFKA, required
from gateway.development.flow import sign_in
from yiwang.demo import CITIZEN, CLERK, REVIEWERS
from yiwang.journey import Actor, Cast
from yiwang.keyfile import MAKERS, keys
from yiwang.services import SERVICES
from yiwang.simulators.together import Together
from yiwang.suite import CONTRACTS, files_of, own_settings

SCRIPTS = {"identity": "identity.py", "authority": "authority.py"}
SIMULATORS = "simulators"
OUTSIDE = (*SCRIPTS, SIMULATORS)
"""What stands in for the city's own systems and for the networks, each a process without an operators' side."""
MAKER, AUDITOR = "dev-seal-maker", "dev-seal-auditor"
MANAGER, STEWARD = "dev-data-manager", "dev-data-steward"
AUTHORITY = "ZWB"
"""The office that leads evaluation (市政务办): its letters are sealed, too."""
MODES = ("embedded", "distributed")
PATIENCE = 240.0
"""Seconds for a process to start, however busy the machine; what never comes fails then."""


@dataclass(slots=True)
class Running:
    """A running suite: its processes by name, its addresses, its databases."""

    mode: str
    port: int
    commands: dict[str, list[str]]
    environment: dict[str, str]
    databases: dict[str, str]
    bus_url: str
    identity_path: str
    log: Path
    identity: HttpUpstream | None = None
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    gateway: HttpUpstream = field(init=False)

    def __post_init__(self) -> None:
        self.gateway = HttpUpstream(f"http://127.0.0.1:{self.port}")

    def process_of(self, service: str) -> str:
        """Return the name of the process a service runs in."""
        return "suite" if self.mode == "embedded" else service

    def start(self, name: str) -> None:
        with self.log.open("ab") as log:
            self.processes[name] = subprocess.Popen(
                self.commands[name], env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )

    async def up(self, seconds: float = 180.0) -> None:
        """Wait until every process answers."""
        for name, command in self.commands.items():
            if name in OUTSIDE:
                continue
            upstream = HttpUpstream(f"http://{command[command.index('--operators') + 1]}")
            try:
                async with asyncio.timeout(seconds):
                    while not await _answers(upstream, "/readyz"):
                        if self.processes[name].poll() is not None:
                            raise RuntimeError(f"{name} ended:\n{self.log.read_text()[-3000:]}")
                        await asyncio.sleep(0.1)
            finally:
                await upstream.close()

    async def networks_up(self, port: int, seconds: float = 180.0) -> None:
        """Wait until the simulated networks answer."""
        upstream = HttpUpstream(f"http://127.0.0.1:{port}")
        try:
            async with asyncio.timeout(seconds):
                while not await _answers(upstream, "/population/ping"):
                    await asyncio.sleep(0.1)
        finally:
            await upstream.close()

    async def actor(self, person: str) -> Actor:
        return Actor(
            self.gateway, await sign_in(self.identity or self.gateway, person, path=self.identity_path), PATIENCE
        )

    async def cast(self, citizen: str = CITIZEN) -> Cast:
        reviewers = {unit: await self.actor(person) for unit, person in REVIEWERS.items()}
        return Cast(await self.actor(citizen), await self.actor(CLERK), reviewers)

    async def cast_of_its_own(self, number: int) -> Cast:
        """Return a cast that shares its rate limits with no other number's; the identity process knows 200."""
        reviewers = {unit: await self.actor(f"{person}-{number}") for unit, person in REVIEWERS.items()}
        return Cast(await self.actor(f"{CITIZEN}-{number}"), await self.actor(f"{CLERK}-{number}"), reviewers)

    def database(self, service: str) -> str:
        return self.databases[service]

    @property
    def simulators(self) -> Path:
        """Return the folder of the simulated networks."""
        beside = self.log.parent
        if self.mode == "embedded":
            beside = Path(self.database("datashare").removeprefix("sqlite+aiosqlite:///")).parent
        return beside / SIMULATORS

    def storage(self, service: str) -> Storage:
        """Return where a service keeps its files."""
        if self.mode == "embedded":
            data = Path(self.database(service).removeprefix("sqlite+aiosqlite:///")).parent
            return open_storage(files_of(service, data / "files")["storage_url"], self.cipher(service))
        return open_storage(self.environment[f"{service}_storage_url".upper()], self.cipher(service))

    def cipher(self, service: str) -> FieldCipher:
        """Return what a service's database is sealed with."""
        if self.mode == "embedded":
            data = Path(self.database(service).removeprefix("sqlite+aiosqlite:///")).parent
            return FieldCipher.of(keys(data)["data_key"])
        return FieldCipher.of(self.environment[f"{service}_data_key".upper()])

    async def stop(self) -> None:
        await self.gateway.close()
        if self.identity is not None:
            await self.identity.close()
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                await asyncio.to_thread(process.wait, 20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise


async def _answers(upstream: HttpUpstream, path: str) -> bool:
    try:
        return (await call(upstream, "GET", path, within=2.0)).status == 200
    except Problem:
        return False


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _yiwang(*words: str) -> list[str]:
    return [sys.executable, "-m", "yiwang", *words]


def at(port: int) -> list[str]:
    """Return where a process listens, for callers and for operators."""
    return ["--host", "127.0.0.1", "--port", str(port), "--operators", f"127.0.0.1:{free_port()}"]


def embedded_on(data: Path, log: Path, extra: Mapping[str, str] | None = None) -> Running:
    """Prepare one process for everything, on SQLite and the embedded log below a data folder. Nothing runs yet."""
    port = free_port()
    return Running(
        "embedded",
        port,
        {"suite": _yiwang("run", *at(port), "--data-dir", str(data))},
        {**os.environ, **(extra or {})},
        {name: f"sqlite+aiosqlite:///{data / name}.db" for name in SERVICES},
        f"embedded://{data / 'bus.db'}",
        "/dev/identity",
        log,
    )


@asynccontextmanager
async def embedded(folder: Path, extra: Mapping[str, str] | None = None) -> AsyncIterator[Running]:
    """Run everything in one process on SQLite and the embedded log."""
    running = embedded_on(folder / "data", folder / "suite.log", extra)
    running.start("suite")
    try:
        await running.up()
        yield running
    finally:
        await running.stop()


@asynccontextmanager
async def distributed(
    folder: Path, extra: Mapping[str, str] | None = None, at_ports: Mapping[str, int] | None = None
) -> AsyncIterator[Running]:
    """Run a process per service on databases and topics of this run's own."""
    server, kafka = required(DATABASE), required(KAFKA)
    run = uuid4().hex[:8]
    names = {name: f"j_{name}_{run}" for name in SERVICES}
    for name in names.values():
        await _administer(server, f'CREATE DATABASE "{name}"')
    prefix = server.replace("postgresql://", "postgresql+asyncpg://").rpartition("/")[0]
    ports = {name: free_port() for name in (*SERVICES, "gateway", *OUTSIDE)} | dict(at_ports or {})
    bus_url = f"{kafka}?prefix={run}."
    databases = {name: f"{prefix}/{names[name]}" for name in SERVICES}
    environment = {**os.environ, **_environment(ports, databases, bus_url, folder / "files"), **(extra or {})}
    commands = {name: _yiwang("serve", name, *at(ports[name])) for name in SERVICES}
    commands["gateway"] = _yiwang("serve", "gateway", *at(ports["gateway"]))
    for name, script in SCRIPTS.items():
        commands[name] = [sys.executable, str(Path(__file__).with_name(script)), str(ports[name])]
    commands[SIMULATORS] = _yiwang(
        SIMULATORS, "serve", "all", "--port", str(ports[SIMULATORS]), "--folder", str(folder / SIMULATORS)
    )
    running = Running(
        "distributed", ports["gateway"], commands, environment, databases, bus_url, "", folder / "suite.log"
    )
    running.identity = HttpUpstream(f"http://127.0.0.1:{ports['identity']}")
    try:
        for name in SERVICES:
            await asyncio.to_thread(subprocess.run, _yiwang("migrate", name), env=environment, check=True)
        await asyncio.to_thread(subprocess.run, _yiwang("city", "load"), env=environment, check=True)
        running.start(SIMULATORS)
        await running.networks_up(ports[SIMULATORS])
        for name in commands:
            if name != SIMULATORS:
                running.start(name)
        await running.up()
        sealing = [*REVIEWERS, AUTHORITY]
        await sealed.bring_into_use(await running.actor(MAKER), await running.actor(AUDITOR), sealing)
        stewards = {unit: await running.actor(f"{STEWARD}-{unit.lower()}") for unit in shared.UNITS}
        await shared.bring_into_use(await running.actor(MANAGER), stewards)
        yield running
    finally:
        await running.stop()
        for name in names.values():
            await _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _administer(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _environment(ports: Mapping[str, int], databases: Mapping[str, str], bus_url: str, files: Path) -> dict[str, str]:
    own = {name: make() for name, make in MAKERS.items()}
    found: dict[str, str] = {}
    for name in SERVICES:
        told = {"database_url": databases[name], **own_settings(name, own, bus_url), **files_of(name, files.resolve())}
        found |= {f"{name}_{setting}".upper(): value for setting, value in told.items()}
    asked = {name: one.siblings for name, one in SERVICES.items()} | {"gateway": tuple(SERVICES)}
    for name, siblings in asked.items():
        found |= {f"{name}_{sibling}_url".upper(): f"http://127.0.0.1:{ports[sibling]}" for sibling in siblings}
    roots = files.parent.resolve() / "authority.pem"
    authority.write_root(roots)
    networks = Together.of(files.with_name(SIMULATORS), SystemClock())
    return found | {
        "DATASHARE_ENDPOINTS": str(networks.write_endpoints(f"http://127.0.0.1:{ports[SIMULATORS]}")),
        "ESIGN_TSA_URL": f"http://127.0.0.1:{ports['authority']}/tsa",
        "ESIGN_TSA_ROOTS": str(roots),
        "ESIGN_TRUSTED_ROOTS": str(roots),
        "ESIGN_PUBLIC_URL": f"http://127.0.0.1:{ports['gateway']}",
        "GATEWAY_CONTRACTS": str(CONTRACTS),
        "GATEWAY_PUBLIC_URL": f"http://127.0.0.1:{ports['gateway']}",
        "GATEWAY_OIDC_ISSUER": f"http://127.0.0.1:{ports['identity']}",
        "GATEWAY_PRINCIPAL_PRIVATE_KEY": own["gateway"],
    }


def run_mode(mode: str, folder: Path, extra: Mapping[str, str] | None = None):  # type: ignore[no-untyped-def]  # either manager
    return (embedded if mode == "embedded" else distributed)(folder, extra)
