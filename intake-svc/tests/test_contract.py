"""What intake's contract says beyond what all contracts are held to."""

from collections.abc import Iterator
from typing import Any

from chassis.contracts.documents import openapi
from chassis.service import Service


def parameters(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the parameters that the service's own operations take, beside the shared ones."""
    for operations in document["paths"].values():
        for operation in operations.values():
            yield from (one for one in operation.get("parameters", []) if "$ref" not in one)


def test_nothing_personal_can_stand_in_a_url(service: Service) -> None:
    found = {one["name"] for one in parameters(openapi(service)) if one["in"] in {"path", "query"}}
    known = {"draft_id", "application_id", "task_id", "after", "limit", "state", "matter_code", "expiring"}
    assert found == known | {"application_number", "purpose", "elements"}
