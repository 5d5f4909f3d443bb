import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from chassis.base.problems import Problem
from chassis.contracts import documents as contracts
from chassis.contracts import messages
from chassis.service import Service
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from chassis import http


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


TOLD_OTHERWISE = {
    "request_timeout": "before an operation is known: under `default`",
    "caller_gone": "nobody is there to be answered",
    "file_type_refused": "of operations that take a file",
    "idempotency_key_missing": "of operations that take a key",
    "idempotency_key_reused": "of operations that take a key",
    "request_in_flight": "of operations that take a key",
    "real_name_level_too_low": "of operations whose policy asks for a level",
    "role_missing": "of operations whose policy names roles",
    "scope_missing": "of operations whose policy names a scope",
}


def problems_of(package: str) -> Iterator[type[Problem]]:
    for found in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
        for one in vars(import_module(found.name)).values():
            if inspect.isclass(one) and issubclass(one, Problem) and one.__module__ == found.name:
                yield one


def test_every_problem_of_the_edge_is_told_of_every_operation_or_has_a_reason() -> None:
    found = {one.code for one in problems_of(http.__name__)}
    assert found - {one.code for one in contracts.ALWAYS} == set(TOLD_OTHERWISE)


def test_each_operation_tells_under_default_what_is_refused_before_it_is_known(service: Service) -> None:
    for _, operation in contracts.operations(contracts.openapi(service)):
        for told in ("404 `not_found`", "405 `method_not_allowed`", "408 `request_timeout`"):
            assert told in operation["responses"]["default"]["description"]


def test_the_scope_of_an_operation_stands_where_openapi_has_its_place(service: Service) -> None:
    operation = contracts.openapi(service)["paths"]["/api/v1/counters/{name}/counts"]["post"]
    assert operation["x-yiwang"]["scope"]
    assert operation["security"][0] == {"oidc": [operation["x-yiwang"]["scope"]]}


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
