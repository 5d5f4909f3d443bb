"""Work that goes page by page beside the requests: each page a short transaction, an outage waited out."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

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


@contextmanager
def alone(event: str, **what: str) -> Iterator[None]:
    """Tell in the log that the work on one of a page failed, and let the others go on; an outage is raised."""
    try:
        yield
    except DatabaseUnavailable:
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, the others go on; it is told and tried again
        telemetry.log.error(event, exc_info=error, **what)
