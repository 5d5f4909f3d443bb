"""The registry's opinion of a file: whether it is ours, and what became since of the licence that it shows."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from chassis.base.clock import local
from sealing.verdict import Check, Outcome, Verdict
from sqlalchemy.ext.asyncio import AsyncConnection

from esign_svc.domain.documents import DocumentKind, DocumentState
from esign_svc.domain.licences import WORDS, Answer, LicenceState, answer_of, state_on
from esign_svc.store import copies, known

ANSWERED = {Answer.VALID: None, Answer.NOT_VALID: Outcome.INVALID, Answer.UNKNOWN: Outcome.INDETERMINATE}


async def registry_opinion(
    connection: AsyncConnection, digests: Mapping[int, str], verdict: Verdict, now: datetime
) -> Verdict:
    """Return the verdict with what is known of a file by these digests: of all of it, and of what its seals cover.

    `digests` has how many bytes each is of, all of the file first. A seal of this registry counts only for a file
    that it was used for: bytes that somebody signed with its key elsewhere are not valid. Other makers' files are
    judged by their seals alone. What a licence's state takes away is taken away here too: a sound paper of a licence
    that was revoked is not valid.
    """
    if verdict.verdict is not Outcome.INVALID:
        verdict = await _of_seals(connection, digests, verdict)
    for digest in digests.values():
        if found := await known.known_file(connection, digest):
            return await _with_opinion(connection, found, verdict, now)
    return verdict


async def _of_seals(connection: AsyncConnection, digests: Mapping[int, str], verdict: Verdict) -> Verdict:
    """Hold each seal of this registry to the record of its uses."""
    whole = next(iter(digests))
    for one in verdict.signatures:
        digest = digests.get(one.covered_bytes or whole)
        if one.kind != "seal" or digest is None:
            continue
        seal = await known.seal_behind(connection, one.certificate_sha256, digest)
        if seal is not None:
            said = f"“{seal.name}”的用印记录中{'有' if seal.is_used else '没有'}这份文件"
            check = Check("seal_binding", bool(seal.is_used), said)
            verdict = _lowered(verdict, check, None if seal.is_used else Outcome.INVALID)
    return verdict


async def _with_opinion(connection: AsyncConnection, found: Any, verdict: Verdict, now: datetime) -> Verdict:
    is_void = found.state == DocumentState.VOID.value
    named = f"《{found.title}》{found.number or ''}"
    said = Check("registry", not is_void, f"本系统出具的{named}" + ("已作废" if is_void else ",登记在册"))
    verdict = _lowered(verdict, said, Outcome.INVALID if is_void else None)
    licence_id = found.subject if found.kind == DocumentKind.LICENCE.value else ""
    if found.kind == DocumentKind.LICENCE_COPY.value:
        copy = await copies.find_copy(connection, found.subject)
        licence_id = copy["licence_id"] if copy else ""
        if copy:
            verdict = _of_copy(verdict, copy, now)
    licence = await known.licence_shown(connection, licence_id) if licence_id else None
    return _of_licence(verdict, licence, now) if licence else verdict


def _of_copy(verdict: Verdict, copy: dict[str, Any], now: datetime) -> Verdict:
    is_over = copy["until"] < local(now).date()
    day = copy["until"].isoformat()
    detail = f"加注件已过截止日期({day})" if is_over else f"加注件在截止日期({day})之内"
    return _lowered(verdict, Check("copy_in_time", not is_over, detail), Outcome.INVALID if is_over else None)


def _of_licence(verdict: Verdict, licence: Any, now: datetime) -> Verdict:
    state = state_on(LicenceState(licence.state), licence.valid_until, local(now).date())
    answer = Answer.NOT_VALID if licence.superseded else answer_of(state)
    detail = f"证照现为“{WORDS[state]}”状态" + (",已由更正后的新版代替" if licence.superseded else "")
    verdict = _lowered(verdict, Check("licence_in_force", answer is Answer.VALID, detail), ANSWERED[answer])
    shown = {
        "identifier": licence.identifier,
        "name": licence.name,
        "state": state.value,
        "superseded": bool(licence.superseded),
        "as_of": now,
    }
    return replace(verdict, licence=shown)


def _lowered(verdict: Verdict, check: Check, most: Outcome | None) -> Verdict:
    """Add a check; one that did not pass leaves no better verdict than `most`, and its own words as the reason."""
    checked = replace(verdict, checks=(*verdict.checks, check))
    is_worse = most is Outcome.INVALID or (most is Outcome.INDETERMINATE and verdict.verdict is Outcome.VALID)
    if most is None or not is_worse or verdict.verdict is Outcome.INVALID:
        return checked
    return replace(checked, verdict=most, trust=False, reason=f"文件本身完好,但{check.detail}")
