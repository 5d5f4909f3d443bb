from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from catalog_svc.domain import wording
from catalog_svc.domain.model import Element, Item, Material, Matter, NeededMaterial, Option, Question, Section, Task
from catalog_svc.domain.pack import PublishedMatter
from catalog_svc.domain.shapes import SPOKEN
from catalog_svc.domain.wording import WORDING, meaning


def parts(value: Any) -> list[Any]:
    """Return a thing and all things in it."""
    found = [value] if is_dataclass(value) else []
    if is_dataclass(value):
        inside = [getattr(value, one.name) for one in fields(value)]
    elif isinstance(value, dict):
        inside = list(value.values())
    else:
        inside = list(value) if isinstance(value, tuple) else []
    return found + [part for one in inside for part in parts(one)]


@pytest.mark.parametrize("kind", WORDING, ids=lambda kind: kind.__name__)
def test_other_words_leave_the_meaning_and_everything_else_changes_it(kind: Any, newborn: PublishedMatter) -> None:
    one = next(part for part in parts(newborn) if isinstance(part, kind))
    for field in fields(one):
        before = getattr(one, field.name)
        if isinstance(before, str):
            same = meaning(replace(one, **{field.name: f"{before}另"})) == meaning(one)
            is_word = any(field.name in words for at, words in WORDING.items() if isinstance(one, at))
            is_said = field.name in wording.PRESENCE.get(type(one), ()) and bool(before)
            assert same is (is_word or is_said), field.name


KINDS: dict[str, Any] = {
    "sections": Section,
    "elements": Element,
    "materials": Material,
    "stands": NeededMaterial,
    "items": Item,
    "matters": Matter,
    "questions": Question,
    "options": Option,
    "ways_out": Option,
    "tasks": Task,
}
MEANT = {
    ("materials", "accept_stand"): "what a paper must be to be accepted is a rule",
    ("stands", "accept_stand"): "what a paper must be to be accepted is a rule",
    ("items", "result_name"): "which paper is issued is what the item ends in",
    ("ways_out", "window"): "that there is a way out is a rule, its words are not (PRESENCE)",
}
"""What citizens read and is meaning nevertheless, with the reason."""


def test_what_citizens_read_is_wording_or_meant_for_a_reason() -> None:
    spoken = {(kind, name) for kind, names in SPOKEN.items() for name in names}
    words = {
        (kind, name)
        for kind, name in spoken
        if any(name in listed for at, listed in WORDING.items() if issubclass(KINDS[kind], at))
    }
    assert spoken - words == set(MEANT)
    assert all(name in {one.name for one in fields(KINDS[kind])} for kind, name in spoken)


def test_an_answer_that_leads_to_the_window_may_say_so_otherwise_but_not_begin_or_cease_to(newborn: Any) -> None:
    plain = Option("yes", "是")
    led = replace(plain, window="请到窗口办理")
    assert meaning(led) == meaning(replace(led, window="请前往窗口", label="对"))
    assert meaning(led) != meaning(plain)


def test_what_stands_inside_lists_and_conditions_is_meaning_too(newborn: PublishedMatter) -> None:
    task = newborn.matter.tasks[0]
    red, blue = (replace(task, when={"colour": (value,)}) for value in ("red", "blue"))
    assert meaning(red) != meaning(blue)
    assert meaning(replace(newborn.matter, tasks=(red,))) != meaning(replace(newborn.matter, tasks=(blue,)))
