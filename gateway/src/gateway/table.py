"""The route table, read from the contracts: what is not in them does not exist."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from chassis.base.problems import MethodNotAllowed, NotFound
from chassis.contracts.components import METHODS
from chassis.http.identity import Kind, Policy
from chassis.http.refusals import BadPath
from chassis.http.routing import EXTENSION, INTERNAL

from gateway.rate_limits import Rate

LONGEST_PATH = 1000
"""Of a path, in bytes: each of its segments is looked at."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a service, with what it declares."""

    service: str
    method: str
    name: str
    policy: Policy
    rate: Rate
    body_limit: int
    cache_seconds: int
    stream: bool
    takes_file: bool = False
    gives_file: bool = False


@dataclass(slots=True)
class Node:
    """A place in the tree of path segments; a literal is tried before a parameter."""

    literals: dict[str, "Node"] = field(default_factory=dict)
    parameter: "Node | None" = None
    methods: dict[str, Operation] = field(default_factory=dict)


class RouteTable:
    """Finds the operation of a request; what is for services alone is no operation here."""

    def __init__(self, documents: Mapping[str, Mapping[str, Any]]) -> None:
        self._root = Node()
        for service, document in documents.items():
            for path, item in document["paths"].items():
                for method in (one for one in METHODS if one in item and not item[one].get(INTERNAL)):
                    self._place(path).methods[method.upper()] = _operation(service, method.upper(), item[method])

    def _place(self, path: str) -> Node:
        node = self._root
        for segment in path.strip("/").split("/"):
            if segment.startswith("{"):
                node.parameter = node.parameter or Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, Node())
        return node

    def match(self, method: str, raw_path: str) -> Operation:
        """Return the operation; of HEAD, that of GET (RFC 9110 §9.3.2).

        Raises NotFound, MethodNotAllowed with the allowed ones, BadPath.
        """
        if len(raw_path) > LONGEST_PATH:
            raise BadPath(f"路径最多 {LONGEST_PATH} 字节")
        segments = raw_path.removeprefix("/").split("/")
        if any(_is_trick(segment) for segment in segments):
            raise BadPath("路径不得含编码的斜杠、点段、空段或分号参数")
        methods = _find(self._root, [unquote(segment) for segment in segments])  # as the service will read them
        if not methods:
            raise NotFound("没有这个接口,见 /docs")
        method = "GET" if method == "HEAD" else method
        if method not in methods:
            allowed = sorted({*methods, "HEAD"} if "GET" in methods else methods)
            raise MethodNotAllowed(f"可用:{'、'.join(allowed)}", headers={"Allow": ", ".join(allowed)})
        return methods[method]


def _find(node: Node, segments: list[str]) -> dict[str, Operation]:
    """Return the methods of the path's most literal place; none when there is no such path."""
    if not segments:
        return node.methods
    first, rest = segments[0], segments[1:]
    found = _find(node.literals[first], rest) if first in node.literals else {}
    return found or (_find(node.parameter, rest) if node.parameter else {})


def _is_trick(segment: str) -> bool:
    lowered = segment.lower()
    decoded = lowered.replace("%2e", ".")
    return (
        decoded in {"", ".", ".."}
        or any(code in lowered for code in ("%2f", "%5c", "%00", "%25", "%3b"))
        or any(char in segment for char in ";\\\0")
    )


def _operation(service: str, method: str, described: Mapping[str, Any]) -> Operation:
    declared = described[EXTENSION]
    policy = Policy(
        frozenset(Kind(kind) for kind in declared["kinds"]),
        declared["scope"],
        frozenset(declared["roles"]),
        declared["level"],
    )
    return Operation(
        service,
        method,
        described["operationId"],
        policy,
        Rate.read(declared["rate"]),
        declared["body_limit"],
        declared["cache_seconds"],
        declared["stream"],
        takes_file=declared.get("takes_file", False),
        gives_file=declared.get("gives_file", False),
    )


def read_contracts(folder: Path) -> dict[str, dict[str, Any]]:
    """Return each service's OpenAPI document. Raises FileNotFoundError when there is none."""
    files: Iterable[Path] = sorted((folder / "openapi").glob("*.json"))
    documents = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
    if not documents:
        raise FileNotFoundError(f"no contracts below {folder / 'openapi'}")
    return documents


def scopes(documents: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Return every scope that some operation asks for."""
    described = [
        item[method] for one in documents.values() for item in one["paths"].values() for method in METHODS & item.keys()
    ]
    return frozenset(one[EXTENSION]["scope"] for one in described) - {""}
