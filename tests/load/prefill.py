"""How much later a draft is there when the networks fill it in: healthy ones, ones that hang, and once breakers know.

`python tests/load/prefill.py --drafts 60`. One process: the whole suite on SQLite with its simulated networks; each
draft is another citizen's, one after another, straight at intake. Said are the median and the slowest, in milliseconds,
side by side in one run, and how many values came.
"""

import argparse
import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import structlog
from chassis.base.clock import SystemClock
from chassis.http.asgi import App
from chassis.http.identity import HEADER, PrincipalSigner
from chassis.http.upstream import call
from chassis.testing.builders import citizen
from joserfc.jwk import OKPKey
from yiwang import journey, keyfile
from yiwang.simulators.faults import Fault, FaultKind
from yiwang.simulators.networks import Protocol, by
from yiwang.simulators.together import Together
from yiwang.suite import Suite, embedded

NETWORKS = [one.network for one in by(Protocol.REST)]


@dataclass(frozen=True, slots=True)
class Drafts:
    """Begins drafts at intake, each as another of the citizens that the simulated networks know."""

    intake: App
    signer: PrincipalSigner
    people: int = 200

    async def begin(self, number: int, *, prefill: bool) -> tuple[float, int]:
        """Begin a draft; return how many seconds that took, and how many values came. Raises AssertionError."""
        whose = self.signer.sign(citizen(f"dev-citizen-{number % self.people + 1}"))
        body = {"matter_code": journey.MATTER, "answers": journey.ANSWERS, "prefill": prefill}
        headers = {HEADER: whose, "idempotency-key": f"draft-{number}-{prefill}"}
        started = perf_counter()
        reply = await call(self.intake, "POST", "/api/v1/drafts", body=body, headers=headers, within=30)
        took = perf_counter() - started
        assert reply.status == 201, reply.body
        return took, len(reply.json()["form"])


def say(what: str, found: Sequence[tuple[float, int]], beside: Sequence[tuple[float, int]]) -> None:
    """Print what so many drafts took, beside those that nobody filled in."""
    took, plain = ([1000 * seconds for seconds, _ in drafts] for drafts in (found, beside))
    values = median(values for _, values in found)
    rest = f"median {median(took):7.1f} ms, slowest {max(took):7.1f} ms, {values:.0f} values"
    print(f"{what:42} {rest}, {median(took) / median(plain):5.1f} times one that is not filled in")


async def until_connected(drafts: Drafts) -> None:
    """Wait until all that a draft is filled in from is connected and granted. Raises AssertionError."""
    for number in range(60):
        _, values = await drafts.begin(10_000 + number, prefill=True)
        if values >= 10:
            return
        await asyncio.sleep(0.5)
    raise AssertionError("no draft came filled in")


async def measure(suite: Suite, folder: Path, count: int) -> None:
    """Begin drafts without sources, with healthy ones and with ones that hang, and print each."""
    key = OKPKey.import_key(json.loads(keyfile.keys(folder)["gateway"]))
    drafts = Drafts(suite.service("intake").app, PrincipalSigner(key, SystemClock()))
    together = Together.of(folder / "simulators", SystemClock())
    await until_connected(drafts)
    plain, filled = [], []
    for number in range(count):
        plain.append(await drafts.begin(number, prefill=False))
        filled.append(await drafts.begin(number, prefill=True))
    say("not filled in", plain, plain)
    say("all networks healthy", filled, plain)
    together.have("births", Fault(kind=FaultKind.HANG))
    one = [await drafts.begin(20_000 + number, prefill=True) for number in range(count // 2)]
    say("one hangs, until its breaker opens (first 6)", one[:6], plain)
    say("one hangs, after that", one[6:], plain)
    for network in NETWORKS:
        together.have(network, Fault(kind=FaultKind.HANG))
    dead = [await drafts.begin(30_000 + number, prefill=True) for number in range(count // 2)]
    say("all hang, until their breakers open (first 6)", dead[:6], plain)
    say("all hang, after that", dead[6:], plain)


async def main(count: int) -> None:
    """Run the suite in a folder of its own, and measure; each request's line is no news here."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with TemporaryDirectory() as place:
        folder = Path(place)
        suite = embedded(folder, public_url="http://127.0.0.1:1")
        async with suite.running():
            await measure(suite, folder, count)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drafts", type=int, default=60)
    asyncio.run(main(parser.parse_args().drafts))
