"""Drafts: what a situation asks for, filled in step by step; incomplete is fine until it is submitted."""

from collections.abc import Mapping
from typing import Any

from chassis.base.problems import Conflict
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, page

from intake_svc import store
from intake_svc.errors import DraftChanged, DraftNotFound
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.given import Given, faults_of, seal, tidy, unseal
from intake_svc.schemas import DraftBody, DraftChangeBody, DraftSummary, DraftView, FaultView
from intake_svc.siblings import Guide, fetch_guide

TABLE = "draft"


async def guide_situation(intake: Intake, vouched: str, body: DraftBody) -> Guide:
    """Return the present guide of a situation. Raises MatterNotFound, AnswersWrong, CatalogUnavailable."""
    return await fetch_guide(intake.catalog, vouched, body.matter_code, body.answers)


async def create_draft(intake: Intake, work: UnitOfWork, caller: Principal, guide: Guide) -> DraftView:
    """Begin a draft for a guided situation."""
    draft_id, now, given = work.ids(), work.clock.now(), Given({}, {})
    row = {
        "draft_id": draft_id,
        "owner": caller.subject,
        **_guided(guide),
        "given": seal(intake, given, table=TABLE, row=draft_id),
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    await store.add_draft(work.connection, row)
    return _view(intake, row, given)


def _guided(guide: Guide) -> dict[str, Any]:
    kept = {name: getattr(guide, name) for name in ("matter_code", "matter_version", "name")}
    return {**kept, "guide": guide.model_dump(mode="json")}


async def show_draft(intake: Intake, caller: Principal, draft_id: str) -> DraftView:
    """Return the caller's draft. Raises DraftNotFound."""
    row = await find_draft(intake, caller, draft_id)
    return _view(intake, row._asdict(), unseal(intake, row.given, table=TABLE, row=draft_id))


async def find_draft(intake: Intake, caller: Principal, draft_id: str) -> Any:
    """Return the caller's draft as a row. Raises DraftNotFound."""
    async with intake.database.reading() as connection:
        row = await store.find_draft(connection, draft_id, caller.subject)
    if row is None:
        raise DraftNotFound(draft_id)
    return row


async def list_drafts(intake: Intake, caller: Principal, after: str, size: int) -> Page[DraftSummary]:
    """Return a page of the caller's drafts, the newest first."""
    (last,) = decode_cursor(after, str) if after else ("",)
    async with intake.database.reading() as connection:
        rows = await store.list_drafts(connection, caller.subject, last, size)
    views = [DraftSummary(**{name: getattr(row, name) for name in DraftSummary.model_fields}) for row in rows]
    return page(views, size, key=lambda view: (view.draft_id,))


async def guide_draft(
    intake: Intake, caller: Principal, vouched: str, draft_id: str, answers: Mapping[str, str] | None
) -> tuple[Any, Guide]:
    """Return the caller's draft and the present guide for its, or for the new, answers.

    Raises DraftNotFound, and AnswersWrong when the matter's present version asks other questions.
    """
    row = await find_draft(intake, caller, draft_id)
    given = row.guide["answers"] if answers is None else answers
    return row, await fetch_guide(intake.catalog, vouched, row.matter_code, given)


async def change_draft(
    intake: Intake, work: UnitOfWork, planned: tuple[Any, Guide], body: DraftChangeBody, if_match: int | None
) -> DraftView:
    """Replace a draft's form and references, and its situation if that was changed.

    Raises DraftChanged when it is not what If-Match names, Conflict when another request was faster.
    """
    row, guide = planned
    if if_match is not None and if_match != row.version:
        raise DraftChanged(f"当前版本为 {row.version}")
    given = tidy(guide, Given(body.form, body.materials))
    values = {
        **_guided(guide),
        "given": seal(intake, given, table=TABLE, row=row.draft_id),
        "updated_at": work.clock.now(),
    }
    if not await store.update_draft(work.connection, row.draft_id, row.owner, row.version, values):
        raise Conflict("草稿刚被修改,请刷新后重试")
    return _view(intake, {**row._asdict(), **values, "version": row.version + 1}, given)


async def discard_draft(work: UnitOfWork, caller: Principal, draft_id: str) -> None:
    """Remove the caller's draft. Raises DraftNotFound."""
    if not await store.remove_draft(work.connection, draft_id, caller.subject):
        raise DraftNotFound(draft_id)


def _view(intake: Intake, row: Mapping[str, Any], given: Given) -> DraftView:
    guide = Guide.model_validate(row["guide"])
    faults = faults_of(intake, guide, given)
    kept = ("draft_id", "matter_code", "matter_version", "name", "version", "created_at", "updated_at")
    return DraftView(
        **{name: row[name] for name in kept},
        answers=guide.answers,
        form=given.form,
        materials=given.materials,
        missing=[FaultView(pointer=one.pointer, code=one.code, detail=one.detail) for one in faults],
    )
