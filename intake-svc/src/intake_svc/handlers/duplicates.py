"""A second application for the same person: told to both applicants and to the window, and never stopped.

Both parents may hand in the same birth, neither knowing of the other. Whose the other application is, is told to nobody
but its own applicant and the window that has both.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.data.database import UnitOfWork, take_turn
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.domain.progress import Happening, line
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.find import subject_digests
from intake_svc.handlers.given import Given
from intake_svc.schemas import DuplicateView
from intake_svc.siblings import Guide
from intake_svc.store.searching import others_found
from intake_svc.store.timelines import hold_application, tell

BY_ANOTHER = "另有他人为同一对象提交了这件事的申请;请与家人核对由谁办理,需要帮助请联系受理窗口"
BY_YOURSELF = "您为同一对象还提交过申请 {number};如属重复,请联系受理窗口"
AT_THE_WINDOW = "为同一对象还有申请 {number},请核对是否重复"


async def others_before(
    intake: Intake, work: UnitOfWork, application_id: str, guide: Guide, given: Given
) -> Sequence[Any]:
    """Return the other applications for the same person, once those that are just being submitted are.

    Submissions for the same person go one after another from here on, so that the second sees the first.
    """
    digests = subject_digests(intake, guide, given)
    for digest in sorted(digests):
        await take_turn(work.connection, digest)
    return await others_found(work.connection, application_id, digests)


async def hold_others(work: UnitOfWork, others: Sequence[Any]) -> Mapping[str, int]:
    """Hold the others for the same person, in one order; return the place of the next entry of each."""
    held: dict[str, Any] = {}
    for application_id in sorted(str(other.application_id) for other in others):
        held[application_id] = await hold_application(work.connection, application_id)
    return {application_id: row.place for application_id, row in held.items()}


def tell_duplicates(work: UnitOfWork, row: Mapping[str, Any], others: Sequence[Any], places: Mapping[str, int]) -> None:
    """Write into the timelines of a new application and of the others for the same person, which are held."""
    kind, at = Happening.POSSIBLE_DUPLICATE, work.clock.now()
    for place, other in enumerate(sorted(others, key=lambda one: str(one.application_id)), start=2):
        own = other.owner == row["owner"]
        mine = line(kind, duplicate=_sentence(other.application_number, own=own))
        theirs = line(kind, duplicate=_sentence(row["application_number"], own=own))
        tell(work, row["application_id"], place, at=at, kind=kind, text=mine)
        tell(work, other.application_id, places[other.application_id], at=at, kind=kind, text=theirs)


async def others_of(
    intake: Intake, connection: AsyncConnection, application_id: str, guide: Guide, given: Given
) -> Sequence[Any]:
    """Return the other applications for the same person."""
    return await others_found(connection, application_id, subject_digests(intake, guide, given))


def duplicates_shown(owner: str, others: Sequence[Any], *, unit: str) -> list[DuplicateView]:
    """Return the others as the applicant, or a unit's window, may know them."""
    if unit:
        numbers = [other.application_number for other in others if other.unit == unit]
        return [DuplicateView(application_number=one, text=AT_THE_WINDOW.format(number=one)) for one in numbers]
    return [
        DuplicateView(
            application_number=other.application_number if other.owner == owner else None,
            text=_sentence(other.application_number, own=other.owner == owner),
        )
        for other in others
    ]


def _sentence(number: str, *, own: bool) -> str:
    return BY_YOURSELF.format(number=number) if own else BY_ANOTHER
