import asyncio
import re
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sealing.judge import judge
from sealing.limits import Busy, Judges
from sealing.verdict import Outcome, Trust

from .forging import honest
from .forging.authorities import LATER, city
from .forging.writing import appended, size, stream, table

ROOTED = Trust((city().root.der,), LATER)
ARCHIVED = honest.archived()


@contextmanager
def lying(data: bytes) -> Iterator[int]:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        yield file.fileno()


async def test_a_file_judged_apart_gets_the_same_verdict() -> None:
    with lying(ARCHIVED) as file:
        async with Judges() as judges:
            first = await judges.judge(file, ROOTED)
            again = await judges.judge(file, ROOTED)
    assert first == again == judge(ARCHIVED, ROOTED)
    assert first.verdict is Outcome.VALID


async def test_a_warden_that_was_killed_is_replaced() -> None:
    with lying(ARCHIVED) as file:
        async with Judges() as judges:
            await judges.judge(file, ROOTED)
            warden = judges._warden
            assert warden is not None
            warden._process.kill()
            warden._process.wait()
            assert (await judges.judge(file, ROOTED)).verdict is Outcome.VALID


async def test_more_files_than_may_wait_are_told_to_come_again() -> None:
    with lying(ARCHIVED) as file:
        async with Judges(at_once=1, waiting=1) as judges:
            told = await asyncio.gather(*(judges.judge(file, ROOTED) for _ in range(4)), return_exceptions=True)
    assert [type(one) is Busy for one in told] == [False, False, True, True]


async def test_the_warden_ends_with_its_owner() -> None:
    with lying(ARCHIVED) as file:
        async with Judges() as judges:
            await judges.judge(file, ROOTED)
            warden = judges._warden
    assert warden is not None
    assert warden._process.returncode == 0


def endless() -> bytes:
    """A file whose streams never end, so that the end of each is looked for in all of it."""
    head = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    bodies = b"".join(b"%d 0 obj\n<< >>\nstream\nx" % number for number in range(2, 100_000))
    places = {int(found[1]): found.start(1) for found in re.finditer(rb"(?<!\d)(\d+) 0 obj", head + bodies)}
    start = len(head + bodies)
    return head + bodies + table(dict(places), b"", 100_000, None, 1) + b"startxref\n%d\n%%%%EOF\n" % start


def swelling() -> bytes:
    """A file whose small object streams unpack to tens of millions of values each."""
    packed = zlib.compress(b"2 0 [" + b"0 " * (30 * 2**20) + b"]", 9)
    told = b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"
    plain = honest.plain()
    return appended(plain, {size(plain) + nth: stream(packed + b"\n" * nth, told) for nth in range(6)})


@pytest.mark.parametrize("made", [endless, swelling])
async def test_a_file_that_wants_too_much_is_invalid_and_others_are_judged(made: Callable[[], bytes]) -> None:
    async with Judges(at_once=2) as judges:
        with lying(made()) as hostile, lying(ARCHIVED) as file:
            wrong, right = await asyncio.gather(judges.judge(hostile, ROOTED), judges.judge(file, ROOTED))
    assert wrong.verdict is Outcome.INVALID
    assert wrong.checks[0].check in {"limits", "structure"}
    assert "限额" in wrong.reason
    assert right.verdict is Outcome.VALID


OWNER = """
import asyncio, os, sys
from sealing.limits import Judges

async def main():
    judges = Judges()
    await judges.warm()
    print(judges._warden._process.pid, flush=True)
    sys.stdin.read()

asyncio.run(main())
"""


def test_the_warden_ends_also_when_its_owner_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        warden = Path(f"/proc/{int(owner.stdout.readline())}")
        while not (told := (warden / "cmdline").read_bytes()):
            time.sleep(0.05)  # it has begun, and its words are not there yet
        assert b"sealing.limits" in told
        owner.kill()
    while warden.exists() and "zombie" not in (warden / "status").read_text():
        time.sleep(0.05)


@pytest.mark.parametrize("steps", range(4))
async def test_a_warden_whose_start_is_cancelled_is_closed_all_the_same(steps: int) -> None:
    """One left behind is told as a process that nobody waited for, and that fails this test."""
    judges = Judges()
    warming = asyncio.create_task(judges.warm())
    for _ in range(steps):
        await asyncio.sleep(0)
    warming.cancel()
    await asyncio.wait({warming})
    await judges.close()
