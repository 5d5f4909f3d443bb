"""Drafts: what a situation asks for, filled in step by step; incomplete is fine until it is submitted.

What was typed is never lost to the catalogue: where it refuses the situation or does not answer, the draft is kept
under the guide it has, with the situation as it was chosen, and says what is wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.base.problems import Problem
from chassis.data import audit
from chassis.data.database import UnitOfWork, take_turn
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, page
from chassis.http.preconditions import Tags, version_tag
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.errors import AlreadySubmitted, DraftChanged, DraftNotFound, TooManyDrafts
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.given import Given, seal, tidy, unseal
from intake_svc.handlers.prefill import prefill
from intake_svc.handlers.shared import NOTHING, Shared, filled, open_shared, seal_shared
from intake_svc.handlers.shown import (
    UNGUIDED,
    WholeDraft,
    chosen_of,
    draft_view,
    faults_told,
    open_answers,
    summary,
)
from intake_svc.schemas import DraftBody, DraftChangeBody, DraftSummary, DraftView, FaultView
from intake_svc.siblings import Guide, fetch_guide
from intake_svc.store import drafting
from intake_svc.store.drafting import DraftFilter

TABLE = "draft"


@dataclass(frozen=True, slots=True)
class Beginning:
    """A draft that is about to be written: its id, the guide of its situation, what the networks gave."""

    draft_id: str
    guide: Guide
    shared: Shared = NOTHING


@dataclass(frozen=True, slots=True)
class Change:
    """A change that is about to be written: the draft as it is, the guide for it, the situation as it was chosen."""

    row: Any
    guide: Guide
    chosen: Mapping[str, str]
    faults: list[FaultView]

    @property
    def open_answers(self) -> dict[str, str] | None:
        """Return the situation that was chosen and has no guide yet; None where the guide is of it."""
        return None if self.chosen == self.guide.answers else dict(self.chosen)


async def plan_draft(intake: Intake, caller: Principal, vouched: str, body: DraftBody) -> Beginning:
    """Return the present guide of a situation, kept, and what the networks give for it, before any transaction.

    Nobody is asked for a draft that there is no room for. Raises MatterNotFound, AnswersWrong, CatalogUnavailable,
    TooManyDrafts.
    """
    guide = await fetch_guide(intake.catalog, vouched, body.matter_code, body.answers)
    await intake.guides.keep(guide)
    draft_id = intake.database.ids()
    if not body.is_filled_in:
        return Beginning(draft_id, guide)
    async with intake.database.asking() as connection:
        known = await drafting.count_drafts(connection, caller.subject, guide.matter_code)
    _require_room(intake, known, guide)
    return Beginning(draft_id, guide, await prefill(intake, caller, guide, draft_id))


async def create_draft(intake: Intake, work: UnitOfWork, caller: Principal, begun: Beginning) -> DraftView:
    """Begin a draft for a guided situation, with what the networks gave. Raises TooManyDrafts."""
    owner, guide, draft_id = caller.subject, begun.guide, begun.draft_id
    await take_turn(work.connection, f"drafts of {owner} {guide.matter_code}")
    known = await drafting.count_drafts(work.connection, owner, guide.matter_code)
    _require_room(intake, known, guide)
    now, given = work.clock.now(), filled(begun.shared)
    row = {
        "draft_id": draft_id,
        "owner": owner,
        **_guided(guide),
        "guide": guide.text,
        "answers": None,
        "given": seal(intake, given, table=TABLE, row=draft_id),
        "shared": seal_shared(intake, begun.shared, row=draft_id),
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    drafting.add_draft(work, row)
    whole = WholeDraft({**row, **known._asdict()}, guide, given, begun.shared)
    return draft_view(intake, whole, faults=[])


def _require_room(intake: Intake, known: Any, guide: Guide) -> None:
    if known.drafts >= (most := intake.keeping.at_most):
        see = f"/api/v1/drafts?matter_code={guide.matter_code}"
        raise TooManyDrafts(f"同一件事最多有 {most} 份草稿;请先提交或删除不用的草稿", see=see)


def _guided(guide: Guide) -> dict[str, Any]:
    kept = {name: getattr(guide, name) for name in ("matter_code", "matter_version", "name")}
    return {**kept, "guide_digest": guide.digest}


async def show_draft(intake: Intake, caller: Principal, draft_id: str) -> DraftView:
    """Return the caller's draft. Raises DraftNotFound, AlreadySubmitted."""
    row, guide = await find_draft(intake, caller, draft_id)
    given = unseal(intake, row.given, table=TABLE, row=draft_id)
    is_guided = open_answers(row._asdict()) is None
    whole = WholeDraft(row._asdict(), guide, given, open_shared(intake, row.shared, row=draft_id))
    return draft_view(intake, whole, faults=[] if is_guided else [UNGUIDED])


async def find_draft(intake: Intake, caller: Principal, draft_id: str) -> tuple[Any, Guide]:
    """Return the caller's draft as a row, and its guide. Raises DraftNotFound, AlreadySubmitted."""
    async with intake.database.asking() as connection:
        row = await _own(connection, draft_id, caller.subject)
        return row, await intake.guides.of(connection, row)


async def _own(connection: AsyncConnection, draft_id: str, owner: str) -> Any:
    row = await drafting.find_draft(connection, draft_id, owner)
    if row is None:
        application_id = await drafting.application_of_draft(connection, draft_id, owner)
        raise AlreadySubmitted(application_id) if application_id else DraftNotFound
    return row


async def list_drafts(  # noqa: PLR0913  what is wanted of the list
    intake: Intake, caller: Principal, *, matter_code: str, expiring: bool, after: str, size: int
) -> Page[DraftSummary]:
    """Return a page of the caller's drafts, the newest first."""
    (last,) = decode_cursor(after, str) if after else ("",)
    changed_by = intake.keeping.last_change(intake.database.clock.now()) if expiring else None
    wanted = DraftFilter(caller.subject, matter_code, changed_by)
    async with intake.database.asking() as connection:
        rows = await drafting.list_drafts(connection, wanted, last, size)
    views = [DraftSummary(**summary(intake, row._asdict())) for row in rows]
    return page(views, size, key=lambda view: (view.draft_id,))


async def guide_draft(
    intake: Intake, caller: Principal, vouched: str, draft_id: str, answers: Mapping[str, str] | None
) -> Change:
    """Return the caller's draft with the present guide for its, or for the new, answers; else with what it has.

    Raises DraftNotFound, AlreadySubmitted; what the catalogue refuses becomes faults of the change.
    """
    row, kept = await find_draft(intake, caller, draft_id)
    chosen = answers if answers is not None else chosen_of(row._asdict(), kept)
    faults: list[FaultView] = []
    guide = kept
    try:
        guide = await fetch_guide(intake.catalog, vouched, row.matter_code, chosen)
    except Problem as told:
        faults = faults_told(told)
    await intake.guides.keep(guide)
    return Change(row, guide, chosen, faults)


async def change_draft(
    intake: Intake, work: UnitOfWork, change: Change, body: DraftChangeBody, seen: Tags
) -> DraftView:
    """Replace a draft's form and references, and its situation and reasons of disputes if those were changed.

    What was shared stays as it was, whatever is typed in its place.

    Raises DraftChanged when it is not what If-Match names, or no longer; DraftNotFound or AlreadySubmitted when it is
    gone meanwhile.
    """
    row = change.row
    require_seen(row, seen)
    given = tidy(change.guide, Given(body.form, body.materials))
    shared = open_shared(intake, row.shared, row=row.draft_id)
    if body.disputes is not None:
        shared = shared.model_copy(update={"disputes": body.disputes})
    guided = _guided(change.guide)
    if row.guide_digest != change.guide.digest:  # else it stays as it is, in the row too
        guided["guide"] = change.guide.text
    values = {
        **guided,
        "answers": change.open_answers,
        "given": seal(intake, given, table=TABLE, row=row.draft_id),
        "shared": seal_shared(intake, shared, row=row.draft_id),
        "updated_at": work.clock.now(),
    }
    if not await drafting.update_draft(work.connection, row.draft_id, row.owner, row.version, values):
        raise await changed_meanwhile(work, row.draft_id, row.owner)
    whole = WholeDraft({**row._asdict(), **values, "version": row.version + 1}, change.guide, given, shared)
    return draft_view(intake, whole, faults=change.faults)


async def discard_draft(work: UnitOfWork, caller: Principal, draft_id: str, seen: Tags) -> None:
    """Remove the caller's draft.

    Raises DraftNotFound, AlreadySubmitted, and DraftChanged when it is not what If-Match names.
    """
    row = await _own(work.connection, draft_id, caller.subject)
    require_seen(row, seen)
    if await drafting.remove_draft(work.connection, draft_id, caller.subject, row.version) is None:
        raise await changed_meanwhile(work, draft_id, caller.subject)


def require_seen(row: Any, seen: Tags) -> None:
    """Raise DraftChanged unless the caller saw the draft as it is."""
    if not seen.have(version_tag(row.version)):
        raise changed(row)


def changed(row: Any) -> DraftChanged:
    """Return the refusal that tells which version a draft has."""
    detail = f"草稿现为第 {row.version} 版,与您所见的不同;请重新打开草稿,核对后再操作"
    return DraftChanged(detail, etag=version_tag(row.version))


async def changed_meanwhile(work: UnitOfWork, draft_id: str, owner: str) -> DraftChanged:
    """Return the refusal for a draft that was another a moment ago. Raises DraftNotFound, AlreadySubmitted."""
    return changed(await _own(work.connection, draft_id, owner))


async def tell_erased(work: UnitOfWork, count: int) -> None:
    """Note how many drafts had their time and were erased (个人信息保护法 art. 47)."""
    await audit.record(work, actor="intake", action="drafts.erased", subject="draft", details={"drafts": count})
