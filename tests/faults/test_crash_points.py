"""Every named crash point, hit with SIGKILL once for each operation, in both modes: nothing lost or doubled."""

import asyncio
from collections.abc import Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import history
import pytest
from harness import MODES, Running, run_mode
from yiwang import journey
from yiwang.journey import Cast

pytestmark = [pytest.mark.fault, pytest.mark.enable_socket, pytest.mark.timeout(1800)]

MAKING, TELLING = "make document", "tell datashare"
PAPERS = {"before_render", "before_seal", "before_store", "before_file", "after_file_before_row", "before_commit"}
"""Where a paper may be lost or doubled: set, sealed, stored, and told in the transaction that marks it."""
THREAD = {"create_draft", "change_draft", "submit_application", "accept_application", "decide_task", "complete_task"}


@asynccontextmanager
async def mended(running: Running):  # type: ignore[no-untyped-def]  # a background task for the block
    """Start again whatever dies, and count the deaths."""
    deaths: list[str] = []

    async def watch() -> None:
        while True:
            for name, process in list(running.processes.items()):
                if process.poll() is not None:
                    deaths.append(name)
                    running.start(name)
            await asyncio.sleep(0.05)

    task = asyncio.create_task(watch())
    try:
        yield deaths
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def one_matter(cast: Cast) -> str:
    """Drive a matter with keys of its own; every request is repeated with its key until it is answered."""
    run = uuid4().hex
    saved = await journey.draft(cast.citizen, key=f"{run}-draft")
    application = await journey.submit(cast.citizen, saved, key=f"{run}-submit")
    await journey.accept(cast.clerk, application["application_id"], key=f"{run}-accept")
    async for _ in journey.work_through(cast, application):
        pass
    await journey.complete_steps(cast.citizen, application["application_id"])
    return str(application["application_id"])


def seen(file: Path) -> list[str]:
    """Return the points that were reached, in the order of a matter."""
    lines = Path(f"{file}.seen")
    return list(dict.fromkeys(lines.read_text(encoding="utf-8").splitlines())) if lines.exists() else []


def worth_hitting(points: list[str]) -> Iterator[str]:
    """Leave out what happens only while nothing of the thread is under way."""
    for point in points:
        operation = point.partition(":")[2]
        if operation in THREAD | {"relay", MAKING, TELLING} or operation.startswith(("consume ", "consumer ")):
            yield point


@pytest.mark.parametrize("mode", MODES)
async def test_each_crash_point_loses_nothing_and_doubles_nothing(mode: str, tmp_path: Path) -> None:
    armed, begun = tmp_path / "armed", monotonic()
    async with run_mode(mode, tmp_path, {"YIWANG_CRASH_FILE": str(armed)}) as running:
        cast = await running.cast()
        submitted = [await one_matter(cast)]  # the city's events, read at the start, are behind us after this one
        Path(f"{armed}.seen").unlink(missing_ok=True)
        submitted.append(await one_matter(cast))
        async with asyncio.timeout(120):  # papers are made after the matter's end
            while not set(seen(armed)) >= {f"{point}:{MAKING}" for point in PAPERS}:
                await asyncio.sleep(0.1)
        points = list(worth_hitting(seen(armed)))
        assert {point.partition(":")[2] for point in points} >= THREAD | {MAKING}
        async with mended(running) as deaths, asyncio.TaskGroup() as both:
            hitting = both.create_task(hit_each(points, armed, deaths))
            submitted += await matters_while(hitting, cast)
        await running.up()
        read = await history.read(running)
        found = history.faults(read, submitted)
    told = f"{len(points)} crash points hit, {len(submitted)} matters, {len(read.files)} papers, {read.orphans} orphans"
    print(f"\n{mode}: {told}, {monotonic() - begun:.0f} s, faults: {found}")
    hit = hitting.result()
    for point, dead in hit:
        print(f"  {point} -> killed {', '.join(dead)}")
    assert found == []
    assert all(len(dead) == 1 for _, dead in hit)


async def hit_each(points: list[str], armed: Path, deaths: list[str]) -> list[tuple[str, list[str]]]:
    """Arm one point after another, each until somebody died there; return who did."""
    hit = []
    for point in points:
        before = len(deaths)
        armed.write_text(point, encoding="utf-8")
        async with asyncio.timeout(300):
            while armed.exists() or len(deaths) == before:
                await asyncio.sleep(0.05)
        hit.append((point, deaths[before:]))
    return hit


async def matters_while(hitting: "asyncio.Task[Any]", cast: Cast) -> list[str]:
    """Drive one matter after another until all points were hit: each passes some of them."""
    submitted = []
    while not hitting.done():
        submitted.append(await one_matter(cast))
    return submitted
