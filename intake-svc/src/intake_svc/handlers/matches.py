"""Which of some applications have a telephone number: asked by the service that takes ratings at a window.

It is told of the applications that it names and of no others, by their ids alone; each question is recorded
(个人信息保护法 art. 6, 51, 54).
"""

from chassis.base.clock import local
from chassis.data import audit
from chassis.http.identity import Principal

from intake_svc.domain import values
from intake_svc.domain.findable import PHONE
from intake_svc.handlers.collaborators import Intake
from intake_svc.schemas.matches import MatchBody, MatchesView
from intake_svc.store import searching


async def match_ratings(intake: Intake, caller: Principal, body: MatchBody) -> MatchesView:
    """Return which of the applications have the number; for what is no telephone number none has it."""
    phone = values.normalise(PHONE, body.phone)
    fault = values.fault(PHONE, phone, local(intake.database.clock.now()).date()) if phone else "empty"
    found: list[str] = []
    if body.application_ids and not fault:
        digests = intake.lookup.digests(PHONE, phone)
        async with intake.database.asking() as connection:
            found = await searching.with_digest(connection, digests=digests, application_ids=body.application_ids)
    details = {"purpose": body.purpose, "asked": len(body.application_ids), "found": found, "caller": caller.subject}
    await audit.record_look(
        intake.database, actor=caller.subject, action="applications.matched", subject=body.purpose, details=details
    )
    return MatchesView(application_ids=found)
