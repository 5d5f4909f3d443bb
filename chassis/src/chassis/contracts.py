"""The agreement, written from the code: OpenAPI per service, JSON Schema per event, one AsyncAPI document.

Route declarations and event classes are the source; `make contracts` writes the files, `make check` fails when they
differ. What all operations share (problems, limits, security, headers) is added here once.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from chassis.envelope import Envelope
from chassis.outbox import Event
from chassis.problems import (
    BadRequest,
    DeadlineExceeded,
    Forbidden,
    Malformed,
    NotFound,
    Problem,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unexpected,
)
from chassis.routing import EXTENSION
from chassis.service import Service

METHODS = frozenset({"get", "put", "post", "delete", "patch"})
ALWAYS: tuple[type[Problem], ...] = (BadRequest, TooMany, Unexpected, Unavailable, DeadlineExceeded)

STRING = {"type": "string", "maxLength": 2000, "pattern": "^[^\\u0000]*$"}
PROBLEM_SCHEMA = {
    "type": "object",
    "title": "Problem",
    "description": "出错答复(RFC 9457):以 code 判断原因,以 trace_id 报障",
    "required": ["type", "title", "status", "code"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "format": "uri", "maxLength": 200},
        "title": STRING,
        "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "maxLength": 64, "pattern": "^[a-z0-9_]+$"},
        "detail": STRING,
        "instance": {"type": "string", "format": "uri-reference", "maxLength": 2000},
        "trace_id": {"type": "string", "maxLength": 32, "pattern": "^[0-9a-f]*$"},
        "errors": {
            "type": "array",
            "maxItems": 500,
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "additionalProperties": False,
                "properties": {"pointer": STRING, "code": STRING, "detail": STRING},
            },
        },
    },
    "example": {
        "type": "urn:yiwang:problem:malformed",
        "title": "填写内容有误",
        "status": 422,
        "code": "malformed",
        "errors": [{"pointer": "/form/child_name", "code": "required", "detail": "请填写新生儿姓名"}],
    },
}
SECURITY = "统一身份认证签发的访问令牌(OIDC);按 RFC 8725(RFC8725)校验:每把密钥一种算法,核对签发者、受众与有效期"
PROBLEM_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
TRACEPARENT = {
    "name": "traceparent",
    "in": "header",
    "required": False,
    "description": "W3C 跟踪上下文;缺省时由网关生成",
    "schema": {"type": "string", "maxLength": 55, "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"},
}
COUNTER = {"type": "integer", "format": "int32", "minimum": 0, "maximum": 1_000_000}
HEADERS = {
    "RateLimit-Limit": {"description": "本时段允许的请求数", "schema": COUNTER},
    "RateLimit-Remaining": {"description": "本时段剩余的请求数", "schema": COUNTER},
    "RateLimit-Reset": {"description": "距下一时段的秒数", "schema": COUNTER},
    "X-Request-Id": {
        "description": "本次请求的编号",
        "schema": {"type": "string", "maxLength": 64, "pattern": "^[A-Za-z0-9._-]+$"},
    },
    "Retry-After": {"description": "建议多少秒后重试", "schema": COUNTER},
    "Location": {
        "description": "新建资源的地址",
        "schema": {"type": "string", "format": "uri-reference", "maxLength": 500},
    },
}
SHARED_HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "X-Request-Id")


def openapi(service: Service) -> dict[str, Any]:
    """Return a service's OpenAPI 3.1 document."""
    document: dict[str, Any] = json.loads(json.dumps(service.api.openapi()))
    document["servers"] = [
        {
            "url": "https://{host}",
            "description": "统一网关(production)",
            "x-internal": False,
            "variables": {"host": {"default": "localhost:8000", "description": "网关的主机名"}},
        }
    ]
    document["info"] |= {
        "contact": {"name": "一网", "url": "https://localhost:8000/docs", "email": "api@yiwang.example"},
        "x-api-id": str(uuid5(NAMESPACE_URL, f"urn:yiwang:{service.name}")),
        "x-audience": "external-public",
    }
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components["parameters"] = {"traceparent": TRACEPARENT}
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    makes = any("201" in operation["responses"] for _, operation in operations(document))
    components["headers"] = {name: header for name, header in HEADERS.items() if makes or name != "Location"}
    components["securitySchemes"] = {
        "oidc": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": SECURITY}
    }
    document["tags"] = _tags(document)
    for _, operation in operations(document):
        _complete(operation)
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield `METHOD /path` and the operation object, for each operation of a document."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield f"{method.upper()} {path}", operation


def _tags(document: dict[str, Any]) -> list[dict[str, str]]:
    names = sorted({tag for _, operation in operations(document) for tag in operation.get("tags", [])})
    return [{"name": name, "description": document["info"]["description"]} for name in names]


def _complete(operation: dict[str, Any]) -> None:
    declared = operation[EXTENSION]
    public = "ANONYMOUS" in declared["kinds"]
    operation["security"] = [{"oidc": []}, {}] if public else [{"oidc": []}]
    for status, response in list(operation["responses"].items()):
        if status == "422":
            del operation["responses"][status]
            continue
        extra = ("Location",) if status == "201" else ()
        response["headers"] = _header_refs(*SHARED_HEADERS, *extra)
    for status, codes in sorted(_problems(operation).items()):
        extra = ("Retry-After",) if status in {429, 503, 409} else ()
        operation["responses"][str(status)] = {
            "description": ";".join(f"`{code}` {title}" for code, title in sorted(codes.items())),
            "headers": _header_refs(*SHARED_HEADERS, *extra),
            "content": PROBLEM_CONTENT,
        }
    operation["responses"]["default"] = {
        "description": "其他出错情形",
        "headers": _header_refs(*SHARED_HEADERS),
        "content": PROBLEM_CONTENT,
    }
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        if parameter["in"] == "header":
            parameter["name"] = parameter["name"].title()
        if parameter["name"] == "Idempotency-Key":
            schema = next(
                one for one in parameter["schema"].get("anyOf", [parameter["schema"]]) if one.get("type") == "string"
            )
            parameter |= {"required": True, "schema": schema}
    parameters.append({"$ref": "#/components/parameters/traceparent"})


def _problems(operation: dict[str, Any]) -> dict[int, dict[str, str]]:
    declared = operation[EXTENSION]
    kinds: list[type[Problem]] = list(ALWAYS)
    if set(declared["kinds"]) != {"ANONYMOUS"}:
        kinds += [Unauthenticated, Forbidden]
    if any(parameter["in"] == "path" for parameter in operation.get("parameters", [])):
        kinds.append(NotFound)
    if "requestBody" in operation:
        kinds += [TooLarge, Malformed]
    elif operation.get("parameters"):
        kinds.append(Malformed)
    found: dict[int, dict[str, str]] = {}
    for kind in kinds:
        found.setdefault(kind.status, {})[kind.code] = kind.title
    for problem in (*declared.pop("problems", ()), *(KEYED if declared["once"] else ())):
        found.setdefault(problem["status"], {})[problem["code"]] = problem["title"]
    return found


KEYED = (
    {"status": 400, "code": "idempotency_key_missing", "title": "缺少幂等键"},
    {"status": 409, "code": "request_in_flight", "title": "相同请求正在处理中"},
    {"status": 422, "code": "idempotency_key_reused", "title": "同一幂等键的请求内容不同"},
)


def _header_refs(*names: str) -> dict[str, dict[str, str]]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def event_schema(event: type[Event]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of an event in its envelope, with whole examples."""
    payload = event.model_json_schema(mode="serialization")
    examples = payload.pop("examples", [])
    definitions = payload.pop("$defs", {})
    envelope = Envelope.model_json_schema(mode="serialization")["properties"]
    envelope |= {"type": {"const": event.type}, "data": payload}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"/contracts/events/{event.type}.v{event.schema_version}.json",
        "title": event.type,
        "description": (event.__doc__ or "").strip(),
        "type": "object",
        "required": sorted(envelope),
        "properties": envelope,
        **({"$defs": definitions} if definitions else {}),
        "examples": [_example(event, data) for data in examples],
    }


def _example(event: type[Event], data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "01900000-0000-7000-8000-000000000001",
        "source": f"/{event.topic.split('.', maxsplit=1)[0]}",
        "type": event.type,
        "subject": "01900000-0000-7000-8000-00000000000a",
        "time": "2026-03-02T01:30:00Z",
        "datacontenttype": "application/json",
        "dataschema": f"/contracts/events/{event.type}.v{event.schema_version}.json",
        "aggregateversion": 1,
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "data": data,
    }


def asyncapi(services: Iterable[Service]) -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document of all topics, who sends to them and who receives."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for service in services:
        for event in service.publishes:
            channel = channels.setdefault(event.topic, {"address": event.topic, "messages": {}})
            file = f"./events/{event.type}.v{event.schema_version}.json"
            channel["messages"][event.type] = {
                "name": event.type,
                "summary": (event.__doc__ or "").strip().splitlines()[0],
                "contentType": "application/cloudevents+json",
                "payload": {"$ref": file},
            }
            operations[f"{service.name}.sends.{event.type}"] = _operation("send", event)
        for event in service.reads:
            operations[f"{service.name}.receives.{event.type}"] = _operation("receive", event)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "一网事件", "version": "1.0.0", "description": "键为聚合标识;同一聚合内有序,至少一次送达"},
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
    }


def _operation(action: str, event: type[Event]) -> dict[str, Any]:
    channel = f"#/channels/{event.topic}"
    return {"action": action, "channel": {"$ref": channel}, "messages": [{"$ref": f"{channel}/messages/{event.type}"}]}


def documents(services: Sequence[Service]) -> dict[str, dict[str, Any]]:
    """Return every contract file's content by its path below `contracts/`."""
    found: dict[str, dict[str, Any]] = {"asyncapi.json": asyncapi(services)}
    for service in services:
        found[f"openapi/{service.name}.json"] = openapi(service)
        for event in service.publishes:
            found[f"events/{event.type}.v{event.schema_version}.json"] = event_schema(event)
    return found


def write(services: Sequence[Service], folder: Path) -> list[str]:
    """Write all contract files; return the paths of those that changed."""
    changed = differences(services, folder)
    for path, document in documents(services).items():
        if path in changed:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_text(document), encoding="utf-8")
    return changed


def differences(services: Sequence[Service], folder: Path) -> list[str]:
    """Return the paths of contract files that are not what the code says."""
    return sorted(
        path
        for path, document in documents(services).items()
        if not (folder / path).exists() or (folder / path).read_text(encoding="utf-8") != _text(document)
    )


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
