"""An application's timeline: its progress, its steps, and for the applicant why something was refused and what to do.

Reasons and remedies are workflow's; they are asked for on the applicant's behalf, and the timeline answers without them
when they do not come.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from chassis.base.problems import Problem
from chassis.data import audit
from chassis.http.identity import Kind, Principal

from intake_svc import store
from intake_svc.domain.progress import NEXT, STEP_LEFT, ApplicationState, Happening
from intake_svc.domain.stages import stages
from intake_svc.errors import ApplicationNotFound
from intake_svc.handlers.attach import documents_shown
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.ledger import notices_shown
from intake_svc.schemas import EntryView, RefusalView, TimelineStage, TimelineView
from intake_svc.siblings import Guide, fetch_refusals
from intake_svc.store.booking import booked_of
from intake_svc.store.timelines import entries_and_names, version_of

STEPS = (Happening.STEP_OPENED, Happening.STEP_COMPLETED)
KEPT = tuple(
    name
    for name in TimelineView.model_fields
    if name not in {"entries", "stages", "what_next", "reasons_missing", "documents", "notices"}
)
TOLD = tuple(name for name in EntryView.model_fields if name not in {"unit_name", "refusal"})


async def show_timeline(intake: Intake, caller: Principal, vouched: str, application_id: str) -> TimelineView:
    """Return an application's timeline and progress. Raises ApplicationNotFound."""
    of_staff = caller.kind is Kind.STAFF
    async with intake.database.reading() as connection:
        unit = caller.unit if of_staff else ""
        row = await store.find_guided(connection, application_id, subject=caller.subject, unit=unit)
        if row is None:
            raise ApplicationNotFound
        guide = await intake.guides.of(connection, row)
        units = {task.unit for task in guide.tasks}
        entries, names = await entries_and_names(connection, application_id, units)
        documents = await documents_shown(connection, application_id)
        notices = notices_shown(guide, await booked_of(connection, application_id), row.submitted_at)
    if of_staff:
        await audit.record_look(
            intake.database, actor=caller.subject, action="timeline.shown", subject=application_id, details=None
        )
    refusals = {} if of_staff else await _refusals(intake, vouched, row.case_id, entries)
    return _view(row, guide, entries, names=names, refusals=refusals).model_copy(
        update={"documents": documents, "notices": notices}
    )


async def timeline_version(intake: Intake, caller: Principal, values: Mapping[str, Any]) -> Hashable:
    """Return the version of an applicant's timeline; none where reasons come from workflow, which may fail to come."""
    if caller.kind is Kind.STAFF:  # each look is written down
        return None
    async with intake.database.asking() as connection:
        return await version_of(connection, values["application_id"], caller.subject)


async def _refusals(
    intake: Intake, vouched: str, case_id: str | None, entries: Sequence[Any]
) -> Mapping[str, RefusalView] | None:
    """Return the refusals by task; None when there are some and workflow does not tell them."""
    if case_id is None or not any(entry.kind == Happening.TASK_REFUSED for entry in entries):
        return {}
    try:
        told = await fetch_refusals(intake.workflow, vouched, case_id)
    except Problem:
        return None
    return {
        key: RefusalView(reason=task.reason, basis=task.basis, remedies=task.remedies) for key, task in told.items()
    }


def _view(
    row: Any,
    guide: Guide,
    entries: Sequence[Any],
    *,
    names: Mapping[str, str],
    refusals: Mapping[str, RefusalView] | None,
) -> TimelineView:
    told = refusals or {}

    def name(unit: str) -> str:
        return names.get(unit) or guide.unit_name(unit) if unit else ""

    views = [
        EntryView(
            **{part: getattr(entry, part) for part in TOLD},
            unit_name=name(entry.unit),
            refusal=told.get(entry.task_key) if entry.kind == Happening.TASK_REFUSED else None,
        )
        for entry in entries
    ]
    steps = {kind: {entry.task_key for entry in entries if entry.kind == kind} for kind in STEPS}
    left = steps[Happening.STEP_OPENED] - steps[Happening.STEP_COMPLETED]
    return TimelineView(
        **{part: getattr(row, part) for part in KEPT},
        what_next=NEXT[ApplicationState(row.state)] + (STEP_LEFT if left else ""),
        stages=_stages(row, guide, entries, name),
        entries=views,
        documents=[],
        notices=[],
        reasons_missing="不予办理的理由和救济途径暂时取不到,请稍后再看" if refusals is None else "",
    )


def _stages(row: Any, guide: Guide, entries: Sequence[Any], name: Any) -> list[TimelineStage]:
    tasks = {task.task_key: task for task in guide.tasks}
    told = [(entry.kind, entry.task_key, entry.at) for entry in entries]
    now = {entry.task_key: entry.unit for entry in entries if entry.task_key}
    found = stages(list(tasks), told, dropped=row.tasks_dropped or ())
    return [
        TimelineStage(
            task_key=stage.task_key,
            name=tasks[stage.task_key].name,
            unit=(unit := now.get(stage.task_key, tasks[stage.task_key].unit)),
            unit_name=name(unit),
            state=stage.state,
            since=stage.since,
            until=stage.until,
        )
        for stage in found
    ]
