"""Persons under names of ours: a number is kept once, encrypted, and found by keyed digests; all else names the person.

So a look-up key can be changed while the log, which nobody may write anew, still names whom it named.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from chassis.data.database import UnitOfWork, insert
from chassis.data.keyring import Sealed
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.store.tables import metadata

persons = sa.Table(
    "person",
    metadata,
    sa.Column("person_id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
)
"""`kind` says what `value` is, encrypted: the number by which a person is known, or an account."""

person_digests = sa.Table(
    "person_digest",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("person_id", sa.String(36), nullable=False, index=True),
)

account_persons = sa.Table(
    "account_person",
    metadata,
    sa.Column("subject", sa.String(100), primary_key=True),
    sa.Column("person_id", sa.String(36), primary_key=True),
    sa.Column("linked_at", UtcDateTime, nullable=False),
)
"""Who an account is: the person of her number once a network told it, and herself as an account."""

SEALED = (Sealed(persons.c.value, (persons.c.person_id,), persons.c.person_id),)

_FIND = sa.select(person_digests.c.person_id).where(
    person_digests.c.digest.in_(sa.bindparam("digests", expanding=True))
)
_ADD_DIGEST = insert(person_digests).on_conflict_do_nothing()
_LINK = insert(account_persons).on_conflict_do_nothing()
_UNLINK = account_persons.delete().where(
    account_persons.c.subject == sa.bindparam("of_subject"),
    account_persons.c.person_id.in_(sa.bindparam("persons", expanding=True)),
)
_OF_ACCOUNT = (
    sa.select(persons.c.person_id, persons.c.kind)
    .join(account_persons, account_persons.c.person_id == persons.c.person_id)
    .where(account_persons.c.subject == sa.bindparam("subject"))
)
_AFTER = (
    sa.select(persons)
    .where(persons.c.person_id > sa.bindparam("after"))
    .order_by(persons.c.person_id)
    .limit(sa.bindparam("size", type_=sa.Integer))
)
_DIGESTS = sa.select(person_digests).where(person_digests.c.person_id.in_(sa.bindparam("ids", expanding=True)))
_DROP_DIGESTS = person_digests.delete().where(person_digests.c.person_id.in_(sa.bindparam("ids", expanding=True)))


async def find_person(connection: AsyncConnection, digests: Sequence[str]) -> str | None:
    """Return the person of whom one of the digests is."""
    return (await connection.execute(_FIND, {"digests": list(digests)})).scalar()


async def add_digests(connection: AsyncConnection, person_id: str, digests: Sequence[str]) -> None:
    """Make a person findable; under a digest that is taken the one before stays to be found."""
    await connection.execute(_ADD_DIGEST, [{"digest": one, "person_id": person_id} for one in digests])


def add_person(work: UnitOfWork, person_id: str, kind: str, value: str) -> None:
    """Keep a person; the value is encrypted."""
    work.add(persons, {"person_id": person_id, "kind": kind, "value": value})


async def link_account(work: UnitOfWork, subject: str, person_id: str, at: datetime) -> None:
    """Note that an account is a person; what is known already stays."""
    await work.connection.execute(_LINK, {"subject": subject, "person_id": person_id, "linked_at": at})


async def unlink_account(connection: AsyncConnection, subject: str, person_ids: Sequence[str]) -> None:
    """Note that an account is not, or no more, these persons."""
    await connection.execute(_UNLINK, {"of_subject": subject, "persons": list(person_ids)})


async def persons_of(connection: AsyncConnection, subject: str) -> dict[str, str]:
    """Return as whom an account is known, and by what: person → kind."""
    found = await connection.execute(_OF_ACCOUNT, {"subject": subject})
    return {row.person_id: row.kind for row in found}


async def persons_after(connection: AsyncConnection, after: str, size: int) -> list[Any]:
    """Return the persons after an id, in the order of ids."""
    return list(await connection.execute(_AFTER, {"after": after, "size": size}))


async def digests_by_person(connection: AsyncConnection, person_ids: Sequence[str]) -> dict[str, set[str]]:
    """Return under which digests each of some persons is found."""
    found: dict[str, set[str]] = {one: set() for one in person_ids}
    for row in await connection.execute(_DIGESTS, {"ids": list(person_ids)}):
        found[row.person_id].add(row.digest)
    return found


async def replace_digests(connection: AsyncConnection, digests: Mapping[str, Sequence[str]]) -> None:
    """Make persons findable under these digests and no others."""
    await connection.execute(_DROP_DIGESTS, {"ids": list(digests)})
    rows = [{"digest": one, "person_id": person_id} for person_id, many in digests.items() for one in many]
    await connection.execute(_ADD_DIGEST, rows)
