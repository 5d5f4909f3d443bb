"""Notices: what is sealed of a letter from one unit to another, beside its document."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from chassis.data.schema import Json
from sqlalchemy.ext.asyncio import AsyncConnection

from esign_svc.domain.documents import DocumentState
from esign_svc.store.papers import documents
from esign_svc.store.tables import metadata, units

notices = sa.Table(
    "notice",
    metadata,
    sa.Column("document_id", sa.String(36), sa.ForeignKey("document.document_id"), primary_key=True),
    sa.Column("letter_id", sa.String(36), nullable=False, unique=True),
    sa.Column("letter_kind", sa.String(12), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("to_unit", sa.String(8), nullable=False),
    sa.Column("paragraphs", Json, nullable=False),
    sa.Index("notice_from", "unit", "document_id"),
    sa.Index("notice_to", "to_unit", "document_id"),
)
"""`unit` sends it, `to_unit` is its addressee; `paragraphs` are what it says, as they were approved."""

_ADD = insert(notices).on_conflict_do_nothing()
_OF = sa.select(notices).where(notices.c.document_id == sa.bindparam("wanted"))
_TO = units.alias("addressee")
_MINE: sa.BindParameter[Any] = sa.bindparam("mine", expanding=True)
_SENT = notices.c.unit.in_(_MINE)
_RECEIVED = sa.and_(notices.c.to_unit.in_(_MINE), documents.c.state == DocumentState.SEALED.value)
_SHOWN = (
    sa.select(
        documents,
        notices.c.letter_id,
        notices.c.letter_kind,
        notices.c.to_unit,
        units.c.name.label("unit_name"),
        _TO.c.name.label("to_unit_name"),
    )
    .select_from(notices.join(documents, documents.c.document_id == notices.c.document_id))
    .outerjoin(units, units.c.unit_code == notices.c.unit)
    .outerjoin(_TO, _TO.c.unit_code == notices.c.to_unit)
)
_READ = _SHOWN.where(notices.c.document_id == sa.bindparam("wanted"), sa.or_(_SENT, _RECEIVED))
_SIZE = sa.bindparam("size", type_=sa.Integer)
_NEWEST = notices.c.document_id.desc()
_OLDER = notices.c.document_id < sa.bindparam("after")
_LIST_SENT = _SHOWN.where(_SENT).order_by(_NEWEST).limit(_SIZE)
_LIST_RECEIVED = _SHOWN.where(_RECEIVED).order_by(_NEWEST).limit(_SIZE)
_LISTS = {
    ("sent", False): _LIST_SENT,
    ("sent", True): _LIST_SENT.where(_OLDER),
    ("received", False): _LIST_RECEIVED,
    ("received", True): _LIST_RECEIVED.where(_OLDER),
}


async def add_notice(connection: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep what a letter says; one that is kept stays as it is."""
    await connection.execute(_ADD, row)


async def notice_of(connection: AsyncConnection, document_id: str) -> Any:
    """Return what a document says as a notice."""
    return (await connection.execute(_OF, {"wanted": document_id})).one()


async def readable_notice(connection: AsyncConnection, document_id: str, mine: Collection[str]) -> Any | None:
    """Return a notice to a unit that sent it, or once it is sealed to its addressee."""
    return (await connection.execute(_READ, {"wanted": document_id, "mine": list(mine)})).first()


async def list_notices(
    connection: AsyncConnection, mine: Collection[str], way: str, *, after: str, size: int
) -> list[Any]:
    """Return a page and one more of the notices that units `sent` or `received`, the newest first."""
    given = {"mine": list(mine), "after": after, "size": size + 1}
    return list(await connection.execute(_LISTS[way, bool(after)], given))
