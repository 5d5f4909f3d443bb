"""What operators ask of a process, on a listener of its own: does it live, is it ready, what does it count."""

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import monotonic

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chassis.base import telemetry
from chassis.base.problems import NotFound, Problem, Unavailable
from chassis.http.asgi import Receive, Scope, Send, answer
from chassis.http.edge import send_problem

Probe = Callable[[], Awaitable[None]]
PROBE_SECONDS = 3.0
KEPT_SECONDS = 1.0
GUARDED = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
Answer = tuple[bytes, str]
FINE: Answer = (b'{"status":"ok"}', "application/json")
STARTING, SERVING, STOPPING = "正在启动", "", "正在停止"


def nothing_ails() -> Sequence[str]:
    """Return what ails a process that has no works."""
    return ()


class Operators:
    """`/livez` (whatever runs in the process runs and moves), `/readyz` (what it needs is there) and `/metrics`.

    Not in the contract and never at the address that callers use. `standing` is set by who serves. Of what `any_of`
    names the process needs but one: the others are told and do not make it unready.
    """

    def __init__(
        self,
        probes: Mapping[str, Probe],
        ailing: Callable[[], Sequence[str]] = nothing_ails,
        *,
        any_of: Mapping[str, Probe] | None = None,
        elapsed: Callable[[], float] = monotonic,
    ) -> None:
        self.standing = SERVING
        self._probes = probes
        self._any_of = any_of or {}
        self._ailing = ailing
        self._elapsed = elapsed
        self._metrics = b""
        self._rendered = -math.inf

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one question."""
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        asked = {"/livez": self._livez, "/readyz": self._readyz, "/metrics": self._tell_metrics}.get(scope["path"])
        try:
            if asked is None:
                raise NotFound
            await answer(send, 200, *await asked(), GUARDED)
        except Problem as problem:
            await send_problem(problem, scope, send)

    async def _livez(self) -> Answer:
        if ailing := self._ailing():
            raise Unavailable(f"运行不正常:{'、'.join(ailing)}")
        return FINE

    async def _readyz(self) -> Answer:
        if self.standing:
            raise Unavailable(self.standing)
        asked = {**self._probes, **self._any_of}
        failing = await _failing(asked)
        for name in asked:
            telemetry.DEPENDENCY_OUT.labels(name).set(name in failing)
        none_left = bool(self._any_of) and self._any_of.keys() <= set(failing)
        if none_left or self._probes.keys() & set(failing):
            raise Unavailable(f"未就绪:{'、'.join(failing)}")
        return (json.dumps({"status": "ok", "out": failing}).encode(), FINE[1]) if failing else FINE

    async def _tell_metrics(self) -> Answer:
        """Tell the metrics as they stood within the last second: to render them takes tens of milliseconds."""
        now = self._elapsed()
        if now - self._rendered >= KEPT_SECONDS:
            self._metrics, self._rendered = generate_latest(telemetry.REGISTRY), now
        return self._metrics, CONTENT_TYPE_LATEST


async def _failing(probes: Mapping[str, Probe]) -> list[str]:
    """Run all probes at once; name those that fail or do not answer in time. One that hangs is not waited for."""
    if not probes:
        return []
    tasks = {name: asyncio.ensure_future(probe()) for name, probe in probes.items()}
    try:
        await asyncio.wait(tasks.values(), timeout=PROBE_SECONDS)
        return [name for name, task in tasks.items() if not task.done() or task.exception() is not None]
    finally:
        for task in tasks.values():
            task.add_done_callback(lambda late: late.cancelled() or late.exception())  # no complaint about it later
            task.cancel()
