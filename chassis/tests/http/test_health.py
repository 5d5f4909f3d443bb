import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from chassis.base import telemetry
from chassis.base.works import MOST_FALLS
from chassis.data.database import Database
from chassis.events.bus import BusUnavailable
from chassis.events.outbox import append
from chassis.http.health import STOPPING, Operators
from chassis.http.upstream import Reply, call
from chassis.service import Service
from chassis.testing.client import Client
from chassis.testing.sample import Counted


async def ask(service: Service, path: str) -> Reply:
    return await call(service.operators, "GET", path)


async def detail(service: Service, path: str) -> str:
    reply = await ask(service, path)
    assert reply.status == 503
    assert reply.json()["code"] == "unavailable"
    return str(reply.json()["detail"])


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
async def test_operators_ask_beside_the_address_that_callers_use(api: Client, service: Service, path: str) -> None:
    assert (await api.get(path, by=None)).status == 404
    reply = await ask(service, path)
    assert (reply.status, reply.headers["x-content-type-options"]) == (200, "nosniff")
    assert (await ask(service, "/")).json()["code"] == "not_found"


async def test_who_stops_is_not_ready_and_lives(service: Service) -> None:
    operators = service.operators
    operators.standing = STOPPING
    reply = await call(operators, "GET", "/readyz")
    assert (reply.status, reply.json()["detail"]) == (503, STOPPING)
    assert (await call(operators, "GET", "/livez")).status == 200


async def test_metrics_are_rendered_once_a_second_however_many_ask() -> None:
    seconds = [1000.0]
    operators = Operators({}, elapsed=lambda: seconds[0])
    first = (await call(operators, "GET", "/metrics")).body
    telemetry.FAILURES.labels("once").inc()
    assert (await call(operators, "GET", "/metrics")).body == first
    seconds[0] += 1
    assert b'service="once"' in (await call(operators, "GET", "/metrics")).body


async def test_a_running_service_tells_its_backlog(service: Service) -> None:
    async with service.running():
        async with asyncio.timeout(60):
            while b'yiwang_consumer_lag{service="sample"} 0.0' not in (await ask(service, "/metrics")).body:
                await asyncio.sleep(0.02)
        await service.measure()
        metrics = (await ask(service, "/metrics")).body
    assert b'yiwang_outbox_age_seconds{service="sample"} 0.0' in metrics
    assert b'yiwang_events_parked{service="sample",state="dead"} 0.0' in metrics


async def test_work_that_fails_as_it_is_stopped_is_not_begun_again(service: Service) -> None:
    begun = []

    async def clumsy() -> None:
        begun.append(1)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise RuntimeError("on the way out") from None

    object.__setattr__(service.relay, "run", clumsy)
    async with service.running():
        await asyncio.sleep(0.05)
    await asyncio.sleep(1.2)
    assert begun == [1]
    assert len(asyncio.all_tasks()) == 1


async def test_a_running_service_lives_and_a_work_that_is_gone_or_falls_is_named(service: Service) -> None:
    async def falling() -> None:
        raise RuntimeError

    object.__setattr__(service.relay, "run", falling)
    async with service.running():
        for each in service.supervised:
            each._pause = 0.0
        assert (await ask(service, "/livez")).status == 200
        async with asyncio.timeout(60):
            while (await ask(service, "/livez")).status == 200:
                await asyncio.sleep(0)
        assert await detail(service, "/livez") == "运行不正常:relay falls again and again"
        assert telemetry.FAILURES.labels("sample")._value.get() >= MOST_FALLS
        (consumer,) = [each for each in service.supervised if each.name == "consumer"]
        assert consumer._task is not None
        consumer._task.cancel()
        await asyncio.wait([consumer._task])
        assert "consumer gone" in await detail(service, "/livez")
    assert (await ask(service, "/livez")).status == 200


async def test_readiness_fails_when_the_bus_is_gone(service: Service) -> None:
    await service.bus.close()
    assert await detail(service, "/readyz") == "未就绪:bus"


async def test_readiness_fails_when_the_bus_does_not_take_what_is_published(service: Service) -> None:
    async with service.database.unit_of_work() as work:
        await append(work, Counted(name="a", by=1), subject="a", version=1)
    await service.bus.close()
    with pytest.raises(BusUnavailable):
        await service.relay.publish_batch(1)
    assert await detail(service, "/readyz") == "未就绪:bus、relay"


@contextmanager
def no_file_grows(size: int) -> Iterator[None]:
    """Let this process write no file beyond a size, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_readiness_fails_when_nothing_can_be_written(service: Service, database: Database) -> None:
    assert (await ask(service, "/readyz")).status == 200
    if database.dialect == "sqlite":
        log = Path(sa.make_url(database.url).database + "-wal")  # type: ignore[operator]
        with no_file_grows(log.stat().st_size):
            assert await detail(service, "/readyz") == "未就绪:write"
    else:
        async with database.unit_of_work() as work:
            name = (await work.connection.execute(sa.text("SELECT current_database()"))).scalar_one()
            await work.connection.execute(sa.text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
        await database.close()  # the next connections are under it
        assert await detail(service, "/readyz") == "未就绪:write"
