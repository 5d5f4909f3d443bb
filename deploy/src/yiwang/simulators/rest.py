"""A network that is spoken with by requests: strict about signatures, clocks, replays and reasons, wrong on demand."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from chassis.base.clock import Clock
from chassis.base.recent import Recent
from chassis.http.asgi import App, Receive, Scope, Send, answer, header
from chassis.http.upstream import UpstreamUnavailable

from yiwang.simulators import signing
from yiwang.simulators.faults import Fault, FaultKind, Faults
from yiwang.simulators.networks import Simulated
from yiwang.simulators.register import BadConditions, Register
from yiwang.simulators.signing import Keys
from yiwang.simulators.wire import JSON, LARGEST, befalls, read_body, send_told, set_faults

WINDOW = timedelta(minutes=5)
MOST_SEEN = 200_000
REASONS = ("project_no", "purpose", "basis")


class Refused(Exception):  # noqa: N818  named after the fact
    """The network refuses a request, with one of its codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(slots=True)
class RestSimulator:
    """A simulated network as an ASGI app.

    `keys` are those of the requesters; `allows` narrows which services one may ask. `most_at_once` bounds how many
    requests are under way. Faults are set at `simulator/faults` from this machine, or with the simulator's token.
    """

    network: Simulated
    register: Register
    clock: Clock
    keys: Mapping[str, Keys]
    faults: Faults = field(default_factory=Faults)
    allows: Mapping[str, frozenset[str]] = field(default_factory=dict)
    most_at_once: int = 100
    token: str = ""
    seen: Recent[tuple[str, str, str, str], int] = field(default_factory=lambda: Recent(MOST_SEEN))
    under_way: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises UpstreamUnavailable where it is to be out."""
        parts = tuple(part for part in scope["path"].split("/") if part)
        if parts == ("simulator", "faults"):
            await set_faults(self.network.network, self.faults, self.token, scope, receive, send)
            return
        self.under_way += 1
        try:
            await self._answer(scope, receive, send, parts)
        finally:
            self.under_way -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send, parts: tuple[str, ...]) -> None:
        service = parts[-1] if parts else ""
        is_service = parts[:-1] == ("services",)
        fault = self.faults.take(service, wire_only=not is_service)
        if fault is not None and await befalls(fault, receive, send):
            return
        body = await read_body(receive)
        method = scope["method"]
        if (method, parts) == ("GET", ("ping",)):
            told: dict[str, Any] = {"code": "0", "message": f"{self.network.name}(模拟器)"}
        elif method == "POST" and (is_service or parts == ("key",)):
            told = self._told(scope, service, body, fault, is_service=is_service)
        else:
            await answer(send, 404, b"{}", JSON, {})
            return
        await send_told(send, told, fault)

    def _told(
        self, scope: Scope, service: str, body: bytes, fault: Fault | None, *, is_service: bool
    ) -> dict[str, Any]:
        if self.under_way > self.most_at_once:
            return {"code": "429", "message": "请求太多"}
        try:
            requester = self._signed(scope, service, body, to_refresh=not is_service)
            return self._served(requester, service, body, fault) if is_service else self._refreshed(requester)
        except Refused as refused:
            return {"code": refused.code, "message": refused.message}

    def _signed(self, scope: Scope, service: str, body: bytes, *, to_refresh: bool) -> str:
        """Return who asks. Raises Refused."""
        requester, sid, rtime, made, over_body = (
            header(scope, name)
            for name in (b"gjgxjhpt_rid", b"gjgxjhpt_sid", b"gjgxjhpt_rtime", b"gjgxjhpt_sign", b"yiwang_body_sign")
        )
        now, known = self.clock.now(), self.keys.get(requester)
        if known is None or sid != service or not (rtime.isascii() and rtime.isdecimal() and len(rtime) <= 15):
            raise Refused("401", "签名不符")
        good = (
            signing.headers(key, requester=requester, service=sid, rtime=int(rtime), body=body)
            for key in known.good(now, to_refresh=to_refresh)
        )
        if not any((made, over_body) == (one["gjgxjhpt_sign"], one["yiwang_body_sign"]) for one in good):
            raise Refused("401", "签名不符")
        at = int(now.timestamp() * 1000)
        if abs(at - int(rtime)) > WINDOW.total_seconds() * 1000:
            raise Refused("408", "时间不在允许的范围内")
        if self.seen.get((requester, sid, rtime, made)) is not None:
            raise Refused("409", "重复的请求")
        self.seen.keep((requester, sid, rtime, made), at)
        return requester

    def _refreshed(self, requester: str) -> dict[str, Any]:
        key, until = self.keys[requester].refresh(self.clock.now())
        return {"code": "0", "key": key, "valid_until_ms": int(until.timestamp() * 1000)}

    def _served(self, requester: str, service: str, body: bytes, fault: Fault | None) -> dict[str, Any]:
        asked = self.network.service(service)
        if asked is None:
            raise Refused("404", "没有这项服务")
        if requester in self.allows and service not in self.allows[requester]:
            raise Refused("403", "没有获准使用这项服务")
        question = _read(body)
        reason = question.get("reason")
        if not isinstance(reason, dict) or not all(isinstance(reason.get(one), str) and reason[one] for one in REASONS):
            raise Refused("403", "有条件使用:没有办件编号、用途或依据")
        if fault is not None and fault.kind is FaultKind.REFUSE:
            raise Refused(fault.code, "拒绝")
        told: dict[str, Any] = {"code": "0", "message": "", "query_id": reason.get("query_id", "")}
        try:
            return {**told, **self.register.answer(asked, question, fault)}
        except BadConditions as bad:
            raise Refused("422", str(bad)) from bad


def apart(networks: Mapping[str, App]) -> App:
    """Return networks that are told apart by the first part of the path, as one app; one that is out answers 503."""

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        first, _, rest = scope["path"].lstrip("/").partition("/")
        if first not in networks:
            await answer(send, 404, b"{}", JSON, {})
            return
        try:
            await networks[first]({**scope, "path": f"/{rest}"}, receive, send)
        except UpstreamUnavailable:
            await answer(send, 503, b"", JSON, {})

    return routed


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body) if len(body) <= LARGEST else None
    except (ValueError, RecursionError) as wrong:
        raise Refused("422", "不是 JSON") from wrong
    if not isinstance(found, dict):
        raise Refused("422", "请求不符合格式")
    return found
