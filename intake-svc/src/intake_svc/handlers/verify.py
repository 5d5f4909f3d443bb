"""Verifying materials (核验): the networks say whether what was given agrees, never what it should be.

A source that is out sends nobody away: its material is verified again later. What differs stands as a fault at its
place, until it is changed or disputed with a reason.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.base.problems import Problem

from intake_svc.domain.booking import (
    AGREES,
    DIFFERS,
    OUT,
    UNKNOWN,
    VERIFIED_BY_SOURCE,
    Booked,
    How,
    Place,
    how_of,
    worst,
)
from intake_svc.domain.form import Fault, pointer
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.given import Given
from intake_svc.handlers.shared import DIFFERS as DIFFERS_FROM_SOURCE
from intake_svc.handlers.shared import labels_of, line_of, told_differs
from intake_svc.siblings import Guide, GuideMaterial, Verified, fetch_verification

UNKNOWN_TO_SOURCE = "unknown_to_source"
DATA_VERIFY = "DATA_VERIFY"


@dataclass(frozen=True, slots=True)
class InCase:
    """Whose draft or application is verified."""

    draft_id: str
    applicant_id: str
    application_id: str | None = None
    application_number: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What sources said of materials, by material; `asked` are those that were asked for, `is_out` that none answered.

    A material that no source serves is in none of the results.
    """

    asked: Sequence[GuideMaterial]
    results: Mapping[str, Sequence[Verified]]
    is_out: bool = False


NOTHING = Checked((), {})


def verifiable(guide: Guide, but: Collection[str] = ()) -> list[GuideMaterial]:
    """Return the materials for which sources may be asked, but some."""
    return [
        one
        for one in guide.materials_at_acceptance
        if one.obtain_mode in VERIFIED_BY_SOURCE and one.material not in but
    ]


async def verify(
    intake: Intake, case: InCase, guide: Guide, given: Given, materials: Sequence[GuideMaterial]
) -> Checked:
    """Ask the sources of some materials, within a bound. Never raises: where no answer came, all of them were out."""
    if not materials:
        return NOTHING
    body: dict[str, Any] = {
        "draft_id": case.draft_id,
        "application_id": case.application_id,
        "application_number": case.application_number,
        "applicant_id": case.applicant_id,
        "matter_code": guide.matter_code,
        "answers": guide.answers,
        "items": [one.task_code for one in guide.items if one.task_code],
        "form": given.form,
        "materials": [one.material for one in materials],
    }
    try:
        told = await fetch_verification(intake, body, within=intake.patience.verify)
    except Problem:
        return Checked(materials, {}, is_out=True)
    results: dict[str, list[Verified]] = {one.material: [] for one in materials}
    for one in told.results:
        if one.material in results:
            results[one.material].append(one)
    return Checked(materials, {material: found for material, found in results.items() if found})


def disagreeing(guide: Guide, checked: Checked) -> Iterable[tuple[Place, str, Verified]]:
    """Yield each place that a source does not agree with, once: an element where it names one, else the material."""
    elements = {field.element for field in guide.fields}
    seen: set[tuple[Place, str]] = set()
    for one in (one for found in checked.results.values() for one in found if one.result in {DIFFERS, UNKNOWN}):
        named = [(Place.FORM, key) for key in one.differs if key in elements]
        for place in named or [(Place.MATERIALS, one.material)]:
            if place not in seen:
                seen.add(place)
                yield *place, one


def faults_of_sources(guide: Guide, checked: Checked, disputes: Collection[str]) -> list[Fault]:
    """Return where sources do not agree and she gave no reason: at the field, or at the material."""
    labels = labels_of(guide)
    faults = []
    for place, key, one in disagreeing(guide, checked):
        if key in disputes:
            continue
        label, at = labels.get(key, key), pointer(place, key)
        if one.result == DIFFERS:
            faults.append(Fault(at, DIFFERS_FROM_SOURCE, told_differs(label, one)))
            continue
        said = f"{one.unit_name}的{one.resource_name}中没有查到与{label}相符的记录"
        faults.append(Fault(at, UNKNOWN_TO_SOURCE, f"{said};请核对所填内容,确认无误的请说明理由提出异议"))
    return faults


def held_against(line: Booked, checked: Checked) -> Booked:
    """Return the line of an element that she typed while its source was out, by what a source says of it now.

    Any other line, and one of which nothing is said, comes back as it is.
    """
    if line.place is not Place.FORM or line.how is not How.TYPED:
        return line
    results = [one for found in checked.results.values() for one in found]
    said = [(How.DIFFERS, one) for one in results if line.key in one.differs]
    said += [(How.VERIFIED, one) for one in results if line.key in one.agrees]
    return line_of(line.place, line.key, *said[0]) if said else line


def lines_of(checked: Checked, now: datetime) -> list[Booked]:
    """Return what is booked of materials that sources were asked for; nothing of those that none serves.

    Where datashare itself was out, what it is asked for as a rule is verified again.
    """
    if checked.is_out:
        open_ones = [one for one in checked.asked if one.obtain_mode == DATA_VERIFY]
        return [Booked(Place.MATERIALS, one.material, How.TO_VERIFY, now) for one in open_ones]
    lines = []
    for material in checked.asked:
        found = checked.results.get(material.material, [])
        result = worst(one.result for one in found)
        if result in {AGREES, DIFFERS, UNKNOWN, OUT}:
            source = next(one for one in found if one.result == result)
            lines.append(line_of(Place.MATERIALS, material.material, how_of(result, material.obtain_mode), source))
    return lines
