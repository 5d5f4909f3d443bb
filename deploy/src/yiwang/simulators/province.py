"""The provincial platform, simulated: it takes each rating once, by its key, and is wrong on demand.

What it took is kept in a file of its folder, so that it outlives the process; without a folder in memory alone.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from chassis.base.clock import Clock
from chassis.base.recent import Recent
from chassis.http.asgi import Receive, Scope, Send, answer, header
from chassis.http.upstream import UpstreamUnavailable

from yiwang.simulators.faults import Fault, FaultKind, Faults
from yiwang.simulators.rest import Refused
from yiwang.simulators.wire import JSON, LARGEST, befalls, read_body, send_told, set_faults

PROVINCE, NAME = "province", "省平台好差评"
APP_ID = "yiwang"
FILE = "province.jsonl"
WINDOW = timedelta(minutes=5)
MOST_SEEN = 200_000
MOST_ROWS = 500
TAKEN = (
    *("rating_key", "project_no", "task_code", "matter_code", "org_code", "region_code", "pf", "satisfaction"),
    *("assess_number", "pro_status", "tags", "content", "rater", "assess_time"),
)
LISTED = ("rating_key", "provincial_eval_id", "satisfaction", "assess_number", "pf", "is_void")


def new_secret() -> str:
    """Return a fresh secret."""
    return secrets.token_urlsafe(32)


def sign(secret: str, parts: Sequence[str]) -> str:
    """Return the signature over parts, a line each."""
    made = hmac.digest(secret.encode(), "\n".join(parts).encode(), "sha256")
    return base64.b64encode(made).decode()


@dataclass(slots=True)
class ProvinceSimulator:
    """The simulated provincial platform as an ASGI app.

    `held` are its ratings by its own numbers, `numbers` these by the keys under which they were told, `times` how often
    each was.
    """

    clock: Clock
    secret: str = field(repr=False)
    folder: Path | None = None
    faults: Faults = field(default_factory=Faults)
    token: str = ""
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    seen: Recent[str, str] = field(default_factory=lambda: Recent(MOST_SEEN))

    def __post_init__(self) -> None:
        """Read what was taken before."""
        if self.folder is not None and (file := self.folder / FILE).exists():
            for line in file.read_text(encoding="utf-8").splitlines():
                self._hold(json.loads(line))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises UpstreamUnavailable where it is to be out, or its answer is to be lost."""
        parts = tuple(part for part in scope["path"].split("/") if part)
        if parts == ("simulator", "faults"):
            await set_faults(PROVINCE, self.faults, self.token, scope, receive, send)
            return
        fault = self.faults.take(parts[-1] if parts else "")
        if fault is not None and await befalls(fault, receive, send):
            return
        body = await read_body(receive)
        served = {("POST", ("ratings",)): self._rated, ("POST", ("invalidations",)): self._void}
        served |= {("GET", ("ratings",)): self._list}
        serve = served.get((scope["method"], parts))
        if serve is None:
            await answer(send, 404, b"{}", JSON, {})
            return
        try:
            self._signed(scope, body, fault)
            asked = dict(parse_qsl(scope.get("query_string", b"").decode())) if not body else _read(body)
            told = {"code": "0", "message": "", **serve(asked)}
            if fault is not None and fault.kind is FaultKind.DUPLICATE:
                told |= serve(asked)
        except Refused as refused:
            told = {"code": refused.code, "message": refused.message}
        if fault is not None and fault.kind is FaultKind.LOST_ANSWER:
            raise UpstreamUnavailable("模拟器:答复丢失")
        await send_told(send, _spoilt(told, fault), fault)

    def arrive(self, *, assess_time: str, satisfaction: str = "5", pf: str = "7", rating_key: str = "") -> str:
        """Take a rating that came another way, silence (pf 7) unless told; return its number."""
        row = dict.fromkeys(TAKEN, "") | {"assess_number": 1, "tags": [], "assess_time": assess_time}
        return self._keep({**row, "satisfaction": satisfaction, "pf": pf, "rating_key": rating_key, "is_void": False})

    def of_key(self, rating_key: str) -> dict[str, Any] | None:
        """Return what was taken under a key."""
        number = self.numbers.get(rating_key)
        return None if number is None else self.held[number]

    def _signed(self, scope: Scope, body: bytes, fault: Fault | None) -> None:
        if fault is not None and fault.kind is FaultKind.REFUSE:
            raise Refused(fault.code, "拒绝")
        app, at, nonce, made = (header(scope, name) for name in (b"yw-app-id", b"yw-time", b"yw-nonce", b"yw-sign"))
        query = scope.get("query_string", b"").decode()
        digest = hashlib.sha256(body).hexdigest()
        good = sign(self.secret, [scope["method"], scope["path"], query, app, at, nonce, digest])
        if app != APP_ID or not hmac.compare_digest(good.encode(), made.encode()):
            raise Refused("401", "签名不符")
        now = int(self.clock.now().timestamp() * 1000)
        if not (at.isascii() and at.isdecimal() and abs(now - int(at)) <= WINDOW.total_seconds() * 1000):
            raise Refused("408", "时间不在允许的范围内")
        if self.seen.get(nonce) is not None:
            raise Refused("409", "重复的请求")
        self.seen.keep(nonce, at)

    def _rated(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        key = asked.get("rating_key")
        if set(asked) != set(TAKEN) or not isinstance(key, str) or not key:
            raise Refused("422", "字段不符")
        self.times[key] = self.times.get(key, 0) + 1
        found = self.of_key(key)
        if found is not None and any(found[name] != asked[name] for name in TAKEN):
            raise Refused("CONFLICT", "同一评价内容不同")
        number = found["provincial_eval_id"] if found else self._keep({**asked, "is_void": False})
        return {"rating_key": key, "provincial_eval_id": number}

    def _void(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        row = self.held.get(str(asked.get("provincial_eval_id")))
        if row is None or row["rating_key"] != asked.get("rating_key"):
            raise Refused("404", "没有这条评价")
        self._keep({**row, "is_void": True})
        return {"rating_key": row["rating_key"], "provincial_eval_id": row["provincial_eval_id"]}

    def _list(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        day, after, size = asked.get("day", ""), asked.get("after", ""), asked.get("size", "")
        if not size.isdecimal() or not 1 <= int(size) <= MOST_ROWS:
            raise Refused("422", "size 应为 1 至 500")
        of_day = sorted(number for number, row in self.held.items() if row["assess_time"].startswith(day))
        page = [number for number in of_day if number > after][: int(size)]
        more = bool(page) and page[-1] != of_day[-1]
        rows = [{name: self.held[number][name] for name in LISTED} for number in page]
        return {"ratings": rows, "next": page[-1] if more else ""}

    def _keep(self, row: Mapping[str, Any]) -> str:
        number = row.get("provincial_eval_id") or f"HN{self.clock.now():%Y%m%d}{len(self.held) + 1:08d}"
        self._hold({**row, "provincial_eval_id": number})
        if self.folder is not None:
            with (self.folder / FILE).open("a", encoding="utf-8") as file:
                file.write(json.dumps(self.held[number], ensure_ascii=False) + "\n")
        return str(number)

    def _hold(self, row: Mapping[str, Any]) -> None:
        self.held[row["provincial_eval_id"]] = dict(row)
        if row["rating_key"]:
            self.numbers[row["rating_key"]] = row["provincial_eval_id"]


def _spoilt(told: Mapping[str, Any], fault: Fault | None) -> Mapping[str, Any]:
    """Return an answer that is of another rating, where that is the fault."""
    if fault is None or fault.kind is not FaultKind.WRONG_PERSON or "rating_key" not in told:
        return told
    return {**told, "rating_key": "another"}


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body) if len(body) <= LARGEST else None
    except (ValueError, RecursionError) as wrong:
        raise Refused("422", "不是 JSON") from wrong
    if not isinstance(found, dict):
        raise Refused("422", "请求不符合格式")
    return found
