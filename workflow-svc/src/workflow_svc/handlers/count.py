"""Counting a unit's tasks by state, and those to be done by their light."""

from chassis.http.identity import Principal
from chassis.worktime import Limit, LimitUnit, due

from workflow_svc.domain import LABELS, TaskState
from workflow_svc.domain.light import LIGHTS, Light
from workflow_svc.handlers.clocks import work_time
from workflow_svc.handlers.collaborators import Workflow
from workflow_svc.schemas import LightCountView, TaskCountsView, TaskCountView
from workflow_svc.store import learned, listing


async def count_tasks(workflow: Workflow, caller: Principal) -> TaskCountsView:
    """Return how many tasks of the caller's unit are in each state, and how many open ones have which light.

    A task is near its promised time when that is less than so many working days away as the settings say, in the
    unit's own office hours.
    """
    now = workflow.clock.now()
    async with workflow.database.reading() as connection:
        states = await listing.count_by_state(connection, caller.unit)
        near = now
        if states.get(TaskState.OPEN.value):
            times = await work_time(workflow, connection, await learned.newest_calendar(connection))
            limit = Limit(workflow.near.workdays, LimitUnit.WORKDAY)
            near = due(now, limit, times.calendar, times.hours(caller.unit)).at
        late, soon = await listing.count_by_due(connection, caller.unit, now=now, near=near)
    open_ones = states.get(TaskState.OPEN.value, 0)
    lights = {Light.GREEN: open_ones - late - soon, Light.YELLOW: soon, Light.RED: late}
    return TaskCountsView(
        unit=caller.unit,
        at=now,
        states=[
            TaskCountView(state=state, label=LABELS[state], count=states.get(state.value, 0)) for state in TaskState
        ],
        lights=[LightCountView(light=light, label=LIGHTS[light], count=lights[light]) for light in Light],
    )
