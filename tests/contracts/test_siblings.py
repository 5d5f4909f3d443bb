"""What a service reads of a sibling's answer is what the sibling's contract promises."""

import json
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from chassis.contracts.documents import operations
from gateway.table import read_contracts
from jsonschema import Draft202012Validator
from pydantic import BaseModel
from yiwang.suite import CONTRACTS, described

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = read_contracts(CONTRACTS)
ASKING = [service for service in described() if find_spec(f"{service.package}.siblings")]
ANSWERS = [
    (service.name, sibling, operation, reader)
    for service in ASKING
    for (sibling, operation), reader in import_module(f"{service.package}.siblings").ANSWERS.items()
]
KNOWN_ANSWERS = {"guide_matter": ROOT / "intake-svc/tests/guide.json"}


def answer_of(document: Mapping[str, Any], operation: str) -> dict[str, Any]:
    """Return the schema of an operation's answer, with the components that it refers to."""
    found = next(one for _, one in operations(document) if one["operationId"] == operation)  # type: ignore[arg-type]
    content = found["responses"]["200"]["content"]["application/json"]
    return {**content["schema"], "components": document["components"]}


def resolved(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Any = whole
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return resolved(found, whole)


def missing(read: Mapping[str, Any], promised: Mapping[str, Any]) -> Iterator[str]:
    """Yield each place that a reader (with its `$defs`) needs and an answer (with its `components`) may lack."""

    def walk(reader: Mapping[str, Any], answer: Mapping[str, Any], at: str) -> Iterator[str]:
        reader, answer = resolved(reader, read), resolved(answer, promised)
        if reader.get("type") != answer.get("type"):
            yield f"{at} is {answer.get('type')}, not {reader.get('type')}"
            return
        yield from (f"{at}/{name} may be absent" for name in absent(reader, answer))
        for name, wanted, told in parts(reader, answer):
            yield from walk(wanted, told, f"{at}/{name}")

    return walk(read, promised, "")


def absent(reader: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    return [name for name in reader.get("required", ()) if name not in answer.get("required", ())]


def parts(reader: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield what stands inside both: properties by name, the elements of a list, the values of a map."""
    for name in reader.get("properties", {}).keys() & answer.get("properties", {}).keys():
        yield name, reader["properties"][name], answer["properties"][name]
    if "items" in reader:
        yield "*", reader["items"], answer["items"]
    if isinstance(values := reader.get("additionalProperties"), dict):
        told = (*answer.get("patternProperties", {}).values(), answer.get("additionalProperties"))
        yield from (("*", values, one) for one in told if isinstance(one, dict))


@pytest.mark.parametrize(("service", "sibling", "operation", "reader"), ANSWERS)
def test_a_sibling_promises_all_that_is_read_of_its_answer(
    service: str, sibling: str, operation: str, reader: type[BaseModel]
) -> None:
    promised = answer_of(DOCUMENTS[sibling], operation)
    assert list(missing(reader.model_json_schema(), promised)) == []


@pytest.mark.parametrize(("service", "sibling", "operation", "reader"), ANSWERS)
def test_a_broken_promise_would_be_seen(service: str, sibling: str, operation: str, reader: type[BaseModel]) -> None:
    text = json.dumps(answer_of(DOCUMENTS[sibling], operation))
    for name in reader.model_json_schema()["required"]:
        other = json.loads(text.replace(f'"{name}"', f'"{name}_renamed"'))
        assert any(name in place for place in missing(reader.model_json_schema(), other)), name


@pytest.mark.parametrize(("service", "sibling", "operation", "reader"), ANSWERS)
def test_the_answers_that_a_service_is_tested_with_are_as_promised(
    service: str, sibling: str, operation: str, reader: type[BaseModel]
) -> None:
    if operation in KNOWN_ANSWERS:
        answer = json.loads(KNOWN_ANSWERS[operation].read_text(encoding="utf-8"))
        Draft202012Validator(answer_of(DOCUMENTS[sibling], operation)).validate(answer)
        reader.model_validate(answer)
