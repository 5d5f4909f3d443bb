"""Wording apart from meaning: what may be said otherwise in a published version, and what may not.

Names, labels and explanations are wording; codes, rules, limits, conditions and the graph are meaning, and everything
that is not listed here is.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from catalog_svc.domain.model import Choice, Element, Item, Material, Matter, Option, Question, Section, Task
from catalog_svc.domain.pack import PublishedMatter

WORDING: Mapping[type, frozenset[str]] = {
    PublishedMatter: frozenset({"unit_names"}),
    Matter: frozenset({"name", "summary", "aliases", "status", "source"}),
    Question: frozenset({"text", "help"}),
    Choice: frozenset({"label"}),
    Task: frozenset({"name", "help"}),
    Item: frozenset(
        {"task_name", "common_name", "limit_scene_explain", "anticipate_explain", "accept_condition"}
        | {"consult_phone", "complain_phone", "status", "source"}
    ),
    Element: frozenset({"label", "help"}),
    Section: frozenset({"title"}),
    Material: frozenset({"name", "status"}),
}
"""The fields that are wording, by what they belong to; what is derived from it has them too."""
PRESENCE: Mapping[type, frozenset[str]] = {Option: frozenset({"window"})}
"""Words that may be said otherwise, while that there are any is a rule: such an answer leads to the window."""


def meaning(value: Any) -> Any:
    """Return what a published thing means: itself without its wording, comparable."""
    if is_dataclass(value):
        words, presence = _listed(WORDING, type(value)), _listed(PRESENCE, type(value))
        kept = {one.name: getattr(value, one.name) for one in fields(value) if one.name not in words}
        return {name: bool(part) if name in presence else meaning(part) for name, part in kept.items()}
    if isinstance(value, Mapping):
        return {key: meaning(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [meaning(part) for part in value]
    return value


def _listed(lists: Mapping[type, frozenset[str]], kind: type) -> frozenset[str]:
    return frozenset().union(*(lists.get(one, frozenset()) for one in kind.__mro__))
