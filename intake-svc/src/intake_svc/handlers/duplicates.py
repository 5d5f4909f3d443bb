"""A second application for the same person: told to both applicants and to the window, and never stopped.

Both parents may hand in the same birth, neither knowing of the other. Whose the other application is, is told to nobody
but its own applicant and the window that has both.
"""

from collections.abc import Sequence
from typing import Any

from chassis.data.database import UnitOfWork, take_turn
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc import store
from intake_svc.domain.progress import Happening, line
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.find import subject_digests
from intake_svc.handlers.given import Given
from intake_svc.schemas import DuplicateView
from intake_svc.siblings import Guide
from intake_svc.store import searching

BY_ANOTHER = "另有他人为同一对象提交了这件事的申请;请与家人核对由谁办理,需要帮助请联系受理窗口"
BY_YOURSELF = "您为同一对象还提交过申请 {number};如属重复,请联系受理窗口"
AT_THE_WINDOW = "为同一对象还有申请 {number},请核对是否重复"


async def wait_for_others(intake: Intake, work: UnitOfWork, guide: Guide, given: Given) -> None:
    """Let submissions for the same person go one after another, so that the second sees the first."""
    for digest in sorted(subject_digests(intake, guide, given)):
        await take_turn(work.connection, digest)


async def tell_duplicates(intake: Intake, work: UnitOfWork, row: Any, given: Given) -> list[str]:
    """Write into the timelines of an application and of the others for the same person; return the others' ids."""
    guide = Guide.model_validate(row.guide)
    others = await _others(work.connection, intake, row.application_id, guide, given)
    for other in sorted(others, key=lambda one: str(one.application_id)):
        await store.hold_application(work.connection, other.application_id)
        own = other.owner == row.owner
        for told, number in ((row, other.application_number), (other, row.application_number)):
            await store.tell(
                work.connection,
                told.application_id,
                at=work.clock.now(),
                kind=Happening.POSSIBLE_DUPLICATE,
                text=line(Happening.POSSIBLE_DUPLICATE, duplicate=_sentence(number, own=own)),
            )
    return [other.application_id for other in others]


async def duplicates_of(
    intake: Intake, connection: AsyncConnection, row: Any, given: Given, *, unit: str
) -> list[DuplicateView]:
    """Return the other applications for the same person, as the applicant, or a unit's window, may know them."""
    others = await _others(connection, intake, row.application_id, Guide.model_validate(row.guide), given)
    if unit:
        numbers = [other.application_number for other in others if other.unit == unit]
        return [DuplicateView(application_number=one, text=AT_THE_WINDOW.format(number=one)) for one in numbers]
    return [
        DuplicateView(
            application_number=other.application_number if other.owner == row.owner else None,
            text=_sentence(other.application_number, own=other.owner == row.owner),
        )
        for other in others
    ]


def _sentence(number: str, *, own: bool) -> str:
    return BY_YOURSELF.format(number=number) if own else BY_ANOTHER


async def _others(
    connection: AsyncConnection, intake: Intake, application_id: str, guide: Guide, given: Given
) -> Sequence[Any]:
    digests = subject_digests(intake, guide, given)
    return await searching.others_found(connection, application_id, digests) if digests else []
