"""Speaks to a service as the gateway would: over a direct ASGI call, with a signed principal."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chassis.data import audit
from chassis.data.database import Database
from chassis.data.schema import audit as audit_rows
from chassis.data.schema import outbox
from chassis.events.bus import Record
from chassis.events.envelope import Envelope
from chassis.events.outbox import Event
from chassis.http.asgi import App
from chassis.http.identity import ANONYMOUS, HEADER, Principal, PrincipalSigner
from chassis.http.upstream import Reply, call
from chassis.service import Service


class Client:
    """A caller of one app; every request says by whom."""

    def __init__(self, app: App, signer: PrincipalSigner) -> None:
        self._app = app
        self._signer = signer

    async def send(  # noqa: PLR0913  a request has this many parts
        self,
        method: str,
        path: str,
        *,
        by: Principal | None = ANONYMOUS,
        body: Any = None,
        key: str | None = None,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request; `key` is its Idempotency-Key; `by=None` sends no principal at all."""
        sent = dict(headers or {})
        if by is not None:
            sent[HEADER] = self._signer.sign(by)
        if key is not None:
            sent["idempotency-key"] = key
        return await call(self._app, method, path, query=query, body=body, headers=sent, within=60.0)

    async def get(self, path: str, **parts: Any) -> Reply:
        """Send a GET."""
        return await self.send("GET", path, **parts)

    async def post(self, path: str, **parts: Any) -> Reply:
        """Send a POST."""
        return await self.send("POST", path, **parts)

    async def put(self, path: str, **parts: Any) -> Reply:
        """Send a PUT."""
        return await self.send("PUT", path, **parts)

    async def delete(self, path: str, **parts: Any) -> Reply:
        """Send a DELETE."""
        return await self.send("DELETE", path, **parts)


def recorded(event: Event, *, subject: str, version: int, at: datetime, event_id: str = "") -> Record:
    """Return an event as the bus brings it."""
    envelope = Envelope(
        id=event_id or f"{event.topic}/{subject}/{version}",
        source="/test",
        type=event.type,
        subject=subject,
        aggregateversion=version,
        time=at,
        dataschema=event.dataschema(),
        traceparent="",
        data=event.model_dump(mode="json"),
    )
    return Record(event.topic, subject, envelope.model_dump_json().encode(), 0, version)


async def deliver(service: Service, event: Event, *, subject: str, version: int, event_id: str = "") -> None:
    """Hand an event to a service's consumer as the bus would; nothing is retried here."""
    assert service.consumer is not None, f"{service.name} reads no events"
    at = service.database.clock.now()
    await service.consumer.handle(recorded(event, subject=subject, version=version, at=at, event_id=event_id))


async def appended(database: Database, *types: str) -> Sequence[dict[str, Any]]:
    """Return the envelopes in the outbox in order, of all or the named types."""
    async with database.reading() as connection:
        rows = await connection.execute(sa.select(outbox.c.envelope).order_by(outbox.c.position))
        envelopes = [json.loads(row.envelope) for row in rows]
    return [envelope for envelope in envelopes if not types or envelope["type"] in types]


async def audited(database: Database) -> list[Any]:
    """Chain what waits, see that all holds, and return the audit rows, oldest first."""
    while await audit.chain(database):
        pass
    verdict = await audit.verify(database)
    assert verdict.broken_at is None, verdict.reason
    async with database.reading() as connection:
        return list(await connection.execute(sa.select(audit_rows).order_by(audit_rows.c.sequence)))
