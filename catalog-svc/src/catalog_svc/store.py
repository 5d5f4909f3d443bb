"""The catalogue's tables and queries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from chassis.base.succession import Term
from chassis.data.database import insert, take_turn
from chassis.data.schema import Json, UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog_svc.domain.model import Item, Unit
from catalog_svc.domain.pack import PublishedMatter
from catalog_svc.domain.search import Asked
from catalog_svc.schemas import ITEM, PUBLISHED

metadata = sa.MetaData()

units = sa.Table(
    "unit",
    metadata,
    sa.Column("unit_code", sa.String(8), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("short_name", sa.String(100), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("uscc", sa.String(18), nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("successor", sa.String(8), nullable=False, server_default=sa.text("''")),
    sa.Column("acceptance_word", sa.String(50), nullable=False, server_default=sa.text("''")),
    sa.Column("review_basis", sa.String(30), nullable=False, server_default=sa.text("''")),
    sa.Column("review_authority", sa.String(200), nullable=False, server_default=sa.text("''")),
    sa.Column("court", sa.String(200), nullable=False, server_default=sa.text("''")),
    sa.Column("authority_address", sa.String(200), nullable=False, server_default=sa.text("''")),
    sa.Column("authority_phone", sa.String(200), nullable=False, server_default=sa.text("''")),
    sa.Column("complaint_way", sa.String(200), nullable=False, server_default=sa.text("''")),
    sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("0")),
)

items = sa.Table(
    "item",
    metadata,
    sa.Column("task_code", sa.String(64), primary_key=True),
    sa.Column("task_version", sa.Integer, primary_key=True),
    sa.Column("unit", sa.String(8), nullable=False, index=True),
    sa.Column("task_name", sa.String(100), nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Column("current", sa.Boolean, nullable=False),
    sa.Column("withdrawn_from", sa.Date),
)

matters = sa.Table(
    "matter",
    metadata,
    sa.Column("matter_code", sa.String(64), primary_key=True),
    sa.Column("matter_version", sa.Integer, primary_key=True),
    sa.Column("stage", sa.String(20), nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Column("published_at", UtcDateTime, nullable=False),
    sa.Column("current", sa.Boolean, nullable=False),
    sa.Column("withdrawn_from", sa.Date),
    sa.Column("wording", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("told", sa.Integer),
)

words = sa.Table(
    "word",
    metadata,
    sa.Column("kind", sa.String(10), primary_key=True),
    sa.Column("word", sa.String(50), primary_key=True),
    sa.Column("code", sa.String(64), primary_key=True),
    sa.Column("weight", sa.Integer, nullable=False),
)

LETTERS = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
"""Letters in the order of their codes, whatever language the database sorts by: a range of it is what begins alike."""
spellings = sa.Table(
    "spelling",
    metadata,
    sa.Column("kind", sa.String(10), primary_key=True),
    sa.Column("spelling", LETTERS, primary_key=True),
    sa.Column("code", sa.String(64), primary_key=True),
    sa.Column("text", sa.String(100), primary_key=True),
)

synonyms = sa.Table(
    "synonym",
    metadata,
    sa.Column("phrase", sa.String(50), primary_key=True),
    sa.Column("meanings", Json, nullable=False),
)

calendars = sa.Table(
    "calendar",
    metadata,
    sa.Column("region", sa.String(6), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("document", Json, nullable=False),
)


async def lock_for_loading(connection: AsyncConnection) -> None:
    """Wait until no other load is under way."""
    await take_turn(connection, "load")


async def save_units(connection: AsyncConnection, found: Iterable[Unit]) -> list[tuple[Unit, int]]:
    """Store the units that are new or changed; return them, each with the number of its version.

    A unit that an older release stored has version 0 and counts as changed.
    """
    stored = {row["unit_code"]: dict(row) for row in (await connection.execute(sa.select(units))).mappings()}
    changed: list[tuple[Unit, int]] = []
    for unit in found:
        known = stored.get(unit.unit_code, {})
        version = known.get("version", 0)
        row = {column.name: getattr(unit, column.name) for column in units.columns if column.name != "version"}
        if version and row == {name: known[name] for name in row}:
            continue
        rest = {name: row[name] for name in row if name != "unit_code"} | {"version": version + 1}
        change = insert(units, connection).values(unit_code=unit.unit_code, **rest)
        await connection.execute(change.on_conflict_do_update(index_elements=["unit_code"], set_=rest))
        changed.append((unit, version + 1))
    return changed


async def list_units(connection: AsyncConnection, after: str, size: int) -> list[Any]:
    """Return unit rows in order of their codes."""
    query = sa.select(units).where(units.c.unit_code > after).order_by(units.c.unit_code).limit(size + 1)
    return list(await connection.execute(query))


async def find_unit(connection: AsyncConnection, unit_code: str) -> Any | None:
    """Return a unit's row."""
    return (await connection.execute(sa.select(units).where(units.c.unit_code == unit_code))).first()


async def any_ended(connection: AsyncConnection, today: date) -> bool:
    """Tell whether a unit has ended before a day."""
    query = sa.select(units.c.unit_code).where(units.c.valid_to < today).limit(1)
    return (await connection.execute(query)).first() is not None


async def unit_terms(connection: AsyncConnection) -> dict[str, Term]:
    """Return until when each unit works and who follows it."""
    rows = await connection.execute(sa.select(units.c.unit_code, units.c.valid_to, units.c.successor))
    return {row.unit_code: Term(row.valid_to, row.successor or None) for row in rows}


async def unit_names(connection: AsyncConnection) -> dict[str, str]:
    """Return all units' names by code."""
    rows = await connection.execute(sa.select(units.c.unit_code, units.c.name))
    return {row[0]: row[1] for row in rows}


async def find_item(connection: AsyncConnection, task_code: str) -> Item | None:
    """Return the current version of an item."""
    query = sa.select(items.c.document).where(items.c.task_code == task_code, items.c.current)
    document = (await connection.execute(query)).scalar()
    return None if document is None else ITEM.validate_python(document)


async def save_item(connection: AsyncConnection, item: Item) -> None:
    """Store a new version of an item as the current one."""
    same = items.c.task_code == item.task_code
    await connection.execute(items.update().where(same).values(current=False))
    row = {"task_code": item.task_code, "task_version": item.task_version, "unit": item.unit}
    row |= {"task_name": item.task_name, "document": ITEM.dump_python(item, mode="json"), "current": True}
    await connection.execute(items.insert().values(**row))


async def reword_item(connection: AsyncConnection, item: Item) -> None:
    """Give the current version of an item its new wording."""
    same = (items.c.task_code == item.task_code, items.c.current)
    row = {"task_name": item.task_name, "document": ITEM.dump_python(item, mode="json")}
    await connection.execute(items.update().where(*same).values(**row))


async def item_ends(connection: AsyncConnection, task_code: str) -> date | None:
    """Return from when an item is not offered any more."""
    query = sa.select(items.c.withdrawn_from).where(items.c.task_code == task_code, items.c.current)
    return (await connection.execute(query)).scalar()


async def items_of(connection: AsyncConnection, codes: Sequence[str]) -> dict[str, Item]:
    """Return the current versions of some items."""
    query = sa.select(items.c.document).where(items.c.task_code.in_(codes), items.c.current)
    found = [ITEM.validate_python(document) for document in (await connection.execute(query)).scalars()]
    return {item.task_code: item for item in found}


async def list_item_codes(connection: AsyncConnection, *, today: date, unit: str, after: str, size: int) -> list[str]:
    """Return the codes of the items offered on a day, of one unit or of all, in order."""
    query = sa.select(items.c.task_code).where(_offered(items, today), items.c.task_code > after)
    if unit:
        query = query.where(items.c.unit == unit)
    return list((await connection.execute(query.order_by(items.c.task_code).limit(size + 1))).scalars())


async def find_version(connection: AsyncConnection, matter_code: str, version: int | None = None) -> Any | None:
    """Return which version of a matter is meant, the current one unless one is named.

    With it: the number of its wording, when it was published, and from when it is not offered any more.
    """
    columns = (matters.c.matter_version, matters.c.wording, matters.c.published_at, matters.c.withdrawn_from)
    query = sa.select(*columns).where(matters.c.matter_code == matter_code)
    chosen = matters.c.current if version is None else matters.c.matter_version == version
    return (await connection.execute(query.where(chosen))).first()


async def read_version(connection: AsyncConnection, matter_code: str, version: int) -> PublishedMatter:
    """Return a version that is there."""
    query = sa.select(matters.c.document).where(matters.c.matter_code == matter_code)
    document = (await connection.execute(query.where(matters.c.matter_version == version))).scalar_one()
    return PUBLISHED.validate_python(document)


async def save_matter(connection: AsyncConnection, published: PublishedMatter, at: Any) -> None:
    """Store a new version of a matter as the current one."""
    matter = published.matter
    same = matters.c.matter_code == matter.matter_code
    await connection.execute(matters.update().where(same).values(current=False))
    row = {"matter_code": matter.matter_code, "matter_version": matter.matter_version, "stage": matter.stage}
    row |= {"document": PUBLISHED.dump_python(published, mode="json"), "published_at": at, "current": True}
    await connection.execute(matters.insert().values(**row))


async def reword_matter(connection: AsyncConnection, published: PublishedMatter) -> None:
    """Give the current version of a matter its new wording, and count that it has one."""
    same = (matters.c.matter_code == published.matter.matter_code, matters.c.current)
    document = PUBLISHED.dump_python(published, mode="json")
    await connection.execute(matters.update().where(*same).values(document=document, wording=matters.c.wording + 1))


async def count_told(connection: AsyncConnection, matter_code: str) -> int:
    """Count one more event of a matter and return its number."""
    same = matters.c.matter_code == matter_code
    told = (await connection.execute(sa.select(sa.func.max(matters.c.told)).where(same))).scalar() or 0
    await connection.execute(matters.update().where(same, matters.c.current).values(told=told + 1))
    return int(told) + 1


async def offered(connection: AsyncConnection, table: sa.Table) -> dict[str, date | None]:
    """Return the codes of the items, or the matters, that are there, and from when one is not offered any more."""
    query = sa.select(_code(table), table.c.withdrawn_from).where(table.c.current).order_by(_code(table))
    return {row[0]: row[1] for row in await connection.execute(query)}


async def set_withdrawn(connection: AsyncConnection, table: sa.Table, code: str, since: date | None) -> bool:
    """End an item or a matter from a day on, or offer it again; tell whether that changed anything."""
    chosen = (_code(table) == code, table.c.current, table.c.withdrawn_from.is_distinct_from(since))
    return bool((await connection.execute(table.update().where(*chosen).values(withdrawn_from=since))).rowcount)


def _code(table: sa.Table) -> sa.Column[str]:
    return table.c.matter_code if table is matters else table.c.task_code


def _offered(table: sa.Table, today: date) -> sa.ColumnElement[bool]:
    """Say which versions are in force and offered on a day."""
    return sa.and_(table.c.current, sa.or_(table.c.withdrawn_from.is_(None), table.c.withdrawn_from > today))


async def matters_of(connection: AsyncConnection, codes: Sequence[str]) -> dict[str, PublishedMatter]:
    """Return the current versions of some matters."""
    query = sa.select(matters.c.document).where(matters.c.matter_code.in_(codes), matters.c.current)
    found = [PUBLISHED.validate_python(document) for document in (await connection.execute(query)).scalars()]
    return {published.matter.matter_code: published for published in found}


async def list_matter_codes(
    connection: AsyncConnection, *, today: date, stage: str, after: str, size: int
) -> list[str]:
    """Return the codes of the matters offered on a day, of one life stage or of all, in order."""
    query = sa.select(matters.c.matter_code).where(_offered(matters, today), matters.c.matter_code > after)
    if stage:
        query = query.where(matters.c.stage == stage)
    return list((await connection.execute(query.order_by(matters.c.matter_code).limit(size + 1))).scalars())


async def count_by_stage(connection: AsyncConnection, *, today: date) -> dict[str, int]:
    """Return how many matters are offered on a day, by life stage."""
    query = sa.select(matters.c.stage, sa.func.count()).where(_offered(matters, today)).group_by(matters.c.stage)
    return {row[0]: row[1] for row in await connection.execute(query)}


async def save_words(connection: AsyncConnection, kind: str, code: str, found: Mapping[str, int]) -> None:
    """Replace the words under which a code is found."""
    await connection.execute(words.delete().where(words.c.kind == kind, words.c.code == code))
    rows = [{"kind": kind, "word": word, "code": code, "weight": weight} for word, weight in found.items()]
    await connection.execute(words.insert(), rows)


async def all_words(connection: AsyncConnection, kind: str) -> dict[str, dict[str, int]]:
    """Return the words under which each item, or each matter, is found."""
    found: dict[str, dict[str, int]] = {}
    for row in await connection.execute(sa.select(words).where(words.c.kind == kind)):
        found.setdefault(row.code, {})[row.word] = row.weight
    return found


async def all_spellings(connection: AsyncConnection, kind: str) -> dict[str, set[tuple[str, str]]]:
    """Return how the titles of each item, or each matter, are spelt: pairs of spelling and title."""
    found: dict[str, set[tuple[str, str]]] = {}
    for row in await connection.execute(sa.select(spellings).where(spellings.c.kind == kind)):
        found.setdefault(row.code, set()).add((row.spelling, row.text))
    return found


async def save_spellings(connection: AsyncConnection, kind: str, code: str, found: Iterable[tuple[str, str]]) -> None:
    """Replace the spellings of an item's, or a matter's, titles."""
    await connection.execute(spellings.delete().where(spellings.c.kind == kind, spellings.c.code == code))
    rows = [{"kind": kind, "spelling": spelling, "code": code, "text": text} for spelling, text in sorted(found)]
    if rows:
        await connection.execute(spellings.insert(), rows)


async def spelt_like(
    connection: AsyncConnection, table: sa.Table, beginning: str, *, today: date, size: int
) -> list[str]:
    """Return titles, of what is offered on a day, whose spelling begins so; the shortest first."""
    kind = "matter" if table is matters else "item"
    after = beginning[:-1] + chr(ord(beginning[-1]) + 1)
    query = sa.select(spellings.c.text, sa.func.min(sa.func.length(spellings.c.spelling))).select_from(spellings)
    query = query.join(table, sa.and_(_code(table) == spellings.c.code, _offered(table, today)))
    chosen = query.where(spellings.c.kind == kind, spellings.c.spelling >= beginning, spellings.c.spelling < after)
    ordered = chosen.group_by(spellings.c.text).order_by(
        sa.func.min(sa.func.length(spellings.c.spelling)), spellings.c.text
    )
    return list((await connection.execute(ordered.limit(size))).scalars())


async def item_hits(
    connection: AsyncConnection, groups: Iterable[Asked], *, today: date, unit: str
) -> list[tuple[str, str, int]]:
    """Return (code, word, weight) for every word asked, of items offered on a day, of one unit or of all."""
    query = _hits("item", groups).join(items, sa.and_(items.c.task_code == words.c.code, _offered(items, today)))
    rows = await connection.execute(query.where(items.c.unit == unit) if unit else query)
    return [(row[0], row[1], row[2]) for row in rows]


async def matter_hits(
    connection: AsyncConnection, groups: Iterable[Asked], *, today: date, stage: str
) -> list[tuple[str, str, int]]:
    """Return (code, word, weight) for every word asked, of matters offered on a day, of one life stage or of all."""
    joined = sa.and_(matters.c.matter_code == words.c.code, _offered(matters, today))
    query = _hits("matter", groups).join(matters, joined)
    rows = await connection.execute(query.where(matters.c.stage == stage) if stage else query)
    return [(row[0], row[1], row[2]) for row in rows]


def _hits(kind: str, groups: Iterable[Asked]) -> sa.Select[Any]:
    asked = sorted({word for group in groups for word in group.words})
    query = sa.select(words.c.code, words.c.word, words.c.weight).select_from(words)
    return query.where(words.c.kind == kind, words.c.word.in_(asked))


async def save_synonyms(connection: AsyncConnection, found: Mapping[str, Sequence[str]]) -> bool:
    """Replace all synonyms where they differ; tell whether they did."""
    wanted = {phrase: list(meanings) for phrase, meanings in found.items()}
    if await all_synonyms(connection) == wanted:
        return False
    await connection.execute(synonyms.delete())
    if wanted:
        rows = [{"phrase": phrase, "meanings": meanings} for phrase, meanings in wanted.items()]
        await connection.execute(synonyms.insert(), rows)
    return True


async def all_synonyms(connection: AsyncConnection) -> dict[str, list[str]]:
    """Return all synonyms."""
    return {row.phrase: row.meanings for row in await connection.execute(sa.select(synonyms))}


async def newest_calendar(connection: AsyncConnection, region: str = "") -> Any | None:
    """Return the newest calendar row (version, document), of a region or of the only one."""
    query = sa.select(calendars).order_by(calendars.c.version.desc()).limit(1)
    return (await connection.execute(query.where(calendars.c.region == region) if region else query)).first()


async def save_calendar(connection: AsyncConnection, region: str, version: int, document: Mapping[str, Any]) -> None:
    """Store a new version of a region's calendar."""
    await connection.execute(calendars.insert().values(region=region, version=version, document=dict(document)))
