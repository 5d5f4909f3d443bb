"""Telling datashare of an application, after it was submitted: whom it concerns, and what is disputed.

Each thing is told under an id of its own, so that after a crash the same is told again and nothing is there twice.
"""

from functools import partial
from typing import Any

from chassis.base.crash import crash_point, operation
from chassis.data import audit, outgoing
from chassis.data.outgoing import Worker

from intake_svc import store
from intake_svc.domain.booking import How
from intake_svc.handlers.booking import TELLING, VERIFYING, opened, persons_of
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.given import unseal
from intake_svc.handlers.reverify import SELF, verify_again
from intake_svc.siblings import file_dispute, put_persons
from intake_svc.store.booking import booked_of, shared_for

AT_ONCE = 8


async def keep_told(intake: Intake) -> None:
    """Tell datashare of what was submitted until cancelled."""
    operation.set("tell datashare")
    await Worker(intake.database, SELF, TELLING, partial(tell_datashare, intake), at_once=AT_ONCE).run()


async def keep_verified(intake: Intake) -> None:
    """Verify again what was out until cancelled."""
    operation.set("verify again")
    await Worker(intake.database, SELF, VERIFYING, partial(verify_again, intake)).run()


async def tell_datashare(intake: Intake, application_id: str) -> None:
    """Tell whom an application concerns, file its disputes, and have verified again what was out.

    Raises UpstreamUnavailable, DeadlineExceeded: it is told later.
    """
    async with intake.database.reading() as connection:
        row: Any = await store.find_for_service(connection, application_id)
        guide = await intake.guides.of(connection, row)
        sealed = await shared_for(connection, application_id)
        lines = await booked_of(connection, application_id)
    of_case = {"application_number": row.application_number, "applicant_id": row.owner}
    persons = persons_of(guide, unseal(intake, row.given, table="application", row=application_id))
    if persons:
        told = {**of_case, "draft_id": row.draft_id, "matter_code": guide.matter_code, "persons": persons}
        await put_persons(intake, application_id, told)
    filings = opened(intake, sealed, application_id).filings
    for filing in filings:
        of_draft = {"application_id": application_id, "draft_id": row.draft_id}
        await file_dispute(intake, {**filing.model_dump(mode="json"), **of_case, **of_draft})
    crash_point("before_told")
    async with intake.database.unit_of_work() as work:
        if not await outgoing.finish(work, TELLING, application_id):
            return  # another process has told it
        if any(line.how is How.TO_VERIFY for line in lines):
            await outgoing.ask_again(work, VERIFYING, application_id)
        details = {"persons": sorted(persons), "disputes": [one.dispute_id for one in filings]}
        await audit.record(work, actor=SELF, action="application.shared", subject=application_id, details=details)
