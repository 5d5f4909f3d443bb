"""The provincial platform over HTTPS. Proposed: its interface is not public, paths, names and signature are ours.

What leaves is what GB/T 39046-2020 table 9 asks for. Nothing of an answer but numbers and codes is kept or logged.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from ssl import create_default_context
from typing import Any
from urllib.parse import urlencode, urlsplit

from chassis.base.clock import Clock, local
from chassis.base.ids import new_code
from chassis.base.problems import BadRequest, DeadlineExceeded, Problem
from chassis.http.asgi import App
from chassis.http.strict import parse
from chassis.http.upstream import AnswerTooLarge, HttpUpstream, Reply, call

from evaluation_svc.domain.province import Held, ToldRating
from evaluation_svc.domain.province_codes import province_channel, province_level, province_progress
from evaluation_svc.errors.province import Outage, ProvinceAddressRefused, ProvinceOut
from evaluation_svc.settings import EvaluationSettings

LARGEST = 1024 * 1024
"""Bytes of an answer at most."""
PAGE = 500
AT_ONCE = 8
SHORTEST_SECRET = 16
MOST_PAGES = 10_000
DONE = "0"
OUTAGES = {
    "401": Outage.BAD_SIGNATURE,
    "408": Outage.BAD_SIGNATURE,
    "409": Outage.BAD_SIGNATURE,
    "429": Outage.TOO_MANY,
    "500": Outage.UNAVAILABLE,
}
CODE = re.compile(r"[0-9A-Za-z_]{1,20}", re.ASCII)
EVAL_ID = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """How the platform is reached: the app, who asks, the shared secret, and how many seconds an answer may take."""

    upstream: App
    app_id: str
    secret: bytes = field(repr=False)
    seconds: float = 10.0


def platform_at(  # noqa: PLR0913  an address has this many parts
    url: str, *, app_id: str, secret: str, seconds: float, clock: Clock, plain: bool = False, roots: Path | None = None
) -> "RestProvincialPlatform":
    """Return the platform at an address; `roots` (PEM) vouch for its certificate where the system does not.

    Raises ProvinceAddressRefused for an address that is not https, unless it is of this machine or the line itself is
    protected (`plain`), and for a secret that is too short.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or parts.username is not None:
        raise ProvinceAddressRefused("EVALUATION_PROVINCE_URL 须为 https://主机[:端口][/路径]")
    if parts.scheme == "http" and not (plain or host in {"localhost", "127.0.0.1", "::1"}):
        raise ProvinceAddressRefused("EVALUATION_PROVINCE_URL 须为 https;线路已受保护的,设 EVALUATION_PROVINCE_PLAIN")
    if len(secret) < SHORTEST_SECRET:
        raise ProvinceAddressRefused(f"EVALUATION_PROVINCE_SECRET 至少 {SHORTEST_SECRET} 个字符")
    try:
        tls = create_default_context(cafile=str(roots)) if roots else None
    except OSError as error:
        raise ProvinceAddressRefused(f"EVALUATION_PROVINCE_ROOTS:{roots} 不是证书文件(PEM)") from error
    upstream = HttpUpstream(url, connections=AT_ONCE + 2, tls=tls)
    line = Line(upstream, app_id, secret.encode(), seconds)
    return RestProvincialPlatform(line, clock, new_code, close=upstream.close)


def province_of(settings: EvaluationSettings, clock: Clock) -> "RestProvincialPlatform | None":
    """Return the platform that the settings name; None where they name none. Raises ProvinceAddressRefused."""
    if not settings.province_url:
        return None
    return platform_at(
        settings.province_url,
        app_id=settings.province_app_id,
        secret=settings.province_secret.get_secret_value(),
        seconds=settings.province_seconds,
        clock=clock,
        plain=settings.province_plain,
        roots=settings.province_roots,
    )


def signature(secret: bytes, *parts: str) -> str:
    """Return base64 of HMAC-SHA256 over parts, a line each."""
    return base64.b64encode(hmac.digest(secret, "\n".join(parts).encode(), "sha256")).decode()


class RestProvincialPlatform:
    """Speaks with the platform through an app: one at an address, or one in this process.

    Each request is signed over method, path with query, millisecond, nonce and the body's digest.
    """

    def __init__(
        self, line: Line, clock: Clock, nonce: Callable[[], str], close: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._line, self._clock, self._nonce, self._close = line, clock, nonce, close

    async def tell(self, rating: ToldRating) -> str:
        """Tell of a rating; return the platform's number of it. Raises ProvinceOut."""
        told = await self._call("POST", "/ratings", body=body_of(rating))
        return _number_of(told, rating.rating_id)

    async def void(self, rating_id: str, provincial_eval_id: str) -> None:
        """Tell that a rating was found void. Raises ProvinceOut."""
        asked = {"rating_key": rating_id, "provincial_eval_id": provincial_eval_id}
        told = await self._call("POST", "/invalidations", body=asked)
        if _number_of(told, rating_id) != provincial_eval_id:
            raise ProvinceOut(Outage.WRONG_RATING)

    async def held(self, day: date) -> AsyncIterator[Held]:
        """Yield what the platform has of a day, page by page. Raises ProvinceOut."""
        after = ""
        for _ in range(MOST_PAGES):
            asked = {"day": day.isoformat(), "after": after, "size": PAGE}
            told = await self._call("GET", "/ratings", query=asked)
            rows, following = told.get("ratings"), told.get("next", "")
            if not isinstance(rows, list) or not isinstance(following, str):
                raise ProvinceOut(Outage.UNREADABLE)
            for row in rows:
                yield _held(row)
            if not following or following == after:
                return
            after = following

    async def close(self) -> None:
        """Close kept connections."""
        if self._close is not None:
            await self._close()

    async def _call(
        self, method: str, path: str, *, body: Mapping[str, Any] | None = None, query: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the members of an answer that says that it was done. Raises ProvinceOut."""
        sent = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
        line, now = self._line, str(int(self._clock.now().timestamp() * 1000))
        nonce = self._nonce()
        asked = urlencode(query or {})
        signed = (method, path, asked, line.app_id, now, nonce, hashlib.sha256(sent).hexdigest())
        headers = {
            "accept": "application/json",
            "yw-app-id": line.app_id,
            "yw-time": now,
            "yw-nonce": nonce,
            "yw-sign": signature(line.secret, *signed),
        }
        try:
            reply = await call(
                line.upstream,
                method,
                path,
                query=query,
                body=sent or None,
                headers=headers,
                within=line.seconds,
                at_most=LARGEST,
            )
        except AnswerTooLarge as error:
            raise ProvinceOut(Outage.TOO_LARGE) from error
        except DeadlineExceeded as error:
            raise ProvinceOut(Outage.TIMED_OUT) from error
        except (Problem, OSError, EOFError) as error:
            raise ProvinceOut(Outage.NO_ANSWER) from error
        return _read(reply)


def body_of(rating: ToldRating) -> dict[str, Any]:
    """Return what the platform is told of a rating, in its codes."""
    return {
        "rating_key": rating.rating_id,
        "project_no": rating.project_no,
        "task_code": rating.task_code,
        "matter_code": rating.matter_code,
        "org_code": rating.unit,
        "region_code": rating.region,
        "pf": province_channel(rating.channel),
        "satisfaction": province_level(rating.level),
        "assess_number": rating.number,
        "pro_status": province_progress(is_visit=rating.is_visit),
        "tags": list(rating.tags),
        "content": rating.text,
        "rater": rating.rater,
        "assess_time": f"{local(rating.rated_at):%Y-%m-%d %H:%M:%S}",
    }


def _read(reply: Reply) -> dict[str, Any]:
    if reply.status >= 500:
        raise ProvinceOut(Outage.UNAVAILABLE, str(reply.status))
    if reply.status != 200:
        raise _refusal(str(reply.status))
    try:
        told = parse(reply.body)
    except BadRequest as error:
        raise ProvinceOut(Outage.UNREADABLE) from error
    if not isinstance(told, dict) or not isinstance(told.get("code"), str):
        raise ProvinceOut(Outage.UNREADABLE)
    if told["code"] != DONE:
        raise _refusal(told["code"])
    return told


def _refusal(code: str) -> ProvinceOut:
    """Return what the platform's code says; its words are kept nowhere, for they may repeat what was sent."""
    return ProvinceOut(OUTAGES.get(code, Outage.REFUSED), code if CODE.fullmatch(code) else "?")


def _number_of(told: Mapping[str, Any], rating_id: str) -> str:
    number = told.get("provincial_eval_id")
    if told.get("rating_key") != rating_id:
        raise ProvinceOut(Outage.WRONG_RATING)
    if not isinstance(number, str) or not EVAL_ID.fullmatch(number):
        raise ProvinceOut(Outage.UNREADABLE)
    return number


def _held(row: Any) -> Held:
    """Return a row of the platform's list. Raises ProvinceOut."""
    try:
        key, number, count = row["rating_key"], row["provincial_eval_id"], row["assess_number"]
        level, channel, void = row["satisfaction"], row["pf"], row["is_void"]
    except (KeyError, TypeError) as error:
        raise ProvinceOut(Outage.UNREADABLE) from error
    texts = (key, number, level, channel)
    is_right = all(isinstance(one, str) and len(one) <= 64 for one in texts) and isinstance(count, int)
    if not is_right or not isinstance(void, bool) or not EVAL_ID.fullmatch(number):
        raise ProvinceOut(Outage.UNREADABLE)
    return Held(key, number, level, count, channel, void)
