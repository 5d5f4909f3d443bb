import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator

import pytest
import structlog
from chassis.base import telemetry
from chassis.base.works import MOST_FALLS, MOVES_SECONDS, STEADY_SECONDS, Supervised, moving


class Time:
    """A monotonic clock that stands until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Outage(Exception):  # noqa: N818  named after the fact
    pass


@pytest.fixture
def time() -> Time:
    return Time()


Supervise = Callable[[Callable[[], Awaitable[None]]], Supervised]


@pytest.fixture
async def supervise(time: Time) -> Supervise:
    def begin(work: Callable[[], Awaitable[None]]) -> Supervised:
        supervised = Supervised("w", work, service="t", outages=(Outage,), elapsed=time)
        supervised._pause = 0.0
        supervised.start()
        return supervised

    return begin


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def falling(times: int, error: BaseException | None) -> tuple[Callable[[], Awaitable[None]], list[int]]:
    """Return a work that ends so many times, with an error or without, and then goes on, and the list of its runs."""
    runs: list[int] = []

    async def work() -> None:
        runs.append(1)
        if len(runs) <= times:
            if error is not None:
                raise error
            return
        await asyncio.sleep(3600)

    return work, runs


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError(),
        BaseExceptionGroup("g", [GeneratorExit()]),
        asyncio.CancelledError(),
        None,
    ],
    ids=repr,
)
async def test_a_work_that_ends_is_begun_again_however_it_ended(
    supervise: Supervise, error: BaseException | None
) -> None:
    work, runs = falling(1, error)
    supervised = supervise(work)
    await turns()
    assert (len(runs), supervised.ailment()) == (2, "")


async def test_a_work_that_falls_again_and_again_is_told_until_it_has_been_steady(
    supervise: Supervise, time: Time
) -> None:
    work, _ = falling(MOST_FALLS, RuntimeError())
    supervised = supervise(work)
    await turns(50)
    assert supervised.ailment() == "falls again and again"
    time.now += STEADY_SECONDS
    assert supervised.ailment() == ""


async def test_an_outage_of_what_a_work_needs_is_no_fall(supervise: Supervise) -> None:
    work, runs = falling(3 * MOST_FALLS, Outage())
    supervised = supervise(work)
    await turns(200)
    assert (len(runs), supervised.ailment()) == (3 * MOST_FALLS + 1, "")


async def test_a_part_that_does_not_move_is_named(supervise: Supervise, time: Time) -> None:
    go_on = asyncio.Event()

    async def part(name: str, until: asyncio.Event) -> None:
        moving(name)
        await until.wait()
        moving(name)
        await asyncio.sleep(3600)

    async def work() -> None:
        async with asyncio.TaskGroup() as parts:
            parts.create_task(part("quick", go_on))
            parts.create_task(part("stuck", asyncio.Event()))

    supervised = supervise(work)
    await turns()
    time.now += MOVES_SECONDS
    assert supervised.ailment() == ""
    go_on.set()
    await turns()
    time.now += 1
    assert supervised.ailment() == "does not move stuck"


async def test_a_work_says_how_long_it_rests(supervise: Supervise, time: Time) -> None:
    async def work() -> None:
        moving(within=7200)
        await asyncio.sleep(3600)

    supervised = supervise(work)
    await turns()
    time.now += 7200
    assert supervised.ailment() == ""
    time.now += 1
    assert supervised.ailment() == "does not move"


async def test_what_was_cancelled_from_outside_is_gone(supervise: Supervise) -> None:
    work, _ = falling(0, None)
    supervised = supervise(work)
    await turns()
    supervised.start().cancel()
    await turns()
    assert supervised.ailment() == "gone"


@pytest.fixture
def broken_log() -> Iterator[None]:
    """Log into a pipe whose other end is closed."""
    before = structlog.get_config()
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        scribe = telemetry.configure(stream=stream)
        yield
        scribe.close()
    structlog.configure(**before)


async def test_a_log_that_cannot_be_written_ends_no_supervision(broken_log: None, supervise: Supervise) -> None:
    work, runs = falling(2, RuntimeError())
    supervised = supervise(work)
    await turns()
    assert (len(runs), supervised.ailment()) == (3, "")
