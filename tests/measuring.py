"""What the load scripts share: CPU of processes, PostgreSQL's own apart, and rounds beside another checkout.

CPU seconds are the kernel's, of /proc: what a process ran, threads that ended included. Wall time is nobody's here.
"""

import json
import os
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # the driver ships no types
from yiwang.suite import ROOT

TICK = os.sysconf("SC_CLK_TCK")
Spent = Mapping[int, float]


def cpu_of(process: int) -> float:
    """Return the CPU seconds of a process so far, and 0 of one that is gone."""
    try:
        words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / TICK


def trees(*roots: int) -> dict[int, float]:
    """Return the CPU seconds of processes and all that they started and that still runs."""
    found: dict[int, float] = {}
    waiting = list(roots)
    while waiting:
        process = waiting.pop()
        found[process] = cpu_of(process)
        for task in Path(f"/proc/{process}/task").glob("*/children"):
            waiting += map(int, task.read_text().split())
    return found


def named(word: bytes) -> dict[int, float]:
    """Return the CPU seconds of the processes with a word in their command line."""
    found: dict[int, float] = {}
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if word in file.read_bytes():
                found[int(file.parent.name)] = cpu_of(int(file.parent.name))
    return found


def since(before: Spent, after: Spent) -> float:
    """Return what was spent between two looks."""
    return sum(spent - before.get(process, 0.0) for process, spent in after.items())


async def postgresql(server: str, databases: Sequence[str]) -> tuple[dict[int, float], dict[int, float]]:
    """Return the CPU seconds of a server's processes: those that serve these databases, and those that serve all.

    The server runs on this machine, else there is nothing to read.
    """
    connection = await asyncpg.connect(server)
    try:
        rows = await connection.fetch("SELECT pid, datname, backend_type FROM pg_stat_activity")
    finally:
        await connection.close()
    mine = {row["pid"]: cpu_of(row["pid"]) for row in rows if row["datname"] in databases}
    shared = {row["pid"]: cpu_of(row["pid"]) for row in rows if row["datname"] is None}
    return mine, shared


@asynccontextmanager
async def database(server: str, name: str) -> AsyncIterator[str]:
    """Make a database, give its address for SQLAlchemy, drop it."""
    await administer(server, f'CREATE DATABASE "{name}"')
    try:
        yield server.replace("postgresql://", "postgresql+asyncpg://").rpartition("/")[0] + f"/{name}"
    finally:
        await administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


async def administer(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def rounds(script: str, backends: Sequence[str], words: Sequence[str], *, beside: str, times: int) -> None:
    """Run a script once for each backend and checkout, in turns, and print the medians and their ratios.

    A run is `python SCRIPT --once BACKEND …` under the checkout's own `.venv`; its last line is JSON of its figures.
    The checkouts' order changes from round to round, so that neither always comes first.
    """
    checkouts = [ROOT, *([Path(beside).resolve()] if beside else [])]
    found: dict[tuple[str, Path], list[dict[str, float]]] = {}
    for turn in range(times):
        for backend in backends:
            for checkout in checkouts[:: 1 if turn % 2 else -1]:
                figures = _once(checkout, script, [backend, *words])
                found.setdefault((backend, checkout), []).append(figures)
                name, value = next(iter(figures.items()))
                print(f"{turn + 1}/{times} {backend}, {checkout.name}: {name} {value:.2f}", flush=True)
    for backend in backends:
        _tell(backend, [found[backend, checkout] for checkout in checkouts], [one.name for one in checkouts])


def _once(checkout: Path, script: str, words: Sequence[str]) -> dict[str, float]:
    command = [str(checkout / ".venv" / "bin" / "python"), script, "--once", *words]
    run = subprocess.run(command, cwd=checkout, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    figures: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return figures


def _tell(backend: str, found: Sequence[Sequence[Mapping[str, float]]], names: Sequence[str]) -> None:
    """Print the medians, and beside another checkout the median of the ratios inside each round."""
    print(f"\n{backend:<32}" + "".join(f" {name:>10}" for name in names) + ("   ratio" if names[1:] else ""))
    for figure in found[0][0]:
        runs = [[run[figure] for run in of] for of in found]
        ratios = [mine / other for mine, other in zip(runs[0], runs[-1], strict=True) if other]
        ratio = f" {median(ratios):7.2f}" if names[1:] and ratios else ""
        print(f"  {figure:<30}" + "".join(f" {median(of):10.2f}" for of in runs) + ratio)


def tell_once(figures: Mapping[str, Any]) -> None:
    """Print a run's figures for `rounds`."""
    print(json.dumps(figures))
