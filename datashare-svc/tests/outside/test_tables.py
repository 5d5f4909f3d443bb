"""A front database: SQLite by default, PostgreSQL where connected tests are chosen."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.testing.plugin import OpenDatabase
from datashare_svc.domain.model import Resource
from datashare_svc.errors import NetworkOut, Outage
from datashare_svc.outside.networks import Question
from datashare_svc.outside.tables import TableConnector
from sqlalchemy.ext.asyncio import create_async_engine

WITHIN = 60.0
ANNA, BERTA = "410199199003070024", "41019919900307004X"
TABLE = sa.Table(
    "POPULATION",
    sa.MetaData(),
    sa.Column("id_number", sa.String(40)),
    sa.Column("name", sa.Text),
    sa.Column("birth_date", sa.Date),
    sa.Column("address", sa.Text),
    sa.Column("secret", sa.Text),
)
ROWS = """
insert into "POPULATION" values ('410199199003070024', '张三', '1990-03-07', '花园路1号', 'x'),
('41019919900307004x', '李 四', '1990-03-08', null, 'x')
"""


@pytest.fixture
async def url(open_database: OpenDatabase) -> str:
    found = (await open_database("")).url
    engine = create_async_engine(found)
    async with engine.begin() as connection:
        await connection.run_sync(TABLE.metadata.create_all)
        await connection.execute(sa.text(ROWS))
    await engine.dispose()
    return found


@pytest.fixture
async def connector(url: str) -> AsyncIterator[TableConnector]:
    opened = TableConnector(url, at_once=2)
    yield opened
    await opened.close()


async def why(asking: Any) -> Outage:
    with pytest.raises(NetworkOut) as refused:
        await asking
    return refused.value.why


async def test_rows_are_read_as_texts_in_canonical_form(
    connector: TableConnector, resource: Resource, question: Question
) -> None:
    wanted = replace(question, fields=("name", "birth_date", "address"))
    told = await connector.ask(resource, wanted, WITHIN)
    assert told.rows == ({"name": "张三", "birth_date": "1990-03-07", "address": "花园路1号"},)
    berta = await connector.ask(resource, replace(wanted, keys={"id_number": BERTA}), WITHIN)
    assert berta.rows == ({"name": "李四", "birth_date": "1990-03-08"},), "its X is written small there"


async def test_values_are_compared_here_and_dropped(
    connector: TableConnector, resource: Resource, verification: Question
) -> None:
    told = await connector.ask(resource, verification, WITHIN)
    assert (told.matches, told.rows, told.is_known) == ({"name": True, "birth_date": True}, (), True)
    other = await connector.ask(resource, replace(verification, compares={"address": "花园路 2 号"}), WITHIN)
    assert other.matches == {"address": False}
    nobody = await connector.ask(resource, replace(verification, keys={"id_number": "410199199003070999"}), WITHIN)
    assert (nobody.matches, nobody.is_known) == ({}, False)


@pytest.mark.parametrize(
    "value",
    [
        "' or '1'='1",
        'x\'; drop table "POPULATION"; --',
        "%",
        "_" * 18,
        "\\",
        '"',
        "410199199003070024' --",
        "\u0000",
        "?",
        ":key0_0",
    ],
)
async def test_what_a_key_holds_is_no_part_of_the_statement(
    connector: TableConnector, resource: Resource, question: Question, value: str
) -> None:
    for asked in ({"id_number": value}, {"name": value}):
        try:
            told = await connector.ask(resource, replace(question, keys=asked), WITHIN)
        except NetworkOut:
            continue
        assert not told.rows
    assert (await connector.ask(resource, question, WITHIN)).rows, "and the table is there"


@pytest.mark.parametrize(
    "service", ["nothing", 'POPULATION" --', "POPULATION; drop table x", "POPULATION where 1=1 --"]
)
async def test_a_table_that_is_not_there_is_an_outage(
    connector: TableConnector, resource: Resource, question: Question, service: str
) -> None:
    assert await why(connector.ask(replace(resource, service=service), question, WITHIN)) is Outage.MISSING


async def test_a_column_that_is_not_there_is_an_outage(
    connector: TableConnector, resource: Resource, question: Question, url: str
) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(sa.text('alter table "POPULATION" rename column birth_date to born'))
    await engine.dispose()
    out = await why(connector.ask(resource, question, WITHIN))
    assert out in {Outage.MISSING, Outage.WRONG_SCHEMA}, "SQLite takes the quoted name for a text"


async def test_more_rows_than_the_resource_gives_are_an_outage(
    connector: TableConnector, resource: Resource, question: Question, url: str
) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for _ in range(2):
            await connection.execute(sa.text(ROWS))
    await engine.dispose()
    assert await why(connector.ask(resource, question, WITHIN)) is Outage.TOO_MANY_ROWS


async def test_a_cell_of_megabytes_is_not_read_whole_and_refused(
    connector: TableConnector, resource: Resource, question: Question, url: str
) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(sa.text('update "POPULATION" set name = :name'), {"name": "张" * 2_000_000})
    await engine.dispose()
    assert await why(connector.ask(resource, question, WITHIN)) is Outage.WRONG_SCHEMA


async def test_nothing_can_be_written_there(connector: TableConnector) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        await connector._executed(sa.text("create table more (a int)"), {})


async def test_who_has_no_more_time_leaves_and_the_connection_is_used_again(
    connector: TableConnector, resource: Resource, question: Question
) -> None:
    for _ in range(5):
        assert await why(connector.ask(resource, question, 0.0)) is Outage.TIMED_OUT
    assert (await connector.ask(resource, question, WITHIN)).is_known


async def test_many_at_once_wait_for_the_connections_there_are(
    connector: TableConnector, resource: Resource, question: Question
) -> None:
    told = await asyncio.gather(*(connector.ask(resource, question, WITHIN) for _ in range(50)))
    assert all(one.is_known for one in told)


async def test_a_probe_asks_the_database(connector: TableConnector) -> None:
    await connector.probe(WITHIN)


async def test_a_database_that_is_not_there_is_an_outage(
    tmp_path: Path, resource: Resource, question: Question
) -> None:
    gone = TableConnector(f"sqlite+aiosqlite:///{tmp_path / 'none.db'}", at_once=1)
    assert await why(gone.ask(resource, question, WITHIN)) is Outage.NO_ANSWER
    assert await why(gone.probe(WITHIN)) is Outage.NO_ANSWER
    assert not (tmp_path / "none.db").exists(), "nor is it made"
    await gone.close()


@pytest.mark.enable_socket
async def test_a_server_that_is_not_there_is_an_outage() -> None:
    gone = TableConnector("postgresql+asyncpg://nobody:secret@127.0.0.1:1/none", at_once=1)
    with pytest.raises(NetworkOut) as refused:
        await gone.probe(WITHIN)
    assert "secret" not in f"{refused.value} {refused.value.__cause__}"
    await gone.close()


async def test_a_file_that_is_no_database_is_an_outage(tmp_path: Path, resource: Resource, question: Question) -> None:
    (tmp_path / "text.db").write_text("no database, and long enough to see that. " * 100)
    odd = TableConnector(f"sqlite+aiosqlite:///{tmp_path / 'text.db'}", at_once=1)
    assert await why(odd.ask(resource, question, WITHIN)) is Outage.NO_ANSWER
    await odd.close()


async def test_a_locked_front_database_is_left_in_time(tmp_path: Path, resource: Resource, question: Question) -> None:
    file = tmp_path / "front.db"
    with sqlite3.connect(file, isolation_level=None) as owner:
        owner.execute('create table "POPULATION" (id_number, name, birth_date, address)')
        owner.execute("begin exclusive")
        locked = TableConnector(f"sqlite+aiosqlite:///{file}", at_once=1)
        assert await why(locked.ask(resource, question, 0.1)) is Outage.TIMED_OUT
        owner.execute("rollback")
    assert not (await locked.ask(resource, question, WITHIN)).is_known
    await locked.close()
    owner.close()
