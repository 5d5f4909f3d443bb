"""Moving what waits at the window of a unit that has ended to its successor's: page by page, beside the requests."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from chassis.base import succession
from chassis.base.clock import local
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.data.pages import keep_paging

from intake_svc import store
from intake_svc.domain.progress import Happening, line
from intake_svc.handlers.collaborators import Intake
from intake_svc.store.timelines import hand_over, tell
from intake_svc.store.windows import under_way_at, unit_terms

SELF = "intake"
"""The actor of what no person did."""
AT_ONCE = 100
PAUSE_SECONDS = 2.0


async def keep_transferred(intake: Intake) -> None:
    """Transfer page after page until cancelled."""
    await keep_paging(partial(transfer_page, intake), pause=PAUSE_SECONDS, waits="transfers_wait")


async def transfer_page(intake: Intake) -> int:
    """Move some applications under way from the windows of ended units to who has taken over; return how many."""
    today = local(intake.database.clock.now()).date()
    async with intake.database.reading() as connection:
        heirs = succession.heirs(await unit_terms(connection), today)
        if not heirs or not await under_way_at(connection, list(heirs), size=1):
            return 0
    async with intake.database.unit_of_work() as work:
        rows = await under_way_at(work.connection, list(heirs), size=AT_ONCE, locked=True)
        names = await store.unit_names(work.connection, {*heirs, *heirs.values()}) if rows else {}
        places: dict[str, int] = {}
        for unit in sorted({row.unit for row in rows}):
            mine, heir = [row.application_id for row in rows if row.unit == unit], heirs[unit]
            places |= await hand_over(work.connection, mine, heir, names.get(heir, ""))
        for row in rows:
            await _tell(work, row, places[row.application_id], heirs[row.unit], names)
    return len(rows)


async def _tell(work: UnitOfWork, row: Any, place: int, unit: str, names: Mapping[str, str]) -> None:
    application_id, kind = row.application_id, Happening.TRANSFERRED
    text = line(kind, unit=names.get(unit, ""), before=names.get(row.unit, ""))
    tell(work, application_id, place, at=work.clock.now(), kind=kind, text=text, unit=unit)
    details = {"from_unit": row.unit, "unit": unit, "cause": "unit_ended"}
    await audit.record(work, actor=SELF, action="application.transferred", subject=application_id, details=details)
