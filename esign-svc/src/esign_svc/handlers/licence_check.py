"""The public check of a licence: who has the code of its paper learns its state as of now; nobody else learns anything.

Three answers: what is not known here is neither valid nor invalid.
"""

from datetime import datetime

from chassis.base.clock import local

from esign_svc.domain.guessing import Guesses
from esign_svc.domain.identifiers import read_identifier
from esign_svc.domain.licences import WORDS, Answer, LicenceState, answer_of, until_words
from esign_svc.errors import CheckedTooOften, IdentifierMalformed, LicenceNotFound
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.licence_facts import code_digest, current_state, is_code, masked, opened_face
from esign_svc.handlers.wallet import opened_purpose
from esign_svc.schemas.licences import LicenceCopyStatus, LicenceStatus
from esign_svc.store import copies, licences

NOBODY = "nobody"
SAID = {
    Answer.VALID: "该证照现行有效。",
    Answer.NOT_VALID: "该证照现已{state},不能作为有效证照使用。",
    Answer.UNKNOWN: "该证照现为“{state}”状态,本系统不掌握其是否有效,请向颁发机构核实。",
}
SUSPENDED = "该证照现被暂扣,暂扣期间不能作为有效证照使用。"
SUPERSEDED = "该证照已由更正后的新版({newer})代替,不能作为有效证照使用。"
COPY_EXPIRED = "这份加注件已过截止日期,不能再用。"


async def check_licence(esign: Esign, identifier: str, code: str) -> LicenceStatus:
    """Return the state of the licence whose paper, or use copy, has the code.

    Raises LicenceNotFound for a code that is not of the identifier, and for what is none, alike; CheckedTooOften for
    one more wrong code where many were tried. The right code is always answered: identifiers can be counted up, and
    whoever knows one must not keep its paper from being checked.
    """
    now = esign.clock.now()
    guesses: Guesses = esign.guesses
    found = await _found(esign, identifier, code) if code else None
    if found is None:
        if code:
            _count(guesses, identifier, now)
        raise LicenceNotFound
    guesses.right(identifier)
    row, copy = found
    state = current_state(row, now)
    is_over = copy is not None and copy["until"] < local(now).date()
    newer = await _newer(esign, row)
    answer = answer_of(state)
    return LicenceStatus(
        **{name: row[name] for name in ("identifier", "name", "number", "unit_name")},
        answer=answer,
        state=state,
        state_name=WORDS[state],
        detail=_detail(state, answer, newer) + (COPY_EXPIRED if is_over else ""),
        holder_name=masked(opened_face(esign, row)).holder_name,
        valid_from=row["valid_from"].isoformat(),
        valid_until=until_words(row["valid_until"]),
        as_of=now,
        superseded_by=newer or None,
        use_copy=copy
        and LicenceCopyStatus(
            purpose=opened_purpose(esign, copy),
            until=copy["until"].isoformat(),
            is_expired=is_over,
        ),
    )


def _count(guesses: Guesses, identifier: str, now: datetime) -> None:
    """Count a wrong code. Raises CheckedTooOften."""
    if seconds := guesses.wait(identifier, now):
        raise CheckedTooOften(seconds)
    guesses.wrong(identifier, now)


async def _found(esign: Esign, identifier: str, code: str) -> tuple[licences.Record, licences.Record | None] | None:
    """Return the licence whose code it is, or whose copy's.

    What is compared are digests, in the same time whatever is there.
    """
    try:
        read_identifier(identifier)
    except IdentifierMalformed:
        return None
    async with esign.database.reading() as connection:
        row = await licences.find_identified(connection, identifier)
        is_own = is_code(code, row["licence_id"] if row else NOBODY, row["code_digest"] if row else "")
        if row is None or row["issued_at"] is None:
            return None
        if is_own:
            return row, None
        copy = await copies.copy_with_code(connection, row["licence_id"], code_digest(code, row["licence_id"]))
    return (row, copy) if copy else None


async def _newer(esign: Esign, row: licences.Record) -> str:
    """Return the identifier of the edition that took a licence's place; empty where none did."""
    async with esign.database.asking() as connection:
        return await licences.superseded_by(connection, row) or ""


def _detail(state: LicenceState, answer: Answer, newer: str) -> str:
    if state is LicenceState.SUSPENDED:
        return SUSPENDED
    if state is LicenceState.INVALID:
        return SUPERSEDED.format(newer=newer)
    return SAID[answer].format(state=WORDS[state])
