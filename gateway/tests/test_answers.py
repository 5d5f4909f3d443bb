"""How answers leave: the language of problems, what is compressed, and which tag goes with which coding."""

import gzip
import json
import re
from pathlib import Path

import pytest
from chassis.base.problems import Problem
from chassis.http.asgi import App, Receive, Scope, Send, answer
from chassis.http.coding import LEAST
from chassis.http.upstream import Reply, call
from gateway.answers import titles
from gateway.app import build
from gateway.settings import GatewaySettings

ROOT = Path(__file__).resolve().parents[2]
TEXT = json.dumps({"text": "一网通办" * 400}, ensure_ascii=False).encode()
OURS = re.compile(r"^(?:gateway|chassis)\.(?!testing\.)")
GZIP = {"accept-encoding": "gzip"}


def kinds(of: type[Problem]) -> list[type[Problem]]:
    return [of, *(found for kind in of.__subclasses__() for found in kinds(kind))]


def test_every_problem_has_a_title_in_both_languages() -> None:
    told = {kind.code: kind.title for kind in kinds(Problem) if OURS.match(kind.__module__)}
    for file in (ROOT / "contracts" / "openapi").glob("*.json"):
        examples = json.loads(file.read_text(encoding="utf-8"))["components"]["examples"]
        told |= {code: one["value"]["title"] for code, one in examples.items() if "status" in one["value"]}
    assert not [code for code, title in told.items() if not title or title.isascii()]
    missing = sorted(told.keys() - titles().keys())
    assert missing == [], "a line for each is to be added to gateway/src/gateway/titles.yaml"
    assert all(title.isascii() and 0 < len(title) <= 100 for title in titles().values())


async def test_a_problem_of_the_gateway_and_one_of_a_service_are_told_in_the_callers_language(gateway: App) -> None:
    for wanted, title, told in (({}, "未找到", "zh-CN"), ({"accept-language": "en"}, "Not found", "en")):
        reply = await call(gateway, "GET", "/api/v1/none", headers=wanted)
        assert (reply.status, reply.json()["title"], reply.json()["code"]) == (404, title, "not_found")
        assert reply.headers["content-language"] == told
        assert reply.headers["vary"] == "Accept-Encoding, Accept-Language"
        assert reply.headers["content-length"] == str(len(reply.body))
        assert reply.json()["detail"] == "没有这个接口,见 /docs"


def telling(status: int, body: bytes, kind: str, **headers: str) -> App:
    """Return a service that answers so, and not again to who has it."""

    async def tell(scope: Scope, receive: Receive, send: Send) -> None:
        given = dict(scope["headers"])
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if "etag" in named and named["etag"].encode() in given.get(b"if-none-match", b""):
            await answer(send, 304, b"", kind, named)
            return
        if "etag" in named and given.get(b"if-match", named["etag"].encode()) != named["etag"].encode():
            await answer(send, 412, b'{"code":"stale"}', "application/problem+json", {})
            return
        await answer(send, status, body, kind, named)

    return tell


async def asked(settings: GatewaySettings, service: App, method: str = "GET", **headers: str) -> Reply:
    gateway = build(settings, upstreams={"sample": service})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await call(gateway, method, "/api/v1/open", headers=named)


async def test_a_problem_of_a_service_gets_its_english_title(settings: GatewaySettings) -> None:
    body = json.dumps({"title": "没有这份申请", "code": "application_not_found", "detail": "细节", "status": 404})
    service = telling(404, body.encode(), "application/problem+json")
    reply = await asked(settings, service, accept_language="en")
    assert reply.json() == {**json.loads(body), "title": "No such application"}
    unknown = telling(409, body.replace("application_not_found", "quite_new").encode(), "application/problem+json")
    assert (await asked(settings, unknown, accept_language="en")).json()["title"] == "没有这份申请"


async def test_a_large_text_is_compressed_when_asked_for(settings: GatewaySettings) -> None:
    service = telling(200, TEXT, "application/json; charset=utf-8")
    packed = await asked(settings, service, accept_encoding="gzip")
    assert gzip.decompress(packed.body) == TEXT
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-length"] == str(len(packed.body))
    assert packed.headers["vary"] == "Accept-Encoding"
    assert len(packed.body) < len(TEXT) / 5
    plain = await asked(settings, service)
    assert (plain.body, plain.headers["vary"]) == (TEXT, "Accept-Encoding")
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize(
    "service",
    [
        telling(200, b"x" * (LEAST - 1), "application/json"),
        telling(200, b"x" * 5000, "application/pdf"),
        telling(200, b"x" * 5000, "application/json", content_encoding="br"),
        telling(200, b"data: 1\n\n" * 1000, "text/event-stream"),
    ],
    ids=["small", "a file", "compressed already", "a stream"],
)
async def test_what_gains_nothing_passes_as_it_is(settings: GatewaySettings, service: App) -> None:
    first, plain = await asked(settings, service, accept_encoding="gzip"), await asked(settings, service)
    assert first.body == plain.body
    assert first.headers.get("content-encoding") == plain.headers.get("content-encoding")


async def test_a_tag_says_which_coding_it_is_of_and_is_understood_when_it_comes_back(settings: GatewaySettings) -> None:
    service = telling(200, TEXT, "application/json", etag='"3"')
    plain = await asked(settings, service)
    packed = await asked(settings, service, accept_encoding="gzip")
    assert (plain.headers["etag"], packed.headers["etag"]) == ('"3"', '"3-gzip"')
    known = await asked(settings, service, accept_encoding="gzip", if_none_match='"x", "3-gzip"')
    assert (known.status, known.headers["etag"], known.body) == (304, '"3-gzip"', b"")
    assert known.headers["vary"] == "Accept-Encoding"
    known = await asked(settings, service, accept_encoding="gzip", if_none_match='"3"')
    assert (known.status, known.headers["etag"]) == (304, '"3"')
    assert (await asked(settings, service, if_none_match='"3-gzip"')).body == TEXT, "gzip is not taken any more"
    for tag, status in (('"3"', 200), ('"3-gzip"', 200), ('"2-gzip"', 412)):
        assert (await asked(settings, service, if_match=tag)).status == status


async def test_what_a_service_compressed_once_is_passed_on_to_who_takes_it(settings: GatewaySettings) -> None:
    heard: list[list[bytes]] = []

    async def keeping(scope: Scope, receive: Receive, send: Send) -> None:
        heard.append([value for name, value in scope["headers"] if name == b"accept-encoding"])
        coded = {"etag": '"3-gzip"', "content-encoding": "gzip", "vary": "Accept-Encoding"}
        kept = coded if heard[-1] == [b"gzip"] else {"etag": '"3"', "vary": "Accept-Encoding"}
        body = gzip.compress(TEXT, mtime=0) if kept is coded else TEXT
        await telling(200, body, "application/json", **kept)(scope, receive, send)

    for wanted in ("br;q=1, gzip;q=0.8", "gzip"):
        packed = await asked(settings, keeping, accept_encoding=wanted)
        assert packed.body == gzip.compress(TEXT, mtime=0)
        assert (packed.headers["etag"], packed.headers["vary"]) == ('"3-gzip"', "Accept-Encoding")
    plain = await asked(settings, keeping, accept_encoding="gzip;q=0")
    assert (plain.body, plain.headers["etag"]) == (TEXT, '"3"')
    assert heard == [[b"gzip"], [b"gzip"], []]


async def test_head_tells_what_get_would(settings: GatewaySettings) -> None:
    service = telling(200, TEXT, "application/json", etag='"3"')
    for headers in ({}, {"accept_encoding": "gzip"}):
        got = await asked(settings, service, **headers)
        head = await asked(settings, service, "HEAD", **headers)
        differ = {"ratelimit-remaining", "x-request-id"}
        assert {k: v for k, v in head.headers.items() if k not in differ} == {
            k: v for k, v in got.headers.items() if k not in differ
        }
        assert head.body == b""


async def test_the_pages_are_compressed_and_known_again(gateway: App) -> None:
    for path in ("/docs/swagger-ui-bundle.js", "/openapi.json"):
        plain, packed = await call(gateway, "GET", path), await call(gateway, "GET", path, headers=GZIP)
        assert gzip.decompress(packed.body) == plain.body
        known = await call(gateway, "GET", path, headers={**GZIP, "if-none-match": packed.headers["etag"]})
        assert (known.status, known.body, known.headers["etag"]) == (304, b"", packed.headers["etag"])


async def test_an_answer_that_does_not_come_whole_is_told_as_a_problem(settings: GatewaySettings) -> None:
    async def breaking(scope: Scope, receive: Receive, send: Send) -> None:
        kind = [(b"content-type", b"application/json"), (b"content-length", b"5000")]
        await send({"type": "http.response.start", "status": 200, "headers": kind})
        await send({"type": "http.response.body", "body": b"x" * 2000, "more_body": True})
        raise ConnectionResetError

    reply = await asked(settings, breaking, accept_encoding="gzip")
    assert (reply.status, reply.json()["code"]) == (503, "upstream_unavailable")
    assert reply.headers["x-request-id"]
