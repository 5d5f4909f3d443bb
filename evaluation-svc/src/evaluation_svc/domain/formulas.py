"""Formulas of indicators: sums, differences, products and quotients of named counts, exact and nothing else.

Whole numbers, names, `+ - * /`, parentheses, `min` and `max`. The text is held against that before anything is
computed, so that what a pack says can neither call, look up nor grow; simpleeval walks what is left, on fractions.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import simpleeval  # type: ignore[import-untyped]  # it ships no types

LONGEST, MOST_WORDS, DEEPEST = 2000, 400, 60
_WORD = re.compile(r"(?:[a-z][a-z0-9_]{0,63}|[0-9]{1,12})(?![a-z0-9_])|[-+*/(),\s]")
_OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {"min": min, "max": max}


class FormulaRefused(ValueError):  # noqa: N818  named after the fact
    """A text that is no formula; its message says in Chinese what is wrong."""


def names_of(formula: str) -> frozenset[str]:
    """Return the names of the counts that a formula uses. Raises FormulaRefused for what is no formula."""
    return _read(formula)[1]


def value_of(formula: str, counts: Mapping[str, int | Fraction]) -> Fraction | None:
    """Return what a formula is for these counts; None where it divides by zero: no figure, neither 0 nor 100.

    A count that is not given is 0, as nothing was counted. Raises FormulaRefused for what is no formula.
    """

    def named(node: ast.Name) -> Fraction:
        return Fraction(counts.get(node.id, 0))

    walk = simpleeval.SimpleEval(operators=dict(_OPERATORS), functions=dict(_FUNCTIONS), names=named)
    walk.nodes[ast.Constant] = lambda node: Fraction(node.value)
    try:
        value: Fraction = walk.eval(formula, previously_parsed=_read(formula)[0])
    except ZeroDivisionError:
        return None
    return value


@lru_cache(maxsize=1024)
def _read(formula: str) -> tuple[ast.expr, frozenset[str]]:
    """Return a formula's tree and names, the tree held against what a formula may be."""
    if len(formula) > LONGEST:
        raise FormulaRefused(f"公式过长,至多 {LONGEST} 个字符")
    try:
        tree = ast.parse(" ".join(_words(formula)), mode="eval").body
    except SyntaxError:
        raise FormulaRefused("公式不完整,请检查运算符和括号") from None
    return tree, frozenset(_names(tree, 0))


def _words(formula: str) -> list[str]:
    words: list[str] = []
    place = deep = 0
    while place < len(formula):
        if (found := _WORD.match(formula, place)) is None:
            raise FormulaRefused(f"公式第 {place + 1} 个字符起不认识;可用整数、计数名称、+ - * / ( ) 和 min、max")
        place = found.end()
        deep += {"(": 1, ")": -1}.get(found[0], 0)
        if deep > DEEPEST:
            raise FormulaRefused(f"公式嵌套过深,至多 {DEEPEST} 层")
        words += found[0].split()
    if not words or len(words) > MOST_WORDS:
        raise FormulaRefused(f"公式为空,或超过 {MOST_WORDS} 个符号")
    return words


def _names(node: ast.expr, depth: int) -> Iterable[str]:
    """Return the names in a part of a tree. Raises FormulaRefused for any part that no formula has."""
    if depth > DEEPEST:
        raise FormulaRefused(f"公式嵌套过深,至多 {DEEPEST} 层")
    match node:
        case ast.Name(id=name) if name not in _FUNCTIONS:
            yield name
        case ast.Constant(value=int()) if not isinstance(node.value, bool):
            return
        case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
            yield from _names(node.operand, depth + 1)
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div()):
            yield from _names(node.left, depth + 1)
            yield from _names(node.right, depth + 1)
        case ast.Call(func=ast.Name(id="min" | "max"), args=[_, _, *_], keywords=[]):
            for argument in node.args:
                yield from _names(argument, depth + 1)
        case _:
            raise FormulaRefused("公式只可用整数、计数名称、+ - * / ( ),以及两个以上参数的 min、max")
