from collections.abc import Mapping
from fractions import Fraction

import pytest
from evaluation_svc.domain import formulas
from evaluation_svc.domain.formulas import FormulaRefused, names_of, value_of
from hypothesis import given
from hypothesis import strategies as st

COUNTS: Mapping[str, int] = {"a": 7, "b": 3, "zero": 0, "cases_on_time": 41}
Both = tuple[str, Fraction | None]
"""A formula as text, and what Python's own fractions make of it; None where something was divided by zero."""


def joined(left: Both, operation: str, right: Both) -> Both:
    text = f"({left[0]}) {operation} ({right[0]})"
    if left[1] is None or right[1] is None or (operation == "/" and right[1] == 0):
        return text, None
    values = {"+": left[1] + right[1], "-": left[1] - right[1], "*": left[1] * right[1]}
    return text, left[1] / right[1] if operation == "/" else values[operation]


def called(name: str, parts: list[Both]) -> Both:
    text = f"{name}({', '.join(part[0] for part in parts)})"
    values = [part[1] for part in parts if part[1] is not None]
    if len(values) < len(parts):
        return text, None
    return text, min(values) if name == "min" else max(values)


def leaves() -> st.SearchStrategy[Both]:
    numbers = st.integers(0, 10**6).map(lambda number: (str(number), Fraction(number)))
    return numbers | st.sampled_from([(name, Fraction(count)) for name, count in COUNTS.items()])


def grown(parts: st.SearchStrategy[Both]) -> st.SearchStrategy[Both]:
    two = st.builds(joined, parts, st.sampled_from("+-*/"), parts)
    signed = parts.map(lambda part: (f"-({part[0]})", None if part[1] is None else -part[1]))
    return two | signed | st.builds(called, st.sampled_from(["min", "max"]), st.lists(parts, min_size=2, max_size=4))


@given(st.recursive(leaves(), grown, max_leaves=12))
def test_a_formula_is_exactly_what_fractions_make_of_it(both: Both) -> None:
    text, expected = both
    assert value_of(text, COUNTS) == expected


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**15))
def test_a_quotient_of_counts_is_no_float(numerator: int, denominator: int) -> None:
    value = value_of("100 * part / whole", {"part": numerator, "whole": denominator})
    assert value == Fraction(100 * numerator, denominator)


@pytest.mark.parametrize("formula", ["a / zero", "0 * (a / zero)", "max(1, a / (b - b))", "a / nothing_counted"])
def test_what_divides_by_zero_has_no_value(formula: str) -> None:
    assert value_of(formula, COUNTS) is None


def test_what_was_not_counted_is_zero_and_precedence_is_the_usual_one() -> None:
    assert value_of("a + nothing_counted", COUNTS) == 7
    assert value_of("1 + 2 * 3 - 8 / 4 / 2", COUNTS) == 6
    assert names_of("100 * cases_on_time / max(a, b)") == {"cases_on_time", "a", "b"}
    assert value_of("a\n  + b", COUNTS) == 10


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "   ",
        "a.b",
        "a.__class__",
        "__import__('os')",
        "open(a)",
        "min",
        "min(a)",
        "min()",
        "max(*a)",
        "max(a, b, key=c)",
        "min(a, default=b)",
        "a(b)",
        "a ** b",
        "9 ** 9 ** 9",
        "a // b",
        "a % b",
        "a << b",
        "1.5 * a",
        "1e9",
        "0x10",
        "1_000",
        "007",
        "9999999999999",
        "True",
        "None",
        "not a",
        "a if b else a",
        "a < b",
        "a, b",
        "(a, b)",
        "[a]",
        "{a}",
        "a[0]",
        "'a'",
        '"a" * 9',
        "a := 1",
        "a = 1",
        "a; b",
        "lambda a: a",
        "1or 2",
        "(a",
        "a b",
        "+",
        "A",
        "计数",
        "a" * 65,
        "a + " * 3000 + "a",
        "a+" * 150 + "a",
        "(" * 100 + "a" + ")" * 100,
        "-" * 200 + "a",
        "\0",
        "a # b",
        "f'{a}'",
        "await a",
        "min(a for a in b)",
    ],
)
def test_what_is_no_formula_is_refused_before_anything_is_computed(hostile: str) -> None:
    with pytest.raises(FormulaRefused):
        names_of(hostile)
    with pytest.raises(FormulaRefused):
        value_of(hostile, COUNTS)


@given(st.text(alphabet="ab19 +-*/(),._[]'\"=:%<>\n\0minax", max_size=40))
def test_any_text_is_a_formula_or_refused_and_nothing_else_happens(text: str) -> None:
    try:
        names = names_of(text)
    except FormulaRefused:
        return
    assert all(name.isidentifier() for name in names)
    value = value_of(text, COUNTS)
    assert value is None or type(value) is Fraction


def test_numbers_stay_bounded_whatever_a_formula_multiplies() -> None:
    longest = " * ".join(["9" * 12] * (formulas.DEEPEST - 1))
    value = value_of(longest, {})
    assert value is not None
    assert value.numerator.bit_length() < 4000
