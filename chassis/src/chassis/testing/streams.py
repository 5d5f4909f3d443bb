"""Reads a stream of events as a client does: from an app in this process, or over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from chassis.http.asgi import App, Message

HEARTBEAT = "heartbeat"


@dataclass(frozen=True, slots=True)
class Told:
    """One event: its name, its place and its data; a comment is a heartbeat."""

    event: str
    place: int | None = None
    data: Any = None


@dataclass(slots=True)
class Reading:
    """An open stream. `heard` are its events as they came; an end is None."""

    heard: "asyncio.Queue[Told | None]" = field(default_factory=asyncio.Queue)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    _gone: asyncio.Event = field(default_factory=asyncio.Event)
    _asked: bool = False
    _unread: str = ""

    async def next(self, within: float = 60.0) -> Told | None:
        """Return the next event, None at the end."""
        async with asyncio.timeout(within):
            return await self.heard.get()

    async def rest(self, within: float = 60.0) -> list[Told]:
        """Return all events until the end."""
        found: list[Told] = []
        while (told := await self.next(within)) is not None:
            found.append(told)
        return found

    def leave(self) -> None:
        """Go away, as a client does that closes its connection."""
        self._gone.set()

    async def receive(self) -> Message:
        """Give the empty request, then nothing until the reader leaves."""
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take what the app sends."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            self.begun.set()
            return
        self.body += message.get("body", b"")
        self._unread += message.get("body", b"").decode()
        *whole, self._unread = self._unread.split("\n\n")
        for one in whole:
            self.heard.put_nowait(_told(one))
        if not message.get("more_body"):
            self.heard.put_nowait(None)


def _told(text: str) -> Told:
    found = dict(line.split(": ", 1) for line in text.splitlines())
    if "event" not in found:
        return Told(HEARTBEAT)
    return Told(found["event"], int(found["id"]) if "id" in found else None, json.loads(found["data"]))


@asynccontextmanager
async def reading(
    app: App, path: str, headers: Mapping[str, str], *, method: str = "GET", state: Mapping[str, Any] | None = None
) -> AsyncIterator[Reading]:
    """Open a stream and read it in a task of its own; whoever is left with it leaves."""
    found = Reading()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"stream"), *((k.lower().encode(), v.encode()) for k, v in headers.items())],
        "client": ("127.0.0.1", 0),
        "server": ("stream", 80),
        "state": dict(state or {}),
    }
    task: asyncio.Task[None] = asyncio.create_task(app(scope, found.receive, found.send))  # type: ignore[arg-type]  # a coroutine
    try:
        async with asyncio.timeout(60):
            await asyncio.wait({task, asyncio.create_task(found.begun.wait())}, return_when=asyncio.FIRST_COMPLETED)
        yield found
    finally:
        found.leave()
        done, _ = await asyncio.wait({task}, timeout=60)
        if not done:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            raise AssertionError("the stream went on after its reader had left")
        task.result()
