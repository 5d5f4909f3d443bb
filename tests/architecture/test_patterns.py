"""Our own patterns run on what outsiders send, by Python's engine, which goes back and tries again."""

import ast
import re._constants as op  # type: ignore[import-not-found]  # the one reader of Python's own syntax; untyped
import re._parser as parser  # type: ignore[import-not-found]  # as above
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [file for file in ROOT.glob("*/src/**/*.py") if ".venv" not in file.parts]
RUNS = frozenset({"compile", "match", "fullmatch", "search", "findall", "finditer", "sub", "split"})
REPEATS = frozenset({op.MAX_REPEAT, op.MIN_REPEAT})
MANY = 100
"""A part that may come so often is counted as one that may come any number of times."""
APART = {
    r"^\s*application/json\s*(;|$)": "a word stands between",
    r"(\d+)(\D+)": "what the one takes, the other does not",
}


def patterns() -> Iterator[tuple[str, str]]:
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {f"re.{one}" for one in RUNS}:
                given = node.args[0]
                fixed = str(given.value) if isinstance(given, ast.Constant) else ""
                yield f"{file.relative_to(ROOT)}:{node.lineno}", fixed


def open_ended(parsed: Any, times: int = 1) -> int:
    """Count the repetitions that may come MANY times; one within another, `times` long, counts twice."""
    count = 0
    for kind, given in parsed:
        if kind in REPEATS:
            inside = times * min(given[1], MANY)
            count += (inside >= MANY) * (1 + (inside > times > 1)) + open_ended(given[2], inside)
        elif kind is op.SUBPATTERN:
            count += open_ended(given[3], times)
        elif kind is op.BRANCH:
            count += max(open_ended(one, times) for one in given[1])
    return count


def written_patterns() -> Iterator[tuple[str, str, bool]]:
    """Yield the place of each text that stands as `pattern=`, the text, and whether it is within a class."""
    for file in SOURCES:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        inside = {id(node) for one in ast.walk(tree) if isinstance(one, ast.ClassDef) for node in ast.walk(one)}
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "pattern" and isinstance(node.value, ast.Constant):
                yield f"{file.relative_to(ROOT)}:{node.value.lineno}", str(node.value.value), id(node) in inside


def test_the_shape_of_a_text_has_a_name_and_is_written_once() -> None:
    found = list(written_patterns())
    assert found
    assert [place for place, _, inside in found if inside] == [], "a field has a named type: one of chassis.base.fields"
    texts = [text for _, text, _ in found]
    assert [place for place, text, _ in found if texts.count(text) > 1] == []


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|a)*b*", r"(.*a){20}", r"(\w{1,60}){1,60}", r".*,.*"])
def test_a_pattern_that_multiplies_is_known(pattern: str) -> None:
    assert open_ended(parser.parse(pattern)) > 1


@pytest.mark.parametrize(("place", "pattern"), [pytest.param(*one, id=one[0]) for one in patterns()])
def test_a_pattern_of_ours_goes_through_a_text_once(place: str, pattern: str) -> None:
    assert pattern in APART or open_ended(parser.parse(pattern)) <= 1, place
