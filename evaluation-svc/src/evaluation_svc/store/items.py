"""What the city promises of each item, as the catalogue told it last."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from chassis.data.schema import Json
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store.tables import metadata

item_facts = sa.Table(
    "item_fact",
    metadata,
    sa.Column("item", sa.String(64), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("item_version", sa.Integer, nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False, index=True),
    sa.Column("task_type", sa.String(64), nullable=False),
    sa.Column("project_type", sa.String(64), nullable=False),
    sa.Column("is_applied_for", sa.Boolean, nullable=False),
    sa.Column("handle_type", Json, nullable=False),
    sa.Column("online_handle_depth", sa.String(4), nullable=False),
    sa.Column("limit_scene_num", sa.Integer, nullable=False),
    sa.Column("promise", Json, nullable=False),
    sa.Column("statutory", Json),
    sa.Column("clock_start", sa.String(16), nullable=False),
    sa.Column("materials", sa.Integer, nullable=False),
    sa.Column("materials_required", sa.Integer, nullable=False),
    sa.Column("is_fee", sa.Boolean, nullable=False),
)
"""`version` counts what was told of the item; `limit_scene_num` are the visits that it takes (到办事现场次数)."""

item_ends = sa.Table(
    "item_end",
    metadata,
    sa.Column("item", sa.String(64), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("withdrawn_from", sa.Date, nullable=False),
)
"""From when an item is not offered any more, unless it was told anew since (a greater `version`)."""

_FACTS = tuple(column.name for column in item_facts.columns if column.name not in {"item", "version"})
_SAVE = insert(item_facts)
_SAVE = _SAVE.on_conflict_do_update(
    index_elements=["item"],
    set_={name: _SAVE.excluded[name] for name in ("version", *_FACTS)},
    where=item_facts.c.version < _SAVE.excluded.version,
)
_END = insert(item_ends)
_END = _END.on_conflict_do_update(
    index_elements=["item"],
    set_={name: _END.excluded[name] for name in ("version", "withdrawn_from")},
    where=item_ends.c.version < _END.excluded.version,
)


async def save_item(connection: AsyncConnection, version: int, told: Mapping[str, Any]) -> None:
    """Keep what was told of an item, unless something newer is kept."""
    row = {name: told[name] for name in _FACTS}
    await connection.execute(_SAVE, {"item": told["item"], "version": version, **row})


async def end_item(connection: AsyncConnection, version: int, item: str, since: date) -> None:
    """Keep from when an item is not offered any more, unless something newer is kept."""
    await connection.execute(_END, {"item": item, "version": version, "withdrawn_from": since})


_ENDED = sa.and_(item_ends.c.item == item_facts.c.item, item_ends.c.version > item_facts.c.version)
_ITEM = (
    sa.select(item_facts, item_ends.c.withdrawn_from)
    .outerjoin(item_ends, _ENDED)
    .where(item_facts.c.item == sa.bindparam("wanted"))
)


async def find_item(connection: AsyncConnection, item: str) -> Any | None:
    """Return what was told of an item, with the day from which it is not offered any more; None of one not known."""
    return (await connection.execute(_ITEM, {"wanted": item})).first()
