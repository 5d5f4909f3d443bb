"""Looking after a service's database: its dead letters, its audit chain."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from chassis.clock import local
from chassis.database import Database
from chassis.parking import State
from chassis.settings import read
from rich.console import Console
from rich.table import Table

from chassis import audit, parking
from yiwang.suite import SETTINGS


@asynccontextmanager
async def database_of(service: str, data_dir: Path | None) -> AsyncIterator[Database]:
    """Open a service's database: the embedded one below a folder, else the one its environment names."""
    url = f"sqlite+aiosqlite:///{data_dir / service}.db" if data_dir else read(SETTINGS[service]).database_url
    database = Database.open(url)
    try:
        yield database
    finally:
        await database.close()


async def list_parked(console: Console, service: str, data_dir: Path | None, *, everything: bool) -> int:
    """Print the dead letters, or everything parked; return how many."""
    async with database_of(service, data_dir) as database, database.reading() as connection:
        rows = await parking.listed(connection, state=None if everything else State.DEAD)
    table = Table(title=f"{service}:{len(rows)} 条")
    for column in ("事件", "类型", "对象", "版本", "状态", "次数", "停放时间", "原因"):
        table.add_column(column, overflow="fold")
    for row in rows:
        when = f"{local(row.parked_at):%m-%d %H:%M:%S}"
        table.add_row(
            row.event_id, row.type, row.subject, str(row.version), row.state, str(row.attempts), when, row.reason[:80]
        )
    console.print(table if rows else f"{service}:没有死信")
    return len(rows)


async def show_parked(service: str, data_dir: Path | None, event_id: str) -> dict[str, Any]:
    """Return one parked event with its envelope and reason. Raises DeadLetterNotFound."""
    async with database_of(service, data_dir) as database, database.reading() as connection:
        row = (await parking.shown(connection, event_id))._asdict()
    return {name: value if isinstance(value, (str, int)) else str(value) for name, value in row.items()}


async def redrive(service: str, data_dir: Path | None, event_id: str) -> None:
    """Ask for a dead letter to be handled again; the running service does it. Raises DeadLetterNotFound, NotDead."""
    async with database_of(service, data_dir) as database, database.unit_of_work() as work:
        await parking.redrive(work, event_id)
        await audit.record(work, actor="operator", action="dead_letter.redriven", subject=event_id)


async def verify_audit(service: str, data_dir: Path | None) -> audit.Verdict:
    """Recompute a service's audit chain."""
    async with database_of(service, data_dir) as database, database.reading() as connection:
        return await audit.verify(connection)


def pretty(value: dict[str, Any]) -> str:
    """Return JSON for people."""
    return json.dumps(value, ensure_ascii=False, indent=2)
