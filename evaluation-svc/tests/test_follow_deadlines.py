"""What workflow tells of due times: kept with the task, written into the journal, anew when a due time moves."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from chassis.data.database import Database
from chassis.testing.builders import ManualClock
from evaluation_svc import store
from evaluation_svc.events import read
from evaluation_svc.store import cases

APPLICATION = "01900000-0000-7000-8000-00000000000a"
DUE = datetime(2026, 3, 5, 9, tzinfo=UTC)
Tell = Callable[..., Awaitable[None]]


async def marks(database: Database) -> tuple[Any, Any, Any]:
    async with database.reading() as connection:
        (task,) = await cases.tasks_of(connection, APPLICATION)
    return task.promised_due, task.warned_at, task.overdue_at


def warned(kind: str = "promised") -> dict[str, Any]:
    return {"kind": kind, "due_at": DUE, "warned_at": DUE - timedelta(days=1), "working_minutes_left": 840}


def overdue(kind: str = "promised") -> dict[str, Any]:
    return {"kind": kind, "due_at": DUE, "overdue_at": DUE, "working_minutes_over": 0}


async def test_a_task_knows_when_its_promised_time_was_near_and_past_and_the_journal_has_both_clocks(
    tell: Tell, database: Database
) -> None:
    await tell(read.TaskOpened)
    for kind in ("statutory", "promised"):
        await tell(read.DeadlineWarned, **warned(kind))
        await tell(read.DeadlineOverdue, **overdue(kind))
    assert await marks(database) == (DUE, DUE - timedelta(days=1), DUE)
    async with database.reading() as connection:
        rows = list(await connection.execute(sa.select(store.journal.c.type, store.journal.c.data)))
    told = [(row.type, row.data["kind"]) for row in rows if row.type.startswith("workflow.deadline")]
    assert sorted(told) == [
        (f"workflow.deadline.{what}", kind) for what in ("overdue", "warned") for kind in ("promised", "statutory")
    ]


async def test_the_clock_of_the_law_alone_makes_no_task_near_or_past(tell: Tell, database: Database) -> None:
    await tell(read.TaskOpened)
    await tell(read.DeadlineWarned, **warned("statutory"))
    await tell(read.DeadlineOverdue, **overdue("statutory"))
    assert await marks(database) == (DUE, None, None)


async def test_a_due_time_that_moves_into_the_future_begins_anew_and_one_that_stays_past_does_not(
    tell: Tell, database: Database, clock: ManualClock
) -> None:
    await tell(read.TaskOpened)
    await tell(read.DeadlineWarned, **warned())
    await tell(read.DeadlineOverdue, **overdue())
    clock.set(DUE + timedelta(days=2))
    await tell(read.DeadlineRecomputed, promised_due=DUE + timedelta(days=1))
    assert await marks(database) == (DUE + timedelta(days=1), DUE - timedelta(days=1), DUE)
    await tell(read.DeadlineRecomputed, promised_due=DUE + timedelta(days=4))
    assert await marks(database) == (DUE + timedelta(days=4), None, None)
