"""What is known of a file by its digest: which of our documents it is, and the licence that it shows."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from esign_svc.store.exports import document_exports
from esign_svc.store.licence_tables import licences
from esign_svc.store.papers import documents
from esign_svc.store.seal_tables import seal_certificates, seal_uses, seals

_DOCUMENT = sa.select(documents.c.kind, documents.c.subject, documents.c.title, documents.c.number, documents.c.state)
_DIGEST: sa.BindParameter[str] = sa.bindparam("digest")
_KNOWN = _DOCUMENT.where(documents.c.sha256 == _DIGEST).union_all(
    _DOCUMENT.join(document_exports, document_exports.c.document_id == documents.c.document_id).where(
        document_exports.c.sha256 == _DIGEST
    )
)
_NEWER = licences.alias("newer")
_LICENCE = sa.select(
    licences.c.identifier,
    licences.c.name,
    licences.c.state,
    licences.c.valid_until,
    sa.exists()
    .where(
        _NEWER.c.task_id == licences.c.task_id, _NEWER.c.edition > licences.c.edition, _NEWER.c.issued_at.is_not(None)
    )
    .label("superseded"),
).where(licences.c.licence_id == sa.bindparam("licence"))

_USED = sa.exists().where(seal_uses.c.seal_id == seals.c.seal_id, seal_uses.c.sha256 == _DIGEST)
_BOUND = (
    sa.select(seals.c.name, _USED.label("is_used"))
    .join(seal_certificates, seal_certificates.c.seal_id == seals.c.seal_id)
    .where(seal_certificates.c.sha256 == sa.bindparam("certificate"))
)


async def seal_behind(connection: AsyncConnection, certificate: str, sha256: str) -> Any | None:
    """Return the seal that has or had a certificate (its digest), and whether it was used for a file of this digest."""
    return (await connection.execute(_BOUND, {"certificate": certificate, "digest": sha256})).first()


async def known_file(connection: AsyncConnection, sha256: str) -> Any | None:
    """Return the document one of whose files has this digest (hexadecimal)."""
    return (await connection.execute(_KNOWN, {"digest": sha256})).first()


async def licence_shown(connection: AsyncConnection, licence_id: str) -> Any | None:
    """Return the licence that a document shows, and whether a newer edition, sealed, took its place."""
    return (await connection.execute(_LICENCE, {"licence": licence_id})).first()
