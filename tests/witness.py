"""Stands before the gateway and holds every answer against its operation's contract."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.contracts.documents import operations
from chassis.http.asgi import App, Message, Receive, Scope, Send
from gateway.table import RouteTable
from jsonschema import Draft202012Validator

ADDRESS = {(400, "bad_path"), (404, "not_found"), (405, "method_not_allowed")}  # refused before an operation is found


@dataclass(slots=True)
class Witness:
    """Stands before the gateway and notes every answer that the contract does not foresee."""

    app: App
    table: RouteTable
    documents: Mapping[str, Mapping[str, Any]]
    answers: int = 0
    faults: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started: list[Message] = []
        body = bytearray()

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.append(message)
            else:
                body.extend(message.get("body", b""))
            await send(message)

        await self.app(scope, receive, note)
        if scope["path"].startswith("/api/v1/") and scope["method"] != "HEAD":  # which has no content to judge
            headers = {name.decode().lower(): value.decode() for name, value in started[0]["headers"]}
            self.judge(scope, started[0]["status"], headers, bytes(body))

    def judge(self, scope: Scope, status: int, headers: dict[str, str], body: bytes) -> None:
        self.answers += 1
        if status >= 400 and (status, json.loads(body)["code"]) in ADDRESS:
            return
        found = self.table.match(scope["method"], scope["raw_path"].decode())
        document = self.documents[found.service]
        operation = next(one for _, one in operations(document) if one["operationId"] == found.name)  # type: ignore[arg-type]
        told = list(differences(document, operation, status, headers, body))
        self.faults += [f"{found.name} {status}: {fault}" for fault in told]


def differences(
    document: Mapping[str, Any],
    operation: Mapping[str, Any],
    status: int | str,
    headers: Mapping[str, str],
    body: bytes,
) -> list[str]:
    """Return what of an answer is not as documented under a status."""
    response = operation["responses"].get(str(status))
    if response is None:
        return [f"undocumented: {body[:200]!r}"]
    shared = document["components"]["headers"]
    faults = [
        f"no {name}" for name in response["headers"] if shared[name].get("required") and name.lower() not in headers
    ]
    faults += [f"{name} undocumented" for name in set(shared) - set(response["headers"]) if name.lower() in headers]
    kind = headers.get("content-type", "").partition(";")[0]
    content = response.get("content", {})
    if not content or kind not in content:
        return faults + ([f"content {kind}"] if body or content else [])
    value: Any = json.loads(body) if kind.endswith("json") else body.decode(errors="replace")
    schema = {**content[kind]["schema"], "components": document["components"]}
    faults += [error.message for error in Draft202012Validator(schema).iter_errors(value)]
    if "examples" in content[kind] and str(status) >= "400" and value["code"] not in content[kind]["examples"]:
        faults.append(f"code {value['code']} undocumented")
    return faults
