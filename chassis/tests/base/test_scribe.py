"""Logging against what may be at the other end: real pipes and devices, in a process of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO

BEGIN = """
import logging, os, sys, warnings
from chassis.base import telemetry
scribe = telemetry.configure()
def many(count):
    for number in range(count):
        telemetry.log.info("m", number=number, text="x" * 200)
"""
SAYS = "sys.stdout.write(f'{telemetry.LINES_LOST._value.get():.0f}'); sys.stdout.flush();"


@contextmanager
def process(code: str, stderr: int | IO[bytes]) -> Iterator["subprocess.Popen[bytes]"]:
    started = subprocess.Popen(
        [sys.executable, "-c", BEGIN + code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr
    )
    with started:
        try:
            yield started
        finally:
            started.kill()


def said(started: "subprocess.Popen[bytes]", count: int) -> bytes:
    assert started.stdout is not None
    return started.stdout.read(count)


def test_a_pipe_nobody_reads_holds_nobody_up_and_what_was_lost_is_told_when_someone_reads() -> None:
    code = "many(30_000); print('on', flush=True); input(); many(1)"
    with process(code, subprocess.PIPE) as started:
        assert said(started, 3) == b"on\n"
        read: list[bytes] = []
        assert started.stderr is not None
        reader = Thread(target=lambda: read.append(started.stderr.read()))  # type: ignore[union-attr]
        reader.start()
        assert started.stdin is not None
        started.stdin.write(b"\n")
        started.stdin.close()
        assert started.wait(60) == 0
        reader.join(60)
    lines = [json.loads(line) for line in read[0].splitlines()]
    lost = sum(line["count"] for line in lines if line["event"] == "log_lines_lost")
    told = sum(line["event"] == "m" for line in lines)
    assert lost > 0
    assert lost + told == 30_001


def test_a_process_ends_though_its_pipe_is_never_read() -> None:
    with process("many(5000)", subprocess.PIPE) as started:
        assert started.wait(60) == 0


def test_a_closed_pipe_stops_nobody_and_every_line_is_counted() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with process(f"many(1000); scribe.drain(30); {SAYS}", writing) as started:
        os.close(writing)
        assert said(started, -1) == b"1000"
        assert started.wait(60) == 0


def test_a_full_disk_stops_nobody_and_is_told_when_there_is_room() -> None:
    code = f"many(100); scribe.drain(30); {SAYS} os.dup2(1, 2); many(1)"
    with Path("/dev/full").open("wb") as full, process(code, full) as started:
        out = said(started, -1)
    assert out.startswith(b"100")
    lost, line = [json.loads(one) for one in out[3:].splitlines()]
    assert (lost["event"], lost["count"], line["event"]) == ("log_lines_lost", 100, "m")


def test_what_libraries_log_and_warn_of_goes_the_same_way() -> None:
    code = """
logging.getLogger("lib").warning("%s %s", "too few")
logging.getLogger("lib").warning("a")
warnings.warn("b")
class Odd:
    def __repr__(self): raise RuntimeError
telemetry.log.warning("c", odd=Odd())
telemetry.log.warning("d", half="\\ud800")
"""
    with process(code, subprocess.PIPE) as started:
        _, errors = started.communicate(timeout=60)
    lines = [json.loads(line) for line in errors.splitlines()]
    assert [line["level"] for line in lines] == ["warning"] * 4
    assert [line["event"] for line in lines if "UserWarning" not in line["event"]] == ["a", "log_line_untellable", "d"]
