"""One document of all services: what is the same is shared, what only has the same name is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from gateway.document import NameTaken, Served, merge
from gateway.table import read_contracts

SERVED = Served("https://city", "production", "https://issuer/.well-known/openid-configuration")


def two(contracts: Path, schema: dict[str, Any], *, name: str = "Same", path: str = "/api/v1/other") -> Any:
    """Return the sample's document beside another service's with one schema."""
    documents = read_contracts(contracts)
    operation = documents["sample"]["paths"]["/api/v1/open"]["get"] | {"operationId": "other"}
    changed = {"paths": {path: {"get": operation}}, "components": {"schemas": {name: schema}}, "tags": [{"name": "o"}]}
    return {**documents, "other": {**documents["sample"], **changed}}


def test_equal_components_are_shared_and_all_paths_and_tags_are_there(contracts: Path) -> None:
    merged = merge(two(contracts, {"type": "object"}), served=SERVED)
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
        merge(two(contracts, **other), served=SERVED)


def test_it_is_served_where_it_was_had_from_and_says_what_it_is_for(contracts: Path) -> None:
    served = Served("https://city", "development", "/dev/identity/.well-known/openid-configuration")
    merged = merge(read_contracts(contracts), served=served)
    assert merged["servers"] == [{"url": "/", "description": "本网关(development)", "x-internal": False}]
    assert merged["info"]["contact"]["url"] == "https://city/docs"
    assert merged["components"]["securitySchemes"]["oidc"]["openIdConnectUrl"] == served.discovery
