"""What people type in a request is brought into one form before anything else is done with it."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any, get_args

import pytest
from chassis.base.fields import PRINTABLE, Body, Text
from chassis.testing import sample
from pydantic import AfterValidator
from pydantic.fields import FieldInfo
from yiwang.suite import described

PACKAGES = {"chassis", *(service.package for service in described())}
NORMALISED_BY_TYPE = {
    ("DraftChangeBody", "form"),
    ("DraftChangeBody", "materials"),
    *(("SearchBody", name) for name in ("id_number", "phone", "name", "birth_date", "application_number")),
}
"""Values of kinds, which intake's domain brings into the standard form of each kind."""

OF_A_SERVICE = {"PrefillBody", "VerificationBody", "PersonsBody", "FilingBody"}
"""What intake asks of datashare in its own name: it has brought what was typed into its form before."""


def bodies() -> list[type[Body]]:
    for service in described():
        import_module(f"{service.package}.app")
    assert sample.CountBody in Body.__subclasses__()
    parts = {body: body.__module__.split(".") for body in Body.__subclasses__()}
    ours = [body for body, (package, *rest) in parts.items() if package in PACKAGES and "tests" not in rest]
    assert {body.__name__ for body in ours} >= OF_A_SERVICE
    return ours


def free_texts(annotation: Any, metadata: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield what is said of each free text in a type."""
    said = [part for one in metadata for part in (one.metadata if isinstance(one, FieldInfo) else [one])]
    if any(getattr(one, "pattern", "") == PRINTABLE for one in said):
        yield (*said,)
    for inner in get_args(annotation):
        yield from free_texts(inner, (*getattr(inner, "__metadata__", ()),))


def test_a_free_text_is_seen_wherever_it_stands() -> None:
    assert [len([*free_texts(kind, ())]) for kind in (dict[str, Text], list[Text], Text | None, int)] == [1, 1, 1, 0]


@pytest.mark.parametrize(
    "body", [body for body in bodies() if body.__name__ not in OF_A_SERVICE], ids=lambda body: body.__name__
)
def test_every_free_text_of_a_request_is_normalised(body: type[Body]) -> None:
    for name, field in body.model_fields.items():
        if (body.__name__, name) in NORMALISED_BY_TYPE:
            continue
        for said in free_texts(field.annotation, (*field.metadata,)):
            assert any(isinstance(one, AfterValidator) for one in said), name


def test_what_is_excused_is_there() -> None:
    there = {(body.__name__, name) for body in bodies() for name in body.model_fields}
    assert there >= NORMALISED_BY_TYPE
