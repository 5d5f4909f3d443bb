"""Where an arriving event stands among its subject's events: known already, next, or waiting, and for what.

A reader says how it joins a topic. Events of a subject come in version order from its partition, so the first version
that a reader sees of a subject is where the topic begins for it, unless an earlier one comes within the settling time;
every later hole is a gap and is waited for.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.data.database import Database, UnitOfWork, insert
from chassis.data.periods import IN_THE_INBOX
from chassis.data.schema import inbox, parked
from chassis.data.trimming import AT_ONCE, PAUSE_SECONDS, Trim
from chassis.events.envelope import Envelope


class Joins(StrEnum):
    """How a reader joins a topic that may have run for years."""

    FIRST_SEEN = "first_seen"
    """From the first version of a subject that it sees, its base; none is left out after it."""

    REPUBLISHED = "republished"
    """From version 1: what the topic has dropped is waited for, and `yiwang events republish` brings it."""

    ANY_VERSION = "any_version"
    """Each version stands by itself: none waits for a missing one, and an older one that comes late is read as well."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an event is known already, and what it must wait for (empty: nothing)."""

    known: bool
    waits_for: str


def _param(column: sa.Column[Any]) -> sa.BindParameter[Any]:
    return sa.bindparam(column.name, type_=column.type)


_OF_SUBJECT = (inbox.c.topic == sa.bindparam("topic"), inbox.c.subject == sa.bindparam("subject"))
_STOPPED = (parked.c.topic == sa.bindparam("topic"), parked.c.subject == sa.bindparam("subject"))
_NEWEST = sa.select(sa.func.max(inbox.c.version)).where(*_OF_SUBJECT).scalar_subquery()
_SEEN = sa.or_(
    sa.exists().where(*_OF_SUBJECT, inbox.c.version == sa.bindparam("version")),
    sa.exists().where(inbox.c.event_id == sa.bindparam("event_id")),
)
_PARKED = sa.exists().where(parked.c.event_id == sa.bindparam("event_id"))
_BEHIND = sa.exists().where(*_STOPPED, parked.c.version < sa.bindparam("version"))
_AWAITED = sa.or_(
    sa.exists().where(*_STOPPED, parked.c.version > sa.bindparam("version")),
    sa.exists().where(parked.c.awaits.in_(sa.bindparam("causes", expanding=True))),
)
_STANDING = sa.select(_SEEN.label("seen"), _NEWEST.label("newest"), _PARKED.label("parked"), _BEHIND.label("behind"))


def _admission(*held_up: sa.ColumnElement[bool]) -> sa.Executable:
    """Return the statement that notes an event as handled, unless it is known or held up; it tells if it is awaited."""
    row = sa.select(*(_param(column) for column in inbox.columns)).where(~_PARKED, *held_up)
    noted = insert(inbox).from_select([column.name for column in inbox.columns], row)
    return noted.on_conflict_do_nothing().returning(_AWAITED.label("awaited"))


_ADMIT_ANY = _admission()
_ADMIT_NEXT = _admission(~_BEHIND, sa.func.coalesce(_NEWEST, 0) == sa.bindparam("version") - 1)


async def admit(work: UnitOfWork, envelope: Envelope, topic: str, joins: Joins) -> bool | None:
    """Note an event as handled if it is its subject's next; tell whether others wait for it, None if it is not noted.

    One that another process notes at the same moment is waited for.
    """
    row = {**named(envelope, topic), "handled_at": work.clock.now(), "causes": causes(topic, envelope.subject)}
    statement = _ADMIT_ANY if joins is Joins.ANY_VERSION else _ADMIT_NEXT
    noted = (await work.connection.execute(statement, row)).first()
    return None if noted is None else bool(noted.awaited)


async def standing(connection: AsyncConnection, envelope: Envelope, topic: str, joins: Joins) -> Standing:
    """Tell where an arriving event stands."""
    version = envelope.aggregateversion
    row = (await connection.execute(_STANDING, named(envelope, topic))).one()
    known = row.seen or row.parked
    if joins is Joins.ANY_VERSION:
        return Standing(bool(known), "")
    known = known or version <= (row.newest or 0)
    waits_for = "an earlier event of this subject is parked" if row.behind else _missing(row.newest, version, joins)
    return Standing(bool(known), waits_for)


def named(envelope: Envelope, topic: str) -> dict[str, Any]:
    """Return the columns by which an inbox or a parked row is told."""
    return {
        "topic": topic,
        "subject": envelope.subject,
        "version": envelope.aggregateversion,
        "event_id": envelope.id,
    }


def _missing(newest: int | None, version: int, joins: Joins) -> str:
    if version <= (newest or 0) + 1:
        return ""
    if newest is None and joins is Joins.FIRST_SEEN:
        return f"the first seen of this subject is version {version}: it is the base unless an earlier one comes"
    return f"version {version - 1} of this subject has not arrived"


def causes(topic: str, subject: str) -> tuple[str, str]:
    """Return the names under which an event may be awaited: as any of its topic, or of its subject."""
    return f"{topic}/", f"{topic}/{subject}"


def whose_turn_has_come(joins: Mapping[str, Joins], settled: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Return the condition that nothing that is missing or parked before a parked event holds it up any more."""
    of_subject = (inbox.c.topic == parked.c.topic, inbox.c.subject == parked.c.subject)
    alone = [topic for topic, how in joins.items() if how is Joins.ANY_VERSION]
    late = [topic for topic, how in joins.items() if how is Joins.FIRST_SEEN]
    complete = sa.or_(
        parked.c.version <= 1,
        sa.exists().where(*of_subject, inbox.c.version >= parked.c.version - 1),
        sa.and_(parked.c.topic.in_(late), settled, ~sa.exists().where(*of_subject)),
    )
    return sa.or_(parked.c.topic.in_(alone), sa.and_(first_of_its_subject(), complete))


def first_of_its_subject() -> sa.ColumnElement[bool]:
    """Return the condition that no earlier event of a parked event's subject is parked."""
    earlier = parked.alias()
    return ~sa.exists().where(
        earlier.c.topic == parked.c.topic,
        earlier.c.subject == parked.c.subject,
        earlier.c.version < parked.c.version,
    )


def trim_inbox(joins: Mapping[str, Joins]) -> Trim:
    """Return the trim of what says that an event was handled, once the version after it has had its time.

    By the newest an old duplicate is known however late it comes, and the next version follows. Where versions stand by
    themselves each is known by its own row only, so these topics, of few events, are left alone. Each row is walked
    once, when its own time is over: where the walk stands is remembered as long as the trim.
    """
    age = (inbox.c.handled_at, inbox.c.topic, inbox.c.subject, inbox.c.version)
    alone = [topic for topic, how in joins.items() if how is Joins.ANY_VERSION]
    key = sa.tuple_(*inbox.primary_key)
    place: tuple[Any, ...] = (datetime.min.replace(tzinfo=UTC), "", "", 0)

    async def trim(database: Database) -> int:
        nonlocal place
        taken, limit = 0, database.clock.now() - IN_THE_INBOX
        while True:
            here = sa.tuple_(*(sa.literal(value, column.type) for value, column in zip(place, age, strict=True)))
            page = sa.select(*age).where(inbox.c.handled_at < limit, sa.tuple_(*age) > here)
            async with database.reading() as connection:
                rows = list(await connection.execute(page.order_by(*age).limit(AT_ONCE)))
            followed = [
                (row.topic, row.subject, row.version - 1) for row in rows if row.version > 1 and row.topic not in alone
            ]
            if followed:
                async with database.unit_of_work() as work:
                    taken += (await work.connection.execute(inbox.delete().where(key.in_(followed)))).rowcount
                await asyncio.sleep(PAUSE_SECONDS)
            if rows:
                place = tuple(rows[-1])
            if len(rows) < AT_ONCE:
                return taken

    return trim
