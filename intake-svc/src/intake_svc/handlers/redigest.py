"""Makes every application findable under the look-up keys that are live now, and under no other."""

from typing import Any

from chassis.data import audit
from chassis.data.keyring import all_is_found_under
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.find import digests_of
from intake_svc.handlers.given import unseal
from intake_svc.store import searching

STEP = 100


async def redigest(intake: Intake, step: int = STEP) -> int:
    """Write the digests of all applications anew, in small steps, and note that they are whole; return how many.

    To be run when every process of the service has the new key and the old; what is submitted meanwhile is findable
    under both. A run that was cut short is simply run again.
    """
    after, done = "", 0
    while True:
        async with intake.database.reading() as connection:
            rows = await searching.applications_after(connection, after, step)
            digests = {row.application_id: await _digests(intake, connection, row) for row in rows}
        if not rows:
            break
        async with intake.database.unit_of_work() as work:
            await searching.replace_digests(work.connection, digests)
        after, done = rows[-1].application_id, done + len(rows)
    async with intake.database.unit_of_work() as work:
        await all_is_found_under(work, intake.lookup)
        await audit.record(work, actor="operator", action="lookup.redigested", subject="intake", details={"rows": done})
    return done


async def _digests(intake: Intake, connection: AsyncConnection, row: Any) -> list[str]:
    given = unseal(intake, row.given, table="application", row=row.application_id)
    return digests_of(intake, await intake.guides.of(connection, row), given)
