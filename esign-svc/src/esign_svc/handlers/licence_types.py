"""Learning from the city pack: types of licences, and the codes of the units that issue them."""

from collections.abc import Mapping
from typing import Any, TypeVar

from chassis.data import audit
from chassis.data.database import UnitOfWork, take_turn

from esign_svc.store import licence_types
from esign_svc.store.licence_types import TypesKept

LOADER = "city-pack"
V = TypeVar("V")


async def load_licence_types(work: UnitOfWork, told: TypesKept) -> list[str]:
    """Keep what a checked pack tells of licences; return what was new or changed, nothing when all was there.

    A type that the pack has no more stays for the licences that were issued; its items end in none any more.
    """
    await take_turn(work.connection, "licence types")
    kept = await licence_types.types_kept(work.connection)
    changed = TypesKept(
        _changed(kept.types, told.types), _changed(kept.items, told.items), _changed(kept.issuers, told.issuers)
    )
    gone = sorted(kept.items.keys() - told.items.keys())
    await licence_types.save_types(work.connection, changed, gone)
    names = {*changed.types, *changed.items.values(), *(kept.items[item] for item in gone)}
    for name in sorted(names):
        await audit.record(work, actor=LOADER, action="licence_type.loaded", subject=name)
    return [f"licence type {name}" for name in sorted(names)]


def _changed(kept: Mapping[str, Any], told: Mapping[str, V]) -> dict[str, V]:
    return {key: value for key, value in told.items() if kept.get(key) != value}
