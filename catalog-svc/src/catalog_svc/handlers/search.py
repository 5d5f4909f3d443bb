"""Searching: what was found, what of the query nothing answered, and what may have been meant."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog_svc.domain.search import Asked, asked, folded, rank
from catalog_svc.domain.spelling import SUGGESTED_AT_MOST, meant
from catalog_svc.handlers.collaborators import Catalog
from catalog_svc.handlers.published import today
from catalog_svc.store import searching

Hits = Callable[[Sequence[Asked]], Awaitable[list[tuple[str, str, int]]]]


@dataclass(frozen=True, slots=True)
class Found:
    """Scores and codes, best first; the words that were left over; titles that may have been meant."""

    entries: list[tuple[int, str]]
    unmatched: list[str]
    suggestions: list[str]


NOTHING_ASKED = Found([], [], [])


async def search(catalog: Catalog, connection: AsyncConnection, table: sa.Table, query: str, hits: Hits) -> Found:
    """Search one kind of thing; where a word found nothing, look for titles that sound or look like it."""
    groups = asked(query, await searching.all_synonyms(connection), catalog.cut)
    ranked = rank(await hits(groups), groups)
    if ranked.entries and not ranked.left_over:
        return Found(ranked.entries, [], [])
    titles: dict[str, None] = {}
    for beginning in meant([query, *ranked.left_over], catalog.spell)[:SUGGESTED_AT_MOST]:
        found = await searching.spelt_like(connection, table, beginning, today=today(catalog), size=SUGGESTED_AT_MOST)
        titles |= dict.fromkeys(found)
    suggestions = [title for title in titles if folded(title) != folded(query)]
    return Found(ranked.entries, ranked.left_over, suggestions[:SUGGESTED_AT_MOST])
