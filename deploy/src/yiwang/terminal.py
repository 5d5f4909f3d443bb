"""What people read at the terminal: sentences that print anywhere; what stands in the way is told without a stack."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, TextIO, cast

import typer
from chassis.base.problems import Problem, StartRefused
from chassis.events.bus import BusUnavailable
from rich.console import Console
from typer.core import TyperGroup
from typer.main import get_command

from yiwang import disk
from yiwang.refusals import NotReady, PackUnreadable

PLACES = {
    "run": "yiwang.commands.run",
    "serve": "yiwang.commands.serve",
    "demo": "yiwang.commands.demo",
    "migrate": "yiwang.commands.migrate",
    "due": "yiwang.due",
    "token": "yiwang.tokens",
    "bench": "yiwang.commands.bench",
    "city": "yiwang.commands.city",
    "dead-letters": "yiwang.commands.letters",
    "outgoing": "yiwang.commands.outgoing",
    "documents": "yiwang.commands.documents",
    "events": "yiwang.commands.events",
    "audit": "yiwang.commands.audit",
    "contracts": "yiwang.contracts",
    "keys": "yiwang.commands.keys",
    "report": "yiwang.commands.report",
    "verify": "yiwang.commands.verify",
    "evaluation": "yiwang.commands.evaluation",
    "assessor": "yiwang.commands.assessor",
    "simulators": "yiwang.commands.simulators",
}
"""Where each command is, in the order in which they are listed."""
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


class Imported(Mapping[str, Any]):
    """Commands by name, each imported when it is asked for: a process imports only what it runs."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places

    def __getitem__(self, name: str) -> Any:
        """Return a command. Raises KeyError where there is no such."""
        return get_command(import_module(self._places[name]).app)

    def __iter__(self) -> Iterator[str]:
        """Yield the names of all."""
        return iter(self._places)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._places)


class Telling(TyperGroup):
    """The commands: what stands in the way of one is told in its own words, with exit code 1."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = cast("Any", Imported(PLACES))

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
    NotReady,
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
