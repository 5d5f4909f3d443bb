"""What cannot be derived from the one list of services is held equal to it; a rule names the line that is missing."""

import inspect
import re
import subprocess
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from chassis.contracts.documents import openapi, operations
from chassis.http.identity import Kind
from gateway.development.provider import allowances
from yiwang.services import SERVICES
from yiwang.suite import described

ROOT = Path(__file__).resolve().parents[2]
LIST = "deploy/src/yiwang/services.py"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FOLDERS = ["chassis", "sealing", "gateway", *(one.folder for one in SERVICES.values()), "deploy"]
PACKAGES = ["chassis", "sealing", "gateway", *(one.package for one in SERVICES.values()), "yiwang"]
OF_SERVICES = [one.package for one in SERVICES.values()]
ASKS = {
    *(("intake", "catalog"), ("intake", "workflow"), ("intake", "datashare")),
    *(("esign", "intake"), ("esign", "workflow")),
    ("evaluation", "intake"),
}
"""Who asks whom while somebody waits for the answer. Everything else travels as an event; a reader keeps its copy."""
LINTED = {contract["name"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}


def lines_missing(place: str, listed: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Return what to write where, or to strike out, until a list says what is wanted, in any order."""
    there, named = list(listed), list(wanted)
    add = [f'{place}: add "{one}"' for one in named if one not in there]
    return add + [f'{place}: strike out "{one}"' for one in there if one not in named]


def require_none(*lines: str) -> None:
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def test_every_service_is_declared_and_every_declared_one_is_there() -> None:
    found = sorted(file.parent.name for file in ROOT.glob("*-svc/pyproject.toml"))
    require_none(*lines_missing(LIST, (one.folder for one in SERVICES.values()), found))


def test_the_project_installs_tests_and_measures_every_member() -> None:
    made = subprocess.run(
        ["make", "-s", "--eval", "members: ; @echo $(MEMBERS)", "members"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    workspace = [found.name for glob in PROJECT["tool"]["uv"]["workspace"]["members"] for found in ROOT.glob(glob)]
    globs = PROJECT["tool"]["pytest"]["ini_options"]["testpaths"]
    tested = {found.parent.name for glob in globs for found in ROOT.glob(glob) if found.parent.name[0] != "."}
    sources = ["yiwang" if folder == "deploy" else folder for folder in FOLDERS]
    deploy = tomllib.loads((ROOT / "deploy/pyproject.toml").read_text(encoding="utf-8"))
    runs = [one for one in deploy["project"]["dependencies"] if not re.search(r"[<>=]", one)]
    require_none(
        *lines_missing("Makefile, MEMBERS", made.stdout.split(), FOLDERS),
        *lines_missing("pyproject.toml, [tool.uv.workspace] members", workspace, FOLDERS),
        *lines_missing("pyproject.toml, [tool.pytest.ini_options] testpaths", tested - {"tests"}, FOLDERS),
        *lines_missing("pyproject.toml, [tool.uv.sources]", PROJECT["tool"]["uv"]["sources"], sources),
        *lines_missing("pyproject.toml, source_pkgs", PROJECT["tool"]["coverage"]["run"]["source_pkgs"], PACKAGES),
        *lines_missing("deploy/pyproject.toml, dependencies", runs, FOLDERS[:-1]),
    )


def test_the_import_rules_hold_for_every_member() -> None:
    def listed(name: str, key: str) -> list[str]:
        found: list[str] = next(one for start, one in LINTED.items() if start.startswith(name))[key]
        return found

    pure = [*(f"{package}.domain" for package in OF_SERVICES), "chassis.worktime"]
    linter = PROJECT["tool"]["importlinter"]
    inside = [
        f"{one.package}.{room}"
        for one in SERVICES.values()
        for room in ("routes", "handlers", "siblings", "store", "consumers", "domain")
        if list((ROOT / one.folder / "src" / one.package).glob(f"{room}*"))
    ]
    require_none(
        *lines_missing("pyproject.toml, root_packages", linter["root_packages"], PACKAGES),
        *lines_missing(
            "pyproject.toml, layers of each service: containers",
            listed("each service is layered", "containers"),
            OF_SERVICES,
        ),
        *lines_missing(
            "pyproject.toml, independence: modules", listed("services know", "modules"), [*OF_SERVICES, "gateway"]
        ),
        *lines_missing(
            "pyproject.toml, the chassis knows no service: forbidden_modules",
            listed("the chassis knows no", "forbidden_modules"),
            PACKAGES[1:],
        ),
        *lines_missing(
            "pyproject.toml, the domain is pure: source_modules", listed("the domain is pure", "source_modules"), pure
        ),
        *lines_missing(
            "pyproject.toml, the world is spoken with from outside: source_modules",
            listed("the world is spoken", "source_modules"),
            inside,
        ),
    )


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_called_alike_everywhere(name: str) -> None:
    one, built = SERVICES[name], next(service for service in described() if service.name == name)
    assert (built.package, one.settings.model_config["env_prefix"]) == (one.package, f"{name}_".upper())
    keywords = {word for word, part in inspect.signature(one.build).parameters.items() if part.default is part.empty}
    assert keywords - {"settings", "database", "bus"} == set(one.siblings), f"{LIST}: siblings of {name}"


def test_few_ask_others_while_somebody_waits_and_only_in_their_room_for_siblings() -> None:
    assert {(name, sibling) for name, one in SERVICES.items() for sibling in one.siblings} == ASKS
    for name, one in SERVICES.items():
        sources = ROOT / one.folder / "src" / one.package
        asking = [file for file in sources.rglob("*.py") if "chassis.http.upstream" in file.read_text(encoding="utf-8")]
        rooms = {file.relative_to(sources).parts[0].removesuffix(".py") for file in asking}
        rooms.discard("outside")  # the world's authorities are asked by the same call
        assert rooms == ({"siblings"} if one.siblings else set()), f"{name} asks its siblings in siblings, nowhere else"


def test_every_scope_that_a_contract_asks_for_is_granted_to_whom_it_admits() -> None:
    allowed = allowances()
    declared = [one["x-yiwang"] for service in described() for _, one in operations(openapi(service))]
    asked = {(kind, one["scope"]) for one in declared for kind in one["kinds"] if one["scope"]}
    granted = {(kind.value, scope) for kind, scopes in allowed.items() for scope in scopes}
    place = "gateway/src/gateway/development/scopes.yaml"
    for kind in Kind:
        wanted = {scope for admitted, scope in asked if admitted == kind.value}
        there = {scope for admitted, scope in granted if admitted == kind.value}
        require_none(*lines_missing(f"{place}, {kind.value}", there, wanted if kind is not Kind.ANONYMOUS else ()))


def rows_of(file: Path) -> dict[str, list[str]]:
    """Return the cells of a document's tables by the first cell, without its marks."""
    found = re.findall(r"^\| *(.+?) *\|(.*)\|$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {
        first.strip("`").split("`")[0].rstrip("/"): [cell.strip() for cell in rest.split("|")] for first, rest in found
    }


def test_the_architecture_names_every_member() -> None:
    rows = rows_of(ROOT / "docs/architecture.md")
    require_none(*lines_missing("docs/architecture.md, Members", [row for row in rows if row in FOLDERS], FOLDERS))


@pytest.mark.parametrize("service", described(), ids=lambda service: service.name)
def test_a_services_readme_says_what_it_owns_offers_publishes_and_reads(service: Any) -> None:
    file = ROOT / SERVICES[service.name].folder / "README.md"
    rows = rows_of(file)
    assert {"owns", "offers", "publishes", "reads"} <= set(rows)
    for row, events in (("publishes", service.publishes), ("reads", service.reads)):
        named = re.findall(r"`([\w.]+)`", rows[row][0])
        require_none(*lines_missing(f"{file.relative_to(ROOT)}, {row}", named, [event.type for event in events]))
    paths = {path.removeprefix("/api/v1").split("{")[0].split("/")[1] for path in openapi(service)["paths"]}
    offered = {path.split("/")[1] for path in re.findall(r"`[A-Z ]*(/[^`]*)`", rows["offers"][0])}
    require_none(*lines_missing(f"{file.relative_to(ROOT)}, offers", offered, paths))
