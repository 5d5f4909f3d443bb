"""What the embedded log keeps, and for how long."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from chassis.data.periods import ON_THE_BUS
from chassis.data.trimming import AT_ONCE
from chassis.events.bus import Keeps, Message
from chassis.events.embedded_log import EmbeddedLog, EmbeddedSubscription

DAY = 86_400.0


class Aged:
    """An embedded log whose days pass as the test says."""

    def __init__(self, path: Path) -> None:
        self.now = 20_000 * DAY
        self.log = EmbeddedLog(path, seconds=lambda: self.now)

    async def publish(self, *keys: str, topic: str = "t") -> None:
        await self.log.publish([Message(topic, key, key.encode()) for key in keys])

    async def member(self, group: str, *topics: str) -> EmbeddedSubscription:
        subscription = self.log.subscription(group, topics or ("t",))
        await subscription.start()
        return subscription

    def pass_days(self, days: float) -> None:
        self.now += days * DAY


@pytest.fixture
async def aged(tmp_path: Path) -> AsyncIterator[Aged]:
    made = Aged(tmp_path / "bus.db")
    await made.log.start()
    yield made
    await made.log.close()


async def read(subscription: EmbeddedSubscription) -> Sequence[str]:
    records = await subscription.fetch(0.1, limit=10_000)
    await subscription.commit(records)
    return [record.key for record in records]


async def test_records_go_when_their_time_is_over_and_every_group_has_read_them(aged: Aged) -> None:
    quick, slow = await aged.member("quick"), await aged.member("slow")
    await aged.publish("a", "b")
    aged.pass_days(5)
    await aged.publish("c")
    await read(quick)
    aged.pass_days(ON_THE_BUS.days - 4)
    assert await aged.log.trim({"t": Keeps.PERIOD}) == 0, "one group has not read them"
    assert await read(slow) == ["a", "b", "c"]
    assert await aged.log.trim({"t": Keeps.PERIOD}) == 2
    late = await aged.member("late")
    assert await read(late) == ["c"]
    aged.pass_days(5)
    assert await aged.log.trim({"t": Keeps.PERIOD}) == 1
    await aged.publish("d")
    assert [await read(one) for one in (quick, slow, late)] == [["d"]] * 3


async def test_a_new_reader_of_a_trimmed_topic_is_not_behind(aged: Aged) -> None:
    await aged.publish("a")
    aged.pass_days(ON_THE_BUS.days + 2)
    await aged.log.trim({"t": Keeps.PERIOD})
    late = await aged.member("late")
    assert (await read(late), await late.lag()) == ([], 0)


async def test_the_last_word_of_each_key_stays_for_good(aged: Aged) -> None:
    present = await aged.member("present")
    await aged.publish("a", "b", "a", "c")
    aged.pass_days(1)
    await aged.publish("b")
    await read(present)
    aged.pass_days(400)
    assert await aged.log.trim({"t": Keeps.LAST_WORD}) == 2
    assert await aged.log.trim({"t": Keeps.LAST_WORD}) == 0
    late = await aged.member("late")
    assert await read(late) == ["a", "c", "b"]
    await aged.publish("a")
    assert (await read(late), await read(present)) == (["a"], ["a"])


async def test_what_was_written_before_days_were_marked_has_its_time_from_the_first_mark(aged: Aged) -> None:
    await aged.publish("old")
    await aged.log.run(lambda: aged.log.connection().execute("DELETE FROM day"))
    assert await aged.log.trim({"t": Keeps.PERIOD}) == 0
    await aged.publish("new")
    aged.pass_days(ON_THE_BUS.days)
    assert await aged.log.trim({"t": Keeps.PERIOD}) == 0
    aged.pass_days(2)
    assert await aged.log.trim({"t": Keeps.PERIOD}) == 2


async def test_a_long_log_is_trimmed_in_small_steps(aged: Aged) -> None:
    await aged.publish(*(["k"] * (2 * AT_ONCE + 7)))
    aged.pass_days(ON_THE_BUS.days + 2)
    commits: list[str] = []

    def watch(statement: str) -> None:
        commits.extend([statement] if statement == "COMMIT" else [])

    await aged.log.run(lambda: aged.log.connection().set_trace_callback(watch))
    assert await aged.log.trim({"t": Keeps.PERIOD, "other": Keeps.PERIOD}) == 2 * AT_ONCE + 7
    assert len(commits) == 3
