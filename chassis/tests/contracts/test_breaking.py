"""What breaks a reader of a contract and what does not, change by change on small documents."""

from copy import deepcopy
from typing import Any

import pytest
from chassis.contracts import breaking

PROBLEM = {"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}}
THING = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "state"],
    "properties": {
        "name": {"type": "string", "maxLength": 100},
        "state": {"type": "string", "enum": ["open", "closed"]},
        "note": {"anyOf": [{"type": "string", "pattern": "^a"}, {"type": "null"}]},
        "marks": {"type": "array", "maxItems": 5, "items": {"$ref": "#/components/schemas/Mark"}},
        "words": {
            "type": "object",
            "additionalProperties": {"type": "string", "maxLength": 9},
            "propertyNames": {"type": "string", "pattern": "^[a-z]+$"},
        },
        "way": {"type": "string", "default": "post"},
        "either": {"allOf": [{"$ref": "#/components/schemas/Short"}]},
        "pair": {"type": "array", "prefixItems": [{"$ref": "#/components/schemas/Told"}]},
        "others": {
            "type": "object",
            "properties": {"key": {"type": "string"}},
            "additionalProperties": {"$ref": "#/components/schemas/Told"},
        },
        "byname": {"type": "object", "patternProperties": {"^a": {"$ref": "#/components/schemas/Short"}}},
    },
}
SHORT = {"type": "string", "maxLength": 5}
SAID = {
    "type": "object",
    "required": ["word"],
    "properties": {"word": {"type": "string"}, "sign": {"type": "string"}, "going": {"type": "string"}},
}
SAID["properties"]["going"]["deprecated"] = True  # type: ignore[index]
MARK = {
    "type": "object",
    "additionalProperties": False,
    "required": ["value"],
    "properties": {
        "value": {"type": "integer", "minimum": 0, "maximum": 10},
        "inside": {"type": "array", "items": {"$ref": "#/components/schemas/Mark"}},
    },
}
REST: dict[str, Any] = {
    "paths": {
        "/things/{id}": {
            "post": {
                "operationId": "change_thing",
                "security": [{"oidc": []}, {}],
                "x-yiwang": {
                    "kinds": ["ANONYMOUS", "STAFF"],
                    "scope": "",
                    "roles": ["a", "b"],
                    "level": 1,
                    "once": False,
                    "body_limit": 100,
                    "rate": "60/minute",
                },
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 9}},
                    {"name": "size", "in": "query", "schema": {"type": "integer", "maximum": 200, "default": 50}},
                    {"$ref": "#/components/parameters/trace"},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {
                    "200": {
                        "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingTold"}}},
                    },
                    "409": {"content": {"application/problem+json": {"schema": PROBLEM, "examples": {"closed": {}}}}},
                    "422": {"content": {"application/problem+json": {"schema": PROBLEM, "examples": {}}}},
                },
            }
        },
        "/old": {"get": {"operationId": "old", "deprecated": True, "responses": {"200": {}}}},
    },
    "components": {
        "schemas": {"Thing": THING, "ThingTold": deepcopy(THING), "Mark": MARK, "Short": SHORT, "Told": SAID},
        "parameters": {"trace": {"name": "trace", "in": "header", "schema": {"type": "string"}}},
        "headers": {"ETag": {"required": True, "schema": {"type": "string", "maxLength": 40}}},
        "securitySchemes": {"oidc": {"type": "http", "scheme": "bearer", "description": "a token"}},
    },
}
POST = ("paths", "/things/{id}", "post")
TAKEN = ("components", "schemas", "Thing")
TOLD = ("components", "schemas", "ThingTold")
NONE = object()
"""Stands for the removal of what is there."""


def changed(document: dict[str, Any], *changes: tuple[tuple[Any, ...], Any]) -> dict[str, Any]:
    """Return a copy with what lies at each path put in, or taken out."""
    copy = deepcopy(document)
    for (*way, last), value in changes:
        place: Any = copy
        for name in way:
            place = place[name]
        if value is NONE:
            del place[last]
        else:
            place[last] = value
    return copy


BREAKS: dict[str, tuple[tuple[Any, ...], Any]] = {
    "a path is gone": (("paths", "/things/{id}"), NONE),
    "a method is gone": (POST, NONE),
    "another operationId": ((*POST, "operationId"), "alter_thing"),
    "a parameter is gone": ((*POST, "parameters", 1), NONE),
    "a parameter is demanded": ((*POST, "parameters", 1, "required"), True),
    "a new parameter is demanded": (
        (*POST, "parameters", 1),
        {"name": "more", "in": "query", "required": True, "schema": {}},
    ),
    "a parameter is bounded more": ((*POST, "parameters", 0, "schema", "maxLength"), 8),
    "a parameter has another type": ((*POST, "parameters", 1, "schema", "type"), "string"),
    "a parameter defaults to another value": ((*POST, "parameters", 1, "schema", "default"), 20),
    "a parameter gets a pattern": ((*POST, "parameters", 0, "schema", "pattern"), "^x$"),
    "a body is demanded": ((*POST, "requestBody", "required"), True),
    "a media type is taken no more": ((*POST, "requestBody", "content"), {"text/plain": {"schema": {}}}),
    "a member is demanded": ((*TAKEN, "required"), ["name", "state", "note"]),
    "a member is taken no more": ((*TAKEN, "properties", "note"), NONE),
    "a value is taken no more": ((*TAKEN, "properties", "state", "enum"), ["open"]),
    "null is taken no more": ((*TAKEN, "properties", "note"), {"type": "string", "pattern": "^a"}),
    "fewer are taken": ((*TAKEN, "properties", "marks", "maxItems"), 4),
    "a map takes shorter values": ((*TAKEN, "properties", "words", "additionalProperties", "maxLength"), 8),
    "a map takes other names": ((*TAKEN, "properties", "words", "propertyNames", "pattern"), "^[a-y]+$"),
    "a part of a part is bounded more": (("components", "schemas", "Mark", "properties", "value", "maximum"), 9),
    "an unknown keyword comes": ((*TAKEN, "properties", "name", "not"), {"const": "x"}),
    "a success has another status": (
        (*POST, "responses"),
        {**REST["paths"]["/things/{id}"]["post"]["responses"], "201": {}},
    ),
    "a problem has another status": (
        (*POST, "responses", "409", "content", "application/problem+json", "examples"),
        {},
    ),
    "a media type is told no more": ((*POST, "responses", "200", "content"), {}),
    "a required member is told no more": ((*TOLD, "properties", "name"), NONE),
    "a required member may be absent": ((*TOLD, "required"), ["name"]),
    "a new value is told": ((*TOLD, "properties", "state", "enum"), ["open", "closed", "lost"]),
    "a longer text is told": ((*TOLD, "properties", "name", "maxLength"), 101),
    "a pattern is dropped": ((*TOLD, "properties", "note", "anyOf", 0, "pattern"), NONE),
    "null is told": (
        (*TOLD, "properties", "name"),
        {"anyOf": [{"type": "string", "maxLength": 100}, {"type": "null"}]},
    ),
    "a header is gone": ((*POST, "responses", "200", "headers"), {}),
    "a header may be absent": (("components", "headers", "ETag", "required"), False),
    "nobody is anonymous": ((*POST, "security"), [{"oidc": []}]),
    "a kind of caller is shut out": ((*POST, "x-yiwang", "kinds"), ["STAFF"]),
    "another scope": ((*POST, "x-yiwang", "scope"), "thing:write"),
    "a role is shut out": ((*POST, "x-yiwang", "roles"), ["a"]),
    "a higher level": ((*POST, "x-yiwang", "level"), 2),
    "a key is demanded": ((*POST, "x-yiwang", "once"), True),
    "a smaller body": ((*POST, "x-yiwang", "body_limit"), 99),
    "fewer requests in the end": ((*POST, "x-yiwang", "rate"), "60/hour"),
    "fewer requests at once": ((*POST, "x-yiwang", "rate"), "10/second"),
    "another way to sign in": (("components", "securitySchemes", "oidc", "scheme"), "digest"),
    "another credential": ((*POST, "security"), [{"key": []}, {}]),
    "two credentials": ((*POST, "security"), [{"oidc": [], "key": []}, {}]),
    "a problem is called otherwise": (
        (*POST, "responses", "409", "content", "application/problem+json", "examples"),
        {"shut": {}},
    ),
    "a body's default": ((*TAKEN, "properties", "way", "default"), "fax"),
    "a body's default is gone": ((*TAKEN, "properties", "way", "default"), NONE),
    "an optional member is told no more": ((*TOLD, "properties", "note"), NONE),
    "an optional member of a map's values is told no more": (
        ("components", "schemas", "Told", "properties", "sign"),
        NONE,
    ),
    "other members are taken no more": ((*TAKEN, "properties", "others", "additionalProperties"), False),
    "other members are bounded": ((*TAKEN, "properties", "others", "additionalProperties"), {"type": "null"}),
    "other members are told of any kind": ((*TOLD, "properties", "others", "additionalProperties"), True),
    "a member that was any other one is named and is less": (
        (*TAKEN, "properties", "others", "properties", "next"),
        {"type": "integer"},
    ),
    "what a keyword that is not understood refers to": (("components", "schemas", "Short", "maxLength"), 4),
}
SUITS: dict[str, tuple[tuple[Any, ...], Any]] = {
    "a deprecated operation is gone": (("paths", "/old"), NONE),
    "a new path": (("paths", "/new"), {"get": {"operationId": "new", "responses": {}}}),
    "a new optional parameter": (
        (*POST, "parameters"),
        [*REST["paths"]["/things/{id}"]["post"]["parameters"], {"name": "more", "in": "query", "schema": {}}],
    ),
    "a parameter is bounded less": ((*POST, "parameters", 1, "schema", "maximum"), 500),
    "a new optional member is taken": ((*TAKEN, "properties", "more"), {"type": "string"}),
    "a member is no more demanded": ((*TAKEN, "required"), ["name"]),
    "a new value is taken": ((*TAKEN, "properties", "state", "enum"), ["open", "closed", "lost"]),
    "a pattern is no more demanded": ((*TAKEN, "properties", "note", "anyOf", 0, "pattern"), NONE),
    "a new member is told": ((*TOLD, "properties", "more"), {"type": "string"}),
    "fewer values are told": ((*TOLD, "properties", "state", "enum"), ["open"]),
    "an optional member is always told": ((*TOLD, "required"), ["name", "state", "marks"]),
    "other words": ((*TOLD, "properties", "name", "description"), "in other words"),
    "one more problem": (
        (*POST, "responses", "409", "content", "application/problem+json", "examples"),
        {"closed": {}, "late": {}},
    ),
    "who asks for it is told that nothing changed": ((*POST, "responses", "304"), {"description": "unchanged"}),
    "more requests": ((*POST, "x-yiwang", "rate"), "60/second"),
    "nobody need sign in": ((*POST, "security"), [{}]),
    "other words of signing in": (("components", "securitySchemes", "oidc", "description"), "in other words"),
    "a deprecated member is gone": (("components", "schemas", "Told", "properties", "going"), NONE),
    "other words behind a keyword that is not understood": (("components", "schemas", "Short", "title"), "Words"),
    "one more role": ((*POST, "x-yiwang", "roles"), ["a", "b", "c"]),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_breaking_change_of_rest_is_found(name: str) -> None:
    new = changed(REST, BREAKS[name])
    if name == "a problem has another status":
        new = changed(
            new, ((*POST, "responses", "422", "content", "application/problem+json", "examples"), {"closed": {}})
        )
    found = list(breaking.openapi(REST, new))
    assert found
    assert all(one.where and one.what and one.cure for one in found)


SAME_PLACES: dict[str, tuple[tuple[Any, ...], Any, str]] = {
    "a keyword of patterns": (("components", "schemas", "Short", "maxLength"), 4, "body/byname"),
    "a keyword of all": (("components", "schemas", "Short", "maxLength"), 4, "body/either"),
    "a map's values": (("components", "schemas", "Told", "properties", "sign"), NONE, "200/others/*/sign"),
    "a fixed place": (("components", "schemas", "Told", "properties", "sign"), NONE, "200/pair/0/sign"),
}


@pytest.mark.parametrize("name", SAME_PLACES)
def test_a_breaking_change_is_found_at_each_place_that_it_reaches(name: str) -> None:
    way, value, place = SAME_PLACES[name]
    found = {one.where for one in breaking.openapi(REST, changed(REST, (way, value)))}
    assert f"POST /things/{{id}} {place}" in found


def test_a_member_is_looked_for_in_the_alternative_that_it_was_in() -> None:
    def one_of(*properties: dict[str, Any]) -> dict[str, Any]:
        choices = [{"type": "object", "required": ["kind"], "properties": one} for one in properties]
        return changed(REST, ((*TOLD, "properties", "note"), {"oneOf": choices}))

    a, b = {"kind": {"const": "a"}, "x": {}}, {"kind": {"const": "b"}, "x": {}}
    assert list(breaking.openapi(one_of(a, b), one_of(b, a))) == []
    (found,) = breaking.openapi(one_of(a, b), one_of(b, {"kind": {"const": "a"}}))
    assert found.where.endswith("/note/x")


@pytest.mark.parametrize("name", SUITS)
def test_what_only_adds_to_rest_is_let_pass(name: str) -> None:
    assert list(breaking.openapi(REST, changed(REST, SUITS[name]))) == []


EVENT: dict[str, Any] = {
    "title": "sample.thing.made",
    "type": "object",
    "required": ["type", "data"],
    "properties": {
        "type": {"const": "sample.thing.made"},
        "data": {
            "type": "object",
            "required": ["name", "state"],
            "properties": {
                "name": {"type": "string", "maxLength": 10},
                "state": {"type": "string", "enum": ["open", "closed"]},
                "unit": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
            },
        },
    },
    "$defs": {
        "Part": {
            "type": "object",
            "required": ["key"],
            "properties": {"key": {"type": "string"}, "note": {"type": "string"}},
        }
    },
}
DATA = ("properties", "data")
EVENT_BREAKS: dict[str, tuple[tuple[Any, ...], Any]] = {
    "another type": (("properties", "type", "const"), "sample.thing.created"),
    "a required field is gone": ((*DATA, "properties", "name"), NONE),
    "an optional field is gone": ((*DATA, "properties", "unit"), NONE),
    "an optional field of a part is gone": (("$defs", "Part", "properties", "note"), NONE),
    "a required field may be absent": ((*DATA, "required"), ["name"]),
    "an optional field is demanded": ((*DATA, "required"), ["name", "state", "unit"]),
    "a new field is demanded": (("$defs", "Part", "required"), ["key", "more"]),
    "a bound is narrowed": ((*DATA, "properties", "name", "maxLength"), 9),
    "a bound is widened": ((*DATA, "properties", "name", "maxLength"), 11),
    "a value is told no more": ((*DATA, "properties", "state", "enum"), ["open"]),
    "a new value is told": ((*DATA, "properties", "state", "enum"), ["open", "closed", "lost"]),
    "a field has another type": ((*DATA, "properties", "name", "type"), "integer"),
    "a part has another type": (("$defs", "Part", "properties", "key", "type"), "integer"),
    "null is told": (("$defs", "Part", "properties", "key"), {"anyOf": [{"type": "string"}, {"type": "null"}]}),
}
EVENT_SUITS: dict[str, tuple[tuple[Any, ...], Any]] = {
    "a new optional field": ((*DATA, "properties", "more"), {"type": "string"}),
    "a new optional field of a part": (("$defs", "Part", "properties", "more"), {"type": "string"}),
    "other words": ((*DATA, "properties", "name", "description"), "in other words"),
}


@pytest.mark.parametrize("name", EVENT_BREAKS)
def test_a_breaking_change_of_an_event_is_found(name: str) -> None:
    assert list(breaking.event(EVENT, changed(EVENT, EVENT_BREAKS[name])))


@pytest.mark.parametrize("name", EVENT_SUITS)
def test_what_only_adds_to_an_event_is_let_pass(name: str) -> None:
    assert list(breaking.event(EVENT, changed(EVENT, EVENT_SUITS[name]))) == []


def test_an_event_may_go_once_it_was_told_to_be_deprecated() -> None:
    assert list(breaking.event(EVENT, None))
    assert list(breaking.event({**EVENT, "deprecated": True}, None)) == []


def test_an_event_stays_on_its_topic() -> None:
    def told(topic: str) -> dict[str, Any]:
        return {"channels": {topic: {"address": topic, "messages": {"sample.thing.made": {}}}}}

    assert list(breaking.topics(told("sample.thing"), told("sample.thing"))) == []
    (found,) = breaking.topics(told("sample.thing"), told("sample.other"))
    assert found.where == "sample.thing.made"
