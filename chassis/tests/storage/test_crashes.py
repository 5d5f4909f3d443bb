"""A process that dies as it keeps a file leaves a whole one that nobody knows, or a part that none can take for one."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from chassis.storage.files import Storage
from chassis.storage.places import Folder
from chassis.testing.storage_suite import CIPHER

PUTTING = """
import asyncio, sys
from pathlib import Path
from chassis.storage.files import Storage
from chassis.storage.places import Folder
from chassis.testing.storage_suite import AT_MOST, CIPHER, LARGE, bytes_of
print(asyncio.run(Storage(Folder(Path(sys.argv[1])), CIPHER).put(bytes_of(LARGE), at_most=AT_MOST)).name)
"""


@pytest.mark.parametrize(("point", "left"), [("before_file", ".begun"), ("after_file_before_row", "")])
async def test_what_a_crash_leaves_goes_after_its_time(tmp_path: Path, point: str, left: str) -> None:
    armed, folder = tmp_path / "armed", tmp_path / "files"
    armed.write_text(f"{point}:idle")
    command = [sys.executable, "-c", PUTTING, str(folder)]
    died = await asyncio.to_thread(
        subprocess.run, command, env={**os.environ, "YIWANG_CRASH_FILE": str(armed)}, capture_output=True, check=False
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    (file,) = [one for one in folder.rglob("*") if one.is_file()]
    assert file.suffix == left
    again = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    storage, now = Storage(Folder(folder), CIPHER), datetime.now(UTC)

    async def known(_names: Sequence[str]) -> set[str]:
        return {again.stdout.strip()}

    assert await storage.sweep(known, before=now - timedelta(days=1)) == 0
    assert await storage.sweep(known, before=now + timedelta(hours=1)) == 1
    assert [one for one in folder.rglob("*") if one.is_file()] == [folder / again.stdout.strip()]
