"""Licences whose last day is past: whoever reads one knows it by the day; here each is told once."""

from functools import partial

from chassis.base.clock import local
from chassis.data import audit
from chassis.data.pages import keep_paging
from chassis.events.outbox import append

from esign_svc.domain.licences import IN_FORCE, LicenceState
from esign_svc.events import LicenceExpired
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.licence_facts import facts_of
from esign_svc.handlers.licensing import SELF
from esign_svc.store import licences

AT_ONCE = 100
PAUSE_SECONDS = 60.0


async def keep_expired(esign: Esign) -> None:
    """Tell what has expired, page after page, until cancelled."""
    await keep_paging(partial(expire_page, esign), pause=PAUSE_SECONDS, waits="licences_wait")


async def expire_page(esign: Esign) -> int:
    """Mark some licences expired whose last day in Shanghai is past, and tell each; return how many."""
    today = local(esign.clock.now()).date()
    for state in sorted(IN_FORCE):
        async with esign.database.asking() as connection:
            if not await licences.any_lapsed(connection, state.value, today):
                continue
        async with esign.database.unit_of_work() as work:
            rows = await licences.lock_lapsed(work.connection, state.value, today, size=AT_ONCE)
            for row in rows:
                row |= {"state": LicenceState.EXPIRED.value, "version": row["version"] + 1}
                changed = {name: row[name] for name in ("state", "version")}
                await licences.change_licence(work.connection, row["licence_id"], changed)
                event = LicenceExpired(**facts_of(row), at=work.clock.now())
                await append(work, event, subject=row["licence_id"], version=row["version"])
                await audit.record(work, actor=SELF, action="licence.expired", subject=row["licence_id"])
        return len(rows)
    return 0
