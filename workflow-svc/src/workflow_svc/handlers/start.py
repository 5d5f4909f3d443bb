"""Starting the clocks of tasks whose gates have been passed."""

from collections.abc import Sequence
from typing import Any

from chassis.data.database import UnitOfWork
from chassis.worktime import WorkTime

from workflow_svc import store
from workflow_svc.domain import TaskState
from workflow_svc.domain.near import Near
from workflow_svc.handlers.case_events import CaseEvents
from workflow_svc.handlers.clocks import deadline_rows, start_of, task_clocks
from workflow_svc.handlers.timers import of_clocks, timer_rows
from workflow_svc.store import timing


async def start(  # noqa: PLR0913  what tasks begin with
    work: UnitOfWork,
    times: WorkTime,
    case: store.Record,
    rows: Sequence[store.Record],
    events: CaseEvents,
    *,
    near: Near,
) -> None:
    """Open some tasks now in their rows, store how their due times were reckoned with their timers, and tell each."""
    now = work.clock.now()
    dues: list[dict[str, Any]] = []
    timers: list[store.Record] = []
    for row in rows:
        clocks = task_clocks(times, start_of(row, now, case["submitted_at"]), row)
        row |= {"state": TaskState.OPEN.value, "opened_at": now, "timed": True, **clocks.columns}
        dues += deadline_rows(work, row["task_id"], clocks, cause="opened")
        timers += timer_rows(near, times, row, of_clocks(clocks))
        await events.tell_opened(row, clocks)
    store.add_deadlines(work, dues)
    timing.add_timers(work, timers)
