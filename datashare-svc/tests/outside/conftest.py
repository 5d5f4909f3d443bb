"""A resource, and a provider that speaks the protocol as the brief of the exchange says it, strictly."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from chassis.http.asgi import App, Receive, Scope, Send, answer, header
from chassis.testing.builders import ManualClock
from datashare_svc.domain.model import Kind, Resource, ResourceField, SharingClass, SharingMode, UpdateCycle
from datashare_svc.outside.networks import Question
from datashare_svc.outside.rest import RestConnector

Row = dict[str, Any]
ANNA, BERTA = "410199199003070024", "41019919900307004X"
REGISTERED = b"registered key of 32 bytes .....".ljust(32, b".")
WITHIN = 60.0
REASON = {
    "project_no": "410100260302000001",
    "task_code": "T",
    "purpose": "PREFILL",
    "basis": "条例",
    "officer": "intake",
}


@pytest.fixture
def resource() -> Resource:
    return Resource(
        resource="population_register",
        resource_code="R/1",
        name="人口基本信息",
        network="population",
        unit="U09",
        service="POPULATION",
        summary="",
        sharing_class=SharingClass.CONDITIONAL,
        mode=SharingMode.API,
        update_cycle=UpdateCycle.REAL_TIME,
        basis="",
        fields=(
            ResourceField("id_number", "身份证号", Kind.ID_NUMBER, 18, is_key=True, required=True),
            ResourceField("name", "姓名", Kind.PERSON_NAME, 50, is_key=True, required=True),
            ResourceField("birth_date", "出生日期", Kind.DATE, 10),
            ResourceField("address", "住址", Kind.TEXT, 100),
        ),
        within_ms=60_000,
        at_most_rows=2,
    )


@pytest.fixture
def question() -> Question:
    return Question("q-1", {"id_number": ANNA}, fields=("name", "birth_date"), carried=REASON)


@pytest.fixture
def verification(question: Question) -> Question:
    return replace(question, fields=(), compares={"name": "张 三", "birth_date": "1990-03-07"})


@dataclass(slots=True)
class Provider:
    """A network as an ASGI app: it refuses what is not signed, late, said twice or without a reason."""

    clock: ManualClock
    keys: list[bytes] = field(default_factory=lambda: [REGISTERED])
    registered: bytes = REGISTERED
    rows: list[Row] = field(default_factory=list)
    seen: set[tuple[str, ...]] = field(default_factory=set)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    tells: Callable[[Row], Any] = lambda told: told
    skew_ms: int = 0
    renewals: int = 0
    valid_ms: int = 12 * 3600 * 1000
    codes: list[str] = field(default_factory=list)

    def now_ms(self) -> int:
        return int(self.clock.now().timestamp() * 1000)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        await asyncio.sleep(0)
        told = self.tells(self._answer(scope, body))
        await answer(send, 200, json.dumps(told, ensure_ascii=False).encode(), "application/json", {})

    def _answer(self, scope: Scope, body: bytes) -> Row:
        if (scope["method"], scope["path"]) == ("GET", "/ping"):
            return {"code": "0"}
        sid = scope["path"].rpartition("/")[2]
        if fault := self._fault(scope, sid, body):
            return {"code": fault, "message": f"no, not about {ANNA}"}
        if sid == "key":
            self.renewals += 1
            self.keys = [f"key {self.renewals}".encode().ljust(32, b".")]
            made = base64.b64encode(self.keys[0]).decode()
            return {"code": "0", "key": made, "valid_until_ms": self.now_ms() + self.valid_ms}
        asked = json.loads(body)
        self.asked.append((sid, asked))
        if not all(asked["reason"].get(one) for one in ("project_no", "purpose", "basis")):
            return {"code": "403", "message": ""}
        found = [row for row in self.rows if asked["conditions"].items() <= row.items()]
        head = {"code": "0", "message": "", "query_id": asked["reason"]["query_id"]}
        if asked["mode"] == "query":
            return {**head, "data": [{name: row.get(name) for name in asked["fields"]} for row in found]}
        results = {
            name: "一致" if found[0][name] == value.replace("-", "") else "不一致"
            for name, value in asked["values"].items()
            if found
        }
        return {**head, "results": results, "known": bool(found)}

    def _fault(self, scope: Scope, sid: str, body: bytes) -> str:
        if self.codes:
            return self.codes.pop(0)
        names = (b"gjgxjhpt_rid", b"gjgxjhpt_sid", b"gjgxjhpt_rtime", b"gjgxjhpt_sign", b"yiwang_body_sign")
        rid, said, rtime, sign, body_sign = (header(scope, name) for name in names)
        if (rid, said) != ("yiwang", sid) or not any(
            (sign, body_sign) == (_sign(key, sid + rid + rtime), _sign(key, sid + rid + rtime + _hex(body)))
            for key in (*self.keys, *([self.registered] if sid == "key" else []))
        ):
            return "401"
        if abs(int(rtime) - self.now_ms() - self.skew_ms) > 300_000:
            return "408"
        if (rid, sid, rtime, sign) in self.seen:
            return "409"
        self.seen.add((rid, sid, rtime, sign))
        return ""


def _sign(key: bytes, text: str) -> str:
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()


def _hex(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@pytest.fixture
def provider(clock: ManualClock) -> Provider:
    row = {"id_number": ANNA, "name": "张三", "birth_date": "19900307", "address": "花园路1号"}
    return Provider(clock, rows=[row, {**row, "id_number": BERTA, "name": "李四"}])


@pytest.fixture
def connect(clock: ManualClock) -> Callable[[App], RestConnector]:
    return lambda app: RestConnector(app, requester_id="yiwang", key=REGISTERED, clock=clock)
