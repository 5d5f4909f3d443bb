"""Booking what came from sources as a draft is submitted: the ledger's lines, and the disputes to be filed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chassis.data import outgoing
from chassis.data.database import UnitOfWork
from pydantic import BaseModel, ConfigDict, Field

from intake_svc.domain.booking import Booked, How, Place, dispute_id_of
from intake_svc.domain.findable import ID_NUMBER
from intake_svc.domain.sources import NETWORK_OUT, SourceState
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.given import Given
from intake_svc.handlers.shared import Shared, labels_of, line_of, standing, unasked_line
from intake_svc.handlers.verify import Checked, disagreeing, held_against, lines_of
from intake_svc.siblings import Guide, SharedValue, Verified
from intake_svc.store import booking

TELLING, VERIFYING = "sharing", "verifying"
"""The kinds of outgoing work of an application: telling datashare of it, and verifying again what was out."""
FILED = ("resource", "network", "unit", "query_id")


@dataclass(frozen=True, slots=True)
class Sourced:
    """What is submitted, and on which sources it rests: values that were shared, materials that were verified."""

    guide: Guide
    given: Given
    licences: Mapping[str, str]
    shared: Shared
    checked: Checked


class Filing(BaseModel):
    """A dispute as it is filed with datashare: what the source says, what she says, and why."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    dispute_id: str
    place: Place
    key: str
    label: str
    resource: str
    network: str
    unit: str
    query_id: str | None
    shared_value: str
    claimed_value: str
    reason: str


class SharedForApplication(BaseModel):
    """What is kept of an application's sources: the values as they were shared, and its disputes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    values: list[SharedValue] = Field(default_factory=list)
    filings: list[Filing] = Field(default_factory=list)


def book_submission(
    intake: Intake, work: UnitOfWork, submitted: Sourced, application_id: str, at: datetime
) -> list[Booked]:
    """Write the ledger's lines of a new application, keep its disputes, and ask for what is to be told of it.

    None is of later than the submission, by whatever clock: what is later is told to her as news.
    """
    lines = [replace(line, at=min(line.at, at)) for line in _lines(submitted, at)]
    booking.book(work, application_id, lines)
    filings = list(_filings(submitted, application_id))
    if submitted.shared.values or filings:
        kept = SharedForApplication(values=submitted.shared.values, filings=filings).model_dump_json()
        sealed = intake.cipher.encrypt(kept, table="shared", column="document", row=application_id)
        booking.keep_shared(work, application_id, sealed)
    if filings or persons_of(submitted.guide, submitted.given) or any(one.how is How.TO_VERIFY for one in lines):
        outgoing.ask(work, TELLING, application_id)
    return lines


def opened(intake: Intake, sealed: str | None, application_id: str) -> SharedForApplication:
    """Return what is kept of an application's sources; nothing where nothing was kept."""
    if sealed is None:
        return SharedForApplication()
    text = intake.cipher.decrypt(sealed, table="shared", column="document", row=application_id)
    return SharedForApplication.model_validate_json(text)


def persons_of(guide: Guide, given: Given) -> dict[str, str]:
    """Return whom an application concerns: the elements that are numbers of persons, and the numbers."""
    named = (field.element for field in guide.fields if field.type == ID_NUMBER)
    return {element: given.form[element] for element in named if given.form.get(element)}


def counted(lines: Sequence[Booked]) -> dict[str, Any]:
    """Return what the audit row of a submission says of the lines: which were disputed, which are still to verify."""
    told = {how.value: [line.key for line in lines if line.how is how] for how in (How.DISPUTED, How.TO_VERIFY)}
    return {name: keys for name, keys in told.items() if keys}


def _lines(submitted: Sourced, now: datetime) -> list[Booked]:
    """Return the lines that rest on sources, one a place; whatever differs by now was disputed."""
    guide = submitted.guide
    lines = [
        held_against(unasked_line(key, one, now), submitted.checked)
        for one in submitted.shared.unasked
        for key in one.keys
        if one.reason == NETWORK_OUT and submitted.given.form.get(key) and one.holds_for(guide.answers)
    ]
    lines += [
        line_of(one.place, one.key, How.SHARED if state is SourceState.KEPT else How.DISPUTED, one)
        for one, state in standing(guide, submitted.given, submitted.shared)
        if state in {SourceState.KEPT, SourceState.DISPUTED}
    ]
    lines += [line_of(place, key, How.DISPUTED, one) for place, key, one in disagreeing(guide, submitted.checked)]
    for line in lines_of(submitted.checked, now):
        lines.append(replace(line, how=How.DISPUTED) if line.how is How.DIFFERS else line)
    lines += [Booked(Place.MATERIALS, material, How.LICENCE, now) for material in submitted.licences]
    found = {(line.place, line.key): line for line in lines}
    return list(found.values())


def _filings(submitted: Sourced, application_id: str) -> Iterator[Filing]:
    """Yield the disputes, one a place: what a source gave before what one was asked to compare."""
    disputed: list[tuple[Place, str, SharedValue | Verified]] = [
        (one.place, one.key, one)
        for one, state in standing(submitted.guide, submitted.given, submitted.shared)
        if state is SourceState.DISPUTED
    ]
    disputed += disagreeing(submitted.guide, submitted.checked)
    labels, seen = labels_of(submitted.guide), set[tuple[Place, str]]()
    for place, key, source in disputed:
        if (place, key) in seen:
            continue
        seen.add((place, key))
        given = submitted.given.form if place is Place.FORM else submitted.given.materials
        yield Filing(
            dispute_id=dispute_id_of(application_id, place.value, key),
            place=place,
            key=key,
            label=labels.get(key, key),
            **{name: getattr(source, name) for name in FILED},
            shared_value=source.value if isinstance(source, SharedValue) else "",
            claimed_value=given.get(key, ""),
            reason=submitted.shared.disputes[key],
        )
