"""Where an arriving event stands among its subject's events: known already, next, or waiting, and for what.

A reader says how it joins a topic. Events of a subject come in version order from its partition, so the first version
that a reader sees of a subject is where the topic begins for it, unless an earlier one comes within the settling time;
every later hole is a gap and is waited for.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.data.database import Database
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
    """Whether an event is known already, what it must wait for (empty: nothing), and whether others wait for it."""

    known: bool
    waits_for: str
    awaited: bool


async def standing(connection: AsyncConnection, envelope: Envelope, topic: str, joins: Joins) -> Standing:
    """Tell where an arriving event stands."""
    version = envelope.aggregateversion
    of_subject = (inbox.c.topic == topic, inbox.c.subject == envelope.subject)
    stopped = (parked.c.topic == topic, parked.c.subject == envelope.subject)
    query = sa.select(
        sa.exists().where(*of_subject, inbox.c.version == version).label("seen"),
        sa.select(sa.func.max(inbox.c.version)).where(*of_subject).scalar_subquery().label("newest"),
        sa.exists().where(parked.c.event_id == envelope.id).label("parked"),
        sa.exists().where(*stopped, parked.c.version < version).label("behind"),
        sa.exists().where(parked.c.awaits.in_(causes(topic, envelope.subject))).label("awaited"),
    )
    row = (await connection.execute(query)).one()
    known = row.seen or row.parked
    if joins is Joins.ANY_VERSION:
        missing = ""
    else:
        known = known or version <= (row.newest or 0)
        missing = _missing(row.newest, version, joins)
    waits_for = "an earlier event of this subject is parked" if row.behind else missing
    return Standing(bool(known), waits_for, bool(row.awaited))


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
    """Return the condition that nothing is missing before a parked event, first of its subject, any more."""
    of_subject = (inbox.c.topic == parked.c.topic, inbox.c.subject == parked.c.subject)
    alone = [topic for topic, how in joins.items() if how is Joins.ANY_VERSION]
    late = [topic for topic, how in joins.items() if how is Joins.FIRST_SEEN]
    return sa.or_(
        parked.c.version <= 1,
        sa.exists().where(*of_subject, inbox.c.version >= parked.c.version - 1),
        parked.c.topic.in_(alone),
        sa.and_(parked.c.topic.in_(late), settled, ~sa.exists().where(*of_subject)),
    )


def trim_inbox(joins: Mapping[str, Joins]) -> Trim:
    """Return the trim of what says that an event was handled, except each subject's newest.

    By that one an old duplicate is known however late it comes, and the next version follows. Where versions stand by
    themselves each is known by its own row only, so these topics, of few events, are left alone.
    """
    topics = {topic for topic, how in joins.items() if how is not Joins.ANY_VERSION}
    key = sa.tuple_(*inbox.primary_key)
    one = [column == sa.bindparam(f"old_{column.name}") for column in inbox.primary_key]

    async def trim(database: Database) -> int:
        taken, after, limit = 0, ("", "", 0), database.clock.now() - IN_THE_INBOX
        while True:
            page = sa.select(inbox).where(key > sa.tuple_(*after))
            async with database.reading() as connection:
                rows = list(await connection.execute(page.order_by(*inbox.primary_key).limit(AT_ONCE)))
            old = [
                {"old_topic": row.topic, "old_subject": row.subject, "old_version": row.version}
                for row, following in pairwise(rows)
                if (row.topic, row.subject) == (following.topic, following.subject)
                and row.topic in topics
                and row.handled_at < limit
            ]
            if old:
                async with database.unit_of_work() as work:
                    await work.connection.execute(inbox.delete().where(*one), old)
                await asyncio.sleep(PAUSE_SECONDS)
            taken += len(old)
            if len(rows) < AT_ONCE:
                return taken
            after = (rows[-2].topic, rows[-2].subject, rows[-2].version)  # the last one's follower is on the next page

    return trim
