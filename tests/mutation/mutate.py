"""Plants mistakes in the modules of modules.toml, one at a time, and tells which no test notices (decision 42).

`make mutate ARGS="chassis.worktime.limit workflow_svc.*"` looks at some modules, without names at all of them. A
mistake that changes nothing, or nothing that counts, is argued in argued.toml; any other that survives is a failure,
and so is an argument about a mistake that is no longer there.
"""

import argparse
import fnmatch
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TOOL = ROOT / ".venv" / "mutation"
Argument = Mapping[str, str]
SURVIVED = (0, 5, 33)
"""How mutmut ends when every test passed, and when there was none to run."""
START = "from mutmut.__main__ import cli; cli()"
BRISK = ["-p", "no:cacheprovider", "-p", "forgetful", "--tb=no", "--hypothesis-profile", "brisk"]
"""Generated examples are the same each time, and none is made smaller once one failed."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mistake that was planted: mutmut's name of it, and how its tests ended; None when they have not run."""

    name: str
    exit_code: int | None

    @property
    def module(self) -> str:
        """Return where it is."""
        return self.name.rpartition(".")[0]

    @property
    def function(self) -> str:
        """Return in what function it is, as Python calls it."""
        return self.name.partition("__mutmut_")[0].replace(".x_", ".").replace(".xǁ", ".").replace("ǁ", ".")


def prepare(folder: Path, member: str, modules: Iterable[str], tests: Sequence[str]) -> None:
    """Lay a member out as mutmut wants it: sources and tests in one folder, with the settings of both tools."""
    shutil.rmtree(folder / "mutants" / "tests", ignore_errors=True)
    (folder / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)  # which tests come by which function, by then
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("src", "tests"):
        _link(folder / name, ROOT / member / name)
    for name in ("conftest.py", "contracts", "deploy", "docs"):
        _link(folder / name, ROOT / name)
    package = member.replace("-", "_")
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    settings = {
        "mutmut": {
            "source_paths": ["src"],
            "only_mutate": [f"src/{package}/{module}.py" for module in modules],
            "also_copy": ["conftest.py"],
            "pytest_add_cli_args": BRISK,
            "pytest_add_cli_args_test_selection": [f"tests/{test}" if test else "tests" for test in tests],
            "timeout_constant": 4.0,
            "timeout_multiplier": 10.0,
            "use_setproctitle": False,
            "use_git_change_detection": False,
            "on_dependency_change": "ignore",
        },
        "pytest.ini_options": {key: told[key] for key in told.keys() - {"testpaths", "pythonpath"}},
    }
    lines = (
        f"[tool.{name}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in values.items())
        for name, values in settings.items()
    )
    (folder / "pyproject.toml").write_text("\n".join(lines), encoding="utf-8")


def _link(place: Path, target: Path) -> None:
    place.unlink(missing_ok=True)
    place.symlink_to(target)


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)  # words, numbers, truths and lists are written alike in both


def mutmut(folder: Path, *words: str, until: float | None = None) -> str:
    """Return what mutmut prints; after the moment `until` (monotonic seconds) it is stopped, and its results stay."""
    environment = {**os.environ, "PYTHONPATH": f"{TOOL}:{HERE}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", START, *words]
    with (folder / "log").open("w+", encoding="utf-8") as log:
        running = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            running.wait(None if until is None else max(until - time.monotonic(), 1))
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGTERM)
            running.wait()
        log.seek(0)
        printed = log.read()
    if running.returncode > 0:
        raise SystemExit(printed[-3000:])
    return printed


def mutants(folder: Path, patterns: Sequence[str]) -> list[Mutant]:
    """Return the mutants of some modules, as they stand."""
    found = [
        Mutant(name, code)
        for file in sorted((folder / "mutants" / "src").rglob("*.meta"))
        for name, code in json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"].items()
    ]
    return [one for one in found if any(fnmatch.fnmatch(one.module, pattern) for pattern in patterns)]


def change(folder: Path, mutant: Mutant) -> str:
    """Return the lines that a mutant takes away, an arrow, and those that it puts in their place."""
    lines = [line for line in mutmut(folder, "show", mutant.name).splitlines() if not line.startswith(("---", "+++"))]
    was, now = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return f"{was} → {now}"


def measure(
    member: str, about: Mapping[str, Any], patterns: Sequence[str], *, resume: bool, until: float
) -> list[Mutant]:
    """Return a member's mutants as the tests that are about them, and then all others, judged them."""
    near, wide = TOOL / "near" / member, TOOL / "wide" / member
    prepare(near, member, about["modules"], about["tests"])
    mutmut(near, "run", "--max-children", "1", *(() if resume else [f"{one}.x*" for one in patterns]), until=until)
    found = mutants(near, patterns)
    left = [one.name for one in found if one.exit_code in SURVIVED]
    if not left or time.monotonic() > until:
        return found
    prepare(wide, member, about["modules"], [""])
    mutmut(wide, "run", "--max-children", "1", *left, until=until)
    codes = {one.name: one.exit_code for one in mutants(wide, patterns)}
    return [replace(one, exit_code=codes[one.name]) if one.name in left else one for one in found]


def argument(mutant: Mutant, changed: str, arguments: Iterable[Argument]) -> Argument | None:
    """Return the argument why a mistake may survive; None when nobody argued it."""
    fitting = (one for one in arguments if fnmatch.fnmatchcase(mutant.function, one["in"]))
    return next((one for one in fitting if re.fullmatch(one["change"], changed)), None)


def idle(
    arguments: Iterable[Argument], found: Sequence[Mutant], used: Collection[Argument], *, whole: bool
) -> list[str]:
    """Return the arguments that no survivor needed; one about many functions is judged by a whole run only."""
    functions = {mutant.function for mutant in found}
    return [
        f"{one['in']}: {one['change']}" for one in arguments if one not in used and (whole or one["in"] in functions)
    ]


def table(found: Sequence[Mutant], excused: Mapping[str, Argument | None]) -> str:
    """Return, by module, how many mistakes were planted, noticed, argued and overlooked, and the share noticed."""
    lines = [f"{'module':44}{'mutants':>8}{'killed':>8}{'argued':>8}{'open':>6}{'unrun':>6}{'rate':>8}"]
    for module in [*sorted({one.module for one in found}), ""]:
        of = [one for one in found if module in {one.module, ""}]
        unrun = sum(one.exit_code is None for one in of)
        alive = [one for one in of if one.exit_code in SURVIVED]
        argued = sum(bool(excused[one.name]) for one in alive)
        killed = len(of) - unrun - len(alive)
        counts = f"{len(of):8}{killed:8}{argued:8}{len(alive) - argued:6}{unrun:6}{killed / max(len(of), 1):8.1%}"
        lines.append(f"{module or 'all':44}{counts}")
    return "\n".join(lines)


def main() -> int:
    """Plant, print each survivor that nobody argued, each argument that is idle, and the table.

    Returns 1 when there is any, or a mistake was not run.
    """
    parser = argparse.ArgumentParser(prog="make mutate ARGS=…", description=__doc__)
    parser.add_argument("modules", nargs="*", default=["*"], help="chassis.worktime.limit, workflow_svc.*")
    parser.add_argument("--minutes", type=float, default=120, help="stop after so many, and tell what was left")
    parser.add_argument("--resume", action="store_true", help="go on where a stopped run was, keeping what it found")
    asked = parser.parse_args()
    until = time.monotonic() + 60 * asked.minutes
    arguments = tomllib.loads((HERE / "argued.toml").read_text(encoding="utf-8"))["argued"]
    everything: list[Mutant] = []
    excused: dict[str, Argument | None] = {}
    for member, about in tomllib.loads((HERE / "modules.toml").read_text(encoding="utf-8")).items():
        package = member.replace("-", "_")
        patterns = [one for one in asked.modules if fnmatch.fnmatch(package, one.partition(".")[0])]
        found = measure(member, about, patterns, resume=asked.resume, until=until) if patterns else []
        for mutant in (one for one in found if one.exit_code in SURVIVED):
            changed = change(TOOL / "near" / member, mutant)
            excused[mutant.name] = argument(mutant, changed, arguments)
            if not excused[mutant.name]:
                print(f"{mutant.function}: {changed}")
        everything += found
    unrun = any(one.exit_code is None for one in everything)
    used = [one for one in excused.values() if one]
    left = [] if unrun else idle(arguments, everything, used, whole=asked.modules == ["*"])
    for one in left:
        print(f"argued, but not needed: {one}")
    print(table(everything, excused))
    return int(not all(excused.values()) or bool(left) or unrun)


if __name__ == "__main__":
    sys.exit(main())
