"""Many at once: the log and the chained log say the same, and nobody gets more than his share."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

from chassis.data.database import Database
from chassis.testing.client import audited
from datashare_svc.domain.quotas import Quotas
from datashare_svc.errors import NetworkOut, QuotaSpent
from datashare_svc.handlers import Datashare, ask

Running = Any
Network = Any


async def test_what_is_asked_at_once_is_in_both_logs_once(
    running: Running, datashare: Datashare, network: Network, database: Database
) -> None:
    async def one(number: int) -> None:
        network.is_out = number % 7 == 0
        try:
            await ask(datashare, running.query(officer=f"citizen-{number % 5}"), within=5)
        except NetworkOut:
            return

    await asyncio.gather(*(one(number) for number in range(60)))
    rows = {row.query_id: row for row in await running.accesses()}
    said = Counter((row.action, row.subject) for row in await audited(database) if row.action.startswith("data."))
    assert said == {(action, query_id): 1 for query_id in rows for action in ("data.asked", "data.answered")}
    assert {question.query_id for question in network.asked} == rows.keys()
    assert all(row.state in {"ANSWERED", "OUT"} for row in rows.values())


async def test_one_officer_at_once_gets_no_more_than_the_quota(running: Running, datashare: Datashare) -> None:
    scarce = replace(datashare, quotas=Quotas.of(officer=10, case=100, person=100))

    async def one() -> bool:
        try:
            await ask(scarce, running.query(), within=5)
        except QuotaSpent:
            return False
        return True

    answered = await asyncio.gather(*(one() for _ in range(30)))
    assert (sum(answered), len(await running.accesses())) == (10, 10)
