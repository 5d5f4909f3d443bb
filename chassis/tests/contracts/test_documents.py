from pathlib import Path

from chassis.contracts import documents as contracts
from chassis.contracts import messages
from chassis.service import Service
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate


def test_the_openapi_document_is_valid_and_says_problems_limits_and_headers(service: Service) -> None:
    document = contracts.openapi(service)
    validate(document)
    operation = document["paths"]["/api/v1/counters/{name}/counts"]["post"]
    assert operation["operationId"] == "count_up"
    assert set(operation["responses"]) >= {"201", "400", "401", "403", "409", "413", "415", "422", "429", "500", "503"}
    assert "`counter_full`" in operation["responses"]["409"]["description"]
    assert "RateLimit-Limit" in operation["responses"]["201"]["headers"]
    keys = [p for p in operation["parameters"] if p.get("name") == "Idempotency-Key"]
    assert keys[0]["required"] is True
    assert operation["x-yiwang"]["rate"] == "60/minute"


def test_every_example_of_an_event_satisfies_its_schema(service: Service) -> None:
    for event in service.publishes:
        schema = messages.event_schema(event)
        assert schema["examples"]
        for example in schema["examples"]:
            Draft202012Validator(schema).validate(example)


def test_writing_twice_changes_nothing_and_a_difference_is_named(service: Service, tmp_path: Path) -> None:
    written = contracts.write([service], tmp_path)
    assert "openapi/sample.json" in written
    assert contracts.write([service], tmp_path) == []
    (tmp_path / "asyncapi.json").write_text("{}", encoding="utf-8")
    assert contracts.differences([service], tmp_path) == ["asyncapi.json"]
