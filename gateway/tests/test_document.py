"""One document of all services: what is the same is shared, what only has the same name is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from gateway.document import NameTaken, merge
from gateway.table import read_contracts


def two(contracts: Path, schema: dict[str, Any], *, name: str = "Same", path: str = "/api/v1/other") -> Any:
    """Return the sample's document beside another service's with one schema."""
    documents = read_contracts(contracts)
    operation = documents["sample"]["paths"]["/api/v1/open"]["get"] | {"operationId": "other"}
    changed = {"paths": {path: {"get": operation}}, "components": {"schemas": {name: schema}}, "tags": [{"name": "o"}]}
    return {**documents, "other": {**documents["sample"], **changed}}


def test_equal_components_are_shared_and_all_paths_and_tags_are_there(contracts: Path) -> None:
    merged = merge(two(contracts, {"type": "object"}), issuer="https://issuer/")
    assert list(merged["components"]["schemas"]) == ["Same"]
    assert {"/api/v1/open", "/api/v1/other"} <= set(merged["paths"])
    assert [tag["name"] for tag in merged["tags"]] == ["t", "o"]
    assert json.dumps(merged).count("https://issuer/.well-known/openid-configuration") == 1


@pytest.mark.parametrize(
    "other",
    [
        {"schema": {"type": "string"}},
        {"schema": {"type": "string", "title": "Same"}, "name": "Other"},
        {"schema": {"type": "object"}, "path": "/api/v1/open"},
    ],
    ids=["a component", "a title", "an operation"],
)
def test_what_only_has_the_same_name_is_refused(contracts: Path, other: dict[str, Any]) -> None:
    with pytest.raises(NameTaken):
        merge(two(contracts, **other), issuer="https://issuer")
