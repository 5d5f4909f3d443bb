"""The ledger's lines of an application, and what was shared for it."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from chassis.data.database import UnitOfWork
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.domain.booking import Booked, How, Outcome, Place
from intake_svc.store import booked, shared

COLUMNS = tuple(field.name for field in fields(Booked))
REBOOKED = tuple(name for name in COLUMNS if name not in {"place", "key", "outcome", "answered_at"})


def book(work: UnitOfWork, application_id: str, lines: Sequence[Booked]) -> None:
    """Write lines of a new application."""
    work.add(booked, *(_row(application_id, line) for line in lines))


def _row(application_id: str, line: Booked) -> dict[str, Any]:
    told = asdict(line)
    words = {"place": line.place.value, "how": line.how.value, "outcome": line.outcome.value}
    return {"application_id": application_id, **told, **words}


async def booked_of(connection: AsyncConnection, application_id: str) -> list[Booked]:
    """Return an application's lines that rest on a source."""
    return [_line(row) for row in await connection.execute(_OF, {"wanted": application_id})]


_OF = (
    sa.select(*(booked.c[name] for name in COLUMNS))
    .where(booked.c.application_id == sa.bindparam("wanted"))
    .order_by(booked.c.place, booked.c.key)
)


def _line(row: Any) -> Booked:
    told = row._asdict()
    words = {"place": Place(row.place), "how": How(row.how), "outcome": Outcome(row.outcome)}
    return Booked(**{**told, **words})


async def rebook(connection: AsyncConnection, application_id: str, line: Booked, *, before: How) -> bool:
    """Change a line that is still as it was before, but for what became of its dispute; tell whether it was."""
    row = _row(application_id, line)
    named = {"of_application": application_id, "of_place": line.place.value, "of_key": line.key, "was": before.value}
    changed = await connection.execute(_REBOOK, {**named, **{name: row[name] for name in REBOOKED}})
    return bool(changed.rowcount)


_ONE = (
    booked.c.application_id == sa.bindparam("of_application"),
    booked.c.place == sa.bindparam("of_place"),
    booked.c.key == sa.bindparam("of_key"),
)
_REBOOK = booked.update().where(*_ONE, booked.c.how == sa.bindparam("was"))


async def answer_line(  # noqa: PLR0913, PLR0917  a line and its answer
    connection: AsyncConnection, application_id: str, place: Place, key: str, outcome: Outcome, at: datetime
) -> bool:
    """Write into a line how its dispute ended; tell whether there is one."""
    named = {"of_application": application_id, "of_place": place.value, "of_key": key}
    changed = await connection.execute(_ANSWER, {**named, "outcome": outcome.value, "answered_at": at})
    return bool(changed.rowcount)


_ANSWER = booked.update().where(*_ONE)


def keep_shared(work: UnitOfWork, application_id: str, document: str) -> None:
    """Keep what was shared for a new application, sealed."""
    work.add(shared, {"application_id": application_id, "document": document})


async def shared_for(connection: AsyncConnection, application_id: str) -> str | None:
    """Return what was shared for an application, sealed; None where nothing was."""
    return (await connection.execute(_SHARED, {"wanted": application_id})).scalar()


_SHARED = sa.select(shared.c.document).where(shared.c.application_id == sa.bindparam("wanted"))
