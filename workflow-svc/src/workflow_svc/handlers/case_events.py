"""The events of a case, numbered by the case."""

from collections.abc import Collection, Mapping
from typing import Any, Literal

from chassis.data.database import UnitOfWork
from chassis.events.outbox import Event, append

from workflow_svc.events import DeadlineRecomputed, TaskOpened
from workflow_svc.handlers.clocks import Clocks

UNIT: Literal["UNIT"] = "UNIT"
APPLICANT: Literal["APPLICANT"] = "APPLICANT"
OF_CASE = ("case_id", "application_id", "matter_code", "matter_version", "lead_unit", "applicant_id", "region")
OF_TASK = ("task_id", "task_key", "name", "unit", "item", "result")


class CaseEvents:
    """Numbers a case's events on from its version, and says what each tells of the case and its tasks."""

    def __init__(
        self, work: UnitOfWork, case: Mapping[str, Any], tasks: Collection[Mapping[str, Any]], version: int
    ) -> None:
        self._work = work
        self._case = case
        self.version = version
        acting = (task["unit"] for task in tasks if not task["by_applicant"])
        units = dict.fromkeys([case["lead_unit"], *acting])
        self.facts: dict[str, Any] = {**{name: case[name] for name in OF_CASE}, "units": list(units)}

    def facts_of(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """Return what each event of a task tells of it and of its case."""
        return {**self.facts, **{name: task[name] for name in OF_TASK}, "task_type": task["task_type"] or None}

    async def append(self, event: Event) -> None:
        """Append the case's next event."""
        self.version += 1
        await append(self._work, event, subject=self._case["case_id"], version=self.version)

    async def tell_opened(self, task: Mapping[str, Any], clocks: Clocks) -> None:
        """Tell that a task was opened, and until when."""
        by = APPLICANT if task["by_applicant"] else UNIT
        await self.append(TaskOpened(**self.facts_of(task), **clocks.columns, by=by))

    async def tell_recomputed(
        self, row: Mapping[str, Any], clocks: Clocks, *, cause: str, calendar_version: str
    ) -> None:
        """Tell that the case, or one of its tasks, has other due times than its row says, and why."""
        task = {name: row[name] for name in ("task_id", "task_key") if name in row}
        old = {f"old_{name}": row[name] for name in ("promised_due", "statutory_due")}
        about = {"cause": cause, "calendar_version": calendar_version}
        await self.append(DeadlineRecomputed(**self.facts, **task, **about, **old, **clocks.columns))
