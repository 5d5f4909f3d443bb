"""Guides by their digest: each is kept once in the database, and parsed once while it is remembered."""

from typing import Any

from chassis.base.recent import Recent
from chassis.data.database import Database
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc import store
from intake_svc.siblings import Guide

GUIDES_REMEMBERED = 100


class Guides:
    """The guides that drafts and applications name; what is remembered is in the database."""

    def __init__(self, database: Database, *, remembered: int = GUIDES_REMEMBERED) -> None:
        self._database = database
        self._known: Recent[str, Guide] = Recent(remembered)

    async def keep(self, guide: Guide) -> None:
        """See that a guide is in the database. Never called inside a transaction: it may need one of its own."""
        if self._known.get(guide.digest) is not None:
            return
        async with self._database.unit_of_work() as work:
            await store.keep_guide(work.connection, guide.digest, guide.text)
        self._known.keep(guide.digest, guide)

    async def of(self, connection: AsyncConnection, row: Any) -> Guide:
        """Return the guide of a draft or an application; one that the release before wrote has it in its row."""
        if row.guide_digest is None:
            return Guide.model_validate_json(row.guide)
        known = self._known.get(row.guide_digest)
        if known is None:
            known = Guide.model_validate_json(await store.guide_text(connection, row.guide_digest))
            self._known.keep(row.guide_digest, known)
        return known
