"""Counting the journal: each key that was touched is counted anew from all its entries, and what differs is changed.

One page at a time and one counter at a time, in the transaction that notes its entries as counted. What is not in the
figures is found by that, never by "later than the last one": an entry that commits late is counted, too.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from chassis.base import telemetry
from chassis.data.database import Database, UnitOfWork, take_turn
from chassis.data.pages import keep_paging
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.marks import Entry, Mark, Marks, Note
from evaluation_svc.domain.measures import counted
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.store import folding
from evaluation_svc.store.generations import standing

TURN = "evaluation figures"
ENTRIES = folding.AT_ONCE
PAUSE_SECONDS = 1.0
DIMENSIONS = ("unit", "region", "matter", "item", "channel")
CITY = "city"
Found = Mapping[str, tuple[Marks, Sequence[Note]]]
"""What keys of one kind add to the figures, and their notes."""


async def keep_counted(evaluation: Evaluation) -> None:
    """Count what the journal has and the figures have not, page after page, until cancelled."""
    await keep_paging(partial(count_page, evaluation), pause=PAUSE_SECONDS, waits="figures_wait")


async def count_page(evaluation: Evaluation) -> int:
    """Count some entries of the journal; return how many."""
    return await count_some(evaluation.database)


async def count_some(database: Database) -> int:
    """Count some entries of a database's journal; return how many."""
    async with database.asking() as connection:
        if not await folding.any_uncounted(connection):
            return 0
    async with database.unit_of_work() as work:
        return await _count(work)


async def _count(work: UnitOfWork) -> int:
    connection = work.connection
    await take_turn(connection, TURN)
    now = await standing(connection)
    entry_ids: list[str] = []
    for kind, keys in (await folding.touched_keys(connection, size=ENTRIES)).items():
        rows = await folding.entries_of_keys(connection, kind, keys, now.built)
        found = counted_by_key(kind, rows)
        await settle(connection, now.current, kind, found)
        if now.building is not None:
            built = {row.key for row in rows if row.is_built}
            await settle(connection, now.building, kind, {key: found[key] for key in found if key in built})
        entry_ids += [row.entry_id for row in rows if not row.counted]
    await folding.note_counted(connection, entry_ids)
    return len(entry_ids)


def counted_by_key(kind: str, rows: Iterable[Any]) -> Found:
    """Return what rows of the journal, all those of each key, add to the figures.

    A key that cannot be counted is told in the log and adds nothing, so that the others are; a rebuild counts it once
    it can be.
    """
    by_key: dict[str, list[Entry]] = {}
    for row in rows:
        entry = Entry(row.entry_id, row.type, row.version, row.at, row.received_at, row.data)
        by_key.setdefault(row.key, []).append(entry)
    found: dict[str, tuple[Marks, Sequence[Note]]] = {}
    for key, entries in by_key.items():
        try:
            found[key] = counted(entries)
        except (KeyError, TypeError, ValueError) as error:
            telemetry.log.error("not_counted", kind=kind, key=key, reason=type(error).__name__)
            found[key] = ({}, ())
    return found


async def settle(connection: AsyncConnection, generation: int, kind: str, found: Found, *, anew: bool = False) -> None:
    """Bring a generation's marks, tallies and notes to what was found; `anew` says that it has none of these keys."""
    if not found:
        return
    keys = list(found)
    kept: dict[str, dict[Mark, tuple[int, int]]] = {key: {} for key in keys}
    if not anew:
        for row in await folding.marks_kept(connection, generation, kind, keys):
            mark = Mark(row.measure, row.day, row.unit, row.region, row.matter, row.item, row.channel)
            kept[row.key][mark] = (row.nth, row.amount)
    gone: list[dict[str, Any]] = []
    new: list[dict[str, Any]] = []
    changed: Counter[Mark] = Counter()
    for key, (marks, _) in found.items():
        place = {"generation": generation, "kind": kind, "key": key}
        nth = max((number for number, _ in kept[key].values()), default=0)
        for mark, (number, amount) in kept[key].items():
            if marks.get(mark) != amount:
                gone.append({"of_generation": generation, "of_kind": kind, "of_key": key, "of_nth": number})
                changed[mark] -= amount
        for mark, amount in marks.items():
            if mark not in kept[key] or kept[key][mark][1] != amount:
                nth += 1
                new.append({**place, "nth": nth, **mark._asdict(), "period": mark.period, "amount": amount})
                changed[mark] += amount
    await folding.change_marks(connection, gone, new)
    await folding.add_tallies(connection, list(_tallies(generation, changed)))
    await _settle_notes(connection, generation, kind, found, anew=anew)


def _tallies(generation: int, changed: Mapping[Mark, int]) -> Iterator[dict[str, Any]]:
    sums: Counter[tuple[str, str, str, str]] = Counter()
    for mark, amount in changed.items():
        period = mark.day[:7]
        sums[CITY, period, mark.measure, ""] += amount
        for dimension, key in zip(DIMENSIONS, mark[2:], strict=True):
            if key:
                sums[dimension, period, mark.measure, key] += amount
    for (dimension, period, measure, key), amount in sorted(sums.items()):
        if amount:
            place = {"generation": generation, "dimension": dimension, "period": period}
            yield {**place, "measure": measure, "key": key, "amount": amount}


async def _settle_notes(connection: AsyncConnection, generation: int, kind: str, found: Found, *, anew: bool) -> None:
    kept: dict[str, set[Note]] = {key: set() for key in found}
    if not anew:
        for row in await folding.notes_kept(connection, generation, kind, list(found)):
            kept[row.key].add(Note(row.period, row.measure, row.unit, row.amount, row.received_at, row.why))
    gone: list[dict[str, Any]] = []
    new: list[dict[str, Any]] = []
    for key, (_, notes) in found.items():
        place = {"generation": generation, "kind": kind, "key": key}
        for note in kept[key] - set(notes):
            row = {**place, "period": note.period, "measure": note.measure, "unit": note.unit}
            gone.append({f"of_{name}": value for name, value in row.items()})
        new += [{**place, **note._asdict()} for note in notes if note not in kept[key]]
    await folding.change_notes(connection, gone, new)
