"""Ctrl-C while a suite or a demo starts and while it runs, by signals to a process of its own."""

import asyncio
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from chassis.http.serving import INTERRUPTED
from chassis.http.upstream import HttpUpstream, call
from harness import at, free_port

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket, pytest.mark.timeout(600)]

YIWANG = [sys.executable, "-m", "yiwang"]


async def status_of(port: int, place: str, token: str = "") -> int:
    upstream, (path, _, query) = HttpUpstream(f"http://127.0.0.1:{port}"), place.partition("?")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        return (await call(upstream, "GET", path, query=dict(parse_qsl(query)), headers=headers)).status
    finally:
        await upstream.close()


def interrupted_at(mark: str, words: list[str]) -> tuple[int, str]:
    """Start a command, press Ctrl-C when a line of its output has the mark, return its exit code and what it said."""
    command = [*YIWANG, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8") as running:
        assert running.stdout is not None
        said, pressed = [], False
        for line in running.stdout:
            said.append(line)
            if not pressed and re.search(mark, line):
                running.send_signal(signal.SIGINT)
                pressed = True
        assert pressed, "".join(said)[-2000:]
    return running.returncode, "".join(said)


def test_ctrl_c_while_the_suite_starts_and_while_it_runs_is_a_sentence_and_it_starts_again(tmp_path: Path) -> None:
    words = ["run", *at(free_port()), "--data-dir", str(tmp_path / "var")]
    code, said = interrupted_at("development_identity_provider", words)
    assert (code, "可以再次运行" in said, "Traceback" in said, "一网已启动" in said) == (
        INTERRUPTED,
        True,
        False,
        False,
    )
    port = free_port()
    code, said = interrupted_at("Ctrl", ["run", "--port", str(port), "--data-dir", str(tmp_path / "var")])
    assert f"http://127.0.0.1:{port + 1000 if port + 1000 <= 65535 else port - 1000}/readyz" in said
    assert (code, "已停止" in said, "Traceback" in said) == (0, True, False), said


def test_ctrl_c_in_a_demo_is_a_sentence_and_stops_what_it_started(tmp_path: Path) -> None:
    port = free_port()
    words = ["demo", "--port", str(port), "--data-dir", str(tmp_path / "var")]
    for mark in ("现在启动", "新生儿出生"):
        code, said = interrupted_at(mark, words)
        assert (code, "可以再次运行" in said, "Traceback" in said) == (INTERRUPTED, True, False), said
        with socket.socket() as one:
            one.bind(("127.0.0.1", port))


def test_the_closing_links_of_a_demo_that_is_kept_open_until_ctrl_c(tmp_path: Path) -> None:
    port = free_port()
    command = [*YIWANG, "demo", "--keep", "--port", str(port), "--data-dir", str(tmp_path / "var")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8") as running:
        assert running.stdout is not None
        said = ""
        while "系统仍在运行" not in said:
            line = running.stdout.readline()
            assert line, said
            said += line
        asking = [*YIWANG, "token", "dev-citizen", "--plain", "--port", str(port)]
        token = subprocess.run(asking, capture_output=True, encoding="utf-8", check=True).stdout.strip()
        links = re.findall(rf"http://127\.0\.0\.1:{port}/\S+", said)
        scanned, *hers = links
        assert re.fullmatch(r"/api/v1/licences/[0-9A-Z.]+/status\?code=\w+", scanned.partition(str(port))[2])
        assert asyncio.run(status_of(port, scanned.partition(str(port))[2])) == 200
        assert [re.sub(r"[0-9a-f-]{36}", "ID", link.partition(str(port))[2]) for link in hers] == [
            "/docs",
            "/api/v1/applications/ID/timeline",
            "/api/v1/cases/ID",
        ]
        assert said.count("以 dev-citizen 登录") == len(hers)
        for link in hers:
            assert asyncio.run(status_of(port, link.partition(str(port))[2], token)) == 200
        running.send_signal(signal.SIGINT)
        rest = running.stdout.read()
    assert (running.returncode, "已停止" in rest, "Traceback" in rest) == (0, True, False), rest
    with socket.socket() as one:
        one.bind(("127.0.0.1", port))


def test_a_demo_that_is_terminated_stops_what_it_started(tmp_path: Path) -> None:
    port = free_port()
    command = [*YIWANG, "demo", "--port", str(port), "--data-dir", str(tmp_path / "var")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8") as running:
        assert running.stdout is not None
        running.stdout.readline()
        running.terminate()
        rest = running.stdout.read()
    assert (running.returncode, "Traceback" in rest) == (143, False), rest
    with socket.socket() as one:
        one.bind(("127.0.0.1", port))
