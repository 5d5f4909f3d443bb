"""Idempotency-Key: a keyed POST has one effect and one answer, whatever the client, the network or a crash does.

The record is written in the transaction of the effect, so a crash before the commit leaves nothing and the retry
starts anew, and a crash after it finds the stored answer. Two at once are told apart by a mark in the process and, on
PostgreSQL, by an advisory lock of the transaction; the primary key is the last arbiter. The key is looked up where its
lock is taken, as the transaction begins. A refusal, wherever in the request it arose, is given only after the key was
found unclaimed under its lock: what was looked at before may have been changed by this very request, then or in another
process.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any, NoReturn, TypeVar

import sqlalchemy as sa
from fastapi import Depends, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.base.fields import PRINTABLE
from chassis.base.problems import BadRequest, Malformed, Problem, WrongState
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database, UnitOfWork
from chassis.data.periods import ANSWERS
from chassis.data.schema import idempotency
from chassis.data.trimming import older

V = TypeVar("V", bound=BaseModel)


class KeyMissing(BadRequest):
    """The operation takes an Idempotency-Key and the request has none."""

    code, title = "idempotency_key_missing", "缺少幂等键"


class KeyReused(Malformed):
    """The key was used with another body."""

    code, title = "idempotency_key_reused", "同一幂等键的请求内容不同"


class RequestInFlight(WrongState):
    """The first request with this key is still being handled."""

    code, title = "request_in_flight", "相同请求正在处理中"

    def __init__(self) -> None:
        super().__init__("请稍后以同一幂等键重试", headers={"Retry-After": "1"})


class Replayed(Exception):  # noqa: N818  not an error: the stored answer
    """The key's answer is known; it is given again."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class Idempotent:
    """One keyed request: runs its effect in the one transaction that also stores its answer."""

    def __init__(self, request: Request, caller: str, key: str, body_hash: str) -> None:
        self._database: Database = request.app.state.database
        self._cipher: FieldCipher = request.app.state.cipher
        self._status: int = request.scope["route"].status_code or 200
        self._scope = {"caller": caller, "operation": request.scope["route"].name, "key": key}
        self._body_hash = body_hash

    @classmethod
    @asynccontextmanager
    async def begin(cls, request: Request, caller: str, key: str) -> "AsyncIterator[Idempotent]":
        """Admit a keyed request. Raises RequestInFlight; on a refusal also what its key says, as `__call__` does."""
        digest = hashlib.sha256(request.url.path.encode() + b"\0" + await request.body()).hexdigest()
        once = cls(request, caller, key, digest)
        under_way: set[tuple[str, ...]] = request.app.state.under_way
        mark = (caller, once._scope["operation"], key)
        if mark in under_way:
            raise RequestInFlight
        under_way.add(mark)
        try:
            yield once
        except (Problem, RequestValidationError, IntegrityError):
            await once._look_again()
            raise
        finally:
            under_way.discard(mark)

    async def look(self) -> None:
        """See whether the key's answer is known, before work that must not be done again and is in no transaction.

        Raises Replayed, KeyReused.
        """
        async with self._database.asking() as connection:
            await self._look(connection, _LOOK)

    async def __call__(
        self, effect: Callable[[UnitOfWork], Awaitable[V]], *, location: Callable[[V], str] | None = None
    ) -> Response:
        """Run the effect and store its answer with it; return the answer.

        Raises Replayed with the stored answer, KeyReused, RequestInFlight, and whatever the effect raises, with nothing
        stored, so that the same key may be used again.
        """
        async with self._database.unit_of_work() as work:
            await self._claim(work.connection)
            view = await effect(work)
            headers = {"location": location(view)} if location else {}
            body = view.model_dump_json()
            sealed = self._cipher.encrypt(body, table="idempotency", column="body", row=self._row)
            row = {"body_hash": self._body_hash, "status": self._status, "headers": headers, "body": sealed}
            work.add(idempotency, {**self._scope, **row, "created_at": work.clock.now()})
        return Response(body, self._status, headers, media_type="application/json")

    async def require_new(self) -> None:
        """See that the key has no answer yet, before others are asked for what a replay would not use.

        Raises Replayed, KeyReused; it claims nothing.
        """
        async with self._database.asking() as connection:
            await self._look(connection, _LOOK)

    async def forget(self) -> None:
        """Drop the key's answer: of what may not be told any more the refusal is given, and nothing is kept."""
        async with self._database.unit_of_work() as work:
            await work.connection.execute(_FORGET, self._scope)

    @property
    def _row(self) -> str:
        return "\0".join(self._scope.values())

    async def _claim(self, connection: AsyncConnection) -> None:
        """Take the key's lock and look the key up. Raises RequestInFlight, Replayed, KeyReused.

        On PostgreSQL one statement does both, whose look may be older than its lock: what comes of an answer that it
        missed is a refusal, or the second row of the key, and before either is given `_look_again` looks.
        """
        await self._look(connection, _LOCK_AND_LOOK if connection.dialect.name == "postgresql" else _LOOK)

    async def _look_again(self) -> None:
        """See that the key is unclaimed, its lock held before the look. Raises as `_claim` does."""
        async with self._database.unit_of_work() as work:
            if work.connection.dialect.name == "postgresql":
                await self._look(work.connection, _LOCK_AND_LOOK)
            await self._look(work.connection, _LOOK)

    async def _look(self, connection: AsyncConnection, look: sa.Select[Any]) -> None:
        named = {**self._scope, "lock": self._row.replace("\0", "/")}
        stored = (await connection.execute(look, named)).one()
        if not stored.free:
            raise RequestInFlight
        if stored.body is not None:
            self._replay(stored)

    def _replay(self, stored: Any) -> NoReturn:
        if stored.body_hash != self._body_hash:
            raise KeyReused("请为不同的请求使用新的幂等键")
        body = self._cipher.decrypt(stored.body, table="idempotency", column="body", row=self._row)
        headers = {**stored.headers, "idempotency-replayed": "true"}
        raise Replayed(Response(body, stored.status, headers, media_type="application/json"))


def _stored(free: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Return the query whether a key is free, with what is stored under it, in one row."""
    answer = [idempotency.c[name] for name in ("body_hash", "status", "headers", "body")]
    same = [idempotency.c[name] == sa.bindparam(name) for name in ("caller", "operation", "key")]
    row = sa.select(sa.literal(1).label("here")).subquery()
    return sa.select(free.label("free"), *answer).select_from(row.outerjoin(idempotency, sa.and_(*same)))


_LOOK = _stored(sa.true())
_FORGET = idempotency.delete().where(
    *(idempotency.c[name] == sa.bindparam(name) for name in ("caller", "operation", "key"))
)
_LOCK_AND_LOOK = _stored(sa.func.pg_try_advisory_xact_lock(sa.func.hashtextextended(sa.bindparam("lock"), 0)))
trim_answers = older(idempotency, idempotency.c.created_at, ANSWERS)


async def _once(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="幂等键:同一键与同一内容得到同一答复;建议使用 UUID",
            min_length=1,
            max_length=100,
            pattern=PRINTABLE,
        ),
    ] = None,
) -> AsyncIterator[Idempotent]:
    if idempotency_key is None:
        raise KeyMissing("请在请求头 Idempotency-Key 中给出幂等键")
    async with Idempotent.begin(request, request.state.principal.subject, idempotency_key) as once:
        yield once


Once = Annotated[Idempotent, Depends(_once)]
"""Of a route that takes an idempotency key, and needs one."""
