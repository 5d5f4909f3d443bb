"""Which operation a request is for: the most literal path, read as the service will read it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from chassis.base.problems import MethodNotAllowed, NotFound
from chassis.http.identity import Kind, Policy
from chassis.http.refusals import BadPath
from chassis.http.routing import EXTENSION
from gateway.rate_limits import Rate
from gateway.table import LONGEST_PATH, Operation, RouteTable, read_contracts, scopes


def described(name: str, **declared: Any) -> dict[str, Any]:
    plain = {"kinds": ["CITIZEN"], "scope": "", "roles": [], "level": 0, "rate": "5/minute"}
    plain |= {"body_limit": 100, "cache_seconds": 0, "stream": False}
    return {"operationId": name, EXTENSION: plain | declared}


THINGS: Mapping[str, Any] = {
    "paths": {
        "/things": {"get": described("list_things", scope="things:read"), "post": described("make_thing")},
        "/things/special": {"delete": described("drop_special"), "parameters": []},
        "/things/{thing_id}": {"get": described("show_thing", scope="things:read")},
        "/things/{thing_id}/parts/{part_id}": {"put": described("fit_part", scope="parts:write")},
        "/things/special/colour": {"get": described("show_colour")},
    }
}
DESK = {
    "paths": {
        "/desk": {
            "patch": described(
                "tidy_desk",
                kinds=["STAFF", "AGENT"],
                scope="desk:tidy",
                roles=["porter"],
                level=2,
                rate="7/hour",
                body_limit=1,
                cache_seconds=60,
                stream=True,
            )
        }
    }
}


@pytest.fixture
def table() -> RouteTable:
    return RouteTable({"stock": THINGS, "office": DESK})


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/things", "list_things"),
        ("HEAD", "/things", "list_things"),
        ("POST", "/things", "make_thing"),
        ("DELETE", "/things/special", "drop_special"),
        ("DELETE", "/things/%73pecial", "drop_special"),
        ("GET", "/things/other", "show_thing"),
        ("GET", "/things/special/colour", "show_colour"),
        ("PUT", "/things/special/parts/1", "fit_part"),
        ("PUT", "/things/a.b-c_d~e%20f/parts/1:2", "fit_part"),
        ("GET", "/things/...", "show_thing"),
        ("GET", "/things/X", "show_thing"),
    ],
)
def test_a_request_is_for_the_most_literal_path_that_fits(table: RouteTable, method: str, path: str, name: str) -> None:
    assert table.match(method, path).name == name


def test_an_operation_is_as_its_contract_declares_it(table: RouteTable) -> None:
    policy = Policy(frozenset({Kind.STAFF, Kind.AGENT}), "desk:tidy", frozenset({"porter"}), 2)
    expected = Operation("office", "PATCH", "tidy_desk", policy, Rate(7, 3600), 1, 60, stream=True)
    assert table.match("PATCH", "/desk") == expected
    assert (table.match("GET", "/things").service, table.match("GET", "/things").stream) == ("stock", False)


@pytest.mark.parametrize("path", ["/", "/thing", "/things/1/parts", "/things/1/parts/2/3", "/desk/1"])
def test_a_path_of_no_contract_does_not_exist(table: RouteTable, path: str) -> None:
    with pytest.raises((NotFound, BadPath)):
        table.match("GET", path)
    with pytest.raises(NotFound, match=r"^没有这个接口,见 /docs$"):
        table.match("GET", "/thing")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("PUT", "/things", "GET, HEAD, POST"), ("GET", "/things/special", "DELETE"), ("HEAD", "/desk", "PATCH")],
)
def test_a_method_that_a_path_has_not_is_told_which_it_has(
    table: RouteTable, method: str, path: str, allowed: str
) -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        table.match(method, path)
    assert refused.value.headers == {"Allow": allowed}
    assert str(refused.value) == f"可用:{allowed.replace(', ', '、')}"


TRICKS = ("", ".", "..", "%2e", "%2E%2e", "a%2Fb", "a%5cb", "a%00", "a%2541", "a%3Bb", "a;b", "a\\b", "a\0")


@pytest.mark.parametrize("trick", TRICKS)
def test_a_segment_that_two_could_read_differently_is_refused(table: RouteTable, trick: str) -> None:
    for path in (f"/things/{trick}", f"/things/{trick}/parts/1"):
        with pytest.raises(BadPath, match=r"^路径不得含编码的斜杠、点段、空段或分号参数$"):
            table.match("GET", path)


def test_a_path_is_looked_at_up_to_its_longest(table: RouteTable) -> None:
    longest = "/things/" + "x" * (LONGEST_PATH - len("/things/"))
    assert table.match("GET", longest).name == "show_thing"
    with pytest.raises(BadPath, match=f"^路径最多 {LONGEST_PATH} 字节$"):
        table.match("GET", longest + "x")


def test_scopes_are_those_that_operations_ask_for() -> None:
    assert scopes({"stock": THINGS, "office": DESK}) == {"things:read", "parts:write", "desk:tidy"}


def test_contracts_are_read_by_the_name_of_their_service(tmp_path: Path) -> None:
    folder = tmp_path / "openapi"
    folder.mkdir()
    with pytest.raises(FileNotFoundError, match=f"no contracts below {folder}"):
        read_contracts(tmp_path)
    for name, document in (("stock", THINGS), ("office", DESK)):
        (folder / f"{name}.json").write_text(json.dumps({**document, "info": "样"}), encoding="utf-8")
    (folder / "notes.txt").write_text("")
    assert {name: document["info"] for name, document in read_contracts(tmp_path).items()} == {
        "office": "样",
        "stock": "样",
    }
