"""Clients that others generate from the contract: they come without a warning, type-check, and do the whole matter."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from chassis.base.clock import local
from gateway.document import Served, merge
from gateway.table import read_contracts
from harness import embedded
from openapi_spec_validator import validate
from yiwang.journey import ANSWERS, MATERIALS, filled_in
from yiwang.suite import CONTRACTS

pytestmark = [pytest.mark.client, pytest.mark.enable_socket]

HERE = Path(__file__).parent
TOOLS = HERE.parents[1] / ".venv" / "clients"
PYTHON, NODE = TOOLS / "python" / "bin", TOOLS / "node"


def run(*command: str | Path, cwd: Path, given: str = "", **environment: str) -> str:
    """Return what a command prints; it has to succeed."""
    path = f"{PYTHON}:{Path(sys.executable).parent}:{os.environ['PATH']}"  # the generator formats with ruff
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        input=given,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one document of all services, as the gateway shows it."""
    file = tmp_path_factory.mktemp("merged") / "openapi.json"
    merged = merge(read_contracts(CONTRACTS), served=Served("https://city", "production", "https://identity.example"))
    validate(merged)
    file.write_text(json.dumps(merged, ensure_ascii=False), encoding="utf-8")
    return file


async def test_a_generated_python_client_has_a_newborns_matter_done(document: Path, tmp_path: Path) -> None:
    words = ("--meta", "none", "--output-path", tmp_path / "yiwang_client", "--fail-on-warning")
    types = ("--config", HERE / "openapi-python-client.yaml")
    run(PYTHON / "openapi-python-client", "generate", "--path", document, *words, *types, cwd=tmp_path)
    shutil.copy(HERE / "python_journey.py", tmp_path)
    checked = ("--strict", "--follow-imports", "silent", "--python-executable", PYTHON / "python")
    run(sys.executable, "-m", "mypy", *checked, "python_journey.py", cwd=tmp_path, MYPYPATH=str(tmp_path))
    async with embedded(tmp_path) as suite:
        cast = await suite.cast()
        given = {
            "url": f"http://127.0.0.1:{suite.port}",
            "citizen": cast.citizen.token,
            "clerk": cast.clerk.token,
            "reviewers": [reviewer.token for reviewer in cast.reviewers.values()],
            "answers": ANSWERS,
            "form": filled_in(local(datetime.now(UTC)).date()),
            "materials": MATERIALS,
        }
        journey = (PYTHON / "python", "python_journey.py")
        told = json.loads(run(*journey, cwd=tmp_path, given=json.dumps(given), PYTHONPATH=str(tmp_path)))
    assert told["outcome"] == "granted"
    assert len(told["decided"]) == 7
    assert told["decided"][0] == "birth_certificate"


def test_a_generated_typescript_client_type_checks(document: Path, tmp_path: Path) -> None:
    work = tmp_path / "client"
    work.mkdir()
    (work / "node_modules").symlink_to(NODE / "node_modules")
    for name in ("package.json", "journey.ts"):
        shutil.copy(HERE / name, work)
    run("npx", "openapi-typescript", document, "-o", "api.d.ts", cwd=work)
    options = ("--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom")
    run("npx", "tsc", *options, "journey.ts", cwd=work)


def test_asyncapi_is_valid_to_its_own_parser() -> None:
    shutil.copy(HERE / "asyncapi.mjs", NODE)
    assert run("node", NODE / "asyncapi.mjs", CONTRACTS / "asyncapi.json", cwd=NODE) == ""
