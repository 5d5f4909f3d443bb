"""CPU of a hot read at its service: `python tests/load/reads.py [--rounds N] [--beside DIR]`.

A process with the whole suite on SQLite, its log written as JSON lines to nowhere, is asked the same things again and
again, straight at the service, as the gateway would: a matter, a list page, a search, the caller's own timeline, each
as JSON, as gzip, and with the tag that the caller has. `--beside` names another tree with a venv of its own: rounds
alternate, and the ratio is told. Microseconds of the process's CPU for each answer, the log's thread included.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chassis.base import telemetry
from chassis.base.clock import SystemClock
from chassis.http.identity import HEADER, Kind, Principal, PrincipalSigner
from joserfc.jwk import OKPKey
from measuring import rounds, tell_once
from yiwang import bench, journey
from yiwang.keyfile import keys
from yiwang.suite import embedded

TURNS, REQUESTS = 10, 30
CATALOGUE = {
    "matter": ("/api/v1/matters/newborn", b""),
    "list page": ("/api/v1/matters", b"limit=50"),
    "search": ("/api/v1/items", "q=医保".encode()),
}
Headers = list[tuple[bytes, bytes]]
SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "root_path": "",
    "client": ("127.0.0.1", 0),
    "server": ("upstream", 80),
}
SCOPES = frozenset({"matter:read", "application:read"})


async def ask(app: Any, path: str, query: bytes, headers: Headers) -> tuple[int, dict[bytes, bytes]]:
    """Send a GET as the gateway would; return the status and the headers of the answer."""
    told: list[Any] = []

    whole = asyncio.Event()

    async def receive() -> Any:
        if whole.is_set():
            await asyncio.Future()  # nobody goes
        whole.set()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        told.append(message)

    asked = {"path": path, "raw_path": path.encode(), "query_string": query, "headers": headers, "state": {}}
    await app({**SCOPE, **asked}, receive, send)
    return told[0]["status"], dict(told[0]["headers"])


async def cost(app: Any, path: str, query: bytes, headers: Headers) -> float:
    """Return the median over the turns of the CPU microseconds a request."""
    found = []
    for _ in range(TURNS):
        started = process_time()
        for _ in range(REQUESTS):
            await ask(app, path, query, headers)
        found.append((process_time() - started) / REQUESTS * 1e6)
    return median(found)


async def measure() -> dict[str, float]:
    """Return what each read costs."""
    with tempfile.TemporaryDirectory() as made, open("/dev/null", "w") as nowhere:  # noqa: ASYNC230, PTH123
        telemetry.configure(stream=nowhere)
        suite = embedded(Path(made), public_url="http://127.0.0.1:1")
        signer = PrincipalSigner(OKPKey.import_key(json.loads(keys(Path(made))["gateway"])), SystemClock())
        async with suite.running():
            cast = bench.cast_of(suite, 1)
            told = await journey.whole(cast)
            own = f"/api/v1/applications/{told.application['application_id']}/timeline"
            reads = {name: ("catalog", *asked) for name, asked in CATALOGUE.items()}
            reads["own timeline"] = ("intake", own, b"")
            found: dict[str, float] = {}
            for name, (service, path, query) in reads.items():
                app = suite.service(service).app
                for kind, headers in [(kind, sent) async for kind, sent in _kinds(app, path, query, signer)]:
                    found[f"{name}, {kind}"] = await cost(app, path, query, headers)
            return found


async def _kinds(app: Any, path: str, query: bytes, signer: PrincipalSigner) -> AsyncIterator[tuple[str, Headers]]:
    vouched = signer.sign(Principal("dev-citizen-1", Kind.CITIZEN, 2, scopes=SCOPES)).encode()
    base = [(HEADER.encode(), vouched), (b"host", b"upstream"), (b"yiwang-timeout-ms", b"25000")]
    base.append((b"traceparent", f"00-{'1' * 32}-{'2' * 16}-01".encode()))
    status, told = await ask(app, path, query, base)
    assert status == 200, status
    yield "JSON", base
    yield "gzip", [*base, (b"accept-encoding", b"gzip")]
    yield "304", [*base, (b"if-none-match", told.get(b"etag", b'"none"'))]  # all of it, where there is no tag


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--beside", default="", metavar="DIR")
    asked.add_argument("--once", metavar="BACKEND")
    words = asked.parse_args()
    if words.once:
        tell_once(asyncio.run(measure()))
    else:
        rounds(__file__, ["sqlite"], [], beside=words.beside, times=words.rounds)
