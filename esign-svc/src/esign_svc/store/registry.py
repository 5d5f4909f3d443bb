"""Seals, the steps of their lives, their uses, and software keys."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from chassis.data.database import UnitOfWork, insert
from sealing.signing import Algorithm
from sqlalchemy.ext.asyncio import AsyncConnection

from esign_svc.domain.seals import SealKind, SealState, Wanted
from esign_svc.store.licence_tables import issuers
from esign_svc.store.seal_tables import national_seals, seal_certificates, seal_keys, seal_steps, seal_uses, seals
from esign_svc.store.tables import units

Record = dict[str, Any]
"""A row by column name."""
_SIZE = sa.bindparam("size", type_=sa.Integer)
_OF_SEAL = seals.c.seal_id == sa.bindparam("seal_id")
_OF_UNIT = seals.c.unit == sa.bindparam("unit")


async def _rows(connection: AsyncConnection, query: sa.Select[Any], given: Mapping[str, Any]) -> list[Record]:
    return [dict(row) for row in (await connection.execute(query, given)).mappings()]


async def _row(connection: AsyncConnection, query: sa.Select[Any], given: Mapping[str, Any]) -> Record | None:
    return next(iter(await _rows(connection, query, given)), None)


def add_seal(work: UnitOfWork, row: Record) -> None:
    """Add a seal that was applied for. A second one of its code fails the transaction (IntegrityError)."""
    work.add(seals, row)


def add_step(work: UnitOfWork, row: Record) -> None:
    """Add a step of a seal's life."""
    work.add(seal_steps, row)


_SEAL = sa.select(seals).where(_OF_SEAL)
_SEAL_OF_UNIT = _SEAL.where(_OF_UNIT)


async def find_seal(connection: AsyncConnection, seal_id: str, *, unit: str) -> Record | None:
    """Return a unit's seal, or with an empty unit any; None for another unit's."""
    return await _row(connection, _SEAL_OF_UNIT if unit else _SEAL, {"seal_id": seal_id, "unit": unit})


_LOCKED, _LOCKED_OF_UNIT = _SEAL.with_for_update(), _SEAL_OF_UNIT.with_for_update()


async def lock_seal(connection: AsyncConnection, seal_id: str, *, unit: str) -> Record | None:
    """Return a seal as `find_seal`, locked until the transaction ends."""
    return await _row(connection, _LOCKED_OF_UNIT if unit else _LOCKED, {"seal_id": seal_id, "unit": unit})


CHANGING = (
    *("state", "version", "maker", "auditor", "filing_no", "key_id", "public_key", "certificate", "chain"),
    *("valid_from", "valid_until", "used_from"),
)
_SAVE = seals.update().where(seals.c.seal_id == sa.bindparam("of_seal"))


async def save_seals(connection: AsyncConnection, rows: Sequence[Record]) -> None:
    """Write what may have changed of some seals that are locked."""
    if rows:
        changed = [{**{name: row[name] for name in CHANGING}, "of_seal": row["seal_id"]} for row in rows]
        await connection.execute(_SAVE, changed)


_ANY_LIKE = sa.select(seals.c.seal_id).where(
    _OF_UNIT,
    seals.c.kind == sa.bindparam("kind"),
    seals.c.name == sa.bindparam("name"),
    seals.c.algorithm == sa.bindparam("algorithm"),
    seals.c.state != SealState.CANCELLED.value,
)
_OF_CODE = sa.select(seals.c.seal_id).where(seals.c.seal_code == sa.bindparam("seal_code"))
_LIKE = sa.select(sa.or_(_ANY_LIKE.exists(), _OF_CODE.exists()))


async def any_like(connection: AsyncConnection, wanted: Wanted) -> bool:
    """Tell whether the code is taken, or the unit has such a seal, of the same algorithm, that is not cancelled.

    Of personal seals a unit has several, one a person: only the code counts.
    """
    given = {
        "unit": wanted.unit,
        "kind": wanted.kind.value,
        "name": "" if wanted.kind is SealKind.PERSONAL else wanted.name,
        "algorithm": wanted.algorithm.value,
        "seal_code": wanted.seal_code,
    }
    return bool((await connection.execute(_LIKE, given)).scalar())


_CODES = sa.select(seals.c.seal_code, seals.c.name)


async def names_by_code(connection: AsyncConnection) -> dict[str, str]:
    """Return the names of all seals by their codes."""
    return {row.seal_code: row.name for row in await connection.execute(_CODES)}


_APPLIED_BY = (
    sa.select(seals)
    .where(seals.c.state == SealState.APPLIED.value, seals.c.applicant == sa.bindparam("applicant"))
    .order_by(seals.c.seal_id)
    .with_for_update()
)


async def lock_applied_by(connection: AsyncConnection, applicant: str) -> list[Record]:
    """Return the seals that somebody has applied for and that nobody has made yet, locked."""
    return await _rows(connection, _APPLIED_BY, {"applicant": applicant})


_IN_USE = (
    sa.select(seals)
    .where(_OF_UNIT, seals.c.kind == sa.bindparam("kind"), seals.c.state == SealState.IN_USE.value)
    .order_by(seals.c.used_from.desc(), seals.c.seal_id.desc())
    .limit(20)
)


async def in_use(connection: AsyncConnection, unit: str, kind: SealKind) -> list[Record]:
    """Return the seals of a unit and kind that are in use, the one put in use last first."""
    return await _rows(connection, _IN_USE, {"unit": unit, "kind": kind.value})


_HELD = sa.select(seals).where(_OF_SEAL).with_for_update(read=True)


async def hold_seal(connection: AsyncConnection, seal_id: str) -> Record | None:
    """Return a seal that nobody changes until the transaction ends; others may hold it as well."""
    return await _row(connection, _HELD, {"seal_id": seal_id})


@cache
def _list(*, of_unit: bool, of_kind: bool, of_state: bool, on: bool) -> sa.Select[Any]:
    wanted = (
        (of_unit, _OF_UNIT),
        (of_kind, seals.c.kind == sa.bindparam("kind")),
        (of_state, seals.c.state == sa.bindparam("state")),
        (on, seals.c.seal_id > sa.bindparam("after")),
    )
    chosen = [one for asked, one in wanted if asked]
    return sa.select(seals).where(*chosen).order_by(seals.c.seal_id).limit(_SIZE)


async def list_seals(  # noqa: PLR0913  one keyword per filter
    connection: AsyncConnection, *, unit: str, kind: str, state: str, after: str, size: int
) -> list[Record]:
    """Return seals in the order in which they were applied for; an empty text asks for all."""
    query = _list(of_unit=bool(unit), of_kind=bool(kind), of_state=bool(state), on=bool(after))
    return await _rows(
        connection, query, {"unit": unit, "kind": kind, "state": state, "after": after, "size": size + 1}
    )


_STEPS = sa.select(seal_steps).where(seal_steps.c.seal_id == sa.bindparam("seal_id")).order_by(seal_steps.c.number)


async def steps_of(connection: AsyncConnection, seal_id: str) -> list[Record]:
    """Return the steps of a seal's life in order."""
    return await _rows(connection, _STEPS, {"seal_id": seal_id})


def add_use(work: UnitOfWork, row: Record) -> None:
    """Add a use of a seal; a second one for the same document fails the transaction (IntegrityError)."""
    work.add(seal_uses, row)


_USES = (
    sa.select(seal_uses)
    .where(seal_uses.c.seal_id == sa.bindparam("seal_id"))
    .order_by(seal_uses.c.use_id.desc())
    .limit(_SIZE)
)
_USES_ON = _USES.where(seal_uses.c.use_id < sa.bindparam("before"))


async def list_uses(connection: AsyncConnection, seal_id: str, *, before: str, size: int) -> list[Record]:
    """Return the uses of a seal, the newest first; on before one."""
    given = {"seal_id": seal_id, "before": before, "size": size + 1}
    return await _rows(connection, _USES_ON if before else _USES, given)


def add_key(work: UnitOfWork, key_id: str, algorithm: Algorithm, private: str) -> None:
    """Add a software key, its private half sealed."""
    work.add(seal_keys, {"key_id": key_id, "algorithm": algorithm.value, "private": private})


_KEY = sa.select(seal_keys).where(seal_keys.c.key_id == sa.bindparam("key_id"))


async def find_key(connection: AsyncConnection, key_id: str) -> Record | None:
    """Return a software key's row."""
    return await _row(connection, _KEY, {"key_id": key_id})


_NATIONAL = sa.select(national_seals).where(national_seals.c.seal_id == sa.bindparam("seal_id"))


async def find_national(connection: AsyncConnection, seal_id: str) -> Record | None:
    """Return a seal's national side."""
    return await _row(connection, _NATIONAL, {"seal_id": seal_id})


_SAVE_NATIONAL = national_seals.update().where(national_seals.c.seal_id == sa.bindparam("of_seal"))


async def save_national(connection: AsyncConnection, seal_id: str, changed: Record) -> None:
    """Write what was made of a seal's national side; the seal is locked."""
    await connection.execute(_SAVE_NATIONAL, {"of_seal": seal_id, **changed})


def add_national(work: UnitOfWork, row: Record) -> None:
    """Add a seal's national side; a second one fails the transaction (IntegrityError)."""
    work.add(national_seals, row)


_OWNER = (
    sa.select(units.c.name, sa.func.coalesce(issuers.c.uscc, ""))
    .outerjoin(issuers, issuers.c.unit_code == units.c.unit_code)
    .where(units.c.unit_code == sa.bindparam("unit"))
)


async def owner(connection: AsyncConnection, unit: str) -> tuple[str, str]:
    """Return a unit's name of today and its USCC; each is empty while it has not been told."""
    row = (await connection.execute(_OWNER, {"unit": unit})).first()
    return (row[0], row[1]) if row else ("", "")


_ADD_CERTIFICATE = insert(seal_certificates).on_conflict_do_nothing()


async def add_certificate(work: UnitOfWork, seal_id: str, certificate: bytes) -> None:
    """Keep whose a certificate (DER) is; one that a seal had before stays."""
    row = {"sha256": hashlib.sha256(certificate).hexdigest(), "seal_id": seal_id}
    await work.connection.execute(_ADD_CERTIFICATE, row)
