"""Wording apart from meaning: what may be said otherwise in a published version, and what may not.

Names, labels and explanations are wording; codes, rules, limits, conditions and the graph are meaning, and everything
that is not listed here is.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from catalog_svc.domain.model import Choice, Element, Item, Material, Matter, Question, Section, Task
from catalog_svc.domain.pack import PublishedMatter

WORDING: Mapping[type, frozenset[str]] = {
    PublishedMatter: frozenset({"unit_names"}),
    Matter: frozenset({"name", "summary", "aliases", "status", "source"}),
    Question: frozenset({"text", "help"}),
    Choice: frozenset({"label"}),
    Task: frozenset({"name"}),
    Item: frozenset(
        {"task_name", "common_name", "limit_scene_explain", "consult_phone", "complain_phone", "status", "source"}
    ),
    Element: frozenset({"label", "help"}),
    Section: frozenset({"title"}),
    Material: frozenset({"name", "status"}),
}
"""The fields that are wording, by what they belong to."""


def meaning(value: Any) -> Any:
    """Return what a published thing means: itself without its wording, comparable."""
    if is_dataclass(value):
        left_out = WORDING.get(type(value), frozenset())
        return {one.name: meaning(getattr(value, one.name)) for one in fields(value) if one.name not in left_out}
    if isinstance(value, Mapping):
        return {key: meaning(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [meaning(part) for part in value]
    return value
