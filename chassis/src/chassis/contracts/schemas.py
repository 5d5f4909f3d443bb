"""Whether every value of one JSON Schema is one of another: the question behind each judgement of a changed contract.

Of the keywords that the contracts use, each is compared by its meaning; any other one must be equal on both sides.
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


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two schemas are compared: whether values with members that the outer one does not know are let pass."""

    members_may_come: bool

    def excess(
        self, inner: Side, outer: Side, where: str, seen: frozenset[Any] = frozenset()
    ) -> Iterator[tuple[str, str]]:
        """Yield place and reason of each way in which a value of `inner` may not be one of `outer`."""
        pair = (inner.schema.get("$ref"), outer.schema.get("$ref"))
        if pair in seen:
            return
        beneath = seen | {pair} if any(pair) else seen
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
            theirs = outer.schema.get(name)
            if theirs is not None and theirs != inner.schema.get(name) and not name.startswith("x-"):
                yield where, f"{name} {inner.schema.get(name)!r} is not {theirs!r}"
        if wanted == "object":
            yield from self._object(inner, outer, where, seen)
        if wanted == "array":
            yield from self._array(inner, outer, where, seen)

    def _object(self, inner: Side, outer: Side, where: str, seen: frozenset[Any]) -> Iterator[tuple[str, str]]:
        have, known = inner.schema.get("properties", {}), outer.schema.get("properties", {})
        given = set(inner.schema.get("required", ())) - (known.keys() - have.keys())
        for name in sorted(set(outer.schema.get("required", ())) - given):
            yield f"{where}/{name}", "required on one side, absent or optional on the other"
        others = outer.schema.get("additionalProperties", True)
        for name, schema in have.items():
            place = f"{where}/{name}"
            if name in known:
                yield from self.excess(inner.at(schema), outer.at(known[name]), place, seen)
            elif isinstance(others, Mapping):
                yield from self.excess(inner.at(schema), outer.at(others), place, seen)
            elif others is False and not self.members_may_come:
                yield place, "not among the members that are taken"
        if (
            others is False
            and inner.schema.get("additionalProperties", True) is not False
            and not self.members_may_come
        ):
            yield where, "no members are taken beyond those named"
        if not have and not known:
            yield from self._map(inner, outer, where, seen)

    def _map(self, inner: Side, outer: Side, where: str, seen: frozenset[Any]) -> Iterator[tuple[str, str]]:
        for keyword, place in (("additionalProperties", f"{where}/*"), ("propertyNames", f"{where}/(names)")):
            if isinstance(outer.schema.get(keyword), Mapping):
                yield from self.excess(
                    inner.at(inner.schema.get(keyword)), outer.at(outer.schema[keyword]), place, seen
                )

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
