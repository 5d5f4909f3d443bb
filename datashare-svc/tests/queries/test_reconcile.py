"""What people are shown of queries is held against the evidence log."""

from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.data.schema import audit_unchained
from chassis.testing.client import audited
from datashare_svc.handlers import Datashare, ask, reconcile
from datashare_svc.store.access_log import accesses

Running = Any


async def altered(database: Database, statement: sa.Executable) -> None:
    async with database.unit_of_work() as work:
        await work.connection.execute(statement)


@pytest.mark.parametrize("chained", [True, False])
async def test_table_and_log_agree_whether_the_log_is_chained_or_waits(
    running: Running, datashare: Datashare, database: Database, *, chained: bool
) -> None:
    for _ in range(3):
        await ask(datashare, running.query(), within=5)
    if chained:
        await audited(database)
    assert await reconcile(database) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (accesses.update().values(unit="U99"), "differs from the log in unit"),
        (accesses.update().values(fields=[]), "differs from the log in fields"),
        (accesses.update().values(answer_sha256="0" * 64), "differs from the log in answer_sha256"),
        (accesses.delete(), "is in the log alone"),
        (audit_unchained.delete().where(audit_unchained.c.action == "data.answered"), "the log has the end of 0"),
        (audit_unchained.delete(), "1 queries are kept, 0 are in the log"),
    ],
)
async def test_what_one_of_them_lacks_or_says_otherwise_is_named(
    running: Running, datashare: Datashare, database: Database, change: sa.Executable, said: str
) -> None:
    await audited(database)
    await ask(datashare, running.query(), within=5)
    await altered(database, change)
    assert said in await reconcile(database)
