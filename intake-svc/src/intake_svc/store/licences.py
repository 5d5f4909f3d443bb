"""Licences as esign told of them, found by how an applicant names one."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from chassis.data.database import UnitOfWork, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.domain.offered import KnownLicence
from intake_svc.store import applications, used_licences
from intake_svc.store import known_licences as licences

_SAVE = insert(licences)
_SAVE = _SAVE.on_conflict_do_update(
    index_elements=["licence_id"],
    set_={column.name: _SAVE.excluded[column.name] for column in licences.columns if not column.primary_key},
    where=licences.c.version < _SAVE.excluded.version,
)
_CHANGE = licences.update().where(
    licences.c.licence_id == sa.bindparam("told"), licences.c.version < sa.bindparam("newer")
)
_KNOWN = sa.select(licences.c.licence_id).where(licences.c.licence_id == sa.bindparam("told"))
_OF_ID = sa.select(licences).where(licences.c.licence_id == sa.bindparam("wanted"))
_IDENTIFIED = sa.select(licences).where(licences.c.identifier == sa.bindparam("wanted"))
_NUMBERED = (
    sa.select(licences)
    .where(licences.c.number == sa.bindparam("wanted"))
    .order_by(licences.c.licence_id.desc())
    .limit(10)
)
_HELD = (
    sa.select(licences)
    .where(licences.c.licence_id.in_(sa.bindparam("wanted", expanding=True)))
    .order_by(licences.c.licence_id)
    .with_for_update(read=True)
)
_GIVEN = sa.select(applications.c.given).where(applications.c.application_id == sa.bindparam("wanted"))


async def save_licence(connection: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep a licence, unless something newer is kept."""
    await connection.execute(_SAVE, row)


async def change_licence(connection: AsyncConnection, licence_id: str, values: Mapping[str, Any]) -> bool:
    """Keep what is newer of a licence; tell whether it is known."""
    if (await connection.execute(_CHANGE, {"told": licence_id, "newer": values["version"], **values})).rowcount:
        return True
    return (await connection.execute(_KNOWN, {"told": licence_id})).first() is not None


async def find_named(connection: AsyncConnection, name: str) -> KnownLicence | None:
    """Return the licence of an id or an identifier."""
    query = _IDENTIFIED if "." in name else _OF_ID
    row = (await connection.execute(query, {"wanted": name})).mappings().first()
    return None if row is None else _known(row)


async def with_number(connection: AsyncConnection, number: str) -> list[KnownLicence]:
    """Return the licences of a number, the newest edition first; types may share one."""
    return [_known(row) for row in (await connection.execute(_NUMBERED, {"wanted": number})).mappings()]


async def hold(connection: AsyncConnection, licence_ids: Sequence[str]) -> list[KnownLicence]:
    """Return some licences of which nothing is learnt until the transaction ends; others may hold them as well."""
    return [_known(row) for row in (await connection.execute(_HELD, {"wanted": list(licence_ids)})).mappings()]


async def given_in(connection: AsyncConnection, application_id: str) -> str | None:
    """Return what was given in an application, sealed; none where it is not here."""
    return (await connection.execute(_GIVEN, {"wanted": application_id})).scalar()


def _known(row: Mapping[Any, Any]) -> KnownLicence:
    kept = ("licence_id", "identifier", "number", "name", "holder_id", "application_id", "state", "valid_until")
    values: dict[str, Any] = {name: row[name] for name in kept}
    return KnownLicence(**values, materials=tuple(row["materials"]), subject=tuple(row["subject"]))


_USED = sa.select(used_licences.c.material, used_licences.c.licence_id).where(
    used_licences.c.application_id == sa.bindparam("wanted")
)


def add_used(work: UnitOfWork, application_id: str, used: Mapping[str, str]) -> None:
    """Keep which licences an application was submitted with, by material."""
    rows = [
        {"application_id": application_id, "material": material, "licence_id": licence_id}
        for material, licence_id in used.items()
    ]
    if rows:
        work.add(used_licences, *rows)


async def used_in(connection: AsyncConnection, application_id: str) -> dict[str, str]:
    """Return the licences that an application was submitted with, by material."""
    return {row[0]: row[1] for row in await connection.execute(_USED, {"wanted": application_id})}
