"""A process that asks is killed at each boundary: what the network was asked is on record, what was told has an end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import asking
import pytest
from chassis.data import audit, migrate
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from datashare_svc import store

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

POINTS = (
    "before_evidence",
    "before_commit",
    "after_commit",
    "after_evidence_before_ask",
    "after_ask_before_outcome",
    "after_outcome_before_reply",
)
EACH = 40


def run(url: str, folder: Path, first: int, *, armed: str = "") -> int:
    """Ask some queries in a process of its own; return how it ended."""
    file = folder / "armed"
    if armed:
        file.write_text(f"{armed}:ask", encoding="utf-8")
    environment = {**os.environ, "YIWANG_CRASH_FILE": str(file)} if armed else dict(os.environ)
    command = [sys.executable, asking.__file__, url, str(folder), str(first), str(first + EACH)]
    return subprocess.run(command, env=environment, check=False, capture_output=True).returncode


async def test_what_was_asked_is_on_record_and_what_was_told_has_an_end_however_a_process_dies(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'datashare.db'}"
    await migrate.upgrade(url, "datashare_svc")
    data_key, _ = asking.make_keys(tmp_path)
    database = Database.open(url, cipher=FieldCipher.of(data_key))
    await asking.prepare(database)
    first = 0
    for point in POINTS:
        assert run(url, tmp_path, first, armed=point) == -signal.SIGKILL, point
        first += EACH
        assert await asking.faults(database, tmp_path) == [], point
    assert run(url, tmp_path, first) == 0
    while await audit.chain(database):
        pass
    assert (await audit.verify(database)).broken_at is None
    assert await asking.faults(database, tmp_path) == []
    async with database.reading() as connection:
        states = {row.state for row in await connection.execute(store.accesses.select())}
    assert {"ASKED", "ANSWERED", "NO_RECORD"} <= states
    await database.close()
