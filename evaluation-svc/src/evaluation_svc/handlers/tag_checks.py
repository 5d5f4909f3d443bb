"""Holding a rating's tags against the journal at once, and keeping what was found beside the rating."""

from chassis.data.database import UnitOfWork

from evaluation_svc.domain.ratings import Rated
from evaluation_svc.domain.rectifications import Rules
from evaluation_svc.domain.tag_checks import Facts, ItemFact, facts_of, finding_of
from evaluation_svc.store import findings as store


async def check_tags(work: UnitOfWork, rules: Rules, rated: Rated) -> None:
    """Check the tags of a rating that the records can speak of; the others have no finding."""
    tags = sorted({tag for tag in rated.tags if tag in rules.checks})
    if not tags:
        return
    await work.write()  # the rating's own entry waits for the same table
    facts = await _facts(work, rated)
    for tag in tags:
        check, claim = rules.checks[tag]
        found = finding_of(tag, check, claim, facts)
        row = {"rating_id": rated.rating_id, "tag": tag, "finding": found.finding.value, "text": found.text}
        await store.add_finding(work.connection, {**row, "checked_at": work.clock.now()})


async def _facts(work: UnitOfWork, rated: Rated) -> Facts:
    entries = await store.entries_of(work.connection, rated.application_id)
    named = {item for one in entries if (item := one["data"].get("item"))}
    told = await store.items_told(work.connection, named) if named else {}
    items = {key: ItemFact(data["limit_scene_num"], data["online_handle_depth"]) for key, data in told.items()}
    return facts_of(entries, items, work.clock.now()).of_unit(rated.unit, rated.item)
