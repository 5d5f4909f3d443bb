"""Telling the provincial platform of ratings: each once, by its id as the key, as outgoing work.

A second rating is one of its own, a rating found void is told as such. What the platform does not answer waits and is
told again; what it refuses is stuck until `yiwang outgoing redrive`. Decision 64.
"""

import asyncio
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from chassis.base import telemetry
from chassis.base.clock import local
from chassis.data import audit, outgoing
from chassis.data.database import Database, UnitOfWork
from chassis.data.outgoing import Worker

from evaluation_svc.domain.province import (
    TO_TELL_AGAIN,
    Difference,
    Finding,
    Held,
    ToldRating,
    pseudonym,
    reconciled,
)
from evaluation_svc.domain.province_codes import province_channel, province_level
from evaluation_svc.domain.ratings import Channel, Level, Rated
from evaluation_svc.errors.province import Outage, ProvinceOut
from evaluation_svc.handlers.collaborators import SELF, Evaluation
from evaluation_svc.outside.province import ProvincialPlatform
from evaluation_svc.store import province as store

TELLING = "provincial ratings"
AT_ONCE = 8


def ask_to_tell(work: UnitOfWork, rated: Rated) -> None:
    """Have the province told of a rating, in the transaction that writes it."""
    day = local(rated.rated_at).date()
    store.add_push(work, {"rating_id": rated.rating_id, "unit": rated.unit, "day": day})
    outgoing.ask(work, TELLING, rated.rating_id)


async def ask_to_void(work: UnitOfWork, rating_id: str) -> None:
    """Have the province told that a rating was found void, in the transaction that finds so; silence is not told."""
    await outgoing.ask_again(work, TELLING, rating_id)
    await store.ask_void(work.connection, rating_id, work.clock.now())


async def keep_province_told(evaluation: Evaluation, platform: ProvincialPlatform | None) -> None:
    """Tell the province of what waits until cancelled; without an address all of it waits, and the log says so once."""
    if platform is None:
        telemetry.log.warning("province_has_no_address", waits=TELLING)
        await asyncio.Event().wait()
        return
    try:
        await Worker(evaluation.database, SELF, TELLING, partial(tell_province, evaluation, platform), AT_ONCE).run()
    finally:
        await platform.close()


async def tell_province(evaluation: Evaluation, platform: ProvincialPlatform, rating_id: str) -> None:
    """Tell the province of a rating, or that it was found void: one of the two, the other is asked for again.

    Raises Postponed while the platform does not answer so that it can be used, Refused where it refuses.
    """
    async with evaluation.database.asking() as connection:
        row = await store.rating_to_tell(connection, rating_id)
    if row is not None and not row.application_number:
        raise outgoing.Postponed("办件编号尚未到达")
    told: dict[str, Any] = {}
    try:
        if row is not None and row.provincial_eval_id is None:
            told["provincial_eval_id"] = await platform.tell(_told(evaluation, row))
            told["pushed_at"] = evaluation.clock.now()
        elif row is not None and row.void_asked_at is not None and row.void_told_at is None:
            await platform.void(rating_id, row.provincial_eval_id)
            told["void_told_at"] = evaluation.clock.now()
    except ProvinceOut as out:
        if out.why is Outage.REFUSED:
            raise outgoing.Refused(str(out)) from out
        raise outgoing.Postponed(str(out)) from out
    async with evaluation.database.unit_of_work() as work:
        if not await outgoing.finish(work, TELLING, rating_id):
            return
        if told:
            await store.keep_told(work.connection, rating_id, told)
        left = await store.find_push(work.connection, rating_id)
        if left is not None and left.void_asked_at is not None and left.void_told_at is None:
            await outgoing.ask_again(work, TELLING, rating_id)


async def reconcile_province(database: Database, platform: ProvincialPlatform, day: date) -> Sequence[Finding]:
    """Hold the platform's ratings of a day against those kept here, and have it told again what it lacks.

    What only the platform has is listed and changes nothing here. Raises ProvinceOut.
    """
    async with database.asking() as connection:
        ours = {row.rating_id: _kept(row) for row in await store.pushes_of(connection, day)}
    theirs = [one async for one in platform.held(day)]
    found = list(reconciled(ours, theirs))
    async with database.unit_of_work() as work:
        for one in found:
            if one.difference in TO_TELL_AGAIN:
                await outgoing.ask_again(work, TELLING, one.key)
                void_alone = one.difference is Difference.NOT_VOID_THERE
                await store.forget_told(work.connection, one.key, void_alone=void_alone)
        details = {"ours": len(ours), "theirs": len(theirs)}
        details |= {kind.value: many for kind in Difference if (many := sum(one.difference is kind for one in found))}
        await audit.record(
            work, actor="operator", action="province.reconciled", subject=day.isoformat(), details=details
        )
    return found


def _told(evaluation: Evaluation, row: Any) -> ToldRating:
    text = row.text and evaluation.cipher.decrypt(row.text, table="rating", column="text", row=row.rating_id)
    return ToldRating(
        rating_id=row.rating_id,
        project_no=row.application_number,
        task_code=row.item,
        matter_code=row.matter_code,
        unit=row.unit,
        region=row.region,
        channel=Channel(row.channel),
        level=Level(row.level),
        number=row.number,
        tags=tuple(row.tags),
        text=text,
        rater=pseudonym(row.application_id),
        rated_at=row.rated_at,
        is_visit=row.visit_id is not None,
    )


def _kept(row: Any) -> Held:
    return Held(
        key=row.rating_id,
        provincial_eval_id=row.provincial_eval_id or "",
        level=province_level(Level(row.level)),
        number=row.number,
        channel=province_channel(Channel(row.channel)),
        is_void=row.void_asked_at is not None,
    )
