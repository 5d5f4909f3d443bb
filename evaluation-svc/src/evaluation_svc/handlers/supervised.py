"""What happens to a supervision: each step in its order, with who, when and in what words; and what follows a letter.

The words of steps are kept sealed: what a unit writes may tell of a person.
"""

from datetime import datetime
from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.supervision import MOVES, RANKS, SupervisionRules, SupervisionState, SupervisionStep
from evaluation_svc.errors import SupervisionStateWrong
from evaluation_svc.handlers.collaborators import SELF
from evaluation_svc.handlers.journal import About, note_own
from evaluation_svc.handlers.timers import start_timer, stop_timer
from evaluation_svc.store import pack
from evaluation_svc.store import supervising as store
from evaluation_svc.store.supervising import ANSWER

JOURNALLED = {
    SupervisionStep.SEND: "evaluation.supervision.sent",
    SupervisionStep.ANSWER: "evaluation.supervision.answered",
    SupervisionStep.ESCALATE: "evaluation.supervision.escalated",
    SupervisionStep.CLOSE: "evaluation.supervision.closed",
}
"""What is written into the journal of a step, the first time that it is taken: each supervision counts once."""
ONCE = {SupervisionStep.ANSWER: "answered_at", SupervisionStep.ESCALATE: "escalated_at"}
"""The steps that may be taken again, with the column that tells of the first time."""


async def rules_of(connection: AsyncConnection) -> SupervisionRules | None:
    """Return the city's rules of supervision; None while it has not said any: then nothing is supervised."""
    found = await pack.find_document(connection, "supervision")
    return SupervisionRules.of(found.document) if found else None


async def take(  # noqa: PLR0913  what a step is
    work: UnitOfWork,
    row: Any,
    step: SupervisionStep,
    actor: str,
    *,
    words: str = "",
    step_id: str = "",
    changed: dict[str, Any] | None = None,
) -> None:
    """Take a step of a supervision that this transaction holds; `words` come sealed, for the row `step_id`.

    Raises SupervisionStateWrong.
    """
    now, values = work.clock.now(), dict(changed or {})
    if step is not SupervisionStep.DRAFT:
        state = MOVES.get((SupervisionState(row.state), step))
        if state is None:
            raise SupervisionStateWrong
        values |= {"state": state.value, "rank": RANKS[state], "state_at": now}
        _journal(work, row, step, now)
        if (column := ONCE.get(step)) and getattr(row, column) is None:
            values[column] = now
    number = row.steps + 1
    await store.change_supervision(work.connection, row.supervision_id, {**values, "steps": number})
    said = {"step_id": step_id or work.ids(), "supervision_id": row.supervision_id, "number": number}
    await store.add_step(work.connection, {**said, "action": step.value, "actor": actor, "at": now, "words": words})
    details = {"application_id": row.application_id, "unit": row.unit, "step": step.value}
    await audit.record(work, actor=actor, action="supervision.step", subject=row.supervision_id, details=details)


def _journal(work: UnitOfWork, row: Any, step: SupervisionStep, at: datetime) -> None:
    type_, column = JOURNALLED.get(step), ONCE.get(step)
    if type_ is None or (column and getattr(row, column) is not None):
        return
    data = {
        "supervision_id": row.supervision_id,
        "application_id": row.application_id,
        "unit": row.unit,
        "subject": row.subject,
        "light": row.light,
        "rule": row.rule,
        "at": at.isoformat(),
    }
    note_own(work, About.CASE, row.application_id, type_=type_, version=row.steps + 1, at=at, data=data)


async def supervision_sent(work: UnitOfWork, letter_id: str, number: str, sealed_at: datetime) -> None:
    """Send a supervision with its sealed letter, whose number it bears, and start the clock of its answer."""
    row = await store.lock_of_letter(work.connection, letter_id)
    if row is None or row.state != SupervisionState.DRAFTED:
        return
    await take(work, row, SupervisionStep.SEND, SELF, changed={"number": number, "sent_at": sealed_at})
    await await_answer(work, row, sealed_at)


async def await_answer(work: UnitOfWork, row: Any, at: datetime) -> None:
    """Start the clock of an answer; without a rule of the city none runs."""
    rules = await rules_of(work.connection)
    if rules is not None:
        await start_timer(work, ANSWER, row.supervision_id, unit=row.unit, at=at, term=rules.answer)


async def end_answer(work: UnitOfWork, row: Any) -> None:
    """Stop the clock of an answer."""
    await stop_timer(work, ANSWER, row.supervision_id)


async def supervision_cancelled(work: UnitOfWork, letter_id: str, actor: str) -> None:
    """Cancel the supervision of a letter that was withdrawn."""
    row = await store.lock_of_letter(work.connection, letter_id)
    if row is not None:
        await take(work, row, SupervisionStep.CANCEL, actor)
