"""What a city pack told of licences: types, which item ends in which, and the codes of the units that issue them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from esign_svc.store.licence_tables import issuers, licence_items, licence_types
from esign_svc.store.tables import units

_SAVE_TYPE = insert(licence_types)
_SAVE_TYPE = _SAVE_TYPE.on_conflict_do_update(index_elements=["code"], set_={"document": _SAVE_TYPE.excluded.document})
_SAVE_ITEM = insert(licence_items)
_SAVE_ITEM = _SAVE_ITEM.on_conflict_do_update(index_elements=["item"], set_={"code": _SAVE_ITEM.excluded.code})
_SAVE_ISSUER = insert(issuers)
_SAVE_ISSUER = _SAVE_ISSUER.on_conflict_do_update(
    index_elements=["unit_code"], set_={"uscc": _SAVE_ISSUER.excluded.uscc}
)
_TYPES = sa.select(licence_types.c.code, licence_types.c.document)
_ITEMS = sa.select(licence_items.c.item, licence_items.c.code)
_ISSUERS = sa.select(issuers.c.unit_code, issuers.c.uscc)
_DROP_ITEM = licence_items.delete().where(licence_items.c.item == sa.bindparam("gone"))


@dataclass(frozen=True, slots=True)
class TypesKept:
    """What a city pack told of licences: types by code, the type of each item, the code (USCC) of each unit."""

    types: Mapping[str, Any]
    items: Mapping[str, str]
    issuers: Mapping[str, str]


async def types_kept(connection: AsyncConnection) -> TypesKept:
    """Return what was told last."""

    async def pairs(query: sa.Select[Any]) -> dict[str, Any]:
        return {row[0]: row[1] for row in await connection.execute(query)}

    return TypesKept(await pairs(_TYPES), await pairs(_ITEMS), await pairs(_ISSUERS))


async def save_types(connection: AsyncConnection, told: TypesKept, gone: Sequence[str]) -> None:
    """Keep types, items and issuers that are new or changed; items that are gone end in no licence any more."""
    if told.types:
        rows = [{"code": code, "document": document} for code, document in told.types.items()]
        await connection.execute(_SAVE_TYPE, rows)
    if told.items:
        await connection.execute(_SAVE_ITEM, [{"item": item, "code": code} for item, code in told.items.items()])
    if told.issuers:
        rows = [{"unit_code": unit, "uscc": uscc} for unit, uscc in told.issuers.items()]
        await connection.execute(_SAVE_ISSUER, rows)
    if gone:
        await connection.execute(_DROP_ITEM, [{"gone": item} for item in gone])


_TYPE_OF_ITEM = (
    sa.select(licence_types.c.document)
    .join(licence_items, licence_items.c.code == licence_types.c.code)
    .where(licence_items.c.item == sa.bindparam("of_item"))
)
_TYPE = sa.select(licence_types.c.document).where(licence_types.c.code == sa.bindparam("of_code"))
_ISSUER = (
    sa.select(issuers.c.uscc, units.c.name)
    .join(units, units.c.unit_code == issuers.c.unit_code)
    .where(issuers.c.unit_code == sa.bindparam("of_unit"))
)


async def type_of_item(connection: AsyncConnection, item: str) -> Any | None:
    """Return the type of the licence that an item ends in, as it was told; none for an item without."""
    return (await connection.execute(_TYPE_OF_ITEM, {"of_item": item})).scalar()


async def find_type(connection: AsyncConnection, code: str) -> Any:
    """Return the type of a licence as it was told; no type of one is ever taken away."""
    return (await connection.execute(_TYPE, {"of_code": code})).scalar_one()


async def find_issuer(connection: AsyncConnection, unit: str) -> Any | None:
    """Return a unit's code (USCC) and its name of the day; none while either was not told."""
    return (await connection.execute(_ISSUER, {"of_unit": unit})).first()
