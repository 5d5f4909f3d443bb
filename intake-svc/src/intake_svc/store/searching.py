"""Finding applications by keyed digests of persons and subjects, and keeping the digests."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.store import APPLICATION, applications, brief, persons


async def applications_after(connection: AsyncConnection, after: str, size: int) -> list[Any]:
    """Return a page of all applications as they are kept: id, guide, what was given; the oldest first."""
    return list(await connection.execute(_AFTER, {"after": after, "size": size}))


_KEPT = frozenset({"application_id", "guide", "guide_digest", "given"})
_AFTER = (
    sa.select(*(column for column in APPLICATION if column.name in _KEPT))
    .where(applications.c.application_id > sa.bindparam("after"))
    .order_by(applications.c.application_id)
    .limit(sa.bindparam("size"))
)


_WITH_DIGEST = (
    sa.select(persons.c.application_id)
    .where(
        persons.c.digest.in_(sa.bindparam("digests", expanding=True)),
        persons.c.application_id.in_(sa.bindparam("of", expanding=True)),
    )
    .distinct()
)


async def with_digest(
    connection: AsyncConnection, *, digests: Sequence[str], application_ids: Sequence[str]
) -> list[str]:
    """Return which of some applications are found by one of the digests."""
    given = {"digests": list(digests), "of": list(application_ids)}
    return sorted((await connection.execute(_WITH_DIGEST, given)).scalars())


async def digests_by_application(connection: AsyncConnection, application_ids: Sequence[str]) -> dict[str, set[str]]:
    """Return the digests that some applications are found by."""
    found: dict[str, set[str]] = {one: set() for one in application_ids}
    for row in await connection.execute(_DIGESTS, {"of": list(application_ids)}):
        found[row.application_id].add(row.digest)
    return found


_DIGESTS = sa.select(persons).where(persons.c.application_id.in_(sa.bindparam("of", expanding=True)))


async def replace_digests(connection: AsyncConnection, digests: Mapping[str, Iterable[str]]) -> None:
    """Make applications findable by the given digests and no others."""
    rows = [{"application_id": one, "digest": digest} for one in digests for digest in sorted(set(digests[one]))]
    await connection.execute(_FORGET, {"of": list(digests)})
    if rows:
        await connection.execute(_ADD, rows)


_FORGET = persons.delete().where(persons.c.application_id.in_(sa.bindparam("of", expanding=True)))
_ADD = persons.insert()


_FOUND = persons.c.application_id.concat(sa.literal_column("''"))
"""An id that no index leads from: or a window's applications would be gone through, each asked whose it is."""


@cache
def _searched(groups: int, *, of_number: bool) -> sa.Select[Any]:
    """Return the search by so many groups of digests: it starts from the persons' rows, or from the number."""
    mine = sa.select(*brief(APPLICATION)).where(applications.c.unit == sa.bindparam("of_unit"))
    for group in range(groups):
        one = persons.c.digest.in_(sa.bindparam(f"digests_{group}", expanding=True))
        mine = mine.where(applications.c.application_id.in_(sa.select(_FOUND).where(one)))
    if of_number:
        mine = mine.where(applications.c.application_number == sa.bindparam("number"))
    return mine.order_by(applications.c.application_id.desc()).limit(sa.bindparam("size", type_=sa.Integer))


async def search(
    connection: AsyncConnection, *, unit: str, digests: Sequence[Sequence[str]], number: str = "", size: int
) -> list[Any]:
    """Return a unit's applications, the newest first, that have one of each of the groups of digests."""
    query = _searched(len(digests), of_number=bool(number))
    given = {f"digests_{place}": list(group) for place, group in enumerate(digests)}
    return list(await connection.execute(query, {**given, "of_unit": unit, "number": number, "size": size}))


async def others_found(connection: AsyncConnection, application_id: str, digests: Sequence[str]) -> list[Any]:
    """Return the other applications with one of the digests that were not refused, the newest 20.

    Of each: whose it is, its number, its unit.
    """
    if not digests:
        return []
    return list(await connection.execute(_OTHERS, {"than": application_id, "found_by": list(digests)}))


_OTHERS = (
    sa.select(*(applications.c[name] for name in ("application_id", "application_number", "owner", "unit")))
    .where(
        applications.c.application_id.in_(
            sa.select(persons.c.application_id).where(persons.c.digest.in_(sa.bindparam("found_by", expanding=True)))
        ),
        applications.c.application_id != sa.bindparam("than"),
        applications.c.outcome.is_distinct_from("refused"),
    )
    .order_by(applications.c.application_id.desc())
    .limit(20)
)
