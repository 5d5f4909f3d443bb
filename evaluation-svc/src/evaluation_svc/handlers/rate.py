"""Rating (好差评): a finished matter once (一事一评), a visit once (一次一评), by its applicant; and again (追评).

A rater is confidential to whom she rates: neither events nor the journal say who it was (国办发〔2019〕51号).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.base.clock import local
from chassis.base.problems import FieldError
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.outbox import append
from chassis.http.identity import Principal
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.ratings import Channel, Level, Rated
from evaluation_svc.errors.ratings import (
    AlreadyRated,
    NotFinished,
    NothingToRate,
    OwnWork,
    RatingNotFound,
    RatingTooLate,
    RatingUnfit,
)
from evaluation_svc.events.ratings import RatingSubmitted
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.invitations import INVITATION, SECOND, end_invitation, is_over, rules_of
from evaluation_svc.handlers.journal import About, note_own
from evaluation_svc.handlers.rated import after_rating
from evaluation_svc.handlers.rating_views import rating_view
from evaluation_svc.handlers.timers import start_timer
from evaluation_svc.schemas.ratings import Opinion, RatingBody, RatingView, SecondRatingBody
from evaluation_svc.store import cases, pack
from evaluation_svc.store import rated as store

SUBMITTED = "evaluation.rating.submitted"
TOLD = ("rating_id", "unit", "level", "number", "channel", "tags", "matter_code", "region")
"""What events and the journal tell of a rating."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is rated: a case, by a visit or as a whole, by whom, and who worked in it."""

    case: Any
    tasks: Sequence[Any]
    visit: Any | None
    rater_id: str
    window: str = ""

    @property
    def key(self) -> str:
        """Return what is rated once."""
        return str(self.visit.visit_id if self.visit else self.case.application_id)

    @property
    def handlers(self) -> frozenset[str]:
        """Return the staff who worked in the case."""
        found = {self.case.accepted_by, *(task.decided_by for task in self.tasks)}
        return frozenset(found | ({self.visit.registered_by} if self.visit else set())) - {None}

    @property
    def units(self) -> frozenset[str]:
        """Return the units that may be rated for it."""
        found = {self.case.unit, self.case.lead_unit, *(task.unit for task in self.tasks)}
        return frozenset(found | ({self.visit.unit} if self.visit else set())) - {None}

    @property
    def unit(self) -> str:
        """Return the unit that is meant where none is named: the visit's, or the one that leads."""
        return str(self.visit.unit if self.visit else self.case.lead_unit or self.case.unit or "ZWB")

    def item_of(self, unit: str) -> str:
        """Return the one item that a unit had in the case; nothing where it had several."""
        items = {task.item for task in self.tasks if task.unit == unit and task.item}
        return items.pop() if len(items) == 1 else ""


async def require_unrated(evaluation: Evaluation, caller: Principal, body: RatingBody) -> None:
    """Refuse a repeated rating before it waits for its turn to write. Raises AlreadyRated, RatingTooLate.

    What comes in the same instant is decided by the unique key of the table.
    """
    async with evaluation.database.asking() as connection:
        by_default = await store.own_is_default(connection, body.visit_id or body.application_id or "", caller.subject)
    if by_default is not None:
        raise RatingTooLate if by_default else AlreadyRated


async def submit_rating(evaluation: Evaluation, work: UnitOfWork, caller: Principal, body: RatingBody) -> RatingView:
    """Write down what an applicant thinks of her matter or her visit.

    Raises RatingUnfit, NothingToRate, NotFinished, OwnWork, AlreadyRated, RatingTooLate.
    """
    target = await _target(work.connection, caller, body)
    row = await write_rating(evaluation, work, target, body, unit=body.unit)
    await audit.record(
        work,
        actor=caller.subject,
        action="rating.submitted",
        subject=row["rating_id"],
        details={name: row[name] for name in ("application_id", "visit_id", "unit", "level", "channel")},
    )
    return await rating_view(evaluation, work.connection, row)


async def submit_second_rating(
    evaluation: Evaluation, work: UnitOfWork, caller: Principal, rating_id: str, body: SecondRatingBody
) -> RatingView:
    """Write down what an applicant thinks after some time (追评), once, within its term.

    Raises RatingNotFound, RatingUnfit, AlreadyRated, RatingTooLate.
    """
    first = await store.find_own_rating(work.connection, rating_id, caller.subject)
    if first is None:
        raise RatingNotFound
    if first["number"] != 1:
        raise AlreadyRated("每次评价只能追评一次")
    case = await store.find_own_case(work.connection, first["application_id"], caller.subject)
    if case is None:
        raise RatingNotFound
    if await is_over(work.connection, SECOND, rating_id, work.clock.now()):
        raise RatingTooLate("追评期限已过")
    visit = first["visit_id"] and await store.find_own_visit(work.connection, first["visit_id"], caller.subject)
    tasks = await cases.tasks_of(work.connection, first["application_id"])
    target = Target(case, tasks, visit or None, caller.subject)
    row = await write_rating(evaluation, work, target, body, unit=first["unit"], number=2)
    await audit.record(work, actor=caller.subject, action="rating.second", subject=row["rating_id"])
    return await rating_view(evaluation, work.connection, row)


async def write_rating(  # noqa: PLR0913  what a rating is made of
    evaluation: Evaluation,
    work: UnitOfWork,
    target: Target,
    opinion: Opinion,
    *,
    unit: str | None = None,
    number: int = 1,
) -> dict[str, Any]:
    """Write an active rating with its event and its entry, and do what follows from it; return its row.

    Raises RatingUnfit, AlreadyRated, RatingTooLate.
    """
    await _require_fit(work.connection, target, opinion, unit)
    if number == 1 and await is_over(work.connection, INVITATION, target.key, work.clock.now()):
        raise await _refusal(work.connection, target.key, RatingTooLate())
    row = _row(evaluation, target, opinion, unit=unit or target.unit, number=number, now=work.clock.now())
    version = 1 + await store.ratings_in(work.connection, row["application_id"])
    if not await store.add_rating(work.connection, row):
        raise await _refusal(work.connection, target.key, AlreadyRated())
    if number == 1:
        await end_invitation(work, target.key)
        rules = await rules_of(work.connection)
        await start_timer(
            work, SECOND, row["rating_id"], unit=row["unit"], at=row["rated_at"], term=rules.second_within
        )
    told = {name: row[name] for name in TOLD}
    event = RatingSubmitted(**told, rated_on=local(row["rated_at"]).date().isoformat())
    await append(work, event, subject=row["rating_id"], version=1)
    note_rating(work, row, version)
    await store.leave_to_judge(work.connection, row["rating_id"], "rating", at=row["rated_at"])
    await after_rating(evaluation, work, _rated(row, target))
    return row


def note_rating(work: UnitOfWork, row: Mapping[str, Any], version: int) -> None:
    """Write a rating into the journal, active or by default, without whose it is."""
    told = {name: row[name] for name in (*TOLD, "item", "is_default")}
    key = row["application_id"]
    note_own(work, About.CASE, key, type_=SUBMITTED, version=version, at=row["rated_at"], data=told)


async def _target(connection: AsyncConnection, caller: Principal, body: RatingBody) -> Target:
    if (body.application_id is None) == (body.visit_id is None):
        raise RatingUnfit(errors=[FieldError("", "one_of", "请指明所评的事项或到访,二者择一")])
    visit = None
    if body.visit_id is not None:
        visit = await store.find_own_visit(connection, body.visit_id, caller.subject)
        if visit is None:
            raise NothingToRate
    application_id: str = visit.application_id if visit else body.application_id or ""
    case = await store.find_own_case(connection, application_id, caller.subject)
    if case is None:
        raise NothingToRate
    if visit is None and case.closed_at is None:
        raise NotFinished
    target = Target(case, await cases.tasks_of(connection, application_id), visit, caller.subject)
    if caller.subject in target.handlers:
        raise OwnWork
    return target


async def _refusal(connection: AsyncConnection, key: str, otherwise: AlreadyRated | RatingTooLate) -> Exception:
    """Return why a thing cannot be rated: it was, or silence was written down for it when its term ran out."""
    by_default = await store.is_default_rating(connection, key, 1)
    if by_default is None:
        return otherwise
    return RatingTooLate() if by_default else AlreadyRated()


async def _require_fit(connection: AsyncConnection, target: Target, opinion: Opinion, unit: str | None) -> None:
    """Hold tags to their level and the unit to the case. Raises RatingUnfit with each wrong place."""
    wrong = []
    if unit is not None and unit not in target.units:
        wrong.append(FieldError("/unit", "not_of_the_case", "该单位没有参与办理"))
    wrong += await wrong_tags(connection, opinion)
    if wrong:
        raise RatingUnfit(errors=wrong)


async def wrong_tags(connection: AsyncConnection, opinion: Opinion) -> list[FieldError]:
    """Return where an opinion has tags that are not of its level, or one twice."""
    wrong = []
    levels = await tag_levels(connection) if opinion.tags else {}
    for index, tag in enumerate(opinion.tags):
        if levels.get(tag) != opinion.level:
            wrong.append(FieldError(f"/tags/{index}", "not_of_the_level", "该标签不属于所选的等级"))
        elif tag in opinion.tags[:index]:
            wrong.append(FieldError(f"/tags/{index}", "repeated", "标签重复"))
    return wrong


async def tag_levels(connection: AsyncConnection) -> dict[str, Level]:
    """Return the level of each reason tag; none while the city has named no tags."""
    found = await pack.find_document(connection, "rating_tags")
    return {} if found is None else {one["tag"]: Level(one["level"]) for one in found.document["tags"]}


def _row(  # noqa: PLR0913  what a rating is made of
    evaluation: Evaluation, target: Target, opinion: Opinion, *, unit: str, number: int, now: datetime
) -> dict[str, Any]:
    rating_id = evaluation.random_id()
    text, device = opinion.text, opinion.device
    return {
        "rating_id": rating_id,
        "rated_key": target.key,
        "number": number,
        **about(target.case),
        "visit_id": target.visit.visit_id if target.visit else None,
        "rater_id": target.rater_id,
        "unit": unit,
        "item": target.item_of(unit),
        "level": opinion.level.value,
        "tags": list(opinion.tags),
        "text": evaluation.cipher.encrypt(text, table="rating", column="text", row=rating_id) if text else "",
        "channel": Channel(opinion.channel).value,
        "wants_call": opinion.wants_call,
        "is_default": False,
        "device": evaluation.device_mark(device) if device else "",
        "window_code": target.window,
        "period": local(now).strftime("%Y-%m"),
        "rated_at": now,
    }


def about(case: Any) -> dict[str, Any]:
    """Return what a rating keeps of its case."""
    return {
        "application_id": case.application_id,
        "matter_code": case.matter_code or "",
        "region": case.region or "",
    }


def _rated(row: Mapping[str, Any], target: Target) -> Rated:
    kept = ("rating_id", "application_id", "visit_id", "unit", "tags", "number", "wants_call", "rater_id")
    return Rated(
        **{name: row[name] for name in (*kept, "matter_code", "region", "item", "rated_at")},
        level=Level(row["level"]),
        channel=Channel(row["channel"]),
        handler_ids=target.handlers,
    )
