"""Documents of applications that esign has sealed: what they are; their files are esign's."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from chassis.data.database import UnitOfWork
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.store import documents


def attach_document(work: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Keep a document of an application that is known."""
    work.add(documents, row)


async def attached_to(connection: AsyncConnection, application_id: str) -> list[Any]:
    """Return an application's documents, the oldest first."""
    return list(await connection.execute(_DOCUMENTS, {"wanted": application_id}))


_DOCUMENTS = (
    sa.select(documents).where(documents.c.application_id == sa.bindparam("wanted")).order_by(documents.c.document_id)
)
