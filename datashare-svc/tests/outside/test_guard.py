"""Each network behind a guard of its own. What waits is watched by events, never by how long something took."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import structlog
from chassis.base import telemetry
from chassis.base.deadline import Deadline, deadline
from datashare_svc.domain.breaker import BreakerState, Endurance
from datashare_svc.domain.model import Resource
from datashare_svc.errors import NetworkOut, Outage
from datashare_svc.outside.guard import COUNTED, Room
from datashare_svc.outside.networks import Networks, Question, Told

WITHIN = 60.0
ENDURANCE = Endurance(in_a_row=3, pause=10.0)


@dataclass(slots=True)
class Scripted:
    """A connector that fails as it is told, or waits until it is let go."""

    fails: list[Outage] = field(default_factory=list)
    raises: Exception | None = None
    hangs: bool = False
    asked: int = 0
    most: int = 0
    under_way: int = 0
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    async def ask(self, _resource: Resource, _question: Question, _within: float) -> Told:
        self.asked += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            if self.hangs:
                await self.let_go.wait()
            if self.raises is not None:
                raise self.raises
            if self.fails:
                raise NetworkOut(why=self.fails.pop(0))
            return Told(is_known=True)
        finally:
            self.under_way -= 1

    async def probe(self, _within: float) -> None:
        if self.hangs:
            await self.let_go.wait()

    async def close(self) -> None:
        self.closed = True


@dataclass(slots=True)
class Time:
    """The seconds that have passed, as a test says."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
def networks(scripted: Scripted, time: Time) -> Networks:
    return Networks({"population": scripted}, endurance=ENDURANCE, elapsed=time)


async def why(asking: Any) -> Outage:
    with pytest.raises(NetworkOut) as refused:
        await asking
    return refused.value.why


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0)


async def test_a_network_without_an_address_is_out(resource: Resource, question: Question) -> None:
    networks = Networks()
    assert not networks.has("population")
    assert await why(networks.ask(resource, question, WITHIN)) is Outage.NO_ADDRESS
    assert await why(networks.probe("population", WITHIN)) is Outage.NO_ADDRESS
    with pytest.raises(NetworkOut):
        networks.breaker_state("population")


async def test_one_network_that_hangs_does_not_hold_up_another(resource: Resource, question: Question) -> None:
    slow, fast = Scripted(hangs=True), Scripted()
    networks = Networks({"population": slow, "births": fast}, rooms={"population": Room(at_once=2, waiting=3)})
    hanging = [asyncio.create_task(networks.ask(resource, question, WITHIN)) for _ in range(5)]
    await until(lambda: slow.under_way == 2)
    for _ in range(50):
        assert (await networks.ask(replace(resource, network="births"), question, WITHIN)).is_known
    assert not any(task.done() for task in hanging)
    slow.let_go.set()
    await asyncio.gather(*hanging)
    assert slow.most == 2


async def test_what_finds_all_turns_taken_and_the_queue_full_is_told_at_once(
    scripted: Scripted, resource: Resource, question: Question
) -> None:
    networks = Networks({"population": scripted}, rooms={"population": Room(at_once=1, waiting=2)})
    scripted.hangs = True
    inside = [asyncio.create_task(networks.ask(resource, question, WITHIN)) for _ in range(3)]
    await until(lambda: scripted.under_way == 1)
    assert await why(networks.ask(resource, question, WITHIN)) is Outage.CROWDED
    inside[1].cancel()
    await until(inside[1].done)
    late = asyncio.create_task(networks.ask(resource, question, WITHIN))
    scripted.let_go.set()
    await asyncio.gather(inside[0], inside[2], late)
    assert scripted.asked == 3


async def test_whose_time_is_over_in_the_queue_was_never_asked(
    scripted: Scripted, resource: Resource, question: Question
) -> None:
    networks = Networks({"population": scripted}, rooms={"population": Room(at_once=1, waiting=2)})
    scripted.hangs = True
    first = asyncio.create_task(networks.ask(resource, question, WITHIN))
    await until(lambda: scripted.under_way == 1)
    assert await why(networks.ask(resource, question, 0.05)) is Outage.CROWDED
    scripted.let_go.set()
    await first
    assert scripted.asked == 1


async def test_the_time_is_the_resources_or_the_callers_whichever_is_shorter(
    scripted: Scripted, resource: Resource, question: Question
) -> None:
    networks = Networks({"population": scripted})
    scripted.hangs = True
    assert await why(networks.ask(replace(resource, within_ms=50), question, WITHIN)) is Outage.TIMED_OUT
    assert await why(networks.ask(resource, question, 0.05)) is Outage.TIMED_OUT
    assert scripted.under_way == 0


@pytest.mark.parametrize("outage", sorted(COUNTED - {Outage.NO_ANSWER}))
async def test_failures_of_the_network_open_its_breaker_and_a_trial_closes_it(
    networks: Networks, scripted: Scripted, time: Time, resource: Resource, question: Question, outage: Outage
) -> None:
    scripted.fails = [outage] * 3
    for _ in range(3):
        assert await why(networks.ask(resource, question, WITHIN)) is outage
    assert networks.breaker_state("population") is BreakerState.OPEN
    assert await why(networks.ask(resource, question, WITHIN)) is Outage.BROKEN
    assert scripted.asked == 3
    time.now = 10.0
    assert networks.breaker_state("population") is BreakerState.HALF_OPEN
    assert (await networks.ask(resource, question, WITHIN)).is_known
    assert networks.breaker_state("population") is BreakerState.CLOSED


async def test_only_one_question_tries_a_network_that_may_be_back(
    networks: Networks, scripted: Scripted, time: Time, resource: Resource, question: Question
) -> None:
    scripted.fails = [Outage.UNAVAILABLE] * 3
    for _ in range(3):
        await why(networks.ask(resource, question, WITHIN))
    time.now, scripted.hangs = 10.0, True
    trial = asyncio.create_task(networks.ask(resource, question, WITHIN))
    await until(lambda: scripted.under_way == 1)
    assert await why(networks.ask(resource, question, WITHIN)) is Outage.BROKEN
    trial.cancel()
    await until(trial.done)
    scripted.hangs = False
    assert (await networks.ask(resource, question, WITHIN)).is_known


@pytest.mark.parametrize("outage", sorted(set(Outage) - COUNTED))
async def test_refusals_and_wrong_answers_of_one_resource_do_not_shut_out_the_others(
    networks: Networks, scripted: Scripted, resource: Resource, question: Question, outage: Outage
) -> None:
    scripted.fails = [outage] * 30
    for _ in range(30):
        assert await why(networks.ask(resource, question, WITHIN)) is outage
    assert networks.breaker_state("population") is BreakerState.CLOSED


async def test_a_caller_who_has_hardly_any_time_does_not_open_the_breaker(
    networks: Networks, scripted: Scripted, resource: Resource, question: Question
) -> None:
    scripted.hangs = True
    for _ in range(5):
        assert await why(networks.ask(resource, question, 0.01)) is Outage.TIMED_OUT
    assert networks.breaker_state("population") is BreakerState.CLOSED


async def test_callers_who_go_away_do_not_open_the_breaker_and_leave_no_turn_taken(
    networks: Networks, scripted: Scripted, resource: Resource, question: Question
) -> None:
    scripted.hangs = True
    for _ in range(20):
        gone = asyncio.create_task(networks.ask(resource, question, WITHIN))
        await until(lambda: scripted.under_way == 1)
        gone.cancel()
        await until(gone.done)
    scripted.hangs = False
    assert (await networks.ask(resource, question, WITHIN)).is_known


async def test_what_was_not_answered_is_asked_once_more_where_that_does_no_harm(
    networks: Networks, scripted: Scripted, resource: Resource, question: Question
) -> None:
    scripted.fails = [Outage.NO_ANSWER]
    assert (await networks.ask(resource, question, WITHIN)).is_known
    assert scripted.asked == 2


async def test_what_may_not_be_asked_again_is_not(
    networks: Networks, scripted: Scripted, resource: Resource, question: Question
) -> None:
    scripted.fails = [Outage.NO_ANSWER]
    asked = networks.ask(replace(resource, is_repeatable=False), question, WITHIN)
    assert await why(asked) is Outage.NO_ANSWER
    assert scripted.asked == 1


@pytest.mark.parametrize("outage", sorted(set(Outage) - {Outage.NO_ANSWER}))
async def test_what_was_answered_or_took_its_time_is_not_asked_again(
    networks: Networks, scripted: Scripted, resource: Resource, question: Question, outage: Outage
) -> None:
    scripted.fails = [outage]
    assert await why(networks.ask(resource, question, WITHIN)) is outage
    assert scripted.asked == 1


async def test_there_is_no_second_time_without_time_for_it(
    networks: Networks, scripted: Scripted, resource: Resource, question: Question
) -> None:
    scripted.fails = [Outage.NO_ANSWER]
    assert await why(networks.ask(replace(resource, within_ms=30), question, WITHIN)) is Outage.NO_ANSWER
    assert scripted.asked == 1


async def test_a_tenth_of_all_questions_may_be_asked_again_and_no_more(
    scripted: Scripted, time: Time, resource: Resource, question: Question
) -> None:
    patient = Endurance(in_a_row=10_000, window=10_000)
    networks = Networks({"population": scripted}, endurance=patient, elapsed=time)
    scripted.fails = [Outage.NO_ANSWER] * 10_000
    for one in range(100):
        assert await why(networks.ask(resource, replace(question, query_id=f"q-{one}"), WITHIN)) is Outage.NO_ANSWER
    assert 105 <= scripted.asked <= 111


async def test_a_caller_whose_time_is_over_asks_nobody_anything(
    networks: Networks, scripted: Scripted, resource: Resource, question: Question
) -> None:
    async def called() -> Outage:
        deadline.set(Deadline.after(-1))
        return await why(networks.ask(resource, question, WITHIN))

    assert await asyncio.create_task(called()) is Outage.TIMED_OUT
    assert scripted.asked == 0


async def test_a_breaker_is_logged_as_it_opens_and_closes_and_what_it_keeps_back_is_only_counted(
    networks: Networks, scripted: Scripted, time: Time, resource: Resource, question: Question
) -> None:
    scripted.fails = [Outage.UNAVAILABLE] * 4
    with structlog.testing.capture_logs() as logs:
        for _ in range(10):
            await why(networks.ask(resource, question, WITHIN))
        time.now = 10.0
        await why(networks.ask(resource, question, WITHIN))
        time.now = 30.0
        await networks.ask(resource, question, WITHIN)
    assert [one.get("state", one["event"]) for one in logs] == [
        *["network_out"] * 2, "OPEN", "network_out", "network_out", "CLOSED"
    ]  # fmt: skip


async def test_whatever_else_a_connector_raises_is_an_outage(
    networks: Networks, scripted: Scripted, resource: Resource, question: Question
) -> None:
    scripted.raises = ZeroDivisionError("410199199003070024")
    assert await why(networks.ask(resource, question, WITHIN)) is Outage.FAULT


async def test_a_probe_goes_through_while_all_turns_are_taken_and_says_nothing_to_the_breaker(
    networks: Networks, scripted: Scripted, resource: Resource, question: Question
) -> None:
    scripted.fails = [Outage.UNAVAILABLE] * 3
    for _ in range(3):
        await why(networks.ask(resource, question, WITHIN))
    await networks.probe("population", WITHIN)
    assert networks.breaker_state("population") is BreakerState.OPEN
    scripted.hangs = True
    assert await why(networks.probe("population", 0.01)) is Outage.TIMED_OUT


async def test_metrics_tell_of_a_network_how_it_answers(resource: Resource, question: Question) -> None:
    scripted = Scripted(fails=[Outage.UNAVAILABLE])
    networks = Networks({"measured": scripted}, endurance=Endurance(in_a_row=1))
    measured = replace(resource, network="measured")
    await why(networks.ask(measured, question, WITHIN))
    await why(networks.ask(measured, question, WITHIN))
    read = telemetry.REGISTRY.get_sample_value
    assert read("yiwang_network_answers_total", {"network": "measured", "outcome": "unavailable"}) == 1
    assert read("yiwang_network_answers_total", {"network": "measured", "outcome": "broken"}) == 1
    assert read("yiwang_network_breaker", {"network": "measured"}) == 2
    assert read("yiwang_network_under_way", {"network": "measured"}) == 0
    assert read("yiwang_network_seconds_count", {"network": "measured"}) == 2


async def test_connections_are_closed_as_the_service_stops(networks: Networks, scripted: Scripted) -> None:
    running = asyncio.create_task(networks.run())
    await asyncio.sleep(0)
    running.cancel()
    await until(running.done)
    assert scripted.closed
