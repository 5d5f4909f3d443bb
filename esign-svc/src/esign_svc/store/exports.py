"""Documents in a second format: the OFD of one, with its own file and its own use of the seal."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from chassis.data.schema import UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from esign_svc.store.papers import documents
from esign_svc.store.tables import metadata

document_exports = sa.Table(
    "document_export",
    metadata,
    sa.Column("document_id", sa.String(36), sa.ForeignKey("document.document_id"), primary_key=True),
    sa.Column("seal_id", sa.String(36), nullable=False),
    sa.Column("sealed_at", UtcDateTime, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("file_name", sa.String(100), nullable=False, unique=True),
    sa.Index("document_export_of_file", "sha256"),
)
"""One for each document that has one; written in the transaction that marks the document sealed."""

_ADD = document_exports.insert()
_ONE = sa.select(document_exports).where(document_exports.c.document_id == sa.bindparam("of_document"))


async def add_export(connection: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Add a document's export."""
    await connection.execute(_ADD, row)


async def find_export(connection: AsyncConnection, document_id: str) -> Any | None:
    """Return a document's export."""
    return (await connection.execute(_ONE, {"of_document": document_id})).first()


_NAMES: sa.BindParameter[Any] = sa.bindparam("names", expanding=True)
_FILES = sa.union_all(
    sa.select(documents.c.file_name).where(documents.c.file_name.in_(_NAMES)),
    sa.select(document_exports.c.file_name).where(document_exports.c.file_name.in_(_NAMES)),
)


async def files_known(connection: AsyncConnection, names: Sequence[str]) -> Collection[str]:
    """Return those of some files that a document has, in either format."""
    return set((await connection.execute(_FILES, {"names": list(names)})).scalars())
