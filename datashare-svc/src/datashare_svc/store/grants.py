"""Grants as rows: looked up before each query, listed, ended."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.domain.grants import Granted, GranteeKind, widest
from datashare_svc.domain.model import Depth, Purpose, SharingClass
from datashare_svc.store.grant_tables import NOT_ENDED, granted
from datashare_svc.store.tables import resources, units

Record = dict[str, Any]
"""A row by column name."""
_NOW = sa.bindparam("now", type_=UtcDateTime)
_SIZE = sa.bindparam("size", type_=sa.Integer)
_IN_FORCE = (NOT_ENDED, sa.or_(granted.c.until.is_(None), granted.c.until > _NOW))
_GRANTEES = ((GranteeKind.UNIT, "unit"), (GranteeKind.MATTER, "matter"), (GranteeKind.ITEM, "item"))
_OF_GRANTEE = (
    granted.c.grantee_kind.in_([sa.literal_column(f"'{kind.value}'") for kind, _ in _GRANTEES]),
    granted.c.grantee.in_([sa.bindparam(name) for _, name in _GRANTEES]),
    sa.or_(
        *(
            sa.and_(
                granted.c.grantee_kind == sa.literal_column(f"'{kind.value}'"), granted.c.grantee == sa.bindparam(name)
            )
            for kind, name in _GRANTEES
        )
    ),
)
"""Each grantee by its kind; the first two say it so that the index is walked to the rows and not past them."""
_IS_OWN = sa.and_(
    granted.c.grantee_kind == sa.literal_column(f"'{GranteeKind.UNIT.value}'"), granted.c.grantee == resources.c.unit
)
_BY_ITS_CLASS = sa.or_(
    _IS_OWN,
    resources.c.sharing_class == SharingClass.UNCONDITIONAL.value,
    sa.and_(resources.c.sharing_class == SharingClass.CONDITIONAL.value, granted.c.is_by_rule.is_(False)),
)
"""What a resource's class of today leaves of its grants: of a withheld one nothing, of a conditional one no rule's."""
_FIND = (
    sa.select(granted.c.grant_id, granted.c.purposes, granted.c.fields, granted.c.depth, granted.c.until)
    .join(resources, resources.c.resource == granted.c.resource)
    .where(granted.c.resource == sa.bindparam("resource"), *_OF_GRANTEE, *_IN_FORCE, _BY_ITS_CLASS)
)


async def find_grant(  # noqa: PLR0913  what a use consists of
    connection: AsyncConnection,
    *,
    resource: str,
    matter_code: str,
    item: str,
    unit: str,
    purpose: Purpose,
    now: datetime,
    depth: Depth = Depth.VERIFY,
    fields: Collection[str] = (),
) -> Granted | None:
    """Return a grant in force at a moment for a purpose: to the unit, to the matter, or to the item.

    Of several, one that covers the depth and the fields, else the widest; whoever asks holds its query against it.
    """
    given = {"resource": resource, "unit": unit, "matter": matter_code, "item": item, "now": now}
    found = [
        Granted(row.grant_id, frozenset(row.fields), Depth(row.depth), row.until)
        for row in await connection.execute(_FIND, given)
        if purpose.value in row.purposes
    ]
    return widest(found, depth, fields)


def _name(column: sa.Column[Any]) -> sa.ColumnElement[str]:
    found = sa.select(units.c.name).where(units.c.unit_code == column).scalar_subquery()
    return sa.func.coalesce(found, "")


_SHOWN = sa.select(
    *granted.columns,
    resources.c.name.label("resource_name"),
    _name(granted.c.unit).label("unit_name"),
    _name(granted.c.provider).label("provider_name"),
).join(resources, resources.c.resource == granted.c.resource)
_OF_ID = granted.c.grant_id == sa.bindparam("of_grant")
_ONE = _SHOWN.where(_OF_ID)
_END = granted.update().where(_OF_ID, NOT_ENDED)


@dataclass(frozen=True, slots=True)
class GrantFilter:
    """Which grants are asked for: of all units, or of one as asker or as provider; an empty text asks for all."""

    unit: str = ""
    as_provider: bool = True
    resource: str = ""
    grantee: str = ""
    in_force: bool = False


@cache
def _listed(
    *, column: sa.Column[Any] | None, of_resource: bool, of_grantee: bool, in_force: bool, on: bool
) -> sa.Select[Any]:
    wanted: list[sa.ColumnElement[bool]] = [] if column is None else [column == sa.bindparam("of_unit")]
    wanted += [granted.c.resource == sa.bindparam("of_resource")] if of_resource else []
    wanted += [granted.c.grantee == sa.bindparam("of_grantee")] if of_grantee else []
    wanted += _IN_FORCE if in_force else ()
    wanted += [granted.c.grant_id < sa.bindparam("before")] if on else []
    return _SHOWN.where(*wanted).order_by(granted.c.grant_id.desc()).limit(_SIZE)


async def list_grants(
    connection: AsyncConnection, wanted: GrantFilter, *, now: datetime, after: str, size: int
) -> list[Record]:
    """Return a page of grants, the newest first."""
    side = granted.c.provider if wanted.as_provider else granted.c.unit
    query = _listed(
        column=side if wanted.unit else None,
        of_resource=bool(wanted.resource),
        of_grantee=bool(wanted.grantee),
        in_force=wanted.in_force,
        on=bool(after),
    )
    given = {"of_unit": wanted.unit, "of_resource": wanted.resource, "of_grantee": wanted.grantee}
    rows = await connection.execute(query, {**given, "now": now, "before": after, "size": size + 1})
    return [dict(row) for row in rows.mappings()]


async def show_grant(connection: AsyncConnection, grant_id: str) -> Record | None:
    """Return a grant with the names of what it is about."""
    row = (await connection.execute(_ONE, {"of_grant": grant_id})).mappings().first()
    return None if row is None else dict(row)


async def end_grant(connection: AsyncConnection, grant_id: str, at: datetime) -> bool:
    """End a grant; tell whether it was not ended before."""
    given: Mapping[str, Any] = {"of_grant": grant_id, "ended_at": at}
    return bool((await connection.execute(_END, given)).rowcount)


_PAST = (NOT_ENDED, granted.c.until <= _NOW)
_SOME_PAST = sa.select(granted.c.grant_id).where(*_PAST).order_by(granted.c.until).limit(_SIZE)


async def expired_grants(connection: AsyncConnection, now: datetime, *, size: int) -> list[str]:
    """Return the ids of some grants that have expired and whose end was not told, the earliest first."""
    return list((await connection.execute(_SOME_PAST, {"now": now, "size": size})).scalars())
