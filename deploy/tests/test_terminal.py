"""First contact: taken ports, folders and disks that refuse, terminals of other letters, Ctrl-C at any moment."""

import ctypes
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from chassis.http.serving import INTERRUPTED, NOT_STARTED, PlaceRefused, require_free

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

YIWANG = [sys.executable, "-m", "yiwang"]
ASCII = {"PYTHONIOENCODING": "ascii"}
C_LOCALE = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


def yiwang(
    *words: str, environment: dict[str, str] | None = None, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its words are read as UTF-8, whatever it could print."""
    return subprocess.run(
        [*YIWANG, *words],
        env={**os.environ, "COLUMNS": "200", **(environment or {})},
        preexec_fn=before,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=280,
    )


def told(ended: subprocess.CompletedProcess[str]) -> str:
    output = ended.stdout + ended.stderr
    assert "Traceback" not in output, output
    assert '"exception"' not in output, output
    return output


@pytest.mark.parametrize(("command", "whose"), [("run", "operators"), ("demo", "callers")])
def test_a_port_that_is_taken_is_told_in_a_sentence_before_anything_is_made(
    command: str, whose: str, places: list[str], tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(places[1] if whose == "callers" else places[3].rpartition(":")[2])))
        taken.listen()
        where = places[:2] if command == "demo" else places
        folder = [] if command.startswith("serve") else ["--data-dir", str(tmp_path / "var")]
        ended = yiwang(*command.split(), *where, *folder)
        assert f":{taken.getsockname()[1]} 已被占用" in told(ended)
    assert ended.returncode == (1 if command == "demo" else NOT_STARTED)
    assert len((ended.stdout + ended.stderr).strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        (("192.0.2.1", 8123), "192.0.2.1:8123 不在本机"),
        (("no.such.host.invalid", 8123), "不是地址,也不是认得的主机名"),
        (("127.0.0.1", 8123), "不能有两种用途"),
    ],
)
def test_a_place_that_is_none_of_ours_is_told(taken: tuple[str, int], said: str) -> None:
    with pytest.raises(PlaceRefused, match=said):
        require_free(("127.0.0.1", 8123), ("127.0.0.1", 0), ("127.0.0.1", 0), taken)


def limited(most: int) -> Callable[[], None]:
    """Let no file grow beyond so many bytes: what a full disk is to whoever writes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@pytest.mark.parametrize(("command", "most"), [("run", 500_000), ("demo", 100)])
def test_a_disk_that_is_full_is_told_in_a_sentence_before_a_database_is_begun(
    command: str, most: int, places: list[str], tmp_path: Path
) -> None:
    where = places if command == "run" else places[:2]
    ended = yiwang(command, *where, "--data-dir", str(tmp_path / "var"), before=limited(most))
    assert ended.returncode == 1
    assert "文件大小超过了允许的上限" in told(ended)
    assert not list((tmp_path / "var").glob("*.db"))


@pytest.mark.parametrize(("command", "folder"), [("run", "/proc/yiwang")])
def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(command: str, folder: str, places: list[str]) -> None:
    where = places if command == "run" else places[:2]
    ended = yiwang(command, *where, "--data-dir", folder)
    assert (ended.returncode, f"数据目录 {folder} 不能使用" in told(ended)) == (1, True)


def as_anyone() -> None:
    """Let permissions hold for root too: what is executed from here on lacks CAP_DAC_OVERRIDE (capabilities(7))."""
    drop_from_bounding_set, dac_override = 24, 1
    if os.geteuid() == 0 and ctypes.CDLL(None, use_errno=True).prctl(drop_from_bounding_set, dac_override):
        raise OSError(ctypes.get_errno(), "the capability stays")


def test_a_folder_that_may_only_be_read_is_told_in_a_sentence(places: list[str], tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    ended = yiwang("run", *places, "--data-dir", str(tmp_path / "var"), before=as_anyone)
    tmp_path.chmod(0o700)
    assert (ended.returncode, "没有权限" in told(ended)) == (1, True)


COMMANDS = [
    [],
    ["--help"],
    ["run", "--help"],
    ["demo", "--help"],
    ["due", "--from", "2026-09-30T16:30", "--working-days", "3"],
    ["due", "--from", "2026-09-30T16:30", "--working-days", "3", "--json"],
    ["due", "--from", "2026-09-30T16:30"],
    ["due", "--from", "today"],
    ["city", "check"],
    ["city", "check", "/nowhere"],
    ["city", "check", "/dev/null"],
    ["contracts", "write", "/proc/yiwang"],
    ["keys", "new"],
    ["audit", "verify", "catalog", "--data-dir", "/nowhere"],
    ["nothing"],
]
ONE_AFTER_THE_OTHER = """
import json, sys
from yiwang.__main__ import main
for words in json.loads(sys.argv[1]):
    sys.argv = ["yiwang", *words]
    try:
        main()
    except SystemExit as ended:
        sys.stdout.flush()
        print("ended", ended.code, flush=True)
"""


def all_commands(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Give every command, in one process of this environment."""
    return subprocess.run(
        [sys.executable, "-c", ONE_AFTER_THE_OTHER, json.dumps(COMMANDS)],
        env={**os.environ, "COLUMNS": "200", **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=280,
    )


@pytest.mark.parametrize("environment", [ASCII, C_LOCALE], ids=["ascii", "C"])
def test_a_terminal_of_other_letters_gets_what_it_can_show_and_one_line_why(environment: dict[str, str]) -> None:
    there = all_commands(environment)
    assert told(there).isascii()
    assert there.stderr.startswith("yiwang: this terminal cannot show Chinese")
    codes = [line for line in there.stdout.splitlines() if line.startswith("ended ")]
    assert codes == [f"ended {code}" for code in (2, 0, 0, 0, 0, 0, 2, 2, 0, 1, 1, 1, 0, 1, 2)]
    (read,) = (json.loads(line) for line in there.stdout.splitlines() if line.startswith("{"))
    assert read["steps"][0]["why"] == "起算日不计入", "what a machine reads loses nothing"


def interrupted_at(mark: str, words: list[str]) -> tuple[int, str]:
    """Start a command, press Ctrl-C when a line of its output has the mark, return its exit code and what it said."""
    command = [sys.executable, "-X", "importtime", "-m", "yiwang", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8") as running:
        assert running.stdout is not None
        said, pressed = [], False
        for line in running.stdout:
            said.append(line)
            if not pressed and re.search(mark, line):
                running.send_signal(signal.SIGINT)
                pressed = True
        assert pressed, "".join(said)[-2000:]
    return running.returncode, "".join(line for line in said if not line.startswith("import time:"))


@pytest.mark.parametrize("imported", ["yiwang.suite"])
def test_ctrl_c_while_modules_are_imported_is_a_sentence_and_leaves_nothing(
    imported: str, places: list[str], tmp_path: Path
) -> None:
    words = ["run", *places, "--data-dir", str(tmp_path / "var")]
    code, said = interrupted_at(rf"^import time:.* {re.escape(imported)}$", words)
    assert (code, "可以再次运行" in said, "Traceback" in said) == (INTERRUPTED, True, False), said
    assert list(tmp_path.iterdir()) == []
