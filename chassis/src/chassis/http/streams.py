"""Answers that go on: streams of server-sent events (WHATWG HTML §9.2), which have rules of their own.

What a stream tells is read where it is kept, from the place that its reader names: nothing waits in memory for a
reader who is slow, and one who comes again goes on where he was. The edge ends a stream when its process stops.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import Response

from chassis.base.deadline import deadline
from chassis.http.asgi import Message, Receive, Scope, Send

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = b": \n\n"
"""A comment: it keeps the way open and tells whoever is in between that somebody is there."""
UNBUFFERED = {"cache-control": "no-store", "x-accel-buffering": "no"}


class EventStream(Response):
    """Sends frames as they come. The time that the request had for its answer is over once that has begun."""

    media_type = MEDIA_TYPE

    def __init__(self, frames: AsyncGenerator[bytes, None]) -> None:
        self.status_code = 200
        self.background = None
        self.body = b""
        self._frames = frames
        self.init_headers(UNBUFFERED)
        self.raw_headers = [pair for pair in self.raw_headers if pair[0] != b"content-length"]

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send until the frames end, or until the edge has enough."""
        deadline.set(None)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._frames) as frames:
            async for frame in frames:
                await send({"type": "http.response.body", "body": frame, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def frame(event: str, data: str, *, place: int | None = None, retry: int | None = None) -> bytes:
    """Return one event: its name, its data in one line, its place, and after how many ms to come again when it ends."""
    told = {"retry": retry, "id": place, "event": event, "data": data}
    return "".join(f"{name}: {value}\n" for name, value in told.items() if value is not None).encode() + b"\n"


def begins_stream(message: Message) -> bool:
    """Tell whether an answer's first message begins a stream."""
    return any(
        name.lower() == b"content-type" and value.startswith(MEDIA_TYPE.encode()) for name, value in message["headers"]
    )
