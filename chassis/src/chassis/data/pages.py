"""Work that goes page by page beside the requests: each page a short transaction, an outage waited out."""

import asyncio
from collections.abc import Awaitable, Callable

from chassis.base import telemetry
from chassis.base.works import moving
from chassis.data.database import DatabaseUnavailable


async def keep_paging(page: Callable[[], Awaitable[int]], *, pause: float, waits: str) -> None:
    """Do page after page until cancelled: the next at once after one that did something, else after `pause` seconds.

    While the database is out, the log says `waits` each time.
    """
    while True:
        moving()
        try:
            done = await page()
        except DatabaseUnavailable as outage:
            done = 0
            telemetry.log.warning(waits, reason=type(outage).__name__)
        await asyncio.sleep(0 if done else pause)
