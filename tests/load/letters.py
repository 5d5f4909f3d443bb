"""How many letters a CPU second makes, from event to stored file, how many files it verifies, and whether memory stays.

`python tests/load/letters.py --letters 100 --files 200 --documents 2000 --seconds 40`. One process: esign alone on
SQLite with a folder of files, siblings that answer in the process, keys in the database and the time-stamp authority in
the process. A letter is a receipt: its event read, its facts asked, set by typst, sealed (B-T), stored, told. Files are
verified as `yiwang verify` does it, without the child process. Each part ends after `--seconds` at the latest, and says
how much it did.
"""

import argparse
import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from chassis.base.clock import SystemClock
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.data.migrate import upgrade
from chassis.events.buses import open_bus
from chassis.http.asgi import App, Receive, Scope, Send
from chassis.http.identity import new_key
from chassis.service import Service
from chassis.settings import new_secret
from chassis.testing.client import deliver
from esign_svc import app
from esign_svc.domain.seal_pack import OfUnit, SealPack, SealRule, plan
from esign_svc.domain.seals import Capacity, Hands, SealKind
from esign_svc.events import ApplicationSubmitted, UnitPublished
from esign_svc.handlers import Esign, ask_extension, finish_seals, load_seals
from esign_svc.handlers.extend import extend
from esign_svc.handlers.make import make
from esign_svc.outside.authorities import Authorities
from esign_svc.outside.development import DevelopmentAuthority
from esign_svc.settings import EsignSettings
from esign_svc.store import documents
from sealing.judge import judge
from sealing.verdict import Outcome, Trust

UNIT = OfUnit("U23", "郑州市卫生健康委员会", "11410100MBXX00238T", "department")
FACTS = Path(__file__).parents[2] / "esign-svc" / "tests" / "facts.json"
_MADE = sa.select(documents).order_by(documents.c.document_id)


@dataclass(frozen=True, slots=True)
class Bench:
    """Esign and what it asks."""

    service: Service
    database: Database
    authority: DevelopmentAuthority

    @property
    def esign(self) -> Esign:
        """Return the service's collaborators."""
        found: Esign = self.service.api.state.collaborators
        return found


def telling(answer: bytes) -> App:
    """Return a sibling that answers everything with what is told."""

    async def sibling(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": answer})

    return sibling


async def opened(folder: Path) -> Bench:
    """Return esign on a new database below a folder, with the seals of a unit in use."""
    url, data_key = f"sqlite+aiosqlite:///{folder / 'esign.db'}", f"k.{new_secret()}"
    await upgrade(url, "esign_svc")
    bus = open_bus(f"embedded:///{folder.as_posix().lstrip('/')}/bus.db")
    database = Database.open(url, cipher=FieldCipher.of(data_key))
    authority = DevelopmentAuthority(os.urandom(32), SystemClock())
    told: dict[str, Any] = {
        "database_url": url,
        "bus_url": "embedded:///bus.db",
        "data_key": data_key,
        "lookup_key": new_secret(),
        "principal_public_key": json.dumps(new_key().as_dict(private=False)),
        "service_key": json.dumps(new_key().as_dict(private=True)),
        "seal_key": f"s.{new_secret()}",
        "storage_url": (folder / "files").as_uri(),
        "public_url": "http://127.0.0.1:1",
    }
    service = app.build(
        EsignSettings(**told),
        database=database,
        bus=bus,
        intake=telling(FACTS.read_bytes()),
        workflow=telling(b"{}"),
        asked=Authorities(authority.stamp, (authority.root,), authority, authority.lists),
    )
    bench = Bench(service, database, authority)
    await _with_seals(bench)
    return bench


async def _with_seals(bench: Bench) -> None:
    unit = UnitPublished(unit_code=UNIT.unit_code, name=UNIT.name, acceptance_word="郑卫受字")
    await deliver(bench.service, unit, subject=UNIT.unit_code, version=1)
    rule = SealRule(SealKind.ACCEPTANCE, 2, (Capacity.WINDOW_CLERK, Capacity.SYSTEM))
    hands = Hands("applicant", "maker", "auditor")
    until = date(datetime.now(UTC).year + 1, 12, 31)
    wanted = plan(SealPack("proposed", hands, "410199", date(2026, 1, 1), until, ("department",), (rule,)), (UNIT,))
    async with bench.database.unit_of_work() as work:
        await load_seals(work, wanted)
    async with bench.database.unit_of_work() as work:
        await finish_seals(bench.esign, work, wanted)


async def letter(bench: Bench, number: int) -> None:
    """Bring the event of a submission, and make its receipt."""
    application = f"01900000-0000-7000-8000-{number:012d}"
    told = ApplicationSubmitted(
        application_id=application,
        matter_code="newborn",
        applicant_id="f3b0c2",
        unit=UNIT.unit_code,
        submitted_at=datetime.now(UTC),
    )
    await deliver(bench.service, told, subject=application, version=1)
    async with bench.database.asking() as connection:
        wanted = sa.select(documents.c.document_id).where(documents.c.application_id == application)
        document_id = (await connection.execute(wanted)).scalar_one()
    await make(bench.esign, document_id)


async def a_second(do: Callable[[int], Awaitable[object]], numbers: Sequence[int], seconds: float) -> tuple[float, int]:
    """Return how many a CPU second gives, and how many were done before the time was up."""
    until, start, done = time.monotonic() + seconds, time.process_time(), 0
    for number in numbers:
        await do(number)
        done += 1
        if time.monotonic() > until:
            break
    return done / (time.process_time() - start), done


async def read(bench: Bench, name: str) -> bytes:
    """Return a stored file."""
    return b"".join([chunk async for chunk in bench.esign.storage.read(name)])


async def verifications(bench: Bench, files: int, seconds: float) -> None:
    """Measure verification of a letter as it was sealed (B-T) and with proofs behind it (B-LT)."""
    async with bench.database.asking() as connection:
        row = (await connection.execute(_MADE.limit(1))).one()
    kinds = {"B-T": await read(bench, row.file_name)}
    async with bench.database.unit_of_work() as work:
        await ask_extension(work, row.document_id, actor="operator")
    await extend(bench.esign, row.document_id)
    async with bench.database.asking() as connection:
        row = (await connection.execute(_MADE.limit(1))).one()
    kinds["B-LT"] = await read(bench, row.file_name)
    trust = Trust((bench.authority.root,), datetime.now(UTC))
    for kind, file in kinds.items():

        async def verified(_number: int, file: bytes = file) -> None:
            if judge(file, trust).verdict is not Outcome.VALID:
                raise SystemExit("an honest file is not valid")

        await verified(0)
        rate, done = await a_second(verified, range(files), seconds)
        print(f"verification, {kind}: {rate:.0f} a CPU second ({done} times {len(file)} bytes)", flush=True)


def resident() -> float:
    """Return the process's resident memory, MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


async def main(told: argparse.Namespace) -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder:
        bench = await opened(Path(folder))
        for number in range(10):
            await letter(bench, number)

        async def one(number: int) -> None:
            await letter(bench, number)

        rate, done = await a_second(one, range(100, 100 + told.letters), told.seconds)
        print(f"letters: {rate:.1f} a CPU second, {1000 / rate:.1f} ms each ({done} made)", flush=True)
        await verifications(bench, told.files, told.seconds)
        before = resident()
        _, done = await a_second(one, range(10_000, 10_000 + told.documents), told.seconds)
        print(f"{done} documents made: memory {before:.1f} MB before, {resident():.1f} MB after")
        await bench.database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--letters", type=int, default=100)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=40)
    asyncio.run(main(parser.parse_args()))
