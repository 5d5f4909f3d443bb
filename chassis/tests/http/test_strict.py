import json
from typing import Any

import pytest
from chassis.base.problems import BadRequest
from chassis.http.strict import DEEPEST, parse
from chassis.testing.builders import citizen
from chassis.testing.client import Client

PATH = "/api/v1/counters/visits/counts"


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"by": 1} 2',
        b'{"by": 1, "by": 2}',
        b'{"a": {"by": 1, "by": 2}}',
        b'{"by": NaN}',
        b'{"by": -Infinity}',
        b'{"by": ' + b"9" * 5000 + b"}",
        b'{"by": "\xff"}',
        '{"by": 1}'.encode("utf-16"),
        b'\xef\xbb\xbf{"by": 1}',
        rb'{"by": "\ud800"}',
        rb'{"\udfff": 1}',
        nested(DEEPEST + 1),
        nested(10_000),
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    ],
    ids=range(15),
)
async def test_a_body_that_is_not_json_in_one_way_only_is_400(api: Client, body: bytes) -> None:
    with pytest.raises(BadRequest):
        parse(body)
    reply = await api.post(PATH, by=citizen(), body=body, key="k")
    assert (reply.status, reply.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize("body", [b"null", b"1e999", rb'"\ud83d\ude00"', b'{"by": [1, {}]}', nested(DEEPEST)])
def test_what_is_json_is_read_as_it_is(body: bytes) -> None:
    assert parse(body) == json.loads(body)


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/xml", "application/jsonx", "multipart/form-data; boundary=x"]
)
async def test_a_body_of_another_media_type_is_415(api: Client, kind: str) -> None:
    reply = await api.post(PATH, by=citizen(), body={"by": 1}, key="k", headers={"content-type": kind})
    assert (reply.status, reply.json()["code"]) == (415, "unsupported_media_type")


async def test_a_compressed_body_is_415(api: Client) -> None:
    reply = await api.post(PATH, by=citizen(), body={"by": 1}, key="k", headers={"content-encoding": "gzip"})
    assert (reply.status, reply.json()["code"]) == (415, "unsupported_media_type")


async def test_json_may_name_its_charset(api: Client) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert (await api.post(PATH, by=citizen(), body={"by": 1}, key="k", headers=headers)).status == 201


async def test_no_body_is_422_at_the_whole_document(api: Client) -> None:
    reply = await api.post(PATH, by=citizen(), key="k")
    assert reply.status == 422
    assert [error["pointer"] for error in reply.json()["errors"]] == [""]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"a/b~c": 1}, "/a~1b~0c"),
        ({"\x00\x1b": 1}, "/\ufffd\ufffd"),
        ({"x" * 5000: 1}, "/" + "x" * 100),
    ],
)
async def test_a_pointer_is_printable_and_short_whatever_the_member_is_called(
    api: Client, body: dict[str, Any], pointer: str
) -> None:
    reply = await api.post(PATH, by=citizen(), body=body, key="k")
    assert [error["pointer"] for error in reply.json()["errors"]] == [pointer]


@pytest.mark.parametrize("query", ["limit=1", "x", "%00=1", "a=1&a=2", "%ff=%fe"])
async def test_a_query_that_the_route_does_not_take_is_422(api: Client, query: str) -> None:
    reply = await api.get("/api/v1/counters/none", query=dict(part.partition("=")[::2] for part in query.split("&")))
    assert (reply.status, reply.json()["errors"][0]["code"]) == (422, "unknown_parameter")


async def test_the_instance_of_a_problem_is_a_uri_reference_of_bounded_length(api: Client) -> None:
    reply = await api.get("/api/v1/counters/" + "😀" * 3000)
    assert reply.status == 422
    assert reply.json()["instance"].startswith("/api/v1/counters/%F0%9F%98%80")
    assert len(reply.json()["instance"]) <= 2000


@pytest.mark.parametrize(
    ("key", "code"), [(None, "idempotency_key_missing"), ("", "malformed"), ("k" * 101, "malformed")]
)
async def test_a_key_that_is_none_is_refused(api: Client, key: str | None, code: str) -> None:
    assert (await api.post(PATH, by=citizen(), body={"by": 1}, key=key)).json()["code"] == code


async def test_a_body_that_grows_over_the_limit_is_413_not_unreadable(api: Client) -> None:
    body, lie = b" " * (1024 * 1024 + 1), {"content-length": "8"}
    reply = await api.post(PATH, by=citizen(), body=body, key="k", headers=lie)
    assert (reply.status, reply.json()["code"]) == (413, "body_too_large")


async def test_a_length_that_is_no_number_is_refused(api: Client) -> None:
    for length in ("²", "9" * 5000, "-1", "1,2"):
        reply = await api.get("/api/v1/counters/none", headers={"content-length": length})
        assert reply.status == 413, length
