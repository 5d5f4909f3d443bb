"""The agreement, written from the code: OpenAPI per service, JSON Schema per event, one AsyncAPI document.

Route declarations and event classes are the source; `make contracts` writes the files, `make check` fails when they
differ. What all operations share (problems, limits, security, headers) is added here once.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from fastapi import FastAPI

from chassis.base.problems import (
    MEDIA_TYPE,
    BadRequest,
    Conflict,
    DeadlineExceeded,
    Malformed,
    MethodNotAllowed,
    NotFound,
    Problem,
    TooLarge,
    TooMany,
    Unexpected,
    UnsupportedMediaType,
)
from chassis.contracts.components import (
    ACCEPT_LANGUAGE,
    HEADERS,
    METHODS,
    PROBLEM_REF,
    PROBLEM_SCHEMA,
    SECURITY,
    SECURITY_OF_SERVICES,
    SERVER,
    STRING,
    TRACEPARENT,
    VERSION,
    about,
    close_maps,
    header_refs,
    problem_example,
)
from chassis.contracts.messages import asyncapi, event_schema
from chassis.data.database import DatabaseUnavailable
from chassis.http import streams
from chassis.http.connections import RequestTimeout
from chassis.http.edge import Overloaded
from chassis.http.files import FileTypeRefused
from chassis.http.idempotency import KeyMissing, KeyReused, RequestInFlight
from chassis.http.refusals import REFUSALS
from chassis.http.routing import EXTENSION, INTERNAL, declaration
from chassis.http.upstream import UpstreamUnavailable
from chassis.service import Service

BY_THE_GATEWAY: tuple[type[Problem], ...] = (*REFUSALS, TooMany)
"""Met by who comes through the gateway, and by no service that asks another."""
ALWAYS: tuple[type[Problem], ...] = (
    *REFUSALS,
    BadRequest,
    TooLarge,
    Malformed,
    TooMany,
    Unexpected,
    DatabaseUnavailable,
    Overloaded,
    UpstreamUnavailable,
    DeadlineExceeded,
)
NEEDED_HEADERS = frozenset({"Idempotency-Key", "If-Match"})
"""Without which an operation that takes them refuses, in a problem of its own."""
LONGEST_STREAM = 10_000_000
DONE = {"200": "成功", "201": "已办成;Location 指向结果", "204": "已完成"}
WITH_BODY: tuple[type[Problem], ...] = (UnsupportedMediaType,)
BEFORE_AN_OPERATION = tuple(
    f"{when}({problem.status} `{problem.code}`)"
    for when, problem in (
        ("地址不在契约中", NotFound),
        ("该地址没有此方法", MethodNotAllowed),
        ("请求未在规定时间内送达", RequestTimeout),
    )
)
"""What is refused before anybody knows which operation is meant; each operation tells it under `default`."""
KEYED: tuple[type[Problem], ...] = (KeyMissing, RequestInFlight, Conflict, KeyReused)


class Documented(Protocol):
    """What a REST contract is written from: an app whose routes are declared, and its name."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def api(self) -> FastAPI: ...  # noqa: D102


def openapi(service: Documented) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of a service, or of what is documented as one."""
    document: dict[str, Any] = json.loads(json.dumps(service.api.openapi()))
    document["servers"] = [SERVER]
    document["info"] |= about(service.name) | {"version": VERSION}
    components = document.setdefault("components", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        components.get("schemas", {}).pop(unused, None)
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components["parameters"] = {"traceparent": TRACEPARENT, "acceptLanguage": ACCEPT_LANGUAGE}
    components["securitySchemes"] = {"oidc": SECURITY}
    components["examples"] = {}
    title, words = document["info"]["title"], document["info"]["description"]
    document["tags"] = [{"name": service.name, "x-displayName": title, "description": f"{title}:{words}"}]
    for _, operation in operations(document):
        operation["tags"] = [service.name]
        components["examples"] |= _complete(operation)
        if operation.get(INTERNAL):
            components["securitySchemes"]["service"] = SECURITY_OF_SERVICES
    close_maps(document)
    told = json.dumps(document["paths"])
    components["headers"] = {name: header for name, header in HEADERS.items() if f"/headers/{name}" in told}
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield `METHOD /path` and the operation object, for each operation of a document."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield f"{method.upper()} {path}", operation


def _complete(operation: dict[str, Any]) -> dict[str, Any]:
    """Write into an operation what all share; return an example of each of its problems, by code."""
    declared = operation[EXTENSION]
    problems = _problems(operation)
    own_headers = declared.pop("headers")
    internal = operation.get(INTERNAL, False)
    operation["security"] = [{"service": []}] if internal else _signing_in(declared)
    _complete_parameters(operation)
    responses = operation["responses"]
    responses.pop("422", None)  # the framework's own
    for status, response in responses.items():
        once = ("Idempotency-Replayed",) if declared["once"] else ()
        made = ("Location",) if status == "201" else ()
        response["headers"] = header_refs(*made, *own_headers, *once, internal=internal)
        if response["description"] == "Successful Response":  # the framework's own word
            response["description"] = DONE[status]
    if declared["stream"]:
        _tell_stream(responses["200"])
    for status, codes in sorted(problems.items()):
        responses[str(status)] = _refusal(status, codes, declared)
    responses["default"] = {
        "description": f"其他出错情形:{';'.join(BEFORE_AN_OPERATION)}",
        "headers": header_refs("Content-Language", internal=internal),
        "content": {MEDIA_TYPE: {"schema": PROBLEM_REF}},
    }
    return {code: problem_example(problem) for codes in problems.values() for code, problem in codes.items()}


def _signing_in(declared: dict[str, Any]) -> list[dict[str, list[str]]]:
    signed_in = {"oidc": [declared["scope"]] if declared["scope"] else []}
    return [signed_in, {}] if "ANONYMOUS" in declared["kinds"] else [signed_in]


def _tell_stream(response: dict[str, Any]) -> None:
    """Say that an answer is a text of events, and which JSON values are their data."""
    response["description"] = "一串 server-sent events(WHATWG HTML §9.2):data 是一行 JSON,内容为 x-data 之一"
    media = response["content"][streams.MEDIA_TYPE]
    media["schema"] = {**STRING, "maxLength": LONGEST_STREAM, "x-data": media["schema"]["anyOf"]}


def _complete_parameters(operation: dict[str, Any]) -> None:
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        schema = parameter["schema"]
        if "anyOf" in schema:  # a parameter may be absent, never null
            parameter["schema"] = next(one for one in schema["anyOf"] if one.get("type") != "null")
        if parameter["in"] == "header":
            parameter["name"] = parameter["name"].title()
        if parameter["name"] in NEEDED_HEADERS:
            parameter["required"] = True
            parameter["schema"].pop("default", None)
    parameters += [{"$ref": f"#/components/parameters/{name}"} for name in ("traceparent", "acceptLanguage")]


AGAIN = ("Retry-After",)


def _refusal(status: int, codes: dict[str, dict[str, Any]], declared: dict[str, Any]) -> dict[str, Any]:
    limits = {429: f"(每个调用者 {declared.get('rate')})", 413: f"(最多 {declared['body_limit']} 字节)"}
    conflict = ("Location", *AGAIN) if declared["once"] else ("Location",)
    extra = {401: ("WWW-Authenticate",), 409: conflict, 412: ("ETag",), 429: AGAIN, 503: AGAIN}
    told = ";".join(f"`{code}` {problem['title']}" for code, problem in sorted(codes.items()))
    examples = {code: {"$ref": f"#/components/examples/{code}"} for code in sorted(codes)}
    return {
        "description": told + limits.get(status, ""),
        "headers": header_refs("Content-Language", *extra.get(status, ()), internal="services" in declared),
        "content": {MEDIA_TYPE: {"schema": PROBLEM_REF, "examples": examples}},
    }


def _problems(operation: dict[str, Any]) -> dict[int, dict[str, dict[str, Any]]]:
    """Return all that an operation can answer instead of a success, by status and code."""
    declared = operation[EXTENSION]
    always = [one for one in ALWAYS if not (operation.get(INTERNAL) and one in BY_THE_GATEWAY)]
    kinds = [*always, *_of_a_body(operation), *(KEYED if declared["once"] else ())]
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for problem in (*map(declaration, kinds), *declared.pop("problems")):
        found.setdefault(problem["status"], {})[problem["code"]] = problem
    return found


def _of_a_body(operation: dict[str, Any]) -> tuple[type[Problem], ...]:
    """Return what a body can be refused for: one that is JSON, or a file."""
    if "requestBody" not in operation:
        return ()
    return WITH_BODY if "application/json" in operation["requestBody"]["content"] else (FileTypeRefused,)


def documents(services: Sequence[Service], beside: Sequence[Documented] = ()) -> dict[str, dict[str, Any]]:
    """Return every contract file's content by its path below `contracts/`; `beside` stands what tells no events."""
    found: dict[str, dict[str, Any]] = {"asyncapi.json": asyncapi(services)}
    found |= {f"openapi/{one.name}.json": openapi(one) for one in (*services, *beside)}
    for service in services:
        for event in service.publishes:
            found[f"events/{event.contract()}"] = event_schema(event)
    return found


def write(services: Sequence[Service], folder: Path, beside: Sequence[Documented] = ()) -> list[str]:
    """Write all contract files; return the paths of those that changed."""
    changed = differences(services, folder, beside)
    for path, document in documents(services, beside).items():
        if path in changed:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_text(document), encoding="utf-8")
    return changed


def differences(services: Sequence[Service], folder: Path, beside: Sequence[Documented] = ()) -> list[str]:
    """Return the paths of contract files that are not what the code says."""
    return sorted(
        path
        for path, document in documents(services, beside).items()
        if not (folder / path).exists() or (folder / path).read_text(encoding="utf-8") != _text(document)
    )


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
