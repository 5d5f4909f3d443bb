"""Inviting to rate (邀评): a finished matter or a visit, shown after a while, until a clock runs out in silence.

Silence is written down as a rating by default, which nobody chose: it is never active and never counts as satisfied.
"""

from datetime import datetime, timedelta
from typing import Any

from chassis.data.database import UnitOfWork
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.ratings import RatingRules
from evaluation_svc.domain.terms import Term
from evaluation_svc.handlers.journal import About, note_own
from evaluation_svc.handlers.timers import start_timer, stop_timer
from evaluation_svc.store import clocks, pack
from evaluation_svc.store import rated as store

INVITATION, SECOND = "rating_invitation", "rating_second"
"""The clocks: until when something may be rated, and until when a second time."""
MADE = "evaluation.invitation.made"
COORDINATOR = "ZWB"
"""By whose hours a clock goes where no unit is known (市政务办)."""


async def rules_of(connection: AsyncConnection) -> RatingRules:
    """Return the city's terms of rating, or the proposed ones where it has said nothing."""
    found = await pack.find_document(connection, "ratings")
    if found is None:
        return RatingRules()
    told: dict[str, Any] = found.document
    return RatingRules(
        Term.of(told["rate_within"]),
        Term.of(told["second_within"]),
        **{name: told[name]["value"] for name in ("invited_after_hours", "visit_hours", "seen_from")},
    )


async def invite(  # noqa: PLR0913  what an invitation is
    work: UnitOfWork,
    rated_key: str,
    *,
    application_id: str,
    applicant_id: str | None,
    unit: str | None,
    at: datetime,
    visit_id: str | None = None,
) -> None:
    """Invite an applicant to rate, once; nobody is invited whose applicant is not known."""
    if not applicant_id:
        return
    rules = await rules_of(work.connection)
    delay = timedelta() if visit_id else timedelta(hours=rules.invited_after_hours)
    row = {
        "rated_key": rated_key,
        "application_id": application_id,
        "visit_id": visit_id,
        "applicant_id": applicant_id,
        "shown_from": at + delay,
    }
    if await store.invite(work.connection, row):
        note_own(work, About.CASE, application_id, type_=MADE, version=1, at=at, data={"unit": unit or ""})
        await start_timer(work, INVITATION, rated_key, unit=unit or COORDINATOR, at=at, term=rules.rate_within)


async def is_over(connection: AsyncConnection, kind: str, subject: str, now: datetime) -> bool:
    """Tell whether a clock has run out; one that was never started or cannot be reckoned yet has not."""
    row = await clocks.find_timer(connection, kind, subject)
    return row is not None and (row["fired_at"] is not None or (row["due_at"] is not None and row["due_at"] <= now))


async def end_invitation(work: UnitOfWork, rated_key: str) -> None:
    """End an invitation that was answered, and its clock."""
    await store.end_invitation(work.connection, rated_key, work.clock.now())
    await stop_timer(work, INVITATION, rated_key)
