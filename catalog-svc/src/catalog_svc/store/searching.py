"""What is searched for: the words, the spellings and the synonyms under which things are found."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog_svc.domain.search import Asked
from catalog_svc.store import SIZE, code_of, items, matters, offered_today, spellings, synonyms, words

_WORDS = sa.select(words).where(words.c.kind == sa.bindparam("kind"))
_FORGET_WORDS = words.delete().where(words.c.kind == sa.bindparam("kind"), words.c.code == sa.bindparam("code"))
_ADD_WORDS = words.insert()


async def save_words(connection: AsyncConnection, kind: str, code: str, found: Mapping[str, int]) -> None:
    """Replace the words under which a code is found."""
    await connection.execute(_FORGET_WORDS, {"kind": kind, "code": code})
    rows = [{"kind": kind, "word": word, "code": code, "weight": weight} for word, weight in found.items()]
    await connection.execute(_ADD_WORDS, rows)


async def all_words(connection: AsyncConnection, kind: str) -> dict[str, dict[str, int]]:
    """Return the words under which each item, or each matter, is found."""
    found: dict[str, dict[str, int]] = {}
    for row in await connection.execute(_WORDS, {"kind": kind}):
        found.setdefault(row.code, {})[row.word] = row.weight
    return found


_SPELLINGS = sa.select(spellings).where(spellings.c.kind == sa.bindparam("kind"))
_FORGET_SPELLINGS = spellings.delete().where(
    spellings.c.kind == sa.bindparam("kind"), spellings.c.code == sa.bindparam("code")
)
_ADD_SPELLINGS = spellings.insert()


async def all_spellings(connection: AsyncConnection, kind: str) -> dict[str, set[tuple[str, str]]]:
    """Return how the titles of each item, or each matter, are spelt: pairs of spelling and title."""
    found: dict[str, set[tuple[str, str]]] = {}
    for row in await connection.execute(_SPELLINGS, {"kind": kind}):
        found.setdefault(row.code, set()).add((row.spelling, row.text))
    return found


async def save_spellings(connection: AsyncConnection, kind: str, code: str, found: Iterable[tuple[str, str]]) -> None:
    """Replace the spellings of an item's, or a matter's, titles."""
    await connection.execute(_FORGET_SPELLINGS, {"kind": kind, "code": code})
    rows = [{"kind": kind, "spelling": spelling, "code": code, "text": text} for spelling, text in sorted(found)]
    if rows:
        await connection.execute(_ADD_SPELLINGS, rows)


async def spelt_like(
    connection: AsyncConnection, table: sa.Table, beginning: str, *, today: date, size: int
) -> list[str]:
    """Return titles, of what is offered on a day, whose spelling begins so; the shortest first."""
    after = beginning[:-1] + chr(ord(beginning[-1]) + 1)
    asked = {"beginning": beginning, "after": after, "today": today, "size": size}
    return list((await connection.execute(_spelt(table), asked)).scalars())


@cache
def _spelt(table: sa.Table) -> sa.Select[Any]:
    kind = "matter" if table is matters else "item"
    shortest = sa.func.min(sa.func.length(spellings.c.spelling))
    query = sa.select(spellings.c.text, shortest).select_from(spellings)
    query = query.join(table, sa.and_(code_of(table) == spellings.c.code, offered_today(table)))
    chosen = query.where(
        spellings.c.kind == kind,
        spellings.c.spelling >= sa.bindparam("beginning"),
        spellings.c.spelling < sa.bindparam("after"),
    )
    return chosen.group_by(spellings.c.text).order_by(shortest, spellings.c.text).limit(SIZE)


Hits = list[tuple[str, str, int]]


async def item_hits(connection: AsyncConnection, groups: Iterable[Asked], *, today: date, unit: str) -> Hits:
    """Return (code, word, weight) for every word asked, of items offered on a day, of one unit or of all."""
    return await _found(connection, _hits(items, items.c.unit if unit else None), groups, today=today, within=unit)


async def matter_hits(connection: AsyncConnection, groups: Iterable[Asked], *, today: date, stage: str) -> Hits:
    """Return (code, word, weight) for every word asked, of matters offered on a day, of one life stage or of all."""
    query = _hits(matters, matters.c.stage if stage else None)
    return await _found(connection, query, groups, today=today, within=stage)


async def _found(
    connection: AsyncConnection, query: sa.Select[Any], groups: Iterable[Asked], *, today: date, within: str
) -> Hits:
    asked = sorted({word for group in groups for word in group.words})
    given = {"asked": asked, "today": today} | ({"within": within} if within else {})
    return [(row[0], row[1], row[2]) for row in await connection.execute(query, given)]


@cache
def _hits(table: sa.Table, within: sa.Column[str] | None) -> sa.Select[Any]:
    kind = "matter" if table is matters else "item"
    query = sa.select(words.c.code, words.c.word, words.c.weight).select_from(words)
    query = query.where(words.c.kind == kind, words.c.word.in_(sa.bindparam("asked", expanding=True)))
    query = query.join(table, sa.and_(code_of(table) == words.c.code, offered_today(table)))
    return query if within is None else query.where(within == sa.bindparam("within"))


_SYNONYMS = sa.select(synonyms)
_FORGET_SYNONYMS = synonyms.delete()
_ADD_SYNONYMS = synonyms.insert()


async def save_synonyms(connection: AsyncConnection, found: Mapping[str, Sequence[str]]) -> bool:
    """Replace all synonyms where they differ; tell whether they did."""
    wanted = {phrase: list(meanings) for phrase, meanings in found.items()}
    if await all_synonyms(connection) == wanted:
        return False
    await connection.execute(_FORGET_SYNONYMS)
    if wanted:
        rows = [{"phrase": phrase, "meanings": meanings} for phrase, meanings in wanted.items()]
        await connection.execute(_ADD_SYNONYMS, rows)
    return True


async def all_synonyms(connection: AsyncConnection) -> dict[str, list[str]]:
    """Return all synonyms."""
    return {row.phrase: row.meanings for row in await connection.execute(_SYNONYMS)}
