"""The lab proves itself: known mistakes are planted in a copy of their package, and a suite must catch each."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from chassis.testing.plugin import DATABASE, required
from mutants import MUTANTS, ROOT, Mutant

pytestmark = [pytest.mark.fault, pytest.mark.enable_socket]


def run(test: str, source: Path, *, connected: bool) -> subprocess.CompletedProcess[str]:
    marks = "connected" if connected else "not connected and not journey and not fault"
    command = [sys.executable, "-m", "pytest", test, "-m", marks, "-x", "-q", "--timeout", "60"]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_mistake_is_caught(mutant: Mutant, tmp_path: Path) -> None:
    if mutant.connected:  # it shows only where writers overlap
        required(DATABASE)
    shutil.copytree(mutant.package, tmp_path / mutant.package.name)
    file = tmp_path / mutant.package.name / (ROOT / mutant.file).relative_to(mutant.package)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    result = run(mutant.test, tmp_path, connected=mutant.connected)
    assert result.returncode == 1, f"{mutant.name} was not caught:\n{result.stdout[-2000:]}{result.stderr[-500:]}"
    assert "FAILURES" in result.stdout


def test_without_a_mistake_the_same_copy_passes(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "chassis" / "src" / "chassis", tmp_path / "chassis")
    result = run("chassis/tests/events/test_outbox.py", tmp_path, connected=False)
    assert result.returncode == 0, result.stdout[-2000:]
