"""Two processes begin an installation in one folder at once: keys, schemas and the city are made once."""

import asyncio
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.data.schema import outbox
from harness import Running, embedded_on
from yiwang.keyfile import MAKERS


@pytest.mark.fault
@pytest.mark.timeout(300)
@pytest.mark.enable_socket
async def test_two_first_starts_on_one_folder_both_come_up(tmp_path: Path) -> None:
    data = tmp_path / "data"
    one, two = (embedded_on(data, tmp_path / f"{name}.log") for name in "ab")
    one.start("suite")
    two.start("suite")
    try:
        await asyncio.gather(one.up(), two.up())
        assert json.loads((data / "keys.json").read_text(encoding="utf-8")).keys() == MAKERS.keys()
        assert await published(one) == await published(two) != []
    finally:
        await one.stop()
        await two.stop()


async def published(running: Running) -> list[str]:
    database = Database.open(running.database("catalog"))
    async with database.reading() as connection:
        subjects = [row.subject for row in await connection.execute(sa.select(outbox.c.subject, outbox.c.version))]
    await database.close()
    assert len(subjects) == len(set(subjects)), "the city was loaded twice"
    return sorted(subjects)
