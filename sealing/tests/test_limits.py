import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from sealing.judge import judge
from sealing.limits import Busy, Judges
from sealing.verdict import Outcome, Trust

from .forging import honest
from .forging.authorities import LATER, city

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
