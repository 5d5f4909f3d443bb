"""The agreement holds: what is committed is what the code says, valid, and readable by those who read it."""

import inspect
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from chassis.base import problems
from chassis.base.problems import Problem
from chassis.contracts import documents as contracts
from chassis.contracts import released
from chassis.contracts.documents import operations
from chassis.contracts.released import releases
from gateway.document import Served, merge
from gateway.table import RouteTable, read_contracts
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from yiwang.contracts import BESIDE
from yiwang.suite import CONTRACTS, described

SERVICES = described()
PUBLISHED = {event.type: event for service in SERVICES for event in service.publishes}
MEETS_NO_CALLER = {  # raised while a city pack is loaded, or an event is read
    "catalog": {"published_version_changed", "too_much_withdrawn"},
    "intake": {"not_accepted"},
}
MADE = {"PUT /api/v1/applications/{application_id}/persons"}
"""What is kept under a name of the caller's whether or not anything was there."""
READ = [(service.name, event) for service in SERVICES for event in service.reads]


def test_what_is_committed_is_what_the_code_says() -> None:
    assert contracts.differences(SERVICES, CONTRACTS, BESIDE) == []


def test_every_release_is_as_it_was_frozen_and_nothing_breaks_it() -> None:
    assert released.findings(CONTRACTS, contracts.documents(SERVICES, BESIDE)) == []


def test_no_contract_is_left_of_something_that_is_gone() -> None:
    files = (file.relative_to(CONTRACTS) for file in CONTRACTS.rglob("*.json"))
    there = {str(file) for file in files if file.parts[0] != released.FOLDER} - {released.DIGESTS}
    assert there == set(contracts.documents(SERVICES, BESIDE))


@pytest.mark.parametrize("file", sorted((CONTRACTS / "openapi").glob("*.json")), ids=lambda file: file.stem)
def test_each_openapi_document_is_valid(file: Path) -> None:
    validate(json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("file", sorted((CONTRACTS / "events").glob("*.json")), ids=lambda file: file.stem)
def test_each_event_schema_accepts_its_examples_and_has_some(file: Path) -> None:
    schema = json.loads(file.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["examples"]
    for example in schema["examples"]:
        Draft202012Validator(schema).validate(example)


@pytest.mark.parametrize(("reader", "event"), READ, ids=lambda value: getattr(value, "type", value))
def test_a_reader_accepts_every_example_of_what_it_reads_now_and_in_every_release(reader: str, event: Any) -> None:
    for version in (CONTRACTS, *releases(CONTRACTS)):
        file = version / "events" / f"{event.type}.v{event.schema_version}.json"
        if version != CONTRACTS and not file.exists():  # first told in a later release
            continue
        for example in json.loads(file.read_text(encoding="utf-8"))["examples"]:
            event.model_validate(example["data"])
    assert PUBLISHED[event.type].topic == event.topic


PERSONAL = {"phone", "id_number", "form", "reason", "address", "applicant_name", "mother_name", "child_name"}


def names(schema: Any) -> set[str]:
    """Return the names of all members that a schema describes, at any depth."""
    if isinstance(schema, list):
        return set().union(*map(names, schema))
    if not isinstance(schema, dict):
        return set()
    own = schema.get("properties", {})
    return set(own if isinstance(own, dict) else ()).union(*map(names, schema.values()))


def test_no_event_carries_what_is_personal() -> None:
    for event in PUBLISHED.values():
        found = names(event.model_json_schema(mode="serialization"))
        assert set(event.model_fields) <= found
        assert not PERSONAL & found, event.type


def test_what_is_personal_is_seen_at_any_depth() -> None:
    assert names({"properties": {"a": {"items": {"$ref": "x"}}}, "$defs": {"x": {"properties": {"phone": {}}}}}) == {
        "a",
        "phone",
    }


def test_every_operation_has_a_policy_problems_limits_and_words() -> None:
    for name, document in read_contracts(CONTRACTS).items():
        for route, operation in operations(document):
            declared = operation["x-yiwang"]
            assert declared["kinds"], route
            internal = operation.get("x-internal", False)
            assert bool(declared.get("rate")) is not internal, route
            assert operation["summary"], route
            assert operation["description"], route
            assert {"400", "500", "503"} <= set(operation["responses"]), route
            assert ("429" in operation["responses"]) is not internal, route
            if route.startswith("POST") and "201" in operation["responses"]:
                assert declared["once"], f"{name} {route} makes something and takes no Idempotency-Key"


def codes(operation: dict[str, Any], status: str = "") -> set[str]:
    """Return the codes that an operation documents, of one status or of all."""
    return {
        code
        for documented, response in operation["responses"].items()
        if not status or documented == status
        for code in response.get("content", {}).get("application/problem+json", {}).get("examples", {})
    }


def test_what_a_path_names_may_be_absent_and_is_said_to_be() -> None:
    for document in read_contracts(CONTRACTS).values():
        for route, operation in operations(document):
            assert bool(codes(operation, "404")) >= ("{" in route and route not in MADE), route


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_problem_of_a_service_is_documented_or_meets_no_caller(service: Any) -> None:
    document = read_contracts(CONTRACTS)[service.name]
    documented = {code for _, operation in operations(document) for code in codes(operation)}
    errors = import_module(f"{service.package}.errors")
    own = {one.code for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, Problem)}
    shared = {one.code for one in vars(problems).values() if inspect.isclass(one) and issubclass(one, Problem)}
    assert own - shared - documented == MEETS_NO_CALLER.get(service.name, set())


def test_an_operation_that_gives_a_file_says_that_files_may_be_out_or_damaged() -> None:
    told = [pair for document in read_contracts(CONTRACTS).values() for pair in operations(document)]
    giving = [(route, codes(one, "503")) for route, one in told if one["x-yiwang"].get("gives_file")]
    assert giving
    assert [route for route, known in giving if not {"storage_unavailable", "file_damaged"} <= known] == []


def test_every_request_body_is_shown_by_examples_that_it_accepts() -> None:
    for document in read_contracts(CONTRACTS).values():
        for route, operation in operations(document):
            if "requestBody" not in operation or "takes_file" in operation["x-yiwang"]:
                continue
            body = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            examples = document["components"]["schemas"][body].get("examples", [])
            assert examples, f"{route} shows no example of {body}"
            for example in examples:
                Draft202012Validator({**document, "$ref": f"#/components/schemas/{body}"}).validate(example)


def shown(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema, at any depth, that shows an example of itself."""
    if isinstance(schema, dict):
        if "example" in schema and "type" in schema:
            yield schema
        for part in schema.values():
            yield from shown(part)
    if isinstance(schema, list):
        for part in schema:
            yield from shown(part)


def objects(schema: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object schema at any depth, with its place."""
    parts = schema.items() if isinstance(schema, dict) else enumerate(schema) if isinstance(schema, list) else ()
    for name, part in parts:
        yield from objects(part, f"{where}/{name}")
    if isinstance(schema, dict) and schema.get("type") == "object":
        yield where, schema


def open_maps(document: Any) -> list[str]:
    """Return the places of object schemas that take any further member, or members of any name or content."""
    return [
        where
        for where, schema in objects(document)
        if "patternProperties" in schema
        or ("properties" not in schema and not {"additionalProperties", "propertyNames"} <= schema.keys())
        or schema.get("additionalProperties") is True
    ]


def test_every_map_says_which_names_it_takes_and_what_they_hold() -> None:
    for name, document in read_contracts(CONTRACTS).items():
        assert open_maps(document) == [], name
        open_ones = [where for where, schema in objects(document) if "additionalProperties" not in schema]
        assert open_ones == [], name
    for file in (CONTRACTS / "events").glob("*.json"):
        schema = json.loads(file.read_text(encoding="utf-8"))
        payload = {"data": schema["properties"]["data"], "parts": schema.get("$defs", {})}  # not the envelope's own
        assert open_maps(payload) == [], file.name


def test_what_a_schema_shows_is_what_it_accepts() -> None:
    seen = 0
    for document in read_contracts(CONTRACTS).values():
        for schema in shown(document):
            Draft202012Validator({**schema, "components": document["components"]}).validate(schema["example"])
            seen += 1
    assert seen > 150, "the walk finds them"


def test_the_gateway_can_route_and_merge_all_of_it_but_what_is_for_services() -> None:
    documents = read_contracts(CONTRACTS)
    table, hidden = RouteTable(documents), set()
    merged = merge(documents, served=Served("https://city", "production", "https://issuer"))
    validate(merged)
    told = json.dumps(merged)
    for document in documents.values():
        for route, operation in operations(document):
            method, path = route.split(" ")
            named = path.replace("{", "").replace("}", "")
            if operation.get("x-internal"):
                hidden.add(operation["operationId"])
                with pytest.raises((problems.NotFound, problems.MethodNotAllowed)):
                    table.match(method, named)
                assert f'"{operation["operationId"]}"' not in told
            else:
                assert table.match(method, named).name == operation["operationId"]
                assert operation["operationId"] in {one["operationId"] for _, one in operations(merged)}
    assert hidden >= {"show_facts", "show_decision"}
    assert not {"FactsView", "DecisionView", "FactItemView"} & merged["components"]["schemas"].keys()
    assert "decision_not_found" not in told


def test_what_is_for_services_is_for_named_ones_alone_and_what_they_read_is_for_a_purpose_of_a_list() -> None:
    for document in read_contracts(CONTRACTS).values():
        for route, operation in operations(document):
            declared = operation["x-yiwang"]
            is_internal = "SERVICE" in declared["kinds"]
            assert is_internal == operation.get("x-internal", False) == bool(declared.get("services")), route
            if is_internal:
                assert declared["kinds"] == ["SERVICE"], route
                assert set(declared["services"]) <= {service.name for service in SERVICES}, route
            if is_internal and route.startswith("GET"):
                purpose = next(one for one in operation["parameters"] if one.get("name") == "purpose")
                assert purpose["required"], route
                assert purpose["schema"]["enum"], route
