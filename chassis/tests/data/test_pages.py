import asyncio
from collections.abc import Iterator

import pytest
from chassis.data.database import DatabaseUnavailable
from chassis.data.pages import alone, keep_paging


async def test_pages_follow_each_other_until_one_does_nothing_and_an_outage_is_waited_out() -> None:
    answers: Iterator[int | Exception] = iter([3, 2, DatabaseUnavailable(), 1, 0])
    asked: list[int | Exception] = []
    rested = asyncio.Event()

    async def page() -> int:
        answer = next(answers, None)
        if answer is None:
            rested.set()
            await asyncio.Event().wait()
            raise AssertionError
        asked.append(answer)
        if isinstance(answer, Exception):
            raise answer
        return answer

    work = asyncio.create_task(keep_paging(page, pause=0.0, waits="pages_wait"))
    async with asyncio.timeout(60):
        await rested.wait()
    work.cancel()
    await asyncio.wait([work])
    assert work.cancelled()
    assert [answer if isinstance(answer, int) else -1 for answer in asked] == [3, 2, -1, 1, 0]


def failing(error: Exception) -> None:
    raise error


def test_what_fails_alone_holds_up_no_other_and_an_outage_is_no_fault_of_its_own() -> None:
    done: list[str] = []
    for key in ("a", "b"):
        with alone("one_failed", key=key):
            if key == "a":
                failing(ValueError(key))
            done.append(key)
    assert done == ["b"]
    with pytest.raises(DatabaseUnavailable), alone("one_failed", key="c"):
        failing(DatabaseUnavailable())
