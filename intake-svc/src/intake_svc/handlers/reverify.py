"""Verifying again what was out at submission: beside the requests until it is done, and once more at the window.

Also what a source has corrected is asked again. What is still out when the window accepts is the clerk's to check.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from chassis.data import audit, outgoing
from chassis.data.database import UnitOfWork
from chassis.data.outgoing import Postponed

from intake_svc import store
from intake_svc.domain.booking import NOT_SERVED, OUT, Booked, How, Outcome, Place, how_of, worst
from intake_svc.domain.progress import ApplicationState
from intake_svc.handlers.booking import VERIFYING
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.given import unseal
from intake_svc.handlers.verify import NOTHING, Checked, InCase, held_against, lines_of, verifiable, verify
from intake_svc.siblings import Guide, GuideMaterial
from intake_svc.store.booking import booked_of, rebook
from intake_svc.store.timelines import hold_application

SELF = "intake"
STILL_OUT = "数据提供方暂时不能核验"
ANSWERED_MEANWHILE = "一个来源刚刚更正,将重新核验"
AGAIN = frozenset({How.DISPUTED, How.DIFFERS})
"""What is asked again once its source was corrected."""


async def verify_again(intake: Intake, application_id: str) -> None:
    """Verify what is open of an application, as far as sources answer. Raises Postponed while one does not.

    A case that is over is asked for nothing.
    """
    async with intake.database.reading() as connection:
        row = await store.find_for_service(connection, application_id)
        lines = await booked_of(connection, application_id)
        guide = None if row is None else await intake.guides.of(connection, row)
    materials = [] if row is None or guide is None else _open(row, guide, lines)
    checked = NOTHING if guide is None else await check_again(intake, row, guide, materials)
    if checked.is_out:
        raise Postponed(STILL_OUT)
    is_done = not still_out(checked)
    async with intake.database.unit_of_work() as work:
        if is_done and not await outgoing.finish(work, VERIFYING, application_id):
            return  # another process has done it
        if is_done and _corrected(await booked_of(work.connection, application_id)) != _corrected(lines):
            raise Postponed(ANSWERED_MEANWHILE)  # what asked for it again is not to be taken away with it
        await _write(work, application_id, changed(lines, checked, work.clock.now()))
    if not is_done:
        raise Postponed(STILL_OUT)


def _open(row: Any, guide: Guide, lines: Sequence[Booked]) -> list[GuideMaterial]:
    """Return the materials to ask for: those that were out, those whose source was corrected, all for an element's."""
    if row.state == ApplicationState.CLOSED:
        return []
    corrected = _corrected(lines)
    open_ones = {one.key for one in lines if one.place is Place.MATERIALS and one.how is How.TO_VERIFY}
    open_ones |= {one.key for one in corrected if one.place is Place.MATERIALS}
    if any(one.place is Place.FORM for one in corrected):
        open_ones |= {one.key for one in lines if one.place is Place.MATERIALS and one.how is not How.LICENCE}
    return [one for one in verifiable(guide) if one.material in open_ones]


def _corrected(lines: Sequence[Booked]) -> list[Booked]:
    return [one for one in lines if one.outcome is Outcome.CORRECTED and one.how in AGAIN]


async def check_again(intake: Intake, row: Any, guide: Guide, materials: Sequence[GuideMaterial]) -> Checked:
    """Ask the sources of some materials of an application, within a bound."""
    if not materials:
        return NOTHING
    given = unseal(intake, row.given, table="application", row=row.application_id)
    case = InCase(row.draft_id, row.owner, row.application_id, row.application_number)
    return await verify(intake, case, guide, given, materials)


def changed(lines: Sequence[Booked], checked: Checked, now: datetime) -> list[tuple[Booked, Booked]]:
    """Return the lines of which a source has said something by now, each as it was and as it is.

    What is disputed stays so, whatever else was corrected, until its source agrees or was corrected itself. What she
    typed while its source was out is held against it, too.
    """
    if checked.is_out:
        return []
    modes = {one.material: one.obtain_mode for one in checked.asked}
    told = {line.key: line for line in lines_of(checked, now)}
    found = [(one, after) for one in lines if (after := held_against(one, checked)) != one]
    for before in lines:
        if before.place is not Place.MATERIALS or before.key not in modes:
            continue
        default = replace(before, how=how_of(NOT_SERVED, modes[before.key]), at=now)
        after = told.get(before.key, default)
        is_open = before.how is How.DISPUTED and before.outcome is not Outcome.CORRECTED
        if after.how not in {How.TO_VERIFY, before.how} and (after.how is How.VERIFIED or not is_open):
            found.append((before, after))
    return found


def still_out(checked: Checked) -> bool:
    """Tell whether some source gave no answer."""
    return any(worst(one.result for one in found) == OUT for found in checked.results.values())


async def _write(work: UnitOfWork, application_id: str, changes: Sequence[tuple[Booked, Booked]]) -> None:
    """Write what sources said; the applicant sees it on her timeline, which is another one from here on."""
    if not changes:
        return
    await hold_application(work.connection, application_id)
    written = [
        after for before, after in changes if await rebook(work.connection, application_id, after, before=before.how)
    ]
    if not written:
        return
    details = {one.key: one.how.value for one in written}
    await audit.record(work, actor=SELF, action="materials.verified", subject=application_id, details=details)


def at_the_window(lines: Sequence[Booked], checked: Checked, now: datetime) -> list[tuple[Booked, Booked]]:
    """Return what becomes of the lines that were out when the window accepts: what is still out it checks itself.

    Each comes as it was and as it is.
    """
    told = changed(lines, checked, now)
    settled = [before for before, _ in told]
    left = [one for one in lines if one.how is How.TO_VERIFY and one not in settled]
    return [*told, *((one, replace(one, how=How.BY_HAND, at=now)) for one in left)]
