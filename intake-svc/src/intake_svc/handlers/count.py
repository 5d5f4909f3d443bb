"""Counting applications by state, for the tiles of an app or a window; nobody's data are in it."""

from chassis.http.identity import Kind, Principal

from intake_svc import store
from intake_svc.domain.progress import LABELS, ApplicationState
from intake_svc.handlers.collaborators import Intake
from intake_svc.schemas import ApplicationCountsView, ApplicationCountView


async def count_applications(intake: Intake, caller: Principal) -> ApplicationCountsView:
    """Return how many applications of the caller, or of his unit's window, are in each state."""
    unit = caller.unit if caller.kind is Kind.STAFF else ""
    async with intake.database.asking() as connection:
        counted = await store.count_by_state(connection, subject=caller.subject, unit=unit)
    return ApplicationCountsView(
        states=[
            ApplicationCountView(state=state, label=LABELS[state], count=counted.get(state.value, 0))
            for state in ApplicationState
        ]
    )
