"""A rater's own view of what she said."""

from collections.abc import Mapping
from typing import Any

from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, id_in, moment_in, page
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.ratings import LEVEL_NAMES, Level
from evaluation_svc.errors.ratings import RatingNotFound
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.invitations import SECOND
from evaluation_svc.schemas.ratings import RatingView
from evaluation_svc.store import cases, clocks
from evaluation_svc.store import rated as store

MADE = frozenset({"application_number", "level_name", "text", "second_until"})
KEPT = tuple(name for name in RatingView.model_fields if name not in MADE)


def opened_text(evaluation: Evaluation, row: Mapping[str, Any]) -> str:
    """Return what was written in a rating, as it was written."""
    sealed: str = row["text"]
    return evaluation.cipher.decrypt(sealed, table="rating", column="text", row=row["rating_id"]) if sealed else ""


async def rating_view(evaluation: Evaluation, connection: AsyncConnection, row: Mapping[str, Any]) -> RatingView:
    """Return a rating as its rater sees it."""
    number = row.get("application_number")
    if number is None:
        case = await cases.find_case(connection, row["application_id"])
        number = case.application_number if case else ""
    timer = await clocks.find_timer(connection, SECOND, row["rating_id"])
    can = timer is not None and timer["ended_at"] is None
    return RatingView(
        **{name: row[name] for name in KEPT},
        application_number=number or "",
        level_name=LEVEL_NAMES[Level(row["level"])],
        text=opened_text(evaluation, row),
        second_until=timer["due_at"] if timer and can else None,
    )


async def list_own_ratings(evaluation: Evaluation, caller: Principal, *, after: str, size: int) -> Page[RatingView]:
    """Return a page of the caller's ratings, the newest first. Raises Malformed for a wrong cursor."""
    place = _place(after)
    async with evaluation.database.reading() as connection:
        rows = await store.list_own_ratings(connection, rater=caller.subject, after=place, size=size)
        views = [await rating_view(evaluation, connection, row) for row in rows]
    return page(views, size, key=lambda view: (view.rated_at.isoformat(), view.rating_id))


async def show_own_rating(evaluation: Evaluation, caller: Principal, rating_id: str) -> RatingView:
    """Return a rating of the caller's. Raises RatingNotFound."""
    async with evaluation.database.reading() as connection:
        row = await store.find_own_rating(connection, rating_id, caller.subject)
        if row is None:
            raise RatingNotFound
        return await rating_view(evaluation, connection, row)


def _place(after: str) -> tuple[Any, str] | None:
    if not after:
        return None
    at, rating_id = decode_cursor(after, str, str)
    return moment_in(at), id_in(rating_id)
