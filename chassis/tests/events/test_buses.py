import asyncio
from pathlib import Path

import pytest
from chassis.events.bus import BusUnavailable, Message
from chassis.events.buses import open_bus
from chassis.events.embedded_log import EmbeddedLog
from chassis.events.kafka import KafkaBus


def test_an_address_names_the_bus(tmp_path: Path) -> None:
    assert isinstance(open_bus(f"embedded://{tmp_path / 'bus.db'}"), EmbeddedLog)
    assert isinstance(open_bus("kafka://one:9092,two:9092?partitions=3&replication=2"), KafkaBus)


@pytest.mark.parametrize("url", ["amqp://x", "", "kafka://one:9092?partitions"])
def test_an_unknown_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"no bus at|bad query field"):
        open_bus(url)


@pytest.mark.enable_socket
async def test_a_kafka_that_is_not_there_is_unavailable_within_seconds() -> None:
    bus = open_bus("kafka://127.0.0.1:1")
    async with asyncio.timeout(60):
        with pytest.raises(BusUnavailable):
            await bus.ready()
        with pytest.raises(BusUnavailable):
            await bus.publish([Message("t", "k", b"x")])
        await bus.close()
