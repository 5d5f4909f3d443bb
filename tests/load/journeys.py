"""Whole journeys a second on PostgreSQL and Kafka: `python tests/load/journeys.py [count] [at once]`.

Needs TEST_DATABASE_URL and TEST_KAFKA_URL. Each journey has a cast of its own, so nobody's rate limit is shared.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import distributed
from yiwang import journey
from yiwang.journey import Cast


async def main(count: int, at_once: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with distributed(Path(folder)) as running:
            casts = [await running.cast_of_its_own(number) for number in range(count + 1)]
            await journey.whole(casts.pop())
            gate = asyncio.Semaphore(at_once)

            async def one(cast: Cast) -> str:
                async with gate:
                    return str((await journey.whole(cast)).timeline["outcome"])

            started = perf_counter()
            outcomes = await asyncio.gather(*(one(cast) for cast in casts))
            seconds = perf_counter() - started
    assert set(outcomes) == {"granted"}, outcomes
    print(f"{count} journeys, {at_once} at once, {seconds:.1f} s: {count / seconds:.2f} journeys a second")


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:3]]
    asyncio.run(main(*(words + [40, 8][len(words) :])))
