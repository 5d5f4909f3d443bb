import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from chassis.data.database import Database, UnitOfWork
from chassis.data.schema import idempotency, outbox
from chassis.http.asgi import Message
from chassis.http.idempotency import Idempotent, Replayed
from chassis.service import Service
from chassis.testing.builders import citizen
from chassis.testing.client import Client
from chassis.testing.sample import CounterFull, CounterNotFound, CounterView, routes, value_of
from fastapi import Request

PATH = "/api/v1/counters/visits/counts"


async def test_the_same_key_and_body_get_the_same_answer_and_one_effect(api: Client, database: Database) -> None:
    first = await api.post(PATH, by=citizen(), body={"by": 2}, key="k1")
    again = await api.post(PATH, by=citizen(), body={"by": 2}, key="k1")
    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert first.headers["location"] == again.headers["location"] == "/api/v1/counters/visits"
    assert again.headers["idempotency-replayed"] == "true"
    assert await value_of(database, "visits") == 2


async def test_the_same_key_with_another_body_is_refused(api: Client, database: Database) -> None:
    await api.post(PATH, by=citizen(), body={"by": 2}, key="k1")
    other = await api.post(PATH, by=citizen(), body={"by": 3}, key="k1")
    assert (other.status, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await value_of(database, "visits") == 2


async def test_a_key_belongs_to_the_thing_it_was_used_on(api: Client, database: Database) -> None:
    await api.post(PATH, by=citizen(), body={"by": 2}, key="k1")
    other = await api.post("/api/v1/counters/downloads/counts", by=citizen(), body={"by": 2}, key="k1")
    assert (other.status, other.json()["code"]) == (422, "idempotency_key_reused")
    with pytest.raises(CounterNotFound):
        await value_of(database, "downloads")


async def test_a_used_key_says_what_it_knows_also_of_a_request_that_is_not_read(api: Client) -> None:
    await api.post(PATH, by=citizen(), body={"by": 2}, key="k1")
    for body in ({"by": "x"}, {"by": 2, "other": 1}, None):
        other = await api.post(PATH, by=citizen(), body=body, key="k1")
        assert (other.status, other.json()["code"]) == (422, "idempotency_key_reused")
    fresh = await api.post(PATH, by=citizen(), body={"by": "x"}, key="k2")
    assert fresh.json()["code"] == "malformed"


async def test_an_answer_that_came_between_the_look_and_the_lock_is_given_instead_of_a_refusal(
    api: Client, database: Database, service: Service, backend: str
) -> None:
    if backend == "sqlite":  # there is one writer, who looks when he has the lock
        return
    answered = await api.post(PATH, by=citizen("ann"), body={"by": 2}, key="k1")
    async with database.unit_of_work() as work:
        (row,) = (await work.connection.execute(sa.select(idempotency))).mappings()
        await work.connection.execute(idempotency.delete())

    async def refuse(_work: UnitOfWork) -> CounterView:
        async with database.unit_of_work() as other:  # as the first request, which was faster, did
            other.add(idempotency, dict(row))
        raise CounterFull

    async def read() -> Message:
        return {"type": "http.request", "body": b'{"by": 2}'}

    (route,) = (route for route in routes.routes if getattr(route, "name", "") == "count_up")
    scope = {"type": "http", "app": service.api, "route": route, "path": PATH, "headers": [], "query_string": b""}
    again = Request({**scope, "server": ("here", 80), "scheme": "http", "root_path": ""}, read)
    with pytest.raises(Replayed) as replayed:
        async with Idempotent.begin(again, "ann", "k1") as once:
            await once(refuse)
    assert replayed.value.response.body == answered.body


async def test_fifty_at_once_have_one_effect_and_the_others_are_told_to_wait_or_get_the_answer(
    api: Client, database: Database
) -> None:
    replies = await asyncio.gather(*(api.post(PATH, by=citizen(), body={"by": 2}, key="k1") for _ in range(50)))
    assert {reply.status for reply in replies} <= {201, 409}
    assert {reply.headers.get("retry-after") for reply in replies if reply.status == 409} <= {"1"}
    assert await value_of(database, "visits") == 2


async def test_a_key_belongs_to_its_caller(api: Client, database: Database) -> None:
    for subject in ("citizen-1", "citizen-2"):
        reply = await api.post(PATH, by=citizen(subject), body={"by": 2}, key="k1")
        assert reply.status == 201
    assert await value_of(database, "visits") == 4


async def test_the_same_key_of_several_callers_at_once_is_each_ones_own(api: Client, database: Database) -> None:
    names = [f"citizen-{number}" for number in range(10)]
    replies = await asyncio.gather(
        *(api.post(f"/api/v1/counters/{name}/counts", by=citizen(name), body={"by": 1}, key="k1") for name in names)
    )
    assert [reply.status for reply in replies] == [201] * 10
    assert [await value_of(database, name) for name in names] == [1] * 10


async def test_a_request_without_a_key_is_told_so(api: Client) -> None:
    reply = await api.post(PATH, by=citizen(), body={"by": 2})
    assert (reply.status, reply.json()["code"]) == (400, "idempotency_key_missing")


async def test_a_refused_effect_stores_nothing_so_the_key_may_be_used_again(api: Client, database: Database) -> None:
    full = await api.post(PATH, by=citizen(), body={"by": 2_000_000}, key="k1")
    assert (full.status, full.json()["code"]) == (409, "counter_full")
    assert (await api.post(PATH, by=citizen(), body={"by": 1}, key="k1")).status == 201
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(sa.func.count()).select_from(outbox))).scalar() == 1


async def test_the_stored_answer_is_encrypted(api: Client, database: Database, tmp_path: Path) -> None:
    await api.post("/api/v1/counters/secret-name/counts", by=citizen(), body={"by": 2}, key="k1")
    async with database.reading() as connection:
        stored = (await connection.execute(sa.select(idempotency.c.body))).scalar_one()
    assert "secret-name" not in stored
