"""Assessments as rows: computed while they are drafts, told, published by another person, never changed after that."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.assessing import SHOWN_TO_UNITS, AssessmentAppealState, AssessmentState
from evaluation_svc.store.assessing_tables import appealed, assessments, standings

Record = dict[str, Any]
"""A row by column name."""
_SIZE = sa.bindparam("size", type_=sa.Integer)
_OF_ID = assessments.c.assessment_id == sa.bindparam("of_assessment")
_OF_PERIOD = (
    assessments.c.group_name == sa.bindparam("of_group"),
    assessments.c.period == sa.bindparam("of_period"),
)
_PUBLISHED = assessments.c.state == AssessmentState.PUBLISHED.value
_NEWEST = sa.select(assessments).where(*_OF_PERIOD).order_by(assessments.c.revision.desc()).limit(1)
_NEWEST_PUBLISHED = (
    sa.select(assessments).where(*_OF_PERIOD, _PUBLISHED).order_by(assessments.c.revision.desc()).limit(1)
)
_LAST_PUBLISHED = (
    sa.select(assessments)
    .where(assessments.c.group_name == sa.bindparam("of_group"), _PUBLISHED, assessments.c.published_at.is_not(None))
    .order_by(assessments.c.published_at.desc())
    .limit(1)
)
_ADD = insert(assessments).on_conflict_do_nothing().returning(assessments.c.assessment_id)
_LOCK = sa.select(assessments).where(_OF_ID).with_for_update()
_ONE = sa.select(assessments).where(_OF_ID)
_CHANGE = assessments.update().where(_OF_ID, assessments.c.state == sa.bindparam("in_state"))
_STILL_OPEN = (
    sa.exists()
    .where(
        appealed.c.assessment_id == assessments.c.assessment_id, appealed.c.state == AssessmentAppealState.OPEN.value
    )
    .correlate(assessments)
)
_PUBLISH = (
    assessments.update()
    .where(
        _OF_ID,
        assessments.c.state == AssessmentState.OBJECTION.value,
        assessments.c.objections_over_at.is_not(None),
        assessments.c.computed_by != sa.bindparam("by"),
        ~_STILL_OPEN,
    )
    .values(
        state=AssessmentState.PUBLISHED.value,
        published_by=sa.bindparam("by"),
        published_at=sa.bindparam("at", type_=UtcDateTime),
        version=assessments.c.version + 1,
    )
)
_CLEAR = standings.delete().where(standings.c.assessment_id == sa.bindparam("of_assessment"))
_STAND = sa.insert(standings)
_OF_ASSESSMENT = standings.c.assessment_id == sa.bindparam("of_assessment")
_ALL_STANDINGS = sa.select(standings).where(_OF_ASSESSMENT).order_by(standings.c.position)
_MINE: sa.BindParameter[Any] = sa.bindparam("mine", expanding=True)
_TOLD_TO = assessments.c.state.in_([state.value for state in SHOWN_TO_UNITS])
_THEIRS = sa.exists().where(standings.c.assessment_id == assessments.c.assessment_id, standings.c.unit.in_(_MINE))
_ONE_OF_UNITS = _ONE.where(_TOLD_TO, _THEIRS)
_STANDINGS_OF_UNITS = (
    sa.select(standings)
    .join(assessments, assessments.c.assessment_id == standings.c.assessment_id)
    .where(_OF_ASSESSMENT, sa.or_(_PUBLISHED, sa.and_(_TOLD_TO, standings.c.unit.in_(_MINE))))
    .order_by(standings.c.position)
)


async def newest_assessment(connection: AsyncConnection, group: str, period: str) -> Record | None:
    """Return the newest revision of a group's period."""
    row = (await connection.execute(_NEWEST, {"of_group": group, "of_period": period})).mappings().first()
    return None if row is None else dict(row)


async def published_assessment(connection: AsyncConnection, group: str, period: str) -> Record | None:
    """Return the newest published revision of a group's period; if none is named, what was published last."""
    given = {"of_group": group, **({"of_period": period} if period else {})}
    query = _NEWEST_PUBLISHED if period else _LAST_PUBLISHED
    row = (await connection.execute(query, given)).mappings().first()
    return None if row is None else dict(row)


async def add_assessment(connection: AsyncConnection, row: Mapping[str, Any]) -> bool:
    """Add an assessment; tell whether none of its group, period and revision was there, and none is under way."""
    return (await connection.execute(_ADD, row)).first() is not None


async def lock_assessment(connection: AsyncConnection, assessment_id: str) -> Record | None:
    """Return an assessment, held until the transaction ends."""
    row = (await connection.execute(_LOCK, {"of_assessment": assessment_id})).mappings().first()
    return None if row is None else dict(row)


async def change_assessment(
    connection: AsyncConnection, assessment_id: str, state: AssessmentState, changed: Mapping[str, Any]
) -> bool:
    """Change an assessment that is in a state; tell whether it was. What is published is changed by nothing."""
    given = {"of_assessment": assessment_id, "in_state": state.value, **changed}
    return state is not AssessmentState.PUBLISHED and bool((await connection.execute(_CHANGE, given)).rowcount)


async def publish_assessment(connection: AsyncConnection, assessment_id: str, by: str, at: datetime) -> bool:
    """Publish what was told, after its clock, with all appeals decided, by another person than who computed it.

    Tell whether all that was so.
    """
    given = {"of_assessment": assessment_id, "by": by, "at": at}
    return bool((await connection.execute(_PUBLISH, given)).rowcount)


async def put_standings(connection: AsyncConnection, assessment_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep how the units stand in a draft, instead of what was computed before."""
    await connection.execute(_CLEAR, {"of_assessment": assessment_id})
    if rows:
        await connection.execute(_STAND, list(rows))


async def find_assessment(
    connection: AsyncConnection, assessment_id: str, mine: Collection[str] | None
) -> Record | None:
    """Return an assessment; with units named, only one that was told to one of them."""
    given: dict[str, Any] = {"of_assessment": assessment_id}
    if mine is not None:
        given["mine"] = list(mine)
    row = (await connection.execute(_ONE if mine is None else _ONE_OF_UNITS, given)).mappings().first()
    return None if row is None else dict(row)


async def standings_kept(connection: AsyncConnection, assessment_id: str, mine: Collection[str] | None) -> list[Record]:
    """Return how units stand, in the order of the list; with units named, before publication these alone."""
    given: dict[str, Any] = {"of_assessment": assessment_id}
    if mine is not None:
        given["mine"] = list(mine)
    rows = await connection.execute(_ALL_STANDINGS if mine is None else _STANDINGS_OF_UNITS, given)
    return [dict(row) for row in rows.mappings()]


_IN_GROUP = assessments.c.group_name == sa.bindparam("of_group")
_BEFORE = assessments.c.assessment_id < sa.bindparam("before")
_LISTED = sa.select(assessments).order_by(assessments.c.assessment_id.desc()).limit(_SIZE)
_LISTS = {
    (False, False): _LISTED,
    (False, True): _LISTED.where(_BEFORE),
    (True, False): _LISTED.where(_IN_GROUP),
    (True, True): _LISTED.where(_IN_GROUP, _BEFORE),
}
_OF_UNIT = (
    sa.select(assessments)
    .join(standings, standings.c.assessment_id == assessments.c.assessment_id)
    .where(standings.c.unit == sa.bindparam("of_unit"), _TOLD_TO)
    .order_by(standings.c.assessment_id.desc())
    .limit(_SIZE)
)
_OF_UNIT_ON = _OF_UNIT.where(standings.c.assessment_id < sa.bindparam("before"))


async def list_assessments(connection: AsyncConnection, group: str, *, after: str, size: int) -> list[Record]:
    """Return a page and one more of all assessments, or a group's, the newest first."""
    given = {"size": size + 1, **({"of_group": group} if group else {}), **({"before": after} if after else {})}
    return [dict(row) for row in (await connection.execute(_LISTS[bool(group), bool(after)], given)).mappings()]


async def list_assessments_of(connection: AsyncConnection, unit: str, *, after: str, size: int) -> list[Record]:
    """Return a page and one more of the assessments that were told to a unit, the newest first."""
    given = {"of_unit": unit, "size": size + 1, **({"before": after} if after else {})}
    return [dict(row) for row in (await connection.execute(_OF_UNIT_ON if after else _OF_UNIT, given)).mappings()]


_ENDS = (
    sa.select(assessments.c.period, assessments.c.revision, standings.c.unit)
    .join(standings, standings.c.assessment_id == assessments.c.assessment_id)
    .where(
        _IN_GROUP,
        assessments.c.period.in_(sa.bindparam("periods", expanding=True)),
        _PUBLISHED,
        standings.c.ending == sa.bindparam("at_end"),
    )
)
_REVISIONS = (
    sa.select(assessments.c.period, sa.func.max(assessments.c.revision).label("revision"))
    .where(_IN_GROUP, assessments.c.period.in_(sa.bindparam("periods", expanding=True)), _PUBLISHED)
    .group_by(assessments.c.period)
)


async def published_ends(
    connection: AsyncConnection, group: str, periods: Sequence[str], at_end: str
) -> dict[str, set[str]]:
    """Return who was at an end in each of these periods, by the newest published revision; unpublished ones lack."""
    given = {"of_group": group, "periods": list(periods)}
    newest = {row.period: row.revision for row in await connection.execute(_REVISIONS, given)}
    found: dict[str, set[str]] = {period: set() for period in newest}
    for row in await connection.execute(_ENDS, {**given, "at_end": at_end}):
        if newest[row.period] == row.revision:
            found[row.period].add(row.unit)
    return found


_EVER_AT_ENDS = (
    sa.select(standings.c.unit, standings.c.ending)
    .join(assessments, assessments.c.assessment_id == standings.c.assessment_id)
    .where(*_OF_PERIOD, _PUBLISHED, standings.c.ending.is_not(None))
)


async def ends_of_revisions(connection: AsyncConnection, group: str, period: str) -> set[tuple[str, str]]:
    """Return the units that any published revision of a group's period put at an end, with the end."""
    rows = await connection.execute(_EVER_AT_ENDS, {"of_group": group, "of_period": period})
    return {(row.unit, row.ending) for row in rows}
