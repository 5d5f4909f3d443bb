"""What whole newborn journeys cost, in both modes: `python tests/load/journeys.py [--journeys N] [--beside CHECKOUT]`.

The suite runs as processes, embedded in one and distributed in one a service (TEST_DATABASE_URL, TEST_KAFKA_URL). The
CPU of these is counted and PostgreSQL's own for their databases; Kafka's and that of PostgreSQL's writers are told
apart, since all share them, and the driver's is not counted. Journeys that do not count go before, each has a cast of
its own, so nobody's rate limit is shared. With `--beside` another checkout's suite is driven by its own driver, in
turns.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import measuring
from yiwang.suite import ROOT

sys.path.insert(0, str(ROOT / "tests"))  # the harness of the checkout that is measured

from chassis.base.clock import SystemClock
from chassis.testing.plugin import DATABASE, required
from gateway.app import DEVELOPMENT_PATH
from gateway.development.provider import Provider
from gateway.settings import GatewaySettings
from harness import MODES, OUTSIDE, Running, run_mode
from joserfc.jwk import RSAKey
from yiwang import journey
from yiwang.bench import cast_of
from yiwang.journey import Cast
from yiwang.keyfile import keys

WARM = 8
POSTGRESQL, WRITERS, KAFKA = "PostgreSQL", "PostgreSQL's writers, all databases", "Kafka, all topics"
APART = frozenset({WRITERS, KAFKA})
Look = dict[str, dict[int, float]]


def casts(running: Running, folder: Path) -> Callable[[int], Coroutine[Any, Any, Cast]]:
    """Return the maker of casts: the identity process knows them, the development provider's key signs for any."""
    if running.mode == "distributed":
        return running.cast_of_its_own
    key = RSAKey.import_key(json.loads(keys(folder / "data")["development"]))
    issuer = f"http://127.0.0.1:{running.port}{DEVELOPMENT_PATH}"
    audience = GatewaySettings.model_fields["oidc_audience"].default
    suite: Any = SimpleNamespace(provider=Provider(issuer, audience, {}, SystemClock(), key), gateway=running.gateway)

    async def made(number: int) -> Cast:
        return cast_of(suite, number)

    return made


async def drive(found: Sequence[Cast], at_once: int) -> None:
    """Drive a journey for each cast, so many at once. Raises Unexpected."""
    left = iter(found)

    async def hand() -> None:
        for cast in left:
            told = await journey.whole(cast)
            if told.timeline["outcome"] != "granted":
                raise journey.Unexpected(str(told.timeline))

    await asyncio.gather(*(hand() for _ in range(at_once)))


async def look(running: Running) -> Look:
    """Return the CPU seconds so far, by whom."""
    found: Look = {name: measuring.trees(one.pid) for name, one in running.processes.items() if name not in OUTSIDE}
    if running.mode == "distributed":
        databases = [url.rpartition("/")[2] for url in running.databases.values()]
        found[POSTGRESQL], found[WRITERS] = await measuring.postgresql(required(DATABASE), databases)
        found[KAFKA] = measuring.named(b"kafka.Kafka")
    return found


async def once(mode: str, count: int, at_once: int) -> dict[str, float]:
    """Return the figures of one run: milliseconds of CPU a journey, and journeys a second of wall time."""
    with tempfile.TemporaryDirectory() as folder:
        async with run_mode(mode, Path(folder)) as running:
            made = casts(running, Path(folder))
            found = [await made(number) for number in range(WARM + count)]
            await drive(found[:WARM], at_once)
            before, started = await look(running), perf_counter()
            await drive(found[WARM:], at_once)
            seconds, after = perf_counter() - started, await look(running)
    spent = {name: measuring.since(before[name], looked) / count * 1e3 for name, looked in after.items()}
    whole = sum(value for name, value in spent.items() if name not in APART)
    return {"CPU ms a journey": whole, **spent, "journeys a second": count / seconds}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--journeys", type=int, default=40)
    asked.add_argument("--at-once", type=int, default=8)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--beside", default="", help="another checkout with its .venv")
    asked.add_argument("--mode", choices=MODES, action="append")
    asked.add_argument("--once", choices=MODES, help=argparse.SUPPRESS)
    words = asked.parse_args()
    if words.once:
        measuring.tell_once(asyncio.run(once(words.once, words.journeys, words.at_once)))
        return
    given = ["--journeys", str(words.journeys), "--at-once", str(words.at_once)]
    script = str(Path(__file__).resolve())
    measuring.rounds(script, words.mode or MODES, given, beside=words.beside, times=words.rounds)


if __name__ == "__main__":
    main()
