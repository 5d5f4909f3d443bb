"""The contract as strict linters want it: whatever comes in or goes out is bounded."""

from collections.abc import Iterator
from typing import Any

from chassis.contracts.documents import openapi
from chassis.service import Service
from jsonschema import Draft202012Validator


def schemas(place: str, schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk a schema and all schemas in it, each with its place."""
    if not isinstance(schema, dict):
        return
    yield place, schema
    for name, part in schema.get("properties", {}).items():
        yield from schemas(f"{place}/{name}", part)
    for name in ("items", "additionalProperties", "propertyNames"):
        yield from schemas(f"{place}/{name}", schema.get(name))
    for name in ("anyOf", "allOf", "oneOf"):
        for number, part in enumerate(schema.get(name, [])):
            yield from schemas(f"{place}/{name}/{number}", part)


def looseness(schema: dict[str, Any]) -> list[str]:
    """Return which bounds a schema lacks."""
    bounds: dict[str, list[tuple[str, ...]]] = {
        "string": [("maxLength", "enum", "const"), ("pattern", "format", "enum", "const")],
        "array": [("maxItems",)],
        "integer": [("minimum",), ("maximum",), ("format",)],
    }
    missing = [" or ".join(one) for one in bounds.get(str(schema.get("type")), []) if not set(one) & schema.keys()]
    if schema.get("type") == "object" and "properties" not in schema and "maxProperties" not in schema:
        missing.append("maxProperties")
    return missing


def parameters(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the parameters that the service's own operations take, beside the shared ones."""
    for operations in document["paths"].values():
        for operation in operations.values():
            yield from (one for one in operation.get("parameters", []) if "$ref" not in one)


def test_every_string_list_number_and_map_is_bounded(service: Service) -> None:
    document = openapi(service)
    found = [pair for name, schema in document["components"]["schemas"].items() for pair in schemas(name, schema)]
    for parameter in parameters(document):
        found += schemas(parameter["name"], parameter["schema"])
    assert len(found) > 100
    assert {place: looseness(schema) for place, schema in found if looseness(schema)} == {}


def test_requests_refuse_what_they_do_not_know(service: Service) -> None:
    components = openapi(service)["components"]["schemas"]
    bodies = {name: schema for name, schema in components.items() if name.endswith("Body")}
    assert set(bodies) == {"DraftBody", "DraftChangeBody", "SubmissionBody", "AcceptanceBody", "SearchBody"}
    for name, schema in bodies.items():
        assert schema["additionalProperties"] is False, name
        Draft202012Validator.check_schema(schema)


def test_nothing_personal_can_stand_in_a_url(service: Service) -> None:
    found = {one["name"] for one in parameters(openapi(service)) if one["in"] in {"path", "query"}}
    assert found == {"draft_id", "application_id", "after", "limit", "state"}
