"""The contracts as strict linters want them: whatever comes in or goes out is bounded."""

import json
from collections.abc import Iterator
from pathlib import Path
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
    "number": [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"), ("format",)],
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
        for name in ("items", "prefixItems", "additionalProperties", "propertyNames", "anyOf", "allOf", "oneOf"):
            yield from schemas(f"{place}/{name}", schema.get(name))


def lacks(schema: dict[str, Any]) -> list[str]:
    """Return which bounds a schema lacks."""
    if "prefixItems" in schema and schema.get("items", False) is False:
        return []  # as many places as are named
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


@pytest.mark.parametrize("file", sorted((CONTRACTS / "events").glob("*.json")), ids=lambda file: file.stem)
def test_every_string_list_number_and_map_of_an_event_is_bounded(file: Path) -> None:
    whole = json.loads(file.read_text(encoding="utf-8"))
    found = dict(schemas("", whole)) | dict(pair for part in whole.get("$defs", {}).items() for pair in schemas(*part))
    assert len(found) > 15
    assert {place: lacks(schema) for place, schema in found.items() if lacks(schema)} == {}


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"type": "object", "propertyNames": {"type": "string"}}, "/propertyNames"),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, "/prefixItems/0"),
        ({"type": "number"}, ""),
    ],
)
def test_the_walk_enters_names_and_places_and_knows_numbers(schema: dict[str, Any], place: str) -> None:
    assert place in {where for where, one in schemas("", schema) if lacks(one)}


def test_the_walk_finds_all_there_is() -> None:
    assert sum(len(all_schemas(document)) for document in DOCUMENTS.values()) > 400


def test_requests_refuse_what_they_do_not_know() -> None:
    asked = 0
    for document in DOCUMENTS.values():
        for route, operation in operations(document):
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for place, schema in referred(content["schema"], document):
                    if schema.get("type") == "object":
                        assert schema.get("additionalProperties", True) is not True, f"{route} {place}"
                        assert "properties" not in schema or schema["additionalProperties"] is False, f"{route} {place}"
                        asked += 1
    assert asked > 10


def referred(schema: dict[str, Any], document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk a schema and all that it refers to, each once."""
    waiting, seen = [schema], set()
    while waiting:
        for place, one in schemas("", waiting.pop()):
            yield place, one
            if one.get("$ref") and one["$ref"] not in seen:
                seen.add(one["$ref"])
                waiting.append(document["components"]["schemas"][one["$ref"].rpartition("/")[2]])
