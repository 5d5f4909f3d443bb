"""Reading the registry: seals, the life of one, its face together with its state, its uses."""

import asyncio
import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import x509 as asn1
from chassis.data import audit
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, id_in, page
from sealing.seal_face import SealFace, draw

from esign_svc.domain.seals import EVERYWHERE, Capacity, SealKind, SealState
from esign_svc.errors import SealNotFound
from esign_svc.handlers.collaborators import Esign
from esign_svc.schemas.seals import CertificateView, ImageView, LifeView, SealDetail, SealView, UseView
from esign_svc.store import registry
from esign_svc.store.registry import Record

PLAIN = (
    *("seal_id", "unit", "unit_name", "kind", "name", "seal_code", "synthetic", "algorithm", "state"),
    *("valid_from", "valid_until", "filing_no", "version"),
)


@dataclass(frozen=True, slots=True)
class SealFilter:
    """Which seals are asked for; an empty text asks for all that the caller may see."""

    unit: str = ""
    kind: str = ""
    state: str = ""


def unit_of(caller: Principal) -> str:
    """Return whose seals a caller acts on: his unit's, or with an empty text those of all."""
    return "" if EVERYWHERE in caller.roles else caller.unit


def _now(row: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Return what is shown of a seal's row as of a moment."""
    usable = row["state"] == SealState.IN_USE and row["valid_from"] <= at <= row["valid_until"]
    return {**{name: row[name] for name in PLAIN}, "usable": usable, "as_of": at}


async def list_seals(esign: Esign, caller: Principal, wanted: SealFilter, *, after: str, size: int) -> Page[SealView]:
    """Return a page of the seals that the caller may see, in the order of their applications. Raises Malformed."""
    mine = unit_of(caller)
    if mine and wanted.unit not in {"", mine}:
        return Page(items=[], next=None)
    last = id_in(*decode_cursor(after, str)) if after else ""
    chosen = {"unit": mine or wanted.unit, "kind": wanted.kind, "state": wanted.state}
    async with esign.database.asking() as connection:
        rows = await registry.list_seals(connection, **chosen, after=last, size=size)
    at = esign.clock.now()
    return page([SealView(**_now(row, at)) for row in rows], size, key=lambda view: (view.seal_id,))


async def show_seal(esign: Esign, caller: Principal, seal_id: str) -> SealDetail:
    """Return a seal with its life; a look at a person's seal is recorded. Raises SealNotFound for another unit's."""
    async with esign.database.reading() as connection:
        row = await registry.find_seal(connection, seal_id, unit=unit_of(caller))
        steps = await registry.steps_of(connection, seal_id)
    if row is None:
        raise SealNotFound(seal_id)
    view = detail(esign, row, steps, at=esign.clock.now())
    await _record_look(esign, caller, row, "seal.shown")
    return view


async def _record_look(esign: Esign, caller: Principal, row: Record, action: str) -> None:
    if row["kind"] == SealKind.PERSONAL:
        await audit.record_look(esign.database, actor=caller.subject, action=action, subject=row["seal_id"])


def detail(esign: Esign, row: Record, steps: Sequence[Record], *, at: datetime) -> SealDetail:
    """Return a seal with its life as a reply."""
    return SealDetail(
        **_now(row, at),
        holder=_holder(esign, row),
        capacities=[Capacity(one) for one in row["capacities"]],
        subjects=row["subjects"],
        key_made=bool(row["key_id"]),
        certificate=_certificate(row["certificate"]) if row["certificate"] else None,
        steps=[_life(esign, step) for step in steps],
    )


def _holder(esign: Esign, row: Record) -> str:
    sealed = row["holder"]
    return esign.cipher.decrypt(sealed, table="seal", column="holder", row=row["seal_id"]) if sealed else ""


def _life(esign: Esign, step: Record) -> LifeView:
    sealed, step_id = step["reason"], step["step_id"]
    reason = esign.cipher.decrypt(sealed, table="seal_step", column="reason", row=step_id) if sealed else ""
    return LifeView(number=step["number"], step=step["step"], by=step["actor"], at=step["at"], reason=reason)


def _certificate(encoded: str) -> CertificateView:
    read = asn1.Certificate.load(base64.b64decode(encoded))
    return CertificateView(
        subject=read.subject.human_friendly,
        issuer=read.issuer.human_friendly,
        serial=f"{read.serial_number:X}",
        valid_from=read.not_valid_before,
        valid_until=read.not_valid_after,
    )


async def show_image(esign: Esign, caller: Principal, seal_id: str) -> ImageView:
    """Return a seal's face, never without its state as of now: a drawing proves nothing. Raises SealNotFound."""
    async with esign.database.asking() as connection:
        row = await registry.find_seal(connection, seal_id, unit=unit_of(caller))
    if row is None:
        raise SealNotFound(seal_id)
    person = row["kind"] == SealKind.PERSONAL
    face = (
        SealFace(_holder(esign, row), person=True)
        if person
        else SealFace(row["unit_name"], row["line"], row["seal_code"])
    )
    drawing = await asyncio.to_thread(draw, face)
    now = _now(row, esign.clock.now())
    shown = {name: now[name] for name in ("seal_id", "state", "usable", "as_of")}
    await _record_look(esign, caller, row, "seal.image_shown")
    return ImageView(**shown, width_mm=drawing.width_mm, height_mm=drawing.height_mm, svg=drawing.svg())


async def list_uses(esign: Esign, caller: Principal, seal_id: str, *, after: str, size: int) -> Page[UseView]:
    """Return a page of a seal's uses, the newest first. Raises SealNotFound, Malformed."""
    last = id_in(*decode_cursor(after, str)) if after else ""
    async with esign.database.reading() as connection:
        row = await registry.find_seal(connection, seal_id, unit=unit_of(caller))
        rows = await registry.list_uses(connection, seal_id, before=last, size=size)
    if row is None:
        raise SealNotFound(seal_id)
    if rows:
        details = {"shown": [one["use_id"] for one in rows[:size]]}
        await audit.record_look(
            esign.database, actor=caller.subject, action="seal.uses_listed", subject=seal_id, details=details
        )
    return page([_use(one) for one in rows], size, key=lambda view: (view.use_id,))


def _use(row: Record) -> UseView:
    given = {name: row[name] for name in UseView.model_fields}
    return UseView(**{**given, **{name: row[name] or None for name in ("application_id", "case_id", "task_id")}})
