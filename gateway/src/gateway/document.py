"""The one OpenAPI document of all services, as the gateway shows it and clients are generated from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.contracts.components import METHODS, VERSION, about
from chassis.http.routing import INTERNAL


class NameTaken(Exception):  # noqa: N818  named after the fact
    """Two services call different components, or operations, by one name: a client could have only one of them."""


@dataclass(frozen=True, slots=True)
class Served:
    """Where a gateway is served: its public address, the environment in a word, its OpenID Connect discovery."""

    public_url: str
    environment: str
    discovery: str


def merge(documents: Mapping[str, Mapping[str, Any]], *, served: Served) -> dict[str, Any]:
    """Return one OpenAPI document of all services; components that are equal are shared.

    Its server is wherever the document was had from. Raises NameTaken.
    """
    about_it = about("gateway")
    merged: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": about_it
        | {
            "contact": about_it["contact"] | {"url": f"{served.public_url}/docs"},
            "title": "一网通办 API",
            "version": VERSION,
            "description": "郑州市“一网通办、一次办成”统一接口。出错答复见 RFC 9457,翻页用 after 与 limit。",
        },
        "servers": [{"url": "/", "description": f"本网关({served.environment})", "x-internal": False}],
        "tags": [tag for document in documents.values() for tag in document["tags"]],
        "paths": {},
        "components": {},
    }
    for service, whole in documents.items():
        document = _outside(whole)
        for path, item in document["paths"].items():
            for method, operation in item.items():
                _put(merged["paths"].setdefault(path, {}), method, operation, service)
        for kind, members in document["components"].items():
            for name, component in members.items():
                _put(merged["components"].setdefault(kind, {}), name, component, service)
    _require_titles(merged["components"].get("schemas", {}))
    oidc = {"type": "openIdConnect", "openIdConnectUrl": served.discovery}
    merged["components"]["securitySchemes"] = {"oidc": oidc}
    return merged


def _outside(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document without what is for services alone, nor the components that nothing else refers to."""
    paths: dict[str, dict[str, Any]] = {}
    inside: list[Any] = []
    for path, item in document["paths"].items():
        hidden = {name: one for name, one in item.items() if name in METHODS and one.get(INTERNAL)}
        inside += hidden.values()
        if hidden.keys() < item.keys():
            paths[path] = {name: one for name, one in item.items() if name not in hidden}
    components = document["components"]
    internal = _referred(inside, components) - _referred(paths, components)
    kept = {
        kind: {name: one for name, one in members.items() if (kind, name) not in internal}
        for kind, members in components.items()
    }
    return {**document, "paths": paths, "components": kept}


def _referred(part: Any, components: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return the kind and name of each component to which a part refers, itself or through others."""
    found: set[tuple[str, str]] = set()
    waiting = [part]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict) and "$ref" in one:
            _, _, kind, name = str(one["$ref"]).split("/")
            if (kind, name) not in found:
                found.add((kind, name))
                waiting.append(components[kind][name])
        waiting += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return found


def _put(taken: dict[str, Any], name: str, value: Any, service: str) -> None:
    if taken.setdefault(name, value) != value:
        raise NameTaken(f"{service} 的 {name} 与另一服务的同名而不同义,请改名")


def _require_titles(schemas: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise NameTaken where two schemas bear one title: generators name classes by it."""
    names: dict[str, str] = {}
    for name, schema in schemas.items():
        if (other := names.setdefault(schema.get("title", name), name)) != name:
            raise NameTaken(f"{name} 与 {other} 的 title 相同,请改名")
