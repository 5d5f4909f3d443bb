"""What the records say of a rating's tags, kept beside the rating; and what of a case they are held against."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store.tables import journal, metadata

tag_findings = sa.Table(
    "tag_finding",
    metadata,
    sa.Column("rating_id", sa.String(36), primary_key=True),
    sa.Column("tag", sa.String(8), primary_key=True),
    sa.Column("finding", sa.String(12), nullable=False),
    sa.Column("text", sa.String(500), nullable=False),
    sa.Column("checked_at", UtcDateTime, nullable=False),
)
_ADD = insert(tag_findings).on_conflict_do_nothing()
_OF = sa.select(tag_findings).where(tag_findings.c.rating_id == sa.bindparam("of_rating")).order_by(tag_findings.c.tag)
_ENTRIES = sa.select(journal.c.type, journal.c.version, journal.c.data).where(
    journal.c.kind == "case", journal.c.key == sa.bindparam("of_case")
)

_ITEMS = (
    sa.select(journal.c.key, journal.c.data)
    .where(
        journal.c.kind == "item",
        journal.c.key.in_(sa.bindparam("of_items", expanding=True)),
        journal.c.type == "catalog.item.published",
    )
    .order_by(journal.c.version)
)


async def add_finding(connection: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep what was found of a tag; what was found first stays."""
    await connection.execute(_ADD, row)


async def findings_of(connection: AsyncConnection, rating_id: str) -> list[dict[str, Any]]:
    """Return what was found of a rating's tags, in their order."""
    return [dict(row) for row in (await connection.execute(_OF, {"of_rating": rating_id})).mappings()]


async def entries_of(connection: AsyncConnection, application_id: str) -> list[dict[str, Any]]:
    """Return what the journal has of a case."""
    return [dict(row) for row in (await connection.execute(_ENTRIES, {"of_case": application_id})).mappings()]


async def items_told(connection: AsyncConnection, items: Collection[str]) -> dict[str, Any]:
    """Return what the journal has last of each of these items; nothing of one that was not told."""
    rows = await connection.execute(_ITEMS, {"of_items": sorted(items)})
    return {row.key: row.data for row in rows}
