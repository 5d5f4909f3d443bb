"""What a service reads of a sibling's answer is what the sibling's contract promises."""

import json
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from chassis.contracts.documents import operations
from chassis.contracts.schemas import Comparison, Side
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
KNOWN_ANSWERS = {
    "guide_matter": ROOT / "intake-svc/tests/guide.json",
    "show_matter": ROOT / "intake-svc/tests/matter.json",
    "show_case": ROOT / "intake-svc/tests/case.json",
    "prefill_draft": ROOT / "intake-svc/tests/prefill.json",
    "verify_given": ROOT / "intake-svc/tests/verification.json",
    "show_facts": ROOT / "esign-svc/tests/facts.json",
    "show_decision": ROOT / "esign-svc/tests/decision.json",
    "match_ratings": ROOT / "evaluation-svc/tests/matches.json",
}


def answer_of(document: Mapping[str, Any], operation: str) -> dict[str, Any]:
    """Return the schema of an operation's answer, with the components that it refers to."""
    found = next(one for _, one in operations(document) if one["operationId"] == operation)  # type: ignore[arg-type]
    content = found["responses"]["200"]["content"]["application/json"]
    return {**content["schema"], "components": document["components"]}


def unmet(reader: type[BaseModel], promised: dict[str, Any]) -> list[str]:
    """Return each place where an answer may be another than the reader takes."""
    wanted = reader.model_json_schema()
    compared = Comparison(members_may_come=True).excess(Side(promised, promised), Side(wanted, wanted), "")
    return [f"{place}: {reason}" for place, reason in compared]


@pytest.mark.parametrize(("service", "sibling", "operation", "reader"), ANSWERS)
def test_a_sibling_promises_all_that_is_read_of_its_answer(
    service: str, sibling: str, operation: str, reader: type[BaseModel]
) -> None:
    promised = answer_of(DOCUMENTS[sibling], operation)
    assert unmet(reader, promised) == []


@pytest.mark.parametrize(("service", "sibling", "operation", "reader"), ANSWERS)
def test_a_broken_promise_would_be_seen(service: str, sibling: str, operation: str, reader: type[BaseModel]) -> None:
    text = json.dumps(answer_of(DOCUMENTS[sibling], operation))
    for name in reader.model_json_schema()["required"]:
        other = json.loads(text.replace(f'"{name}"', f'"{name}_renamed"'))
        assert unmet(reader, other), name


@pytest.mark.parametrize(("service", "sibling", "operation", "reader"), ANSWERS)
def test_the_answers_that_a_service_is_tested_with_are_as_promised(
    service: str, sibling: str, operation: str, reader: type[BaseModel]
) -> None:
    answer = json.loads(KNOWN_ANSWERS[operation].read_text(encoding="utf-8"))
    Draft202012Validator(answer_of(DOCUMENTS[sibling], operation)).validate(answer)
    reader.model_validate(answer)
