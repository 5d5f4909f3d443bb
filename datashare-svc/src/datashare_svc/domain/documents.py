"""Resources and sharing catalogues as JSON documents, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from datashare_svc.domain.model import (
    Depth,
    Kind,
    Push,
    Resource,
    ResourceField,
    Sharing,
    SharingClass,
    SharingMode,
    UpdateCycle,
    Use,
)


def resource_document(resource: Resource) -> dict[str, Any]:
    """Return a resource as it is stored."""
    document: dict[str, Any] = _plain(asdict(resource))
    return document


def read_resource(document: Mapping[str, Any]) -> Resource:
    """Return a resource from what is stored of it."""
    published = document["published_on"]
    typed = {
        "sharing_class": SharingClass(document["sharing_class"]),
        "mode": SharingMode(document["mode"]),
        "update_cycle": UpdateCycle(document["update_cycle"]),
        "fields": tuple(ResourceField(**{**one, "kind": Kind(one["kind"])}) for one in document["fields"]),
        "published_on": date.fromisoformat(published) if published else None,
        "related": tuple(document["related"]),
    }
    return Resource(**{**document, **typed})


def sharing_document(sharing: Sharing) -> dict[str, Any]:
    """Return a sharing catalogue as it is stored."""
    document: dict[str, Any] = _plain(asdict(sharing))
    return document


def read_sharing(document: Mapping[str, Any]) -> Sharing:
    """Return a sharing catalogue from what is stored of it."""
    return Sharing(**{**document, "uses": tuple(_read_use(one) for one in document["uses"])})


def _read_use(document: Mapping[str, Any]) -> Use:
    typed = {
        "depth": Depth(document["depth"]),
        "push": Push(document["push"]),
        "items": tuple(document["items"]),
        "when": {question: tuple(values) for question, values in document["when"].items()},
    }
    return Use(**{**document, **typed})


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: lists for tuples, days and the members of enumerations as texts."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value
