"""Giving the tasks that an older release stored what their lists are narrowed by: page by page, beside the requests.

The lists are right before it, too: they look at a case where its task does not say.
"""

from functools import partial

from chassis.data.database import Database
from chassis.data.pages import keep_paging

from workflow_svc.store.listing import any_unfilled, fill_matters

AT_ONCE = 500
PAUSE_SECONDS = 30.0


async def keep_filled(database: Database) -> None:
    """Fill page after page until cancelled: an older release may run beside this one for a while."""
    await keep_paging(partial(fill_page, database), pause=PAUSE_SECONDS, waits="filling_waits")


async def fill_page(database: Database) -> int:
    """Fill some tasks; return how many."""
    async with database.reading() as connection:
        if not await any_unfilled(connection):
            return 0
    async with database.unit_of_work() as work:
        return await fill_matters(work.connection, AT_ONCE)
