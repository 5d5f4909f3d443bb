"""The contract as strict linters want it: whatever comes in or goes out is bounded."""

from collections.abc import Iterator
from typing import Any

from chassis.contracts.documents import openapi
from chassis.service import Service

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
        for name in ("items", "additionalProperties", "propertyNames", "anyOf", "allOf", "oneOf"):
            yield from schemas(f"{place}/{name}", schema.get(name))


def lacks(schema: dict[str, Any]) -> list[str]:
    """Return which bounds a schema lacks."""
    missing = [" or ".join(one) for one in BOUNDS.get(str(schema.get("type")), []) if not set(one) & schema.keys()]
    open_map = schema.get("type") == "object" and "properties" not in schema and "maxProperties" not in schema
    return [*missing, "maxProperties"] if open_map else missing


def test_every_string_list_number_and_map_is_bounded(service: Service) -> None:
    document = openapi(service)
    found = [pair for name, schema in document["components"]["schemas"].items() for pair in schemas(name, schema)]
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation["parameters"]:
                found += schemas(parameter.get("name", ""), parameter.get("schema"))
    assert len(found) > 100
    assert {place: lacks(schema) for place, schema in found if lacks(schema)} == {}


def test_a_matter_can_be_asked_for_only_if_it_changed(service: Service) -> None:
    paths = openapi(service)["paths"]
    for path in ("/api/v1/matters/{matter_code}", "/api/v1/matters/{matter_code}/versions/{matter_version}"):
        operation = paths[path]["get"]
        assert "304" in operation["responses"]
        assert "If-None-Match" in {parameter.get("name") for parameter in operation["parameters"]}
        assert operation["x-yiwang"]["cache_seconds"] > 0
