"""What simulators that are spoken with by requests share: bodies, faults of the wire, and how faults are set."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from chassis.http.asgi import Receive, Scope, Send, answer, header
from chassis.http.upstream import UpstreamUnavailable
from pydantic import ValidationError

from yiwang.simulators.faults import Fault, FaultKind, Faults

LARGEST = 64 << 10
JSON, TOKEN = "application/json", b"yiwang-simulator-token"
LOOPBACK = {"127.0.0.1", "::1"}
MEGABYTE = b" " * (1 << 20)
PAGE = "<html><body>页面(模拟器)</body></html>".encode()


async def set_faults(  # noqa: PLR0913, PLR0917  an ASGI app's arguments
    name: str, faults: Faults, token: str, scope: Scope, receive: Receive, send: Send
) -> None:
    """Show, add or clear the faults of a simulator, for this machine or with its token."""
    is_near = (scope.get("client") or ("",))[0] in LOOPBACK
    if not is_near and not (token and header(scope, TOKEN) == token):
        await answer(send, 404, b"{}", JSON, {})
        return
    body = await read_body(receive)
    try:
        if scope["method"] == "POST":
            faults.set(*faults.told(), Fault.model_validate_json(body))
        elif scope["method"] == "DELETE":
            faults.set()
    except ValidationError as wrong:
        await answer(send, 422, wrong.json(include_url=False, include_context=False).encode(), JSON, {})
        return
    told = [one.model_dump(mode="json") for one in faults.told()]
    await answer(send, 200, as_json({"network": name, "faults": told}), JSON, {})


def as_json(value: Any) -> bytes:
    """Return a value as JSON."""
    return json.dumps(value).encode()


async def read_body(receive: Receive) -> bytes:
    """Return the body of a request, or of a longer one more than LARGEST bytes of it."""
    parts, size, more = [], 0, True
    while more and size <= LARGEST:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
    return b"".join(parts)


async def befalls(fault: Fault, receive: Receive, send: Send) -> bool:
    """Let a fault of the wire happen; tell whether nothing more is to be answered."""
    match fault.kind:
        case FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
            return False
        case FaultKind.HANG:
            while (await receive())["type"] != "http.disconnect":
                pass
        case FaultKind.OUT:
            raise UpstreamUnavailable("模拟器:连不上")
        case FaultKind.SERVER_ERROR | FaultKind.FLAPPING:
            await answer(send, 503, b"<html>503 Service Temporarily Unavailable</html>", "text/html", {})
        case FaultKind.HTML:
            await answer(send, 200, PAGE, "text/html; charset=utf-8", {})
        case FaultKind.TOO_LARGE:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", JSON.encode())]})
            for _ in range(fault.megabytes):
                await send({"type": "http.response.body", "body": MEGABYTE, "more_body": True})
            await send({"type": "http.response.body", "body": b"{}", "more_body": False})
        case _:
            return False
    return True


async def send_told(send: Send, told: Mapping[str, Any], fault: Fault | None) -> None:
    """Send an answer, whole or cut off."""
    whole = as_json(told)
    if fault is None or fault.kind is not FaultKind.TRUNCATED:
        await answer(send, 200, whole, JSON, {})
        return
    length = str(len(whole)).encode()
    headers = [(b"content-type", JSON.encode()), (b"content-length", length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": whole[: len(whole) // 2], "more_body": False})
