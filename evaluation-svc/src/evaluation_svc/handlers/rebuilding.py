"""Building the figures anew from the journal, beside those that are shown, which the new ones replace at once.

It goes key by key; what is counted meanwhile of a key that it has passed is counted in both. Killed at any point, the
old figures are shown and the next rebuild goes on from where this one was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from chassis.data.database import Database, UnitOfWork, take_turn

from evaluation_svc.handlers.counting import TURN, counted_by_key, settle
from evaluation_svc.store import folding
from evaluation_svc.store.generations import Standing, keep_standing, only_in, standing, sweep_figures

ENTRIES = 2_000
MOST_DIFFERENCES = 1_000


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did: how many entries it counted, and where the old figures were not what the journal says.

    `lost` are figures of the old generation that the new one does not have just so, `gained` the other way round.
    """

    generation: int
    entries: int
    lost: Sequence[Mapping[str, Any]]
    gained: Sequence[Mapping[str, Any]]


async def rebuild(database: Database, tell: Callable[[int], None] = lambda _: None, *, anew: bool = False) -> Rebuilt:
    """Build a generation of the figures, show it, and take the old one away; `tell` hears how many entries it has.

    One that was begun is gone on with, unless it is to begin anew, as after a release that counts otherwise.
    """
    await begin_rebuild(database, anew=anew)
    rebuilt: Rebuilt | None = None
    while rebuilt is None:
        while await rebuild_page(database):
            async with database.asking() as connection:
                tell((await standing(connection)).built_entries)
        rebuilt = await show_rebuilt(database)
    await sweep_figures(database)
    return rebuilt


async def begin_rebuild(database: Database, *, anew: bool = False) -> Standing:
    """Begin a generation beside the one that is shown, or return the one that was begun."""
    async with database.unit_of_work() as work:
        await take_turn(work.connection, TURN)
        now = await standing(work.connection)
        if now.building is None or anew:
            now = Standing(now.current, (now.building or now.current) + 1, begun_at=work.clock.now())
            await keep_standing(work.connection, now)
    return now


async def rebuild_page(database: Database, *, entries: int = ENTRIES) -> int:
    """Count some entries, of the next keys, into the generation being built; return how many, 0 at the end."""
    async with database.unit_of_work() as work:
        await take_turn(work.connection, TURN)
        return await _page(work, entries)


async def _page(work: UnitOfWork, entries: int) -> int:
    connection = work.connection
    now = await standing(connection)
    if now.building is None:
        return 0
    rows = await _whole_keys(work, now, entries)
    for kind, of_kind in groupby(rows, key=lambda row: row.kind):
        await settle(connection, now.building, kind, counted_by_key(kind, of_kind), anew=True)
    if rows:
        last = {"built_kind": rows[-1].kind, "built_key": rows[-1].key}
        await keep_standing(connection, replace(now, built_entries=now.built_entries + len(rows), **last))
    return len(rows)


async def _whole_keys(work: UnitOfWork, now: Standing, size: int) -> list[Any]:
    """Return all counted entries of each of the next keys: a key that the page cuts off is the next page's."""
    while True:
        rows = await folding.entries_after(work.connection, now.built, size=size)
        if len(rows) < size:
            return rows
        cut = (rows[-1].kind, rows[-1].key)
        whole = [row for row in rows if (row.kind, row.key) != cut]
        if whole:
            return whole
        size *= 2


async def show_rebuilt(database: Database) -> Rebuilt | None:
    """Hold the generation that was built against the one shown, then show it, in one step.

    None where keys came meanwhile that it has not: it is to go on first.
    """
    async with database.reading() as connection:
        now = await standing(connection)
        if now.building is None:
            return Rebuilt(now.current, 0, (), ())
        if await folding.entries_after(connection, now.built, size=1):
            return None
        lost = await only_in(connection, now.current, now.building, size=MOST_DIFFERENCES)
        gained = await only_in(connection, now.building, now.current, size=MOST_DIFFERENCES)
    async with database.unit_of_work() as work:
        await take_turn(work.connection, TURN)
        if (await standing(work.connection)).building != now.building:
            return Rebuilt(now.building, now.built_entries, lost, gained)
        if await folding.entries_after(work.connection, now.built, size=1):
            return None
        await keep_standing(work.connection, Standing(now.building))
    return Rebuilt(now.building, now.built_entries, lost, gained)
