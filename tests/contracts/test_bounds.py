"""The contracts as strict linters want them: whatever comes in or goes out is bounded."""

from collections.abc import Iterator
from typing import Any

import pytest
from chassis.contracts.documents import operations
from gateway.table import read_contracts
from yiwang.suite import CONTRACTS

DOCUMENTS = read_contracts(CONTRACTS)
BOUNDS: dict[str, list[tuple[str, ...]]] = {
    "string": [("maxLength", "enum", "const"), ("pattern", "format", "enum", "const")],
    "array": [("maxItems",)],
    "integer": [("minimum",), ("maximum",), ("format",)],
}


def schemas(place: str, schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk a schema and all schemas in it, each with its place."""
    if isinstance(schema, list):
        for number, part in enumerate(schema):
            yield from schemas(f"{place}/{number}", part)
    elif isinstance(schema, dict):
        yield place, schema
        for name, part in schema.get("properties", {}).items():
            yield from schemas(f"{place}/{name}", part)
        for name in ("items", "additionalProperties", "anyOf", "allOf", "oneOf"):
            yield from schemas(f"{place}/{name}", schema.get(name))


def lacks(schema: dict[str, Any]) -> list[str]:
    """Return which bounds a schema lacks."""
    missing = [" or ".join(one) for one in BOUNDS.get(str(schema.get("type")), []) if not set(one) & schema.keys()]
    is_map = schema.get("type") == "object" and "properties" not in schema
    return [*missing, *(name for name in ("maxProperties", "propertyNames") if is_map and name not in schema)]


def all_schemas(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = dict(pair for name, one in document["components"]["schemas"].items() for pair in schemas(name, one))
    for route, operation in operations(document):
        for parameter in operation.get("parameters", []):
            found |= dict(schemas(f"{route} {parameter.get('name', '')}", parameter.get("schema")))
    return found


@pytest.mark.parametrize("service", DOCUMENTS)
def test_every_string_list_number_and_map_is_bounded(service: str) -> None:
    found = all_schemas(DOCUMENTS[service])
    assert found
    assert {place: lacks(schema) for place, schema in found.items() if lacks(schema)} == {}


def test_the_walk_finds_all_there_is() -> None:
    assert sum(len(all_schemas(document)) for document in DOCUMENTS.values()) > 400


def test_requests_refuse_what_they_do_not_know() -> None:
    for document in DOCUMENTS.values():
        for name, schema in document["components"]["schemas"].items():
            assert not name.endswith("Body") or schema["additionalProperties"] is False, name
