"""The smallest service there can be: counters. The chassis is tested through it; a new service may start from it."""

from typing import Annotated, ClassVar

import sqlalchemy as sa
from fastapi import Depends, Response
from pydantic import ConfigDict

from chassis.base.fields import Body, Code, Count, View
from chassis.base.problems import NotFound, WrongState
from chassis.data import audit
from chassis.data.database import Database, UnitOfWork
from chassis.events.bus import Bus, Keeps
from chassis.events.inbox import Received, on
from chassis.events.outbox import Event, append
from chassis.events.standing import Joins
from chassis.http.idempotency import Once
from chassis.http.identity import Kind, policy
from chassis.http.routing import Caller, collaborators, declare, router
from chassis.service import Service, build_service
from chassis.settings import ServiceSettings

metadata = sa.MetaData()
counters = sa.Table(
    "counters",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)


class Counted(Event):
    """A counter went up."""

    type: ClassVar[str] = "sample.counter.counted"
    topic: ClassVar[str] = "sample.counter"
    keeps: ClassVar[Keeps] = Keeps.HISTORY
    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [{"name": "visits", "by": 1}]})

    name: str
    by: int


class CounterNotFound(NotFound):
    """No such counter."""

    code, title = "counter_not_found", "没有这个计数器"


class CounterFull(WrongState):
    """The counter is at its end."""

    code, title = "counter_full", "计数器已满"


class CountBody(Body):
    """How much to count."""

    by: Count = 1


class CounterView(View):
    """A counter."""

    name: Code
    value: Count


async def count(work: UnitOfWork, name: str, by: int, *, actor: str) -> CounterView:
    """Count up, tell the outbox and the audit log. Raises CounterFull above a million."""
    row = (await work.connection.execute(sa.select(counters).where(counters.c.name == name).with_for_update())).first()
    value, version = (row.value + by, row.version + 1) if row else (by, 1)
    if value > 1_000_000:
        raise CounterFull
    change = counters.update().where(counters.c.name == name) if row else counters.insert()
    await work.connection.execute(change.values(name=name, value=value, version=version))
    await append(work, Counted(name=name, by=by), subject=name, version=version)
    await audit.record(work, actor=actor, action="counter.counted", subject=name, details={"by": by})
    return CounterView(name=name, value=value)


async def value_of(database: Database, name: str) -> int:
    """Return a counter's value. Raises CounterNotFound."""
    async with database.reading() as connection:
        value = (await connection.execute(sa.select(counters.c.value).where(counters.c.name == name))).scalar()
    if value is None:
        raise CounterNotFound(name)
    return int(value)


routes = router()
Here = Annotated[Database, Depends(collaborators)]


@routes.post(
    "/counters/{name}/counts",
    status_code=201,
    response_model=CounterView,
    summary="计数",
    **declare(policy(Kind.CITIZEN, scope="draft:write", level=1), problems=(CounterFull,), once=True),
)
async def count_up(name: Code, body: CountBody, caller: Caller, once: Once) -> Response:
    """给计数器加数。"""
    return await once(
        lambda work: count(work, name, body.by, actor=caller.subject),
        location=lambda view: f"/api/v1/counters/{view.name}",
    )


@routes.get(
    "/counters/{name}",
    summary="查看计数",
    **declare(policy(Kind.ANONYMOUS, Kind.CITIZEN), problems=(CounterNotFound,)),
)
async def show_counter(name: Code, database: Here) -> CounterView:
    """查看计数器。"""
    return CounterView(name=name, value=await value_of(database, name))


def build(settings: ServiceSettings, *, database: Database, bus: Bus) -> Service:
    """Compose the sample: it also reads its own events and mirrors each counter."""

    async def mirror(work: UnitOfWork, received: Received[Counted]) -> None:
        if received.data.by == 666:
            raise ValueError("the handler does not like this number")
        name = f"mirror-{received.data.name}"
        row = (await work.connection.execute(sa.select(counters).where(counters.c.name == name))).first()
        change = counters.update().where(counters.c.name == name) if row else counters.insert()
        value = (row.value if row else 0) + received.data.by
        await work.connection.execute(change.values(name=name, value=value, version=0))

    return build_service(
        "sample",
        package="chassis.testing.sample",
        title="样例",
        description="最小的服务",
        settings=settings,
        database=database,
        bus=bus,
        collaborators=database,
        routes=[routes],
        readers=[on(Counted, mirror, joins=Joins.REPUBLISHED)],
        publishes=[Counted],
    )
