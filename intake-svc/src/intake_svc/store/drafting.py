"""Drafts: their owner's own, in their versions, and which application each became."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.store import applications, brief, drafts, matters


@dataclass(frozen=True, slots=True)
class DraftFilter:
    """Which drafts are wanted: of whom; of a matter unless that is empty; last changed by a moment, if one is given."""

    owner: str
    matter_code: str
    changed_by: datetime | None


def _known_of_matter(column: sa.Column[Any], label: str) -> sa.ColumnElement[Any]:
    known = sa.select(column).where(matters.c.matter_code == drafts.c.matter_code)
    return known.scalar_subquery().label(label)


DRAFT: list[sa.ColumnElement[Any]] = [
    *drafts.columns,
    _known_of_matter(matters.c.matter_version, "version_in_force"),
    _known_of_matter(matters.c.withdrawn_from, "withdrawn_from"),
]
"""A draft's columns, with the version of its matter that is in force and its end, as far as they were told."""


async def add_draft(connection: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Store a new draft."""
    await connection.execute(drafts.insert().values(**row))


async def find_draft(connection: AsyncConnection, draft_id: str, owner: str) -> Any | None:
    """Return the owner's draft; None for someone else's."""
    query = sa.select(*DRAFT).where(drafts.c.draft_id == draft_id, drafts.c.owner == owner)
    return (await connection.execute(query)).first()


async def application_of_draft(connection: AsyncConnection, draft_id: str, owner: str) -> str | None:
    """Return which application the owner's draft became; None where there is none of hers."""
    query = sa.select(applications.c.application_id)
    chosen = query.where(applications.c.draft_id == draft_id, applications.c.owner == owner)
    return (await connection.execute(chosen)).scalar()


async def count_drafts(connection: AsyncConnection, owner: str, matter_code: str) -> int:
    """Return how many drafts of a matter the owner has."""
    query = sa.select(sa.func.count()).where(drafts.c.owner == owner, drafts.c.matter_code == matter_code)
    return int((await connection.execute(query)).scalar_one())


async def list_drafts(connection: AsyncConnection, wanted: DraftFilter, after: str, size: int) -> list[Any]:
    """Return the owner's drafts in brief, the newest first."""
    query = sa.select(*brief(DRAFT)).where(drafts.c.owner == wanted.owner)
    if wanted.matter_code:
        query = query.where(drafts.c.matter_code == wanted.matter_code)
    if wanted.changed_by:
        query = query.where(drafts.c.updated_at <= wanted.changed_by)
    if after:
        query = query.where(drafts.c.draft_id < after)
    return list(await connection.execute(query.order_by(drafts.c.draft_id.desc()).limit(size + 1)))


async def update_draft(
    connection: AsyncConnection, draft_id: str, owner: str, version: int, values: Mapping[str, Any]
) -> bool:
    """Change the owner's draft that is still at this version; tell whether it was."""
    chosen = (drafts.c.draft_id == draft_id, drafts.c.owner == owner, drafts.c.version == version)
    change = drafts.update().where(*chosen)
    return bool((await connection.execute(change.values(**values, version=version + 1))).rowcount)


async def remove_draft(connection: AsyncConnection, draft_id: str, owner: str, version: int) -> bool:
    """Remove the owner's draft that is still at this version; tell whether it was."""
    chosen = (drafts.c.draft_id == draft_id, drafts.c.owner == owner, drafts.c.version == version)
    return bool((await connection.execute(drafts.delete().where(*chosen))).rowcount)
