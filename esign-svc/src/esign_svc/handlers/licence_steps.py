"""What the issuing unit does to a licence: what takes rights away one person proposes and another confirms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.outbox import append
from chassis.http.identity import Principal

from esign_svc.domain.licences import BY_TWO, LicenceAction, moved
from esign_svc.errors import LicenceNotFound, OwnLicence, SamePerson, StepEnded, StepNotFound, StepOpen
from esign_svc.events import (
    LicenceCancelled,
    LicenceChanged,
    LicenceForfeited,
    LicenceResumed,
    LicenceRevoked,
    LicenceSuspended,
    LicenceTransferred,
)
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.corrections import give_up_edition, require_elements, want_edition
from esign_svc.handlers.licence_facts import current_state, facts_of, opened_corrections, sealed_corrections
from esign_svc.handlers.successors import does_work_of
from esign_svc.schemas.licences import LicenceStepBody, LicenceStepDecisionBody, LicenceStepView
from esign_svc.store import licences
from esign_svc.store.licence_tables import PROPOSED, licence_steps

CONFIRMED, REJECTED = "confirmed", "rejected"
TOLD: Mapping[LicenceAction, type[LicenceChanged]] = {
    LicenceAction.SUSPEND: LicenceSuspended,
    LicenceAction.RESUME: LicenceResumed,
    LicenceAction.REVOKE: LicenceRevoked,
    LicenceAction.FORFEIT: LicenceForfeited,
    LicenceAction.CANCEL: LicenceCancelled,
    LicenceAction.TRANSFER: LicenceTransferred,
}
"""What is told of each action at once; a correction is told when its edition is sealed."""


@dataclass(frozen=True, slots=True)
class StepPlace:
    """A step of a licence."""

    licence_id: str
    step_id: str


async def propose_step(
    esign: Esign, work: UnitOfWork, caller: Principal, licence_id: str, body: LicenceStepBody
) -> LicenceStepView:
    """Propose what takes rights away, or do at once what gives them back.

    Raises LicenceNotFound for another unit's, OwnLicence, StepOpen, LicenceStateWrong, CorrectionUnfit.
    """
    licence = await _held(work, caller, licence_id)
    if await licences.has_open_step(work.connection, licence_id):
        raise StepOpen
    moved(current_state(licence, work.clock.now()), body.action)
    await require_elements(work, licence, body.corrections)
    step_id, now = work.ids(), work.clock.now()
    at_once = body.action not in BY_TWO
    step = {
        "step_id": step_id,
        "licence_id": licence_id,
        "action": body.action.value,
        "status": CONFIRMED if at_once else PROPOSED,
        **{name: _sealed(esign, step_id, name, getattr(body, name)) for name in ("reason", "basis")},
        "corrections": sealed_corrections(esign, body.corrections, table="licence_step", row=step_id),
        "proposed_by": caller.subject,
        "proposed_at": now,
        "ended_by": caller.subject if at_once else None,
        "ended_at": now if at_once else None,
    }
    work.add(licence_steps, step)
    details = {"action": body.action.value, "step_id": step_id}
    await audit.record(work, actor=caller.subject, action="licence.proposed", subject=licence_id, details=details)
    if at_once:
        await _do(esign, work, caller, licence, step)
    return step_view(esign, step)


async def decide_step(
    esign: Esign, work: UnitOfWork, caller: Principal, place: StepPlace, body: LicenceStepDecisionBody
) -> LicenceStepView:
    """Confirm what another proposed, and do it; or reject it, which whoever proposed it may do, too.

    Raises LicenceNotFound, OwnLicence, StepNotFound, StepEnded, SamePerson, LicenceStateWrong where it is another
    meanwhile.
    """
    licence_id, step_id = place.licence_id, place.step_id
    licence = await _held(work, caller, licence_id)
    step = await licences.find_step(work.connection, licence_id, step_id)
    if step is None:
        raise StepNotFound
    status = CONFIRMED if body.decision == "confirm" else REJECTED
    ended = {"status": status, "ended_by": caller.subject, "ended_at": work.clock.now()}
    second = caller.subject if status == CONFIRMED else ""
    if not await licences.end_step(work.connection, step_id, ended, second=second):
        raise SamePerson if step["status"] == PROPOSED else StepEnded
    step |= ended
    details = {"action": step["action"], "step_id": step_id}
    await audit.record(work, actor=caller.subject, action=f"licence.{status}", subject=licence_id, details=details)
    if status == CONFIRMED:
        await _do(esign, work, caller, licence, step)
    return step_view(esign, step)


async def _held(work: UnitOfWork, caller: Principal, licence_id: str) -> licences.Record:
    """Hold a licence of the caller's unit, or of one that it follows.

    Raises LicenceNotFound, and OwnLicence for one that is the caller's own.
    """
    licence = await licences.lock_licence(work.connection, licence_id)
    if licence is None or not await does_work_of(work.connection, caller, licence["unit"], work.clock.now()):
        raise LicenceNotFound
    if licence["holder_id"] == caller.subject:
        raise OwnLicence
    return licence


async def _do(
    esign: Esign, work: UnitOfWork, caller: Principal, licence: licences.Record, step: Mapping[str, Any]
) -> None:
    """Change a held licence and tell it; an edition of it that is still being made is given up."""
    now, action = work.clock.now(), LicenceAction(step["action"])
    before = current_state(licence, now)
    after = moved(before, action)
    await give_up_edition(work, licence)
    if action is LicenceAction.CORRECT:
        await want_edition(esign, work, caller, licence, step)
        return
    licence |= {"state": after.value, "version": licence["version"] + 1}
    changed = {name: licence[name] for name in ("state", "version")}
    await licences.change_licence(work.connection, licence["licence_id"], changed)
    await append(
        work, TOLD[action](**facts_of(licence), at=now), subject=licence["licence_id"], version=licence["version"]
    )
    details = {"action": action.value, "before": before.value, "step_id": step["step_id"]}
    subject = licence["licence_id"]
    await audit.record(work, actor=caller.subject, action="licence.changed", subject=subject, details=details)


def _sealed(esign: Esign, step_id: str, column: str, text: str) -> str:
    return esign.cipher.encrypt(text, table="licence_step", column=column, row=step_id)


def step_view(esign: Esign, row: Mapping[str, Any]) -> LicenceStepView:
    """Return a step as a reply, its words opened."""
    kept = (*("step_id", "licence_id", "action", "status"), *("proposed_by", "proposed_at", "ended_by", "ended_at"))
    words = {
        name: esign.cipher.decrypt(row[name], table="licence_step", column=name, row=row["step_id"])
        for name in ("reason", "basis")
    }
    corrections = opened_corrections(esign, row["corrections"], table="licence_step", row=row["step_id"])
    return LicenceStepView(**{name: row[name] for name in kept}, **words, corrections=corrections)
