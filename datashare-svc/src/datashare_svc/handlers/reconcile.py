"""Holds the queries that people are shown (留痕) against the evidence log: each is in both, and says the same in both.

The chain tells whether the log was changed; this tells whether the table beside it says what the log does.
"""

import json
from collections.abc import Sequence
from typing import Any

from chassis.data.database import Database
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.domain.answering import AccessState
from datashare_svc.store import reconciling

AT_ONCE = 1000
ENDED = ("state", "is_cached", "answer_sha256")
"""What the log says of an outcome."""
BESIDE = frozenset({"row", "note"})
"""What the log has beside the facts of a query."""


async def reconcile(database: Database) -> str:
    """Say what is first found to differ between the table of queries and the evidence log; nothing where they agree."""
    async with database.reading() as connection:
        asked = answered = 0
        for waiting in (False, True):
            after = 0
            while rows := await reconciling.evidence_after(connection, after, waiting=waiting, size=AT_ONCE):
                if wrong := await _differing(connection, rows):
                    return wrong
                asked += sum(row.action == reconciling.ASKED for row in rows)
                answered += sum(row.action == reconciling.ANSWERED for row in rows)
                after = rows[-1].place
        kept, ended = await reconciling.count_accesses(connection, AccessState.ASKED.value)
    if kept != asked:
        return f"{kept} queries are kept, {asked} are in the log"
    return "" if ended == answered else f"{ended} queries have ended, the log has the end of {answered}"


async def _differing(connection: AsyncConnection, rows: Sequence[Any]) -> str:
    kept = await reconciling.accesses_of(connection, [row.subject for row in rows])
    for row in rows:
        access, told = kept.get(row.subject), json.loads(row.details)
        if access is None:
            return f"query {row.subject} is in the log alone"
        named = ENDED if row.action == reconciling.ANSWERED else told.keys() - BESIDE
        if other := sorted(name for name in named if access.get(name) != told.get(name)):
            return f"query {row.subject} differs from the log in {', '.join(other)}"
    return ""
