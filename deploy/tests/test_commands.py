import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from chassis.identity import new_key
from chassis.serving import NOT_STARTED
from chassis.settings import new_secret
from typer.testing import CliRunner
from yiwang.main import app

RUNNER = CliRunner()


def yiwang(*words: str) -> tuple[int, str]:
    result = RUNNER.invoke(app, list(words), env={"COLUMNS": "200"})
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("words", "at"),
    [
        (["--from", "2026-09-30T16:30", "--working-hours", "8"], "2026-10-09T09:30:00+08:00"),
        (["--from", "2026-09-30T16:30", "--working-days", "20"], "2026-11-03T17:00:00+08:00"),
        (["--from", "2026-02-13T10:00", "--working-days", "5", "--unit", "U09"], "2026-02-27T17:00:00+08:00"),
    ],
)
def test_due_prints_when_a_limit_ends_for_machines(words: list[str], at: str) -> None:
    code, output = yiwang("due", *words, "--json")
    assert code == 0
    assert json.loads(output)["at"] == at


def test_due_explains_each_day_to_people() -> None:
    code, output = yiwang("due", "--from", "2026-09-30T16:30", "--working-hours", "8")
    assert code == 0
    assert "国庆节放假" in output
    assert "2026-10-09 09:30" in output


@pytest.mark.parametrize("words", [[], ["--working-days", "1", "--working-hours", "1"]])
def test_due_wants_exactly_one_limit(words: list[str]) -> None:
    assert yiwang("due", "--from", "2026-09-30T16:30", *words)[0] == 2


def test_city_check_passes_and_contracts_are_what_the_code_says() -> None:
    assert yiwang("city", "check")[0] == 0
    assert yiwang("contracts", "check") == (0, "契约与代码一致\n")


def test_city_check_fails_with_the_findings(tmp_path: Path) -> None:
    code, output = yiwang("city", "check", str(tmp_path))
    assert code != 0
    assert "Traceback" not in output


def test_an_unknown_service_is_told_which_there_are() -> None:
    code, output = yiwang("migrate", "nothing")
    assert code == 2
    assert "catalog" in output


def test_a_service_that_cannot_start_says_why_and_ends_with_a_code_that_tells(tmp_path: Path) -> None:
    values = {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/c.db", "BUS_URL": f"embedded://{tmp_path}/bus.db"}
    values |= {"DATA_KEY": f"k1.{new_secret()}", "LOOKUP_KEY": new_secret()}
    values["PRINCIPAL_PUBLIC_KEY"] = json.dumps(new_key().as_dict(private=False))
    environment = {**os.environ, **{f"CATALOG_{name}": value for name, value in values.items()}}
    command = [sys.executable, "-m", "yiwang", "serve", "catalog", "--host", "127.0.0.1", "--port", "1"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == NOT_STARTED
    assert "yiwang migrate catalog" in ended.stderr
