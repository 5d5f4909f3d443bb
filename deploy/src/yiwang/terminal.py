"""What people read at the terminal: sentences that print anywhere; what stands in the way is told without a stack."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import typer
from chassis.base.problems import Problem, StartRefused
from chassis.events.bus import BusUnavailable
from rich.console import Console
from typer.core import TyperGroup

from gateway import app as gateway_app
from yiwang import disk, upkeep
from yiwang.city import PackUnreadable

console, wrong = Console(), Console(stderr=True)


def tell(*lines: str) -> None:
    """Print, where anyone can read it: a full disk or a closed pipe keeps no house from starting, nor from ending."""
    with _read_or_not(sys.stdout):
        for line in lines:
            console.print(line)


def tell_wrong(*lines: str) -> None:
    """Print what is wrong on standard error, each line as it is, where anyone can read it."""
    with _read_or_not(sys.stderr):
        for line in lines:
            wrong.print(line, style="red", highlight=False, markup=False, soft_wrap=True)


@contextmanager
def _read_or_not(stream: TextIO) -> Iterator[None]:
    try:
        yield
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Telling(TyperGroup):
    """The commands: what stands in the way of one is told in its own words, with exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # who reads has seen enough
            raise
        except REFUSALS as refused:
            tell_wrong(*_said(refused))
            raise typer.Exit(1) from refused


REFUSALS = (
    PackUnreadable,
    upkeep.NotReady,
    gateway_app.UpstreamMissing,
    StartRefused,
    Problem,
    BusUnavailable,
    OSError,
)


def _said(refused: BaseException) -> list[str]:
    if isinstance(refused, PackUnreadable):
        return [*refused.findings, f"{len(refused.findings)} 处错误"]
    if isinstance(refused, Problem) and refused.detail:
        return [f"{refused.title}:{refused.detail}"]
    if isinstance(refused, BusUnavailable):
        return [f"总线现在不能用:{refused}"]
    return [disk.refusal(refused) if isinstance(refused, OSError) else str(refused)]


def machine_readable(value: Any) -> str:
    """Return JSON in letters that standard output has; nothing in it is replaced."""
    return json.dumps(value, ensure_ascii=not (sys.stdout.encoding or "").lower().startswith("utf"))
