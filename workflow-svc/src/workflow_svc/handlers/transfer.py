"""Moving the open work of a unit that has ended to its successor: page by page, beside the requests.

A unit's end may have been told long before its day, so the day is looked at, not the event. What was decided stays with
the unit that decided; clocks run on, since the applicant's time does not depend on who works. A process that is killed
goes on where it was, several take different cases.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from chassis.base import succession
from chassis.base.clock import local
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.data.pages import keep_paging

from workflow_svc import store
from workflow_svc.domain import FINAL
from workflow_svc.events import CaseTransferred, TaskTransferred
from workflow_svc.handlers.case_events import CaseEvents
from workflow_svc.handlers.collaborators import SELF, Workflow
from workflow_svc.store import learned, transferring

CASES_AT_ONCE = 25
PAUSE_SECONDS = 2.0
CAUSE = "unit_ended"


async def keep_transferred(workflow: Workflow) -> None:
    """Transfer page after page until cancelled."""
    await keep_paging(partial(transfer_page, workflow), pause=PAUSE_SECONDS, waits="transfers_wait")


async def transfer_page(workflow: Workflow) -> int:
    """Move some open cases with work of ended units to who has taken over; return how many.

    What a decision holds just now is left to a later page.
    """
    today = local(workflow.clock.now()).date()
    async with workflow.database.asking() as connection:
        told = await learned.units_told(connection)
    heirs = succession.heirs({unit: term for unit, (_, term) in told.items()}, today)
    if not heirs:
        return 0
    async with workflow.database.asking() as connection:
        if not await transferring.any_case_with(connection, list(heirs)):
            return 0
    named = {unit: (heir, told[heir][0]) for unit, heir in heirs.items()}
    moved: list[store.Record] = []
    async with workflow.database.unit_of_work() as work:
        cases = await transferring.lock_cases_with(work.connection, list(heirs), size=CASES_AT_ONCE)
        rows = await store.tasks_of(work.connection, *(case["case_id"] for case in cases))
        for case in cases:
            mine = [row for row in rows if row["case_id"] == case["case_id"]]
            moved += await _transfer(work, case, mine, named)
        await store.save_tasks(work.connection, moved)
        await store.save_cases(work.connection, cases)
    return len(cases)


async def _transfer(
    work: UnitOfWork, case: store.Record, rows: Sequence[store.Record], heirs: Mapping[str, tuple[str, str]]
) -> list[store.Record]:
    """Give a case's undecided tasks, and its lead, to the heirs of their units, in the rows; tell each, and record it.

    `heirs` are a unit's code and name. Return the tasks that were moved.
    """
    from_units = {row["task_id"]: row["unit"] for row in rows if row["state"] not in FINAL and row["unit"] in heirs}
    moved = [row for row in rows if row["task_id"] in from_units]
    for row in moved:
        row["unit"], row["unit_name"] = heirs[row["unit"]]
    lead = case["lead_unit"]
    case["lead_unit"], case["lead_unit_name"] = heirs.get(lead, (lead, case["lead_unit_name"]))
    events = CaseEvents(work, case, rows, case["version"])
    if lead != case["lead_unit"]:
        await events.append(CaseTransferred(**events.facts, from_unit=lead, cause=CAUSE))
        await _record(work, "case.transferred", case["case_id"], lead, case["lead_unit"])
    for row in moved:
        before = from_units[row["task_id"]]
        await events.append(TaskTransferred(**events.facts_of(row), from_unit=before, cause=CAUSE))
        await _record(work, "task.transferred", row["task_id"], before, row["unit"])
    case["version"] = events.version
    return moved


async def _record(work: UnitOfWork, action: str, subject: str, before: str, after: str) -> None:
    details = {"from_unit": before, "unit": after, "cause": CAUSE}
    await audit.record(work, actor=SELF, action=action, subject=subject, details=details)
