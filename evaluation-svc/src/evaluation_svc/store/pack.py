"""The city pack's documents on evaluation, each whole and by its name."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store.tables import pack_documents

_SAVE = insert(pack_documents)
_SAVE = _SAVE.on_conflict_do_update(
    index_elements=["name"],
    set_={
        "document": _SAVE.excluded.document,
        "loaded_at": _SAVE.excluded.loaded_at,
        "version": pack_documents.c.version + 1,
    },
)
_ALL = sa.select(pack_documents.c.name, pack_documents.c.document)
_ONE = sa.select(pack_documents.c.version, pack_documents.c.document).where(
    pack_documents.c.name == sa.bindparam("wanted")
)


async def documents_kept(connection: AsyncConnection) -> dict[str, Any]:
    """Return all documents by their names."""
    return {row.name: row.document for row in await connection.execute(_ALL)}


async def find_document(connection: AsyncConnection, name: str) -> Any | None:
    """Return a document with its version; None while the city has not said anything of it."""
    return (await connection.execute(_ONE, {"wanted": name})).first()


async def save_document(connection: AsyncConnection, name: str, document: Any, at: datetime) -> None:
    """Keep a document that is new or changed."""
    row = {"name": name, "version": 1, "document": document, "loaded_at": at}
    await connection.execute(_SAVE, row)
