"""The life of a seal: applied for, and each step after that, with its row, its event and its audit row."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from chassis.base.clock import SHANGHAI
from chassis.base.problems import FieldError
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.outbox import append
from chassis.http.identity import Principal
from sealing.glyphs import GlyphMissing
from sealing.seal_face import FaceTooLong, require_face
from sealing.signing import Algorithm

from esign_svc.domain.seals import (
    LINES,
    MOVES,
    Hands,
    SealKind,
    SealState,
    SealStep,
    Wanted,
    after_step,
)
from esign_svc.errors import (
    CertificateUnfit,
    SealExists,
    SealFaceUnfit,
    SealNotFound,
    SealReasonMissing,
    SealStepNotPossible,
    StepNotYours,
    UnitUnknown,
)
from esign_svc.events import SealChanged
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.seal_certificates import Certified, handed_in
from esign_svc.handlers.seal_views import detail, unit_of
from esign_svc.outside.certifier import CertificateRequest
from esign_svc.schemas.seals import SealBody, SealDetail, StepBody
from esign_svc.store import registry
from esign_svc.store.registry import Record


async def apply_seal(esign: Esign, work: UnitOfWork, caller: Principal, body: SealBody) -> SealDetail:
    """Take an application for a seal of the caller's unit, under the unit's name of today.

    Raises UnitUnknown, SealExists, SealFaceUnfit, which names a character that no font has.
    """
    unit_name, uscc = await registry.owner(work.connection, caller.unit)
    if not unit_name:
        raise UnitUnknown
    wanted = Wanted(
        unit=caller.unit,
        unit_name=unit_name,
        kind=body.kind,
        seal_code=body.seal_code,
        valid_from=_midnight(body.valid_from),
        valid_until=_midnight(body.valid_until) + timedelta(days=1, seconds=-1),
        capacities=tuple(sorted(one.value for one in set(body.capacities))),
        subjects=tuple(sorted(set(body.subjects))),
        line=LINES.get(body.kind, body.line),
        holder=body.holder,
        uscc=uscc,
        algorithm=body.algorithm,
    )
    _require_fit(body)
    await asyncio.to_thread(require_drawable, wanted)
    if await registry.any_like(work.connection, wanted):
        raise SealExists
    seal_id = work.ids()
    holder = esign.cipher.encrypt(wanted.holder, table="seal", column="holder", row=seal_id) if wanted.holder else ""
    row = new_row(seal_id, wanted, caller.subject, at=work.clock.now()) | {"holder": holder}
    registry.add_seal(work, row)
    life = [await tell(work, row, Done(work.ids(), SealStep.APPLY, caller.subject))]
    return detail(esign, row, life, at=work.clock.now())


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), SHANGHAI)


def _require_fit(body: SealBody) -> None:
    """Raise SealFaceUnfit for a second line or a holder that the kind does not have, or has to have."""
    wrong = []
    if bool(body.line) is not (body.kind is SealKind.BUSINESS):
        wrong.append(FieldError("/line", "line_unfit", "其他业务专用章须填、其余种类不填第二行"))
    if bool(body.holder) is not (body.kind is SealKind.PERSONAL):
        wrong.append(FieldError("/holder", "holder_unfit", "个人名章须填、其余种类不填姓名"))
    if body.valid_until < body.valid_from:
        wrong.append(FieldError("/valid_until", "validity_reversed", "有效期止不得早于有效期起"))
    if wrong:
        raise SealFaceUnfit(errors=wrong)


def require_drawable(wanted: Wanted) -> None:
    """Raise SealFaceUnfit, which says what has no room or which characters no font has, unless a seal can be drawn."""
    try:
        require_face(wanted.face)
    except GlyphMissing as missing:
        said = f"{missing};生僻字须先补入字库,不得以其他字代替"
        where = "/holder" if wanted.holder else "/line"
        raise SealFaceUnfit(said, errors=[FieldError(where, "glyph_missing", said)]) from missing
    except FaceTooLong as long:
        raise SealFaceUnfit(str(long)) from long


def new_row(seal_id: str, wanted: Wanted, applicant: str, *, at: datetime) -> Record:
    """Return the row of a seal that was applied for, of a unit: a person's holder is sealed by the caller."""
    plain = ("unit", "unit_name", "uscc", "name", "line", "seal_code", "synthetic", "valid_from", "valid_until")
    return {
        "seal_id": seal_id,
        **{name: getattr(wanted, name) for name in plain},
        "kind": wanted.kind.value,
        "holder": "",
        "algorithm": wanted.algorithm.value,
        "capacities": list(wanted.capacities),
        "subjects": list(wanted.subjects),
        "state": SealState.APPLIED.value,
        "version": 1,
        "applicant": applicant,
        "maker": "",
        "auditor": "",
        "filing_no": "",
        "key_id": "",
        "public_key": "",
        "certificate": "",
        "chain": [],
        "applied_at": at,
        "used_from": None,
    }


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was taken: its row's id, by whom, and why, sealed for that row."""

    step_id: str
    step: SealStep
    by: str
    reason: str = ""


async def tell(work: UnitOfWork, row: Record, done: Done) -> Record:
    """Add a step's row, append its event, audit it; return the row."""
    now = work.clock.now()
    told = {"step_id": done.step_id, "seal_id": row["seal_id"], "number": row["version"], "step": done.step.value}
    told |= {"actor": done.by, "at": now, "reason": done.reason}
    registry.add_step(work, told)
    names = ("seal_id", "unit", "kind", "seal_code", "synthetic", "state", "filing_no", "valid_from", "valid_until")
    event = SealChanged(**{name: row[name] for name in names}, step=done.step, at=now)
    await append(work, event, subject=row["seal_id"], version=row["version"])
    details = {"unit": row["unit"], "kind": row["kind"], "state": row["state"]}
    await audit.record(work, actor=done.by, action=f"seal.{done.step.value}", subject=row["seal_id"], details=details)
    return told


async def make_key(esign: Esign, work: UnitOfWork, caller: Principal, seal_id: str) -> SealDetail:
    """Make the key of a seal whose certificate comes from elsewhere; asked again it is the same.

    Raises SealNotFound, SealStepNotPossible, SameHands.
    """
    row = await _locked(work, caller, seal_id)
    after_step(SealState(row["state"]), _hands(row), SealStep.MAKE, caller.subject)
    if not row["key_id"]:
        await _give_key(esign, work, row)
        await registry.save_seals(work.connection, [row])
        await audit.record(work, actor=caller.subject, action="seal.key_made", subject=seal_id)
    return detail(esign, row, await registry.steps_of(work.connection, seal_id), at=work.clock.now())


async def take_step(esign: Esign, work: UnitOfWork, caller: Principal, seal_id: str, body: StepBody) -> SealDetail:
    """Take a seal's next step, under its row's lock.

    Raises SealNotFound for another unit's, StepNotYours, SealStepNotPossible, SameHands, SealReasonMissing,
    CertificateUnfit.
    """
    step = SealStep(body.step)
    move = MOVES[step]
    row = await _locked(work, caller, seal_id)
    if not (move.roles & caller.roles):
        raise StepNotYours
    if move.needs_reason and not body.reason:
        raise SealReasonMissing(errors=[FieldError("/reason", "required", "此步骤须说明理由")])
    if step is SealStep.FILE and not body.filing_no:
        raise SealReasonMissing("备案须填备案编号", errors=[FieldError("/filing_no", "required", "备案须填备案编号")])
    earlier = await registry.steps_of(work.connection, seal_id)
    advance(row, step, caller.subject, at=work.clock.now(), filing_no=body.filing_no)
    if step is SealStep.MAKE:
        await make(esign, work, row, body)
    await registry.save_seals(work.connection, [row])
    step_id, why = work.ids(), body.reason
    reason = esign.cipher.encrypt(why, table="seal_step", column="reason", row=step_id) if why else ""
    told = await tell(work, row, Done(step_id, step, caller.subject, reason))
    return detail(esign, row, [*earlier, told], at=work.clock.now())


async def _locked(work: UnitOfWork, caller: Principal, seal_id: str) -> Record:
    row = await registry.lock_seal(work.connection, seal_id, unit=unit_of(caller))
    if row is None:
        raise SealNotFound(seal_id)
    return row


def _hands(row: Mapping[str, Any]) -> Hands:
    return Hands(row["applicant"], row["maker"], row["auditor"])


def advance(row: Record, step: SealStep, by: str, *, at: datetime, filing_no: str = "") -> None:
    """Bring a seal's row to after a step. Raises SealStepNotPossible, SameHands."""
    state, hands = after_step(SealState(row["state"]), _hands(row), step, by)
    if state is SealState.IN_USE and at > row["valid_until"]:
        raise SealStepNotPossible("印章有效期已过,请另行申请")
    row |= {"state": state.value, "version": row["version"] + 1, "maker": hands.maker, "auditor": hands.auditor}
    if step is SealStep.FILE:
        row["filing_no"] = filing_no
    if step is SealStep.PUT_IN_USE:
        row["used_from"] = at


async def make(esign: Esign, work: UnitOfWork, row: Record, body: StepBody | None = None) -> None:
    """Give a seal its key and its certificate: of the authority in this process, else the one that was handed in.

    The seal is valid as long as both it and its certificate are. Raises CertificateUnfit.
    """
    if esign.certifier is None:
        if not row["key_id"]:
            raise CertificateUnfit("请先生成密钥并取得证书请求")
        made = handed_in(body.certificate if body else "", body.chain if body else "", row, at=work.clock.now())
    else:
        if not row["key_id"]:
            await _give_key(esign, work, row)
        request = CertificateRequest(
            name=row["name"],
            unit=row["unit_name"],
            uscc=row["uscc"],
            public_key=base64.b64decode(row["public_key"]),
            valid_from=row["valid_from"],
            valid_until=row["valid_until"],
            algorithm=Algorithm(row["algorithm"]),
        )
        given = await esign.certifier.certify(request)
        made = Certified(given.certificate, given.chain, row["valid_from"], row["valid_until"])
    row["certificate"] = base64.b64encode(made.certificate).decode()
    row["chain"] = [base64.b64encode(one).decode() for one in made.chain]
    row["valid_from"] = max(row["valid_from"], made.valid_from)
    row["valid_until"] = min(row["valid_until"], made.valid_until)
    await registry.add_certificate(work, row["seal_id"], made.certificate)


async def _give_key(esign: Esign, work: UnitOfWork, row: Record) -> None:
    made = await esign.keys.create(work, Algorithm(row["algorithm"]))
    row |= {"key_id": made.key_id, "public_key": base64.b64encode(made.public_key).decode()}
