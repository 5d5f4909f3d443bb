"""A rolling upgrade and its undoing under load, on PostgreSQL and Kafka: `python tests/load/upgrade.py [at once]`.

Two processes of each service run release N. The next release is a copy of these sources with a column more in the
chassis' outbox and one in intake's applications. While matters are driven through the gateway the databases are
upgraded, the processes are replaced one by one by N+1's, and then by N's again on the upgraded databases.
Needs TEST_DATABASE_URL and TEST_KAFKA_URL.
"""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "faults"))

import history
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.data.migrate import Line, lines_of
from harness import Running, at, distributed, free_port
from yiwang import journey
from yiwang.services import SERVICES
from yiwang.suite import ROOT

COLOUR = 'sa.Column("colour", sa.String(10), nullable=False, server_default="red"),'
VERSION = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("{table}", sa.Column("colour", sa.String(10), nullable=False, server_default="red"))
"""
REST = 5.0


@dataclass(slots=True)
class Balancer:
    """Hands connections in turn to the processes of one service that are up."""

    port: int
    targets: list[int] = field(default_factory=list)
    turn: int = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Join a caller to one of the targets until either leaves."""
        with suppress(OSError):
            there, back = await self._open()
            ways = [asyncio.create_task(_pass(*way)) for way in ((reader, back), (there, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            back.close()
        writer.close()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for _ in self.targets[1:]:
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", self._next())
        return await asyncio.open_connection("127.0.0.1", self._next())

    def _next(self) -> int:
        self.turn += 1
        return self.targets[self.turn % len(self.targets)]


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


@dataclass(slots=True)
class Load:
    """Matters driven one after another by some hands, until told to stop."""

    running: Running
    done: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    begun: int = 0
    stopping: bool = False

    async def hand(self) -> None:
        """Drive matters, each with a cast of its own."""
        while not self.stopping:
            self.begun += 1
            try:
                cast = await self.running.cast_of_its_own(self.begun)
                told = await journey.whole(cast)
                assert told.timeline["outcome"] == "granted"
                await journey.complete_steps(cast.citizen, told.application["application_id"])
                self.done.append(told.application["application_id"])
            except Exception as error:  # noqa: BLE001  counted, and told at the end
                self.failed.append(f"{type(error).__name__}: {error}")


def next_release(folder: Path) -> Path:
    """Copy these sources and add a version to the chassis' line and to intake's."""
    copy = folder / "next"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "var", ".*_cache", "__pycache__"))
    chassis, intake = lines_of("intake_svc")
    data = copy / "chassis" / "src" / "chassis" / "data"
    _add(data / "schema.py", 'sa.UniqueConstraint("topic", "subject", "version", name="outbox_one_version"),')
    _version(data, chassis, "outbox")
    package = copy / "intake-svc" / "src" / "intake_svc"
    _add(package / "store" / "__init__.py", 'sa.Column("elapsed_working_minutes", sa.Integer),')
    _version(package, intake, "application")
    return copy


def _add(file: Path, before: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1, file
    file.write_text(text.replace(before, f"{COLOUR}\n    {before}"), encoding="utf-8")


def _version(package: Path, line: Line, table: str) -> None:
    before = line.versions()[-1].revision
    revision = f"{int(before) + 1:04}"
    text = VERSION.format(revision=revision, before=before, table=table)
    (package / "migrations" / "versions" / f"{revision}_colour.py").write_text(text, encoding="utf-8")


def told_where(running: Running, tree: Path) -> dict[str, str]:
    """Return the environment in which the release below a folder runs."""
    return {**running.environment, "PYTHONPATH": ":".join(str(one) for one in sorted(tree.glob("*/src")))}


async def migrate(running: Running, tree: Path) -> None:
    for name in SERVICES:
        command = [sys.executable, "-m", "yiwang", "migrate", name]
        print((await asyncio.to_thread(_said, command, told_where(running, tree))).strip(), flush=True)


def _said(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


async def roll(running: Running, balancers: dict[str, Balancer], tree: Path) -> None:
    """Replace each process of each service, one at a time, by one of the release below a folder."""
    for name in SERVICES:
        for process in (name, f"{name}-2"):
            port = int(running.commands[process][running.commands[process].index("--port") + 1])
            balancers[name].targets.remove(port)
            running.processes[process].terminate()
            code = await asyncio.to_thread(running.processes[process].wait, 30)
            assert code == 0, f"{process} ended with {code}"
            before, running.environment = running.environment, told_where(running, tree)
            running.start(process)
            running.environment = before
            await running.up()
            balancers[name].targets.append(port)


async def colours(running: Running) -> Counter[str]:
    """Count which release wrote intake's events: N leaves the default, N+1 gives its own."""
    database = Database.open(running.database("intake"))
    async with database.reading() as connection:
        found = Counter(row.colour for row in await connection.execute(sa.text("SELECT colour FROM outbox")))
    await database.close()
    return found


async def rolled(running: Running, balancers: dict[str, Balancer], after: Path, load: Load) -> None:
    """Go from N to N+1 and back while the load goes on."""
    started = perf_counter()

    def tell(what: str) -> None:
        seconds = perf_counter() - started
        print(f"{seconds:6.1f} s  {what}: {len(load.done)} matters done, {len(load.failed)} failed", flush=True)

    await asyncio.sleep(REST)
    tell("N")
    await migrate(running, after)
    tell("databases upgraded, N still running")
    await roll(running, balancers, after)
    tell("N+1")
    await asyncio.sleep(REST)
    await migrate(running, ROOT)
    await roll(running, balancers, ROOT)
    tell("N again")
    await asyncio.sleep(REST)


async def main(at_once: int) -> None:
    balancers = {name: Balancer(free_port(), [free_port(), free_port()]) for name in SERVICES}
    urls = {
        f"{asking}_{name}_url".upper(): f"http://127.0.0.1:{one.port}"
        for name, one in balancers.items()
        for asking in ("gateway", *(other.name for other in SERVICES.values() if name in other.siblings))
    }
    servers = [await asyncio.start_server(one.connected, "127.0.0.1", one.port) for one in balancers.values()]
    with tempfile.TemporaryDirectory() as folder:
        after = next_release(Path(folder))
        first = {name: one.targets[0] for name, one in balancers.items()}
        async with distributed(Path(folder), urls, first) as running:
            for name, balancer in balancers.items():
                words = running.commands[name]
                running.commands[f"{name}-2"] = [*words[: words.index("--host")], *at(balancer.targets[1])]
                running.start(f"{name}-2")
            await running.up()
            load = Load(running)
            hands = [asyncio.create_task(load.hand()) for _ in range(at_once)]
            try:
                await rolled(running, balancers, after, load)
            finally:
                load.stopping = True
                await asyncio.gather(*hands)
            faults = history.faults(await history.read(running), load.done)
            print(f"{len(load.done)} matters granted, {len(load.failed)} failed, {len(faults)} faults in the history")
            print(f"events with the new column: {dict(await colours(running))}")
            assert not load.failed, load.failed[:3]
            assert not faults, faults[:5]
    for server in servers:
        server.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
