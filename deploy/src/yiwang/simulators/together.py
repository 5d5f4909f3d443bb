"""All simulators together, in a folder: the apps, the front database, the dropped files, their keys, their faults."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from chassis.base.clock import Clock

from yiwang.keyfile import secure
from yiwang.simulators import faults, files, people, signing, tables
from yiwang.simulators.faults import Fault, Faults
from yiwang.simulators.files import FileFault
from yiwang.simulators.networks import SIMULATED, Protocol, Simulated, by
from yiwang.simulators.province import PROVINCE, ProvinceSimulator, new_secret
from yiwang.simulators.register import Register
from yiwang.simulators.rest import RestSimulator
from yiwang.simulators.signing import Keys

REQUESTER = "yiwang"
KEY, FRONT, ENDPOINTS, SECRET = "key", "front_url", "endpoints.yaml", "province_secret"
STALE_AFTER_HOURS = 365 * 24
"""A suite may run for long, and the files are dropped as it starts."""


@dataclass(frozen=True, slots=True)
class Together:
    """The simulators of a folder: `apps` by network, the key with which the suite asks them, and the province's."""

    folder: Path
    clock: Clock
    key: str
    register: Register
    apps: Mapping[str, RestSimulator]
    table_url: str
    province: ProvinceSimulator

    @classmethod
    def of(cls, folder: Path, clock: Clock, *, table_url: str = "") -> "Together":
        """Return the simulators of a folder, which is made; their key and front database are kept in it.

        Raises KeysRefused.
        """
        secure(folder)
        folder = folder.resolve()
        key, register = _kept(folder / KEY, "", signing.new_key), Register(clock)
        apps = {
            one.network: RestSimulator(one, register, clock, {REQUESTER: Keys(key)}, Faults(one.network, folder))
            for one in by(Protocol.REST)
        }
        front = _kept(folder / FRONT, table_url, lambda: f"sqlite+aiosqlite:///{folder / 'front.db'}")
        secret = _kept(folder / SECRET, "", new_secret)
        province = ProvinceSimulator(clock, secret, folder, Faults(PROVINCE, folder))
        return cls(folder, clock, key, register, apps, front, province)

    async def prepare(self) -> None:
        """Write the front database and drop the files, without faults."""
        await asyncio.to_thread(faults.write, self.folder, {})
        await asyncio.to_thread(people.town)
        for network in by(Protocol.TABLE):
            await tables.write(self.table_url, network.services, self.register)
        for network in by(Protocol.FILES):
            await asyncio.to_thread(self._drop, network, None)

    def endpoints(self, url: str) -> dict[str, dict[str, Any]]:
        """Return the addresses of all, where the apps are told apart by the first part of the path at a URL."""
        return {one.network: self._endpoint(one, url) for one in SIMULATED.values()}

    def write_endpoints(self, url: str) -> Path:
        """Write the addresses and the key down as datashare reads them; return the file, for its owner's eyes only."""
        file = self.folder / ENDPOINTS
        file.touch(mode=0o600)
        told = yaml.safe_dump(self.endpoints(url), allow_unicode=True, sort_keys=False)
        file.write_text(f"# 模拟器的地址,不得用于生产\n{told}", encoding="utf-8")
        return file

    def have(self, network: str, *found: Fault) -> None:
        """Let a network that is spoken with by requests have these faults and no others."""
        faults.write(self.folder, {**faults.read(self.folder), network: found})

    async def spoil(self, network: Simulated, fault: FileFault | None) -> None:
        """Let the tables of a network be missing, or its files be wrong; without a fault they are as they should be."""
        if network.protocol is Protocol.FILES:
            await asyncio.to_thread(self._drop, network, fault)
        elif fault is None:
            await tables.write(self.table_url, network.services, self.register)
        else:
            await tables.drop(self.table_url, network.services)

    def _drop(self, network: Simulated, fault: FileFault | None) -> None:
        for service in network.services:
            files.write(self.folder, service, self.register, fault)

    def _endpoint(self, one: Simulated, url: str) -> dict[str, Any]:
        match one.protocol:
            case Protocol.REST:
                address = f"{url}/{one.network}"
                told = {"protocol": "rest", "url": address, "requester_id": REQUESTER, "key": self.key}
                return told if _is_here(url) else {**told, "plain": True}
            case Protocol.TABLE:
                return {"protocol": "table", "url": self.table_url}
            case Protocol.FILES:
                return {"protocol": "files", "url": self.folder.as_uri(), "stale_after_hours": STALE_AFTER_HOURS}


def _kept(file: Path, given: str, make: Callable[[], str]) -> str:
    """Return what a file of one line keeps: what is given now, what was kept before, or what is made; for its owner."""
    if given or not file.exists():
        file.touch(mode=0o600)
        file.write_text(given or make(), encoding="utf-8")
    return file.read_text(encoding="utf-8")


def _is_here(url: str) -> bool:
    return urlsplit(url).hostname in {"127.0.0.1", "::1", "localhost"}
