"""What keeps one network from holding up another: turns of its own (隔舱 bulkhead), a deadline, a breaker (熔断).

A network that is slow fills its own turns and no others; what finds them and the queue full is told so at once.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256

from chassis.base import telemetry
from chassis.base.deadline import deadline
from chassis.base.problems import DeadlineExceeded
from prometheus_client import Counter, Gauge, Histogram

from datashare_svc.domain.breaker import Breaker, BreakerState, Endurance
from datashare_svc.domain.model import Resource
from datashare_svc.errors import NetworkOut, Outage
from datashare_svc.outside.questions import Connector, Question, Told

ANSWERS = Counter(
    "yiwang_network_answers", "What networks answered", ["network", "outcome"], registry=telemetry.REGISTRY
)
SECONDS = Histogram(
    "yiwang_network_seconds", "Time until a network answered, its queue included", ["network"],
    registry=telemetry.REGISTRY, buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2.5, 5),
)  # fmt: skip
UNDER_WAY = Gauge("yiwang_network_under_way", "Questions under way", ["network"], registry=telemetry.REGISTRY)
BREAKER = Gauge(
    "yiwang_network_breaker", "Its breaker: 0 closed, 1 half open, 2 open", ["network"], registry=telemetry.REGISTRY
)
HEIGHTS = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}
COUNTED = frozenset(
    {
        Outage.NO_ANSWER,
        Outage.TIMED_OUT,
        Outage.UNAVAILABLE,
        Outage.TOO_MANY,
        Outage.UNREADABLE,
        Outage.TOO_LARGE,
        Outage.FAULT,
    }
)
"""What says that the network is out. A refusal, or an answer that is wrong for one resource, does not: others of the
network go on."""
NOT_ASKED = frozenset({Outage.BROKEN, Outage.CROWDED})
"""Of these there are as many as questions, while a network is out: they are counted, not logged."""
AGAIN = 0.1
"""Of all questions this share may be asked a second time."""
MOST_AGAIN = 5.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 0.1
FAIR = 0.5
"""A network that had less than this part of its time, because its caller had none, did not fail."""
Elapsed = Callable[[], float]


def running_time() -> float:
    """Return the seconds on the running loop's clock, which only goes forward."""
    return asyncio.get_running_loop().time()


@dataclass(frozen=True, slots=True)
class Room:
    """How many questions a network is asked at once, and how many may wait for their turn."""

    at_once: int = 8
    waiting: int = 16


@dataclass(slots=True)
class Guard:
    """One network behind its connector."""

    network: str
    connector: Connector
    room: Room = field(default_factory=Room)
    endurance: Endurance = field(default_factory=Endurance)
    elapsed: Elapsed = running_time
    _breaker: Breaker = field(init=False)
    _turns: asyncio.Semaphore = field(init=False)
    _probes: asyncio.Lock = field(init=False)
    _inside: int = 0
    _again: float = 1.0

    def __post_init__(self) -> None:
        """Begin with all turns free and the breaker closed."""
        self._breaker = Breaker(self.endurance)
        self._turns = asyncio.Semaphore(self.room.at_once)
        self._probes = asyncio.Lock()

    def state(self) -> BreakerState:
        """Return the breaker's state."""
        return self._breaker.state(self.elapsed())

    async def ask(self, resource: Resource, question: Question, within: float) -> Told:
        """Return what the network tells; of the resource's time and the caller's the shorter. Raises NetworkOut."""
        own = resource.within_ms / 1000
        async with self._measured():
            within = min(own, within, _left())
            fair = within >= FAIR * own
            if not self._breaker.would_admit(self.elapsed()):
                raise NetworkOut(why=Outage.BROKEN)
            ends = self.elapsed() + within
            async with self._turn(within):
                ticket = self._breaker.admit(self.elapsed())
                if ticket is None:
                    raise NetworkOut(why=Outage.BROKEN)
                async with self._told_how(ticket, fair=fair):
                    return await self._ask(resource, question, ends)

    async def probe(self, within: float) -> None:
        """Return once the network says that it works; it is asked whatever the breaker says. Raises NetworkOut."""
        async with _bounded(within), self._probes:
            await self.connector.probe(within)

    async def _ask(self, resource: Resource, question: Question, ends: float) -> Told:
        """Ask, and once more where nothing was answered, asking again does no harm, and there is time for it."""
        self._again = min(self._again + AGAIN, MOST_AGAIN)
        try:
            return await self._once(resource, question, ends - self.elapsed())
        except NetworkOut as out:
            pause = _pause(question.query_id)
            has_time = self.elapsed() + 2 * pause < ends
            if out.why is not Outage.NO_ANSWER or not resource.is_repeatable or not has_time or self._again < 1:
                raise
        self._again -= 1
        await asyncio.sleep(pause)
        return await self._once(resource, question, ends - self.elapsed())

    async def _once(self, resource: Resource, question: Question, left: float) -> Told:
        async with _bounded(left):
            return await self.connector.ask(resource, question, left)

    @asynccontextmanager
    async def _turn(self, within: float) -> AsyncIterator[None]:
        """Wait for a turn, in a queue that has an end. Raises NetworkOut."""
        if self._inside >= self.room.at_once + self.room.waiting:
            raise NetworkOut(why=Outage.CROWDED)
        self._inside += 1
        try:
            try:
                async with asyncio.timeout(within):
                    await self._turns.acquire()
            except TimeoutError as error:
                raise NetworkOut(why=Outage.CROWDED) from error
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._inside -= 1

    @asynccontextmanager
    async def _told_how(self, ticket: int, *, fair: bool) -> AsyncIterator[None]:
        """Tell the breaker how the question went, and the log where that opens or closes it."""
        before = self._breaker.state(self.elapsed())
        try:
            async with self._judged(ticket, fair=fair):
                yield
        finally:
            after = self._breaker.state(self.elapsed())
            if after is not before and BreakerState.CLOSED in {before, after}:
                telemetry.log.warning("network_breaker", network=self.network, state=after.value)

    @asynccontextmanager
    async def _judged(self, ticket: int, *, fair: bool) -> AsyncIterator[None]:
        try:
            yield
        except NetworkOut as out:
            if out.why is Outage.TIMED_OUT and not fair:
                self._breaker.let_go(ticket)
            elif out.why in COUNTED:
                self._breaker.failed(ticket, self.elapsed())
            else:
                self._breaker.succeeded(ticket)
            raise
        except BaseException:
            self._breaker.let_go(ticket)
            raise
        self._breaker.succeeded(ticket)

    @asynccontextmanager
    async def _measured(self) -> AsyncIterator[None]:
        began, outcome = self.elapsed(), "gone"
        UNDER_WAY.labels(self.network).inc()
        try:
            yield
            outcome = "told"
        except NetworkOut as out:
            outcome = out.why.value
            if out.why not in NOT_ASKED:
                telemetry.log.warning("network_out", network=self.network, why=out.why.value, told=out.told)
            raise
        finally:
            UNDER_WAY.labels(self.network).dec()
            ANSWERS.labels(self.network, outcome).inc()
            SECONDS.labels(self.network).observe(self.elapsed() - began)
            BREAKER.labels(self.network).set(HEIGHTS[self.state()])


@asynccontextmanager
async def _bounded(within: float) -> AsyncIterator[None]:
    """End what takes longer; whatever a library raises on what outsiders send is an outage too. Raises NetworkOut."""
    try:
        async with asyncio.timeout(within):
            yield
    except NetworkOut:
        raise
    except (TimeoutError, DeadlineExceeded) as error:
        raise NetworkOut(why=Outage.TIMED_OUT) from error
    except Exception as error:
        telemetry.log.exception("connector_failed", error=type(error).__name__)
        raise NetworkOut(why=Outage.FAULT) from error


def _left() -> float:
    """Return how much time the caller of the work under way has. Raises NetworkOut where it is over."""
    mine = deadline.get()
    try:
        return mine.left() if mine is not None else math.inf
    except DeadlineExceeded as error:
        raise NetworkOut(why=Outage.TIMED_OUT) from error


def _pause(query_id: str) -> float:
    """Return how long to wait before asking again: for each question another time, so that they do not come at once."""
    drawn = int.from_bytes(sha256(query_id.encode()).digest()[:4]) / 2**32
    return SHORTEST_PAUSE + drawn * (LONGEST_PAUSE - SHORTEST_PAUSE)
