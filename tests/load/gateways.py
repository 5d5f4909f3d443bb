"""What a request costs at the gateway: `python tests/load/gateways.py [--rounds N] [--seconds S] [--beside CHECKOUT]`.

The gateway is a process of its own with all its duties: the token of an issuer, the caller's share, trace, metrics and
a line for each request; behind it stands a fixed answer of about 1 kB. nginx keeps shares and writes a line, Envoy also
checks the token; each is measured where its program is on the PATH, or where NGINX or ENVOY say. With `--beside` the
gateway of another checkout takes its turns too. `wrk` asks where it is found, else this process. A figure is the median
of its rounds, a ratio that of the rounds' ratios; CPU is that of a server's whole process tree.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chassis.base.problems import Problem
from chassis.http.identity import new_key
from chassis.http.upstream import HttpUpstream, call
from gateway.development.flow import sign_in
from harness import at, free_port
from load.peers import PEERS
from measuring import since, trees
from yiwang.demo import CITIZEN
from yiwang.services import SERVICES
from yiwang.suite import CONTRACTS, ROOT

CALLERS = 32
PATH = "/api/v1/applications/018f3a5e-1111-7000-8000-000000000001"
BODY = json.dumps({"id": PATH[-36:], "title": "新生儿出生", "text": "办" * 300}, ensure_ascii=False).encode()
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(BODY), BODY)
END = b"\r\n\r\n"
OURS = "gateway"
UNLIMITED = "1000000000/minute"


class Answering(asyncio.Protocol):
    """The service behind: one answer to whatever is asked."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._got = b""

    def data_received(self, data: bytes) -> None:
        *asked, self._got = (self._got + data).split(END)
        assert isinstance(self._transport, asyncio.Transport)
        self._transport.write(ANSWER * len(asked))


class Asking(asyncio.Protocol):
    """One caller, who asks again as soon as he is answered, until the time is over."""

    def __init__(self, request: bytes, until: float, took: list[float], done: asyncio.Future[None]) -> None:
        self._request, self._until, self._took, self.done = request, until, took, done
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._asked = perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._got.endswith(BODY):
            return
        assert self._got.startswith(b"HTTP/1.1 200"), self._got
        self._got = b""
        now = perf_counter()
        self._took.append((now - self._asked) * 1000)
        if now < self._until:
            self._ask()
        else:
            self._transport.close()
            self.done.set_result(None)


@dataclass(frozen=True, slots=True)
class Server:
    """One of the measured, at its port."""

    name: str
    process: int
    port: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What one round says: CPU in µs a request, times in ms."""

    cpu: float
    p50: float
    p99: float


def contracts(folder: Path) -> Path:
    """Write the contracts of the services with shares that no load uses up."""
    (folder / "openapi").mkdir(parents=True)
    for name in SERVICES:
        text = (CONTRACTS / "openapi" / f"{name}.json").read_text(encoding="utf-8")
        text = re.sub(r'"rate": "[^"]+"', f'"rate": "{UNLIMITED}"', text)
        (folder / "openapi" / f"{name}.json").write_text(text, encoding="utf-8")
    return folder


def environment(folder: Path, issuer: int, upstream: int) -> dict[str, str]:
    """Return what a gateway is told."""
    return {
        **os.environ,
        **{f"GATEWAY_{name.upper()}_URL": f"http://127.0.0.1:{upstream}" for name in SERVICES},
        "GATEWAY_CONTRACTS": str(folder / "contracts"),
        "GATEWAY_OIDC_ISSUER": f"http://127.0.0.1:{issuer}",
        "GATEWAY_PRINCIPAL_PRIVATE_KEY": json.dumps(new_key().as_dict(private=True)),
    }


@contextmanager
def process(command: Sequence[str], log: Path, told: Mapping[str, str] | None = None) -> Iterator[int]:
    with log.open("wb") as out:
        running = subprocess.Popen(command, env=told, stdout=out, stderr=out)
    try:
        yield running.pid
    finally:
        running.terminate()
        running.wait(20)


async def answered(port: int, path: str, headers: Mapping[str, str]) -> bytes:
    """Ask until there is an answer of 200; return it."""
    upstream = HttpUpstream(f"http://127.0.0.1:{port}")
    try:
        async with asyncio.timeout(120):
            while True:
                try:
                    reply = await call(upstream, "GET", path, headers=headers)
                except Problem:
                    reply = None
                if reply is not None and reply.status == 200:
                    return reply.body
                await asyncio.sleep(0.1)
    finally:
        await upstream.close()


async def measured(server: Server, token: str, seconds: float) -> Figures:
    """Let the callers ask for so long. Raises AssertionError when an answer was not 200."""
    before, ask = trees(server.process), _by_wrk if shutil.which("wrk") else _by_ourselves
    count, p50, p99 = await ask(server.port, token, seconds)
    return Figures(since(before, trees(server.process)) / count * 1e6, p50, p99)


async def _by_wrk(port: int, token: str, seconds: float) -> tuple[int, float, float]:
    run = await asyncio.create_subprocess_exec(
        "wrk", "-t1", f"-c{CALLERS}", f"-d{seconds:g}s", "--latency", "-H", f"authorization: Bearer {token}",
        f"http://127.0.0.1:{port}{PATH}", stdout=subprocess.PIPE,
    )  # fmt: skip
    told = (await run.communicate())[0].decode()
    assert "Non-2xx" not in told, told
    (count,) = re.findall(r"(\d+) requests in", told)
    p50, p99 = (_milliseconds(re.findall(rf"{percent}%\s+([\d.]+)(us|ms|s)", told)[0]) for percent in (50, 99))
    return int(count), p50, p99


def _milliseconds(told: tuple[str, str]) -> float:
    return float(told[0]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[told[1]]


async def _by_ourselves(port: int, token: str, seconds: float) -> tuple[int, float, float]:
    loop, took = asyncio.get_running_loop(), list[float]()
    request = f"GET {PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\r\n".encode()
    until, ended = perf_counter() + seconds, [loop.create_future() for _ in range(CALLERS)]
    for one in ended:
        await loop.create_connection(partial(Asking, request, until, took, one), "127.0.0.1", port)
    await asyncio.gather(*ended)
    return len(took), median(took), quantiles(took, n=100)[98]


def peers(folder: Path, upstream: int, issuer: str, keys: str) -> Iterator[tuple[str, int, list[str]]]:
    """Yield name, port and command of each peer whose program is there."""
    for name, command in PEERS.items():
        if program := shutil.which(os.environ.get(name.upper(), name)):
            port = free_port()
            yield name, port, command(program, folder, port, upstream, issuer, keys)


def opened(stack: ExitStack, folder: Path, upstream: int, issuer: int, checkouts: Mapping[str, Path]) -> list[Server]:
    """Start each checkout's gateway, told alike; they end with the stack."""
    told, servers = environment(folder, issuer, upstream), []
    for name, checkout in checkouts.items():
        port = free_port()
        command = [str(checkout / ".venv" / "bin" / "python"), "-m", "yiwang", "serve", "gateway", *at(port)]
        servers.append(Server(name, stack.enter_context(process(command, folder / f"{name}.log", told)), port))
    return servers


async def main(folder: Path, words: argparse.Namespace) -> None:
    upstream, issuer = free_port(), free_port()
    contracts(folder / "contracts")
    checkouts = {OURS: ROOT, **({"beside": Path(words.beside).resolve()} if words.beside else {})}
    with ExitStack() as stack:
        stack.enter_context(process([sys.executable, __file__, "--answer", str(upstream)], folder / "answer.out"))
        identity = [sys.executable, str(Path(__file__).resolve().parents[1] / "identity.py"), str(issuer)]
        stack.enter_context(process(identity, folder / "identity.out"))
        keys = (await answered(issuer, "/jwks", {})).decode()
        at_issuer = HttpUpstream(f"http://127.0.0.1:{issuer}")
        token = await sign_in(at_issuer, CITIZEN, path="")
        await at_issuer.close()
        servers = opened(stack, folder, upstream, issuer, checkouts)
        for name, port, command in peers(folder, upstream, f"http://127.0.0.1:{issuer}", keys):
            servers.append(Server(name, stack.enter_context(process(command, folder / f"{name}.out")), port))
        for server in servers:
            await answered(server.port, PATH, {"authorization": f"Bearer {token}"})
            await measured(server, token, 1)
        found: dict[str, list[Figures]] = {server.name: [] for server in servers}
        for turn in range(words.rounds):
            for server in servers[:: 1 if turn % 2 else -1]:
                found[server.name].append(await measured(server, token, words.seconds))
    tell(found)


def tell(found: Mapping[str, Sequence[Figures]]) -> None:
    print(f"{'':10}{'CPU µs':>8} {'quartiles':>13} {'gateway/it':>11} {'p50 ms':>8} {'p99 ms':>8} {'p99/p50':>8}")
    for name, rounds in found.items():
        cpu = [one.cpu for one in rounds]
        low, _, high = quantiles(cpu, n=4)
        ratio = median(ours.cpu / one.cpu for ours, one in zip(found[OURS], rounds, strict=True))
        p50, p99 = median(one.p50 for one in rounds), median(one.p99 for one in rounds)
        tail = median(one.p99 / one.p50 for one in rounds)
        print(f"{name:10}{median(cpu):8.1f} {low:6.1f}–{high:<6.1f} {ratio:11.2f} {p50:8.2f} {p99:8.2f} {tail:8.2f}")


async def answer(port: int) -> None:
    """Be the service behind, until the process ends."""
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--beside", default="")
    parser.add_argument("--answer", type=int, default=0)
    asked = parser.parse_args()
    if asked.answer:
        asyncio.run(answer(asked.answer))
    else:
        with tempfile.TemporaryDirectory() as made:
            asyncio.run(main(Path(made), asked))
