"""A process imports only what runs in it: which of the large packages each has, when it is composed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from yiwang.keyfile import MAKERS
from yiwang.services import SERVICES
from yiwang.suite import CONTRACTS, files_of, own_settings

OURS = {"gateway", *(one.package for one in SERVICES.values())}
LARGE = OURS | {
    "aiohttp",
    "aiokafka",
    "aiosqlite",
    "alembic",
    "asyncpg",
    "fastapi",
    "obstore",
    "pypinyin",
    "re2",
    "rjieba",
    "sqlalchemy",
    "yaml",
    "yiwang.simulators",
}
SERVICE = {"aiohttp", "aiosqlite", "alembic", "fastapi", "sqlalchemy"}
WORDS = {"pypinyin", "rjieba"}
SQLITE = "sqlite+aiosqlite:///unused.db", "embedded:///unused.db"
SERVERS = "postgresql+asyncpg://nobody@127.0.0.1:1/none", "kafka://127.0.0.1:1"
TOLD = """
import sys
sys.argv = ["yiwang"]
import yiwang.main
{program}
print(*(name for name in {large} if name in sys.modules))
"""
ALONE = "from yiwang.commands import serve; from yiwang import alone; alone.process({!r})"
GATE = "from yiwang.commands import serve; from yiwang import gate; gate.process()"
WHOLE = (
    "from pathlib import Path; from yiwang.commands import run; run.suite.embedded(Path('var'), public_url='http://h')"
)


def environment(database: str, bus: str) -> dict[str, str]:
    own = {name: make() for name, make in MAKERS.items()}
    told = {
        "GATEWAY_CONTRACTS": str(CONTRACTS),
        "GATEWAY_OIDC_ISSUER": "http://127.0.0.1:1",
        "GATEWAY_PRINCIPAL_PRIVATE_KEY": own["gateway"],
        "ESIGN_PUBLIC_URL": "http://127.0.0.1:1",
    }
    for name, one in SERVICES.items():
        given = {"database_url": database, **own_settings(name, own, bus), **files_of(name, Path("/unused"))}
        given |= {f"{sibling}_url": "http://127.0.0.1:1" for sibling in one.siblings}
        told |= {f"{name}_{setting}".upper(): value for setting, value in given.items()}
        told[f"GATEWAY_{name.upper()}_URL"] = "http://127.0.0.1:1"
    return told


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("program", "backends", "imported"),
    [
        ("", SQLITE, set()),
        (GATE, SQLITE, {"gateway", "fastapi", "aiohttp", "yaml"}),
        (ALONE.format("workflow"), SQLITE, SERVICE | {"workflow_svc"}),
        (ALONE.format("workflow"), SERVERS, SERVICE | {"workflow_svc", "asyncpg", "aiokafka"}),
        (ALONE.format("intake"), SERVERS, SERVICE | {"intake_svc", "re2", "asyncpg", "aiokafka"}),
        (ALONE.format("catalog"), SERVERS, SERVICE | WORDS | {"catalog_svc", "asyncpg", "aiokafka"}),
        (ALONE.format("esign"), SERVERS, SERVICE | {"esign_svc", "obstore", "asyncpg", "aiokafka"}),
        (ALONE.format("datashare"), SERVERS, SERVICE | {"datashare_svc", "yaml", "obstore", "asyncpg", "aiokafka"}),
        (ALONE.format("evaluation"), SERVERS, SERVICE | {"evaluation_svc", "obstore", "asyncpg", "aiokafka"}),
        (WHOLE, SQLITE, SERVICE | WORDS | OURS | {"re2", "yaml", "obstore", "yiwang.simulators"}),
    ],
    ids=[
        "a command",
        "gateway",
        "workflow on SQLite",
        "workflow",
        "intake",
        "catalog",
        "esign",
        "datashare",
        "evaluation",
        "run",
    ],
)
def test_a_process_imports_only_what_runs_in_it(
    program: str, backends: tuple[str, str], imported: set[str], tmp_path: Path
) -> None:
    told = subprocess.run(
        [sys.executable, "-c", TOLD.format(program=program, large=sorted(LARGE))],
        env={**os.environ, **environment(*backends)},
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    assert set(told.stdout.splitlines()[-1].split()) == imported
