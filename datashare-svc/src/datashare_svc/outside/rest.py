"""A network that is asked over HTTP, in the manner of the national exchange platform."""

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from ipaddress import ip_address
from ssl import SSLContext
from typing import Any

from chassis.base.clock import Clock
from chassis.base.problems import BadRequest, DeadlineExceeded, Problem
from chassis.http.asgi import App
from chassis.http.strict import parse
from chassis.http.upstream import AnswerTooLarge, HttpUpstream, Reply, call

from datashare_svc.domain.answers import asked_for, checked_matches, checked_rows
from datashare_svc.domain.canonical import canonical
from datashare_svc.domain.model import Resource
from datashare_svc.errors import NetworkOut, Outage
from datashare_svc.outside.exchange import KEY_SERVICE, Requester
from datashare_svc.outside.questions import Question, Told

LARGEST = 1024 * 1024
"""Bytes of an answer at most."""
LONGEST_KEY = 128
MOMENTS = 3
"""How many moments are tried where others of the same requester take them."""
DONE, BAD_SIGNATURE, REPLAYED = "0", "401", "409"
OUTAGES = {"500": Outage.UNAVAILABLE, "429": Outage.TOO_MANY, "404": Outage.MISSING}
CODE = re.compile(r"[0-9A-Za-z_]{1,20}", re.ASCII)


def may_be_reached(host: str) -> bool:
    """Tell of an address whether a network may have it: not one of the machine's own link, of many, of nobody."""
    try:
        address = ip_address(host)
    except ValueError:
        return True
    odd = address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved
    return address.is_loopback or not odd


class RestConnector:
    """Speaks with one network through an app: one at an address (`at`), or one in this process."""

    def __init__(
        self,
        upstream: App,
        *,
        requester_id: str,
        key: bytes,
        clock: Clock,
        close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._upstream = upstream
        self._requester = Requester(requester_id, key, clock)
        self._close = close
        self._renewing = asyncio.Lock()

    @classmethod
    def at(  # noqa: PLR0913  an address has this many parts
        cls, url: str, *, requester_id: str, key: bytes, clock: Clock, at_once: int, tls: SSLContext | None = None
    ) -> "RestConnector":
        """Return the connector of a network at an address, with connections of its own."""
        upstream = HttpUpstream(url, connections=at_once + 2, reaches=may_be_reached, tls=tls)
        return cls(upstream, requester_id=requester_id, key=key, clock=clock, close=upstream.close)

    async def ask(self, resource: Resource, question: Question, within: float) -> Told:
        """Return what the network tells within so many seconds. Raises NetworkOut."""
        try:
            async with asyncio.timeout(within):
                told = await self._ask(resource, question, within)
        except TimeoutError as error:
            raise NetworkOut(why=Outage.TIMED_OUT) from error
        if told.get("query_id") != question.query_id:
            raise NetworkOut(why=Outage.WRONG_QUERY)
        if question.compares:
            sent = _compared(resource, question)
            matches, is_known = checked_matches(sent, told.get("results", {}), told.get("known"))
            blank = dict.fromkeys(question.compares, False) if is_known else {}
            return Told(matches={**blank, **matches}, is_known=is_known)
        rows = checked_rows(resource, question.keys, question.fields, told.get("data"))
        return Told(rows=rows, is_known=bool(rows))

    async def probe(self, within: float) -> None:
        """Return once the network answered that it works. Raises NetworkOut."""
        told = _read(await self._call("GET", "/ping", b"", {}, within))
        if told["code"] != DONE:
            raise _refusal(told["code"])

    async def close(self) -> None:
        """Close kept connections."""
        if self._close is not None:
            await self._close()

    async def _ask(self, resource: Resource, question: Question, within: float) -> dict[str, Any]:
        """Ask; where the key had ended it is renewed, once."""
        if self._requester.is_due():
            with suppress(NetworkOut):  # the present one is still good for a moment
                await self._renew(self._requester.key, within)
        body = _body(resource, question)
        path = f"/services/{resource.service}"
        signed_with = self._requester.key
        told = await self._signed(resource.service, path, body, within)
        if told["code"] == BAD_SIGNATURE:
            await self._renew(signed_with, within)
            told = await self._signed(resource.service, path, body, within)
        if told["code"] != DONE:
            raise _refusal(told["code"])
        return told

    async def _renew(self, signed_with: bytes, within: float) -> None:
        """Have the key renewed, unless that was done since; signed with the present one, or else the registered one."""
        async with self._renewing:
            if self._requester.key != signed_with:
                return
            told: dict[str, Any] = {}
            for key in dict.fromkeys((signed_with, self._requester.registered)):
                told = await self._signed(KEY_SERVICE, "/key", b"{}", within, key=key)
                if told["code"] != BAD_SIGNATURE:
                    break
            if told["code"] != DONE:
                raise _refusal(told["code"])
            self._requester.renewed(*_key(told))

    async def _signed(
        self, service: str, path: str, body: bytes, within: float, *, key: bytes | None = None
    ) -> dict[str, Any]:
        """Return what a signed call tells; where another process took its moment, a later one is told."""
        told: dict[str, Any] = {}
        for _ in range(MOMENTS):
            headers = self._requester.headers(service, body, key=key)
            told = _read(await self._call("POST", path, body, headers, within))
            if told["code"] != REPLAYED:
                break
        return told

    async def _call(self, method: str, path: str, body: bytes, headers: Mapping[str, str], within: float) -> Reply:
        told = {"accept": "application/json", **headers}
        try:
            return await call(
                self._upstream, method, path, body=body or None, headers=told, within=within, at_most=LARGEST
            )
        except AnswerTooLarge as error:
            raise NetworkOut(why=Outage.TOO_LARGE) from error
        except DeadlineExceeded as error:
            raise NetworkOut(why=Outage.TIMED_OUT) from error
        except (Problem, OSError, EOFError) as error:
            raise NetworkOut(why=Outage.NO_ANSWER) from error


def _body(resource: Resource, question: Question) -> bytes:
    keys = {name: _canonical(resource, name, value) for name, value in question.keys.items()}
    asked = {
        "mode": "verify" if question.compares else "query",
        "conditions": keys,
        "fields": [] if question.compares else list(asked_for(question.keys, question.fields)),
        "values": _compared(resource, question),
        "reason": {**question.carried, "query_id": question.query_id},
    }
    return json.dumps(asked, ensure_ascii=False).encode()


def _compared(resource: Resource, question: Question) -> dict[str, str]:
    """Return the values to be held against the source; one that is blank agrees with nothing and is not sent."""
    values = {name: _canonical(resource, name, value) for name, value in question.compares.items()}
    return {name: value for name, value in values.items() if value} or values


def _canonical(resource: Resource, name: str, value: str) -> str:
    field = resource.field(name)
    return canonical(field.kind, value) if field else value


def _read(reply: Reply) -> dict[str, Any]:
    """Return the answer's members, of which `code` is one. Raises NetworkOut."""
    if reply.status >= 500:
        raise NetworkOut(why=Outage.UNAVAILABLE, told=str(reply.status))
    if reply.status != 200:
        raise _refusal(str(reply.status))
    try:
        told = parse(reply.body)
    except BadRequest as error:
        raise NetworkOut(why=Outage.UNREADABLE) from error
    if not isinstance(told, dict) or not isinstance(told.get("code"), str):
        raise NetworkOut(why=Outage.UNREADABLE)
    return told


def _refusal(code: str) -> NetworkOut:
    """Return what a provider's code says; its words are kept nowhere, for they may speak of a person."""
    return NetworkOut(why=OUTAGES.get(code, Outage.REFUSED), told=code if CODE.fullmatch(code) else "?")


def _key(told: Mapping[str, Any]) -> tuple[bytes, int]:
    key, until = told.get("key"), told.get("valid_until_ms")
    if not isinstance(key, str) or not isinstance(until, int) or isinstance(until, bool) or len(key) > LONGEST_KEY:
        raise NetworkOut(why=Outage.UNREADABLE)
    try:
        found = base64.b64decode(key, validate=True)
    except ValueError as error:
        raise NetworkOut(why=Outage.UNREADABLE) from error
    if not found:
        raise NetworkOut(why=Outage.UNREADABLE)
    return found, until
