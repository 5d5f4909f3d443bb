"""Use copies (加注件) of licences."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from esign_svc.store.licence_tables import licence_copies
from esign_svc.store.licences import Record, record

_SIZE = sa.bindparam("size", type_=sa.Integer)
_COPY = sa.select(licence_copies).where(licence_copies.c.copy_id == sa.bindparam("of_copy"))
_COPIES_SINCE = (
    sa.select(sa.func.count())
    .select_from(licence_copies)
    .where(
        licence_copies.c.licence_id == sa.bindparam("of_licence"),
        licence_copies.c.asked_at >= sa.bindparam("since", type_=licence_copies.c.asked_at.type),
    )
)
_WITH_CODE = sa.select(licence_copies).where(
    licence_copies.c.licence_id == sa.bindparam("of_licence"), licence_copies.c.code_digest == sa.bindparam("digest")
)
_CHANGE_COPY = licence_copies.update().where(licence_copies.c.copy_id == sa.bindparam("of_copy"))


@cache
def _copies(*, on: bool) -> sa.Select[Any]:
    wanted = [licence_copies.c.licence_id == sa.bindparam("of_licence")]
    wanted += [licence_copies.c.copy_id < sa.bindparam("before")] if on else []
    return sa.select(licence_copies).where(*wanted).order_by(licence_copies.c.copy_id.desc()).limit(_SIZE)


async def list_copies(connection: AsyncConnection, licence_id: str, *, after: str, size: int) -> list[Record]:
    """Return a page of a licence's use copies, the newest first."""
    given = {"of_licence": licence_id, "before": after, "size": size + 1}
    return [dict(row) for row in (await connection.execute(_copies(on=bool(after)), given)).mappings()]


async def find_copy(connection: AsyncConnection, copy_id: str) -> Record | None:
    """Return a use copy."""
    return record((await connection.execute(_COPY, {"of_copy": copy_id})).first())


async def copies_since(connection: AsyncConnection, licence_id: str, since: datetime) -> int:
    """Return how many use copies of a licence were asked for since a moment."""
    return int((await connection.execute(_COPIES_SINCE, {"of_licence": licence_id, "since": since})).scalar_one())


async def copy_with_code(connection: AsyncConnection, licence_id: str, digest: str) -> Record | None:
    """Return the use copy whose code has this digest."""
    given = {"of_licence": licence_id, "digest": digest}
    return record((await connection.execute(_WITH_CODE, given)).first())


async def change_copy(connection: AsyncConnection, copy_id: str, values: Mapping[str, Any]) -> None:
    """Write a use copy."""
    await connection.execute(_CHANGE_COPY, {"of_copy": copy_id, **values})
