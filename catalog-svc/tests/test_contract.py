"""What the catalogue's contract says beyond what all contracts are held to."""

from chassis.contracts.documents import openapi
from chassis.service import Service


def test_a_matter_can_be_asked_for_only_if_it_changed(service: Service) -> None:
    paths = openapi(service)["paths"]
    for path in ("/api/v1/matters/{matter_code}", "/api/v1/matters/{matter_code}/versions/{matter_version}"):
        operation = paths[path]["get"]
        assert "304" in operation["responses"]
        assert "If-None-Match" in {parameter.get("name") for parameter in operation["parameters"]}
        assert operation["x-yiwang"]["cache_seconds"] > 0
