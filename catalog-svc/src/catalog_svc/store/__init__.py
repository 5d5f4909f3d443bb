"""The catalogue's tables and queries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from chassis.base.succession import Term
from chassis.data.database import take_turn
from chassis.data.schema import Json, UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog_svc.domain.model import Item, Unit
from catalog_svc.domain.pack import PublishedMatter
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
    sa.Column("told", sa.Integer),
)
"""`told` counts the events of an item; an item that an older release stored has none."""

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

served = sa.Table(
    "served",
    metadata,
    sa.Column("matter_code", sa.String(64), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("materials", Json, nullable=False),
)
"""`version` is that of the event which told it."""


OFFERED_ON = sa.bindparam("today", type_=sa.Date)
SIZE = sa.bindparam("size", type_=sa.Integer)


async def lock_for_loading(connection: AsyncConnection) -> None:
    """Wait until no other load is under way."""
    await take_turn(connection, "load")


_ALL_UNITS = sa.select(units)
_ADD_UNIT = units.insert()
_CHANGE_UNIT = units.update().where(units.c.unit_code == sa.bindparam("changed"))


async def save_units(connection: AsyncConnection, found: Iterable[Unit]) -> list[tuple[Unit, int]]:
    """Store the units that are new or changed; return them, each with the number of its version.

    A unit that an older release stored has version 0 and counts as changed.
    """
    stored = {row["unit_code"]: dict(row) for row in (await connection.execute(_ALL_UNITS)).mappings()}
    changed: list[tuple[Unit, int]] = []
    for unit in found:
        known = stored.get(unit.unit_code, {})
        version = known.get("version", 0)
        row = {column.name: getattr(unit, column.name) for column in units.columns if column.name != "version"}
        if version and row == {name: known[name] for name in row}:
            continue
        row["version"] = version + 1
        if known:
            await connection.execute(_CHANGE_UNIT, {**row, "changed": unit.unit_code})
        else:
            await connection.execute(_ADD_UNIT, row)
        changed.append((unit, version + 1))
    return changed


_PAGE_OF_UNITS = _ALL_UNITS.where(units.c.unit_code > sa.bindparam("after")).order_by(units.c.unit_code).limit(SIZE)


async def list_units(connection: AsyncConnection, after: str, size: int) -> list[Any]:
    """Return unit rows in order of their codes."""
    return list(await connection.execute(_PAGE_OF_UNITS, {"after": after, "size": size + 1}))


_UNIT = _ALL_UNITS.where(units.c.unit_code == sa.bindparam("unit_code"))


async def find_unit(connection: AsyncConnection, unit_code: str) -> Any | None:
    """Return a unit's row."""
    return (await connection.execute(_UNIT, {"unit_code": unit_code})).first()


_ENDED = sa.select(units.c.unit_code).where(units.c.valid_to < OFFERED_ON).limit(1)


async def any_ended(connection: AsyncConnection, today: date) -> bool:
    """Tell whether a unit has ended before a day."""
    return (await connection.execute(_ENDED, {"today": today})).first() is not None


_TERMS = sa.select(units.c.unit_code, units.c.valid_to, units.c.successor)


async def unit_terms(connection: AsyncConnection) -> dict[str, Term]:
    """Return until when each unit works and who follows it."""
    return {row.unit_code: Term(row.valid_to, row.successor or None) for row in await connection.execute(_TERMS)}


_NAMES = sa.select(units.c.unit_code, units.c.name)


async def unit_names(connection: AsyncConnection) -> dict[str, str]:
    """Return all units' names by code."""
    return {row[0]: row[1] for row in await connection.execute(_NAMES)}


_ITEM = sa.select(items.c.document).where(items.c.task_code == sa.bindparam("code"), items.c.current)


async def find_item(connection: AsyncConnection, task_code: str) -> Item | None:
    """Return the current version of an item."""
    document = (await connection.execute(_ITEM, {"code": task_code})).scalar()
    return None if document is None else ITEM.validate_python(document)


_SHOWN_ITEM = (
    sa.select(items.c.document, items.c.withdrawn_from, units.c.name)
    .join(units, units.c.unit_code == items.c.unit)
    .where(items.c.task_code == sa.bindparam("code"), items.c.current)
)


async def show_item(connection: AsyncConnection, task_code: str) -> tuple[Item, date | None, str] | None:
    """Return the current version of an item, from when it is not offered any more, and its unit's name."""
    row = (await connection.execute(_SHOWN_ITEM, {"code": task_code})).first()
    return None if row is None else (ITEM.validate_python(row.document), row.withdrawn_from, row.name)


_RETIRE_ITEM = items.update().where(items.c.task_code == sa.bindparam("code")).values(current=False)
_ADD_ITEM = items.insert()


async def save_item(connection: AsyncConnection, item: Item) -> None:
    """Store a new version of an item as the current one."""
    await connection.execute(_RETIRE_ITEM, {"code": item.task_code})
    row = {"task_code": item.task_code, "task_version": item.task_version, "unit": item.unit}
    row |= {"task_name": item.task_name, "document": ITEM.dump_python(item, mode="json"), "current": True}
    await connection.execute(_ADD_ITEM, row)


_REWORD_ITEM = items.update().where(items.c.task_code == sa.bindparam("code"), items.c.current)


async def reword_item(connection: AsyncConnection, item: Item) -> None:
    """Give the current version of an item its new wording."""
    row = {"task_name": item.task_name, "document": ITEM.dump_python(item, mode="json")}
    await connection.execute(_REWORD_ITEM, {**row, "code": item.task_code})


_ITEMS = sa.select(items.c.document).where(
    items.c.task_code.in_(sa.bindparam("codes", expanding=True)), items.c.current
)


async def items_of(connection: AsyncConnection, codes: Sequence[str]) -> dict[str, Item]:
    """Return the current versions of some items."""
    rows = await connection.execute(_ITEMS, {"codes": list(codes)})
    found = [ITEM.validate_python(document) for document in rows.scalars()]
    return {item.task_code: item for item in found}


async def list_item_codes(connection: AsyncConnection, *, today: date, unit: str, after: str, size: int) -> list[str]:
    """Return the codes of the items offered on a day, of one unit or of all, in order."""
    asked = {"today": today, "after": after, "size": size + 1} | ({"within": unit} if unit else {})
    return list((await connection.execute(_codes(items, items.c.unit if unit else None), asked)).scalars())


@cache
def _codes(table: sa.Table, within: sa.Column[str] | None) -> sa.Select[Any]:
    """Return the query for a page of what is offered, of one unit or stage or of all."""
    query = sa.select(code_of(table)).where(offered_today(table), code_of(table) > sa.bindparam("after"))
    if within is not None:
        query = query.where(within == sa.bindparam("within"))
    return query.order_by(code_of(table)).limit(SIZE)


Version = tuple[PublishedMatter, datetime, date | None, frozenset[str] | None]
_SERVED = sa.select(served.c.materials).where(served.c.matter_code == matters.c.matter_code).scalar_subquery()
_VERSION = sa.select(
    matters.c.document, matters.c.published_at, matters.c.withdrawn_from, _SERVED.label("served")
).where(matters.c.matter_code == sa.bindparam("code"))
_CURRENT = _VERSION.where(matters.c.current)
_NAMED = _VERSION.where(matters.c.matter_version == sa.bindparam("version"))


async def find_version(connection: AsyncConnection, matter_code: str, version: int | None = None) -> Version | None:
    """Return a version of a matter, the current one unless one is named.

    With it: when it was published, from when the matter is not offered any more, and which materials the networks serve
    today, None while nothing was told of them.
    """
    query, asked = (_CURRENT, {}) if version is None else (_NAMED, {"version": version})
    row = (await connection.execute(query, {"code": matter_code, **asked})).first()
    if row is None:
        return None
    materials = None if row.served is None else frozenset(row.served)
    return PUBLISHED.validate_python(row.document), row.published_at, row.withdrawn_from, materials


_RETIRE_MATTER = matters.update().where(matters.c.matter_code == sa.bindparam("code")).values(current=False)
_ADD_MATTER = matters.insert()


async def save_matter(connection: AsyncConnection, published: PublishedMatter, at: Any) -> None:
    """Store a new version of a matter as the current one."""
    matter = published.matter
    await connection.execute(_RETIRE_MATTER, {"code": matter.matter_code})
    row = {"matter_code": matter.matter_code, "matter_version": matter.matter_version, "stage": matter.stage}
    row |= {"document": PUBLISHED.dump_python(published, mode="json"), "published_at": at, "current": True}
    await connection.execute(_ADD_MATTER, row)


_REWORD_MATTER = (
    matters.update()
    .where(matters.c.matter_code == sa.bindparam("code"), matters.c.current)
    .values(document=sa.bindparam("new", type_=Json), wording=matters.c.wording + 1)
)


async def reword_matter(connection: AsyncConnection, published: PublishedMatter) -> None:
    """Give the current version of a matter its new wording, and count that it has one."""
    document = PUBLISHED.dump_python(published, mode="json")
    await connection.execute(_REWORD_MATTER, {"code": published.matter.matter_code, "new": document})


def code_of(table: sa.Table) -> sa.Column[str]:
    """Return the column of the code of items, or of matters."""
    return table.c.matter_code if table is matters else table.c.task_code


def offered_today(table: sa.Table) -> sa.ColumnElement[bool]:
    """Say which versions are in force and offered on `today`."""
    return sa.and_(table.c.current, sa.or_(table.c.withdrawn_from.is_(None), table.c.withdrawn_from > OFFERED_ON))


_MATTERS = sa.select(matters.c.document).where(
    matters.c.matter_code.in_(sa.bindparam("codes", expanding=True)), matters.c.current
)


async def matters_of(connection: AsyncConnection, codes: Sequence[str]) -> dict[str, PublishedMatter]:
    """Return the current versions of some matters."""
    rows = await connection.execute(_MATTERS, {"codes": list(codes)})
    found = [PUBLISHED.validate_python(document) for document in rows.scalars()]
    return {published.matter.matter_code: published for published in found}


async def list_matter_codes(
    connection: AsyncConnection, *, today: date, stage: str, after: str, size: int
) -> list[str]:
    """Return the codes of the matters offered on a day, of one life stage or of all, in order."""
    asked = {"today": today, "after": after, "size": size + 1} | ({"within": stage} if stage else {})
    return list((await connection.execute(_codes(matters, matters.c.stage if stage else None), asked)).scalars())


_BY_STAGE = sa.select(matters.c.stage, sa.func.count()).where(offered_today(matters)).group_by(matters.c.stage)


async def count_by_stage(connection: AsyncConnection, *, today: date) -> dict[str, int]:
    """Return how many matters are offered on a day, by life stage."""
    return {row[0]: row[1] for row in await connection.execute(_BY_STAGE, {"today": today})}


_NEWEST_CALENDAR = sa.select(calendars).order_by(calendars.c.version.desc()).limit(1)
_NEWEST_OF_REGION = _NEWEST_CALENDAR.where(calendars.c.region == sa.bindparam("region"))
_ADD_CALENDAR = calendars.insert()


async def newest_calendar(connection: AsyncConnection, region: str = "") -> Any | None:
    """Return the newest calendar row (version, document), of a region or of the only one."""
    if region:
        return (await connection.execute(_NEWEST_OF_REGION, {"region": region})).first()
    return (await connection.execute(_NEWEST_CALENDAR)).first()


async def save_calendar(connection: AsyncConnection, region: str, version: int, document: Mapping[str, Any]) -> None:
    """Store a new version of a region's calendar."""
    await connection.execute(_ADD_CALENDAR, {"region": region, "version": version, "document": dict(document)})
