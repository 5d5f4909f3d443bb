"""Whether every value of one JSON Schema is one of another: the question behind each judgement of a changed contract.

Of the keywords that the contracts use, each is compared by its meaning; any other one must be equal on both sides, with
all that it refers to.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
WORDS = frozenset({"title", "description", "default", "example", "examples", "deprecated", "$schema", "$id", "$defs"})
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
OBJECT = ("properties", "required", "additionalProperties", "propertyNames")
ARRAY = ("items", "prefixItems")
NAMED = ("properties", "patternProperties")
COMPARED = frozenset({"type", "enum", "const", *UPPER, *LOWER, *OBJECT, *ARRAY})
TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


@dataclass(frozen=True, slots=True)
class Side:
    """One of two schemas at a place, with the document in which its references are found."""

    schema: Schema
    document: Mapping[str, Any]

    def at(self, schema: Any) -> "Side":
        """Return a part of it; `true` and what is not said take anything."""
        return Side(schema if isinstance(schema, Mapping) else {}, self.document)

    def resolved(self) -> "Side":
        """Return it with its reference followed; what stands beside a reference is kept."""
        schema = dict(self.schema)
        while "$ref" in schema:
            found: Any = self.document
            for name in schema.pop("$ref").removeprefix("#/").split("/"):
                found = found[name.replace("~1", "/").replace("~0", "~")]
            schema = {**found, **schema}
        return Side(schema, self.document)

    def alternatives(self) -> list["Side"]:
        """Return the schemas of which a value has to satisfy one, each with at most one type."""
        whole = self.resolved().schema
        choices = [*whole.get("anyOf", ()), *whole.get("oneOf", ())]
        if choices:
            rest = {name: value for name, value in whole.items() if name not in {"anyOf", "oneOf", *WORDS}}
            return [
                one
                for choice in choices
                for one in self.at({**rest, **self.at(choice).resolved().schema}).alternatives()
            ]
        types = whole.get("type")
        if isinstance(types, list):
            return [self.at({**whole, "type": one}) for one in types]
        if "const" in whole:
            whole = {**whole, "enum": [whole["const"]]}
        if "type" not in whole and "enum" in whole:
            whole = {**whole, "type": TYPES[type(whole["enum"][0])]}
        return [self.at(whole)]


def spelled_out(value: Any, document: Mapping[str, Any], within: tuple[str, ...] = (), *, named: bool = False) -> Any:
    """Return a keyword's value with what it refers to in its place, without words; a recursion stays a name.

    `named` is a map of schemas by names of the contract's own, among which any word may be.
    """
    if isinstance(value, list):
        return [spelled_out(one, document, within) for one in value]
    if not isinstance(value, Mapping) or value.get("$ref") in within:
        return value
    inside = (*within, value["$ref"]) if "$ref" in value else within
    return {
        name: spelled_out(part, document, inside, named=name in NAMED and not named)
        for name, part in Side(value, document).resolved().schema.items()
        if named or name not in WORDS
    }


def pairs(
    was: Side, now: Side, where: str, within: frozenset[tuple[int, int]] = frozenset()
) -> Iterator[tuple[str, Side, Side | None]]:
    """Yield each place of a schema with what stands there before and after; None where an optional member is gone.

    Required ones that are gone, and other types, are what a comparison finds.
    """
    yield where, was.resolved(), now.resolved()
    if (pair := (id(was.schema), id(now.schema))) in within:
        return
    for old in was.alternatives():
        alike = [one for one in now.alternatives() if one.schema.get("type") == old.schema.get("type")]
        if not alike:
            continue
        new = alike[0] if len(alike) == 1 else min(alike, key=lambda one: _distance(one, old))
        members = new.schema.get("properties", {})
        for name, schema in old.schema.get("properties", {}).items():
            if name in members:
                yield from pairs(old.at(schema), new.at(members[name]), f"{where}/{name}", within | {pair})
            elif name not in old.schema.get("required", ()):
                yield f"{where}/{name}", old.at(schema).resolved(), None
        for place, before, after in _inner(old.schema, new.schema):
            yield from pairs(old.at(before), new.at(after), f"{where}/{place}", within | {pair})


def _distance(inner: Side, outer: Side) -> int:
    return len(list(Comparison(members_may_come=True).excess(inner, outer, "")))


def _inner(old: Schema, new: Schema) -> Iterator[tuple[str, Any, Any]]:
    """Yield the schemas in two others that belong together by their place, not by a name."""
    for keyword, place in (("items", "[]"), ("additionalProperties", "*")):
        if isinstance(old.get(keyword), Mapping) and isinstance(new.get(keyword), Mapping):
            yield place, old[keyword], new[keyword]
    fixed = zip(old.get("prefixItems", ()), new.get("prefixItems", ()), strict=False)
    yield from ((str(index), before, after) for index, (before, after) in enumerate(fixed))


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two schemas are compared: whether values with members that the outer one does not know are let pass."""

    members_may_come: bool

    def excess(
        self, inner: Side, outer: Side, where: str, seen: frozenset[Any] = frozenset()
    ) -> Iterator[tuple[str, str]]:
        """Yield place and reason of each way in which a value of `inner` may not be one of `outer`."""
        pair = (id(inner.schema), id(outer.schema))
        if pair in seen:
            return
        beneath = seen | {pair}
        choices = outer.alternatives()
        for one in inner.alternatives():
            tried = [list(self._of_one(one, choice, where, beneath)) for choice in choices]
            if all(tried):
                kind = one.schema.get("type")
                alike = [
                    found for found, choice in zip(tried, choices, strict=True) if choice.schema.get("type") == kind
                ]
                yield from min(alike or tried, key=len)

    def _of_one(self, inner: Side, outer: Side, where: str, seen: frozenset[Any]) -> Iterator[tuple[str, str]]:
        kind, wanted = inner.schema.get("type"), outer.schema.get("type")
        if wanted is not None and kind != wanted and (kind, wanted) != ("integer", "number"):
            yield where, f"type {kind or 'any'} is not {wanted}"
            return
        yield from _values(inner.schema, outer.schema, where)
        for name in sorted({*inner.schema, *outer.schema} - COMPARED - WORDS):
            mine, theirs = (spelled_out(side.schema.get(name), side.document) for side in (inner, outer))
            if theirs is not None and theirs != mine and not name.startswith("x-"):
                yield where, f"{name} {mine!r} is not {theirs!r}"
        if wanted == "object":
            yield from self._object(inner, outer, where, seen)
        if wanted == "array":
            yield from self._array(inner, outer, where, seen)

    def _object(self, inner: Side, outer: Side, where: str, seen: frozenset[Any]) -> Iterator[tuple[str, str]]:
        have, known = inner.schema.get("properties", {}), outer.schema.get("properties", {})
        given = set(inner.schema.get("required", ())) - (known.keys() - have.keys())
        for name in sorted(set(outer.schema.get("required", ())) - given):
            yield f"{where}/{name}", "required on one side, absent or optional on the other"
        others, mine = (side.schema.get("additionalProperties", True) for side in (outer, inner))
        for name, schema in have.items():
            place = f"{where}/{name}"
            if name in known:
                yield from self.excess(inner.at(schema), outer.at(known[name]), place, seen)
            elif isinstance(others, Mapping):
                yield from self.excess(inner.at(schema), outer.at(others), place, seen)
            elif others is False and not self.members_may_come:
                yield place, "not among the members that are taken"
        if others is False and mine is not False and not self.members_may_come:
            yield where, "no members are taken beyond those named"
        yield from self._unnamed(inner, outer, where, seen)

    def _unnamed(self, inner: Side, outer: Side, where: str, seen: frozenset[Any]) -> Iterator[tuple[str, str]]:
        """Compare the members that only one side names, or neither."""
        have, known = (side.schema.get("properties", {}) for side in (inner, outer))
        mine, others = (side.schema.get("additionalProperties", True) for side in (inner, outer))
        if isinstance(mine, Mapping):
            for name in sorted(known.keys() - have.keys()):
                yield from self.excess(inner.at(mine), outer.at(known[name]), f"{where}/{name}", seen)
        if isinstance(others, Mapping) and mine is not False:
            yield from self.excess(inner.at(mine), outer.at(others), f"{where}/*", seen)
        if isinstance(outer.schema.get("propertyNames"), Mapping):
            names, wanted = (side.at(side.schema.get("propertyNames")) for side in (inner, outer))
            yield from self.excess(names, wanted, f"{where}/(names)", seen)

    def _array(self, inner: Side, outer: Side, where: str, seen: frozenset[Any]) -> Iterator[tuple[str, str]]:
        if "items" in outer.schema:
            yield from self.excess(
                inner.at(inner.schema.get("items")), outer.at(outer.schema["items"]), f"{where}/[]", seen
            )
        places, wanted = inner.schema.get("prefixItems", []), outer.schema.get("prefixItems", [])
        if len(places) < len(wanted):
            yield where, f"has {len(places)} fixed places, not {len(wanted)}"
        for index, (mine, theirs) in enumerate(zip(places, wanted, strict=False)):
            yield from self.excess(inner.at(mine), outer.at(theirs), f"{where}/{index}", seen)


def _values(inner: Schema, outer: Schema, where: str) -> Iterator[tuple[str, str]]:
    """Yield where the values themselves go beyond: enumerations and bounds."""
    if "enum" in outer:
        if "enum" not in inner:
            yield where, f"any value is not one of {outer['enum']}"
        elif beyond := [value for value in inner["enum"] if value not in outer["enum"]]:
            yield where, f"{', '.join(map(str, beyond))} not among the values"
    if "enum" in inner:  # its values are what they are: no bound tells more
        return
    for keyword in UPPER:
        if keyword in outer and inner.get(keyword, float("inf")) > outer[keyword]:
            yield where, f"{keyword} {inner.get(keyword, 'none')} is above {outer[keyword]}"
    for keyword in LOWER:
        if keyword in outer and inner.get(keyword, float("-inf")) < outer[keyword]:
            yield where, f"{keyword} {inner.get(keyword, 'none')} is below {outer[keyword]}"
