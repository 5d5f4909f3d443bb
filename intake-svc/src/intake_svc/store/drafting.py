"""Drafts: their owner's own, in their versions, and which application each became."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from chassis.data.database import UnitOfWork
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.store import applications, brief, drafts, matters, name_of


@dataclass(frozen=True, slots=True)
class DraftFilter:
    """Which drafts are wanted: of whom; of a matter unless that is empty; last changed by a moment, if one is given."""

    owner: str
    matter_code: str
    changed_by: datetime | None


def _told(matter_code: sa.ColumnElement[str]) -> list[sa.ColumnElement[Any]]:
    """Return what was told of a matter: its version in force, and its end."""
    of_matter = {"version_in_force": matters.c.matter_version, "withdrawn_from": matters.c.withdrawn_from}
    return [
        sa.select(column).where(matters.c.matter_code == matter_code).scalar_subquery().label(label)
        for label, column in of_matter.items()
    ]


_CHANGED_BY_THE_RELEASE_BEFORE = drafts.c.digest_version.is_distinct_from(drafts.c.version)
DRAFT: list[sa.ColumnElement[Any]] = [
    *(column for column in drafts.columns if column.name not in {"guide", "guide_digest", "digest_version"}),
    sa.case((_CHANGED_BY_THE_RELEASE_BEFORE, drafts.c.guide)).label("guide"),
    sa.case((_CHANGED_BY_THE_RELEASE_BEFORE, None), else_=drafts.c.guide_digest).label("guide_digest"),
    *_told(drafts.c.matter_code),
]
"""A draft's columns, with the version of its matter that is in force and its end, as far as they were told.

Its guide is read only where the row names none by its digest: the release before made the draft or changed it last.
"""
_MINE = (drafts.c.draft_id == sa.bindparam("wanted"), drafts.c.owner == sa.bindparam("by"))
_AS_SEEN = (*_MINE, drafts.c.version == sa.bindparam("seen"))


def add_draft(work: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Store a new draft."""
    work.add(drafts, {**row, "digest_version": row["version"]})


async def find_draft(connection: AsyncConnection, draft_id: str, owner: str) -> Any | None:
    """Return the owner's draft; None for someone else's."""
    return (await connection.execute(_FIND, {"wanted": draft_id, "by": owner})).first()


_FIND = sa.select(*DRAFT).where(*_MINE)


async def application_of_draft(connection: AsyncConnection, draft_id: str, owner: str) -> str | None:
    """Return which application the owner's draft became; None where there is none of hers."""
    return (await connection.execute(_BECAME, {"wanted": draft_id, "by": owner})).scalar()


_BECAME = sa.select(applications.c.application_id).where(
    applications.c.draft_id == sa.bindparam("wanted"), applications.c.owner == sa.bindparam("by")
)


async def count_drafts(connection: AsyncConnection, owner: str, matter_code: str) -> Any:
    """Return how many `drafts` of a matter the owner has, and what was told of the matter, as in a draft's row."""
    return (await connection.execute(_COUNT, {"of_matter": matter_code, "by": owner})).one()


_COUNT = sa.select(sa.func.count().label("drafts"), *_told(sa.bindparam("of_matter"))).where(
    drafts.c.owner == sa.bindparam("by"), drafts.c.matter_code == sa.bindparam("of_matter")
)


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
    changed = {"wanted": draft_id, "by": owner, "seen": version, **values}
    return bool((await connection.execute(_CHANGE, changed)).rowcount)


_CHANGE = drafts.update().values(version=drafts.c.version + 1, digest_version=drafts.c.version + 1).where(*_AS_SEEN)


async def remove_draft(connection: AsyncConnection, draft_id: str, owner: str, version: int, *, unit: str = "") -> Any:
    """Remove the owner's draft that is still at this version; None if it was not.

    Return the name that a unit has today, as `unit_name`, none while the catalogue has not told it.
    """
    chosen = {"wanted": draft_id, "by": owner, "seen": version, "of_unit": unit}
    return (await connection.execute(_REMOVE, chosen)).first()


_REMOVE = drafts.delete().where(*_AS_SEEN).returning(name_of(sa.bindparam("of_unit")).label("unit_name"))
