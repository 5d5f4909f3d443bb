"""`yiwang evaluation rebuild`: the figures anew from the journal, with what was not as the journal says."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.data.migrate import upgrade
from evaluation_svc import store
from evaluation_svc.handlers.journal import About, note_own
from evaluation_svc.store.folding import note_counted
from typer.testing import CliRunner
from yiwang.keyfile import keys
from yiwang.main import app

MARCH = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
RUNNER = CliRunner()


def rebuild(folder: Path, *words: str) -> tuple[int, str]:
    result = RUNNER.invoke(app, ["evaluation", "rebuild", "--data-dir", str(folder), *words], env={"COLUMNS": "200"})
    return result.exit_code, result.output


async def written(folder: Path) -> None:
    url = f"sqlite+aiosqlite:///{folder / 'evaluation.db'}"
    cipher = FieldCipher.of(keys(folder)["data_key"])
    await upgrade(url, "evaluation_svc")
    database = Database.open(url, cipher=cipher)
    async with database.unit_of_work() as work:
        for number in range(3):
            told = {"unit": "U23", "submitted_at": MARCH.isoformat(), "channel": "ONLINE"}
            key = f"case-{number}"
            note_own(work, About.CASE, key, type_="intake.application.submitted", version=1, at=MARCH, data=told)
    async with database.unit_of_work() as work:
        entries = [row.entry_id for row in await work.connection.execute(store.journal.select())]
        await note_counted(work.connection, entries)
    await database.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an embedded installation with three cases in the journal that somebody took out of the figures."""
    asyncio.run(written(tmp_path))
    return tmp_path


def test_a_rebuild_says_what_was_not_as_the_journal_says_and_then_nothing_differs(folder: Path) -> None:
    code, told = rebuild(folder)
    assert code == 1
    assert "第 2 代:3 条日志" in told
    assert "重算:dimension city、period 2026-03、measure cases、amount 3" in told
    code, told = rebuild(folder, "--anew")
    assert code == 0
    assert "与原来不同 0 处" in told
