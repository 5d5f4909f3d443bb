"""No test depends on the speed of the machine: a bound only ends a hang, and how long something took is not judged.

What is due after a time is tested with a clock that the test sets; what happens beside the test is waited for.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHORT = re.compile(
    r"asyncio\.timeout\((?:\d|[1-5]\d)(?:\.\d+)?\)|asyncio\.wait\([^\n]*timeout=(?:\d|[1-5]\d)(?:\.\d+)?\)"
)
JUDGED = re.compile(
    r"\b(?:monotonic|perf_counter|process_time|time)\(\) - [\w.]+ <|< [\w.]*(?:monotonic|perf_counter)\("
)
PROMISED = {"tests/faults/test_stop.py": "a process and its streams end within the seconds that orchestrators give it"}


def sources() -> list[Path]:
    found = [*ROOT.glob("*/tests/**/*.py"), *ROOT.glob("tests/**/*.py"), *ROOT.glob("chassis/src/chassis/testing/*.py")]
    return [file for file in found if ROOT / "tests" / "load" not in file.parents and "." not in file.parts[-3]]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("    async with asyncio.timeout(5), database.unit_of_work():", True),
        ("    async with asyncio.timeout(1.0):", True),
        ("    await asyncio.wait(tasks, timeout=3)", True),
        ("    assert monotonic() - began < 3", True),
        ("    assert 0.2 < time.monotonic() - began", True),
        ("    async with asyncio.timeout(60):", False),
        ("    assert time.monotonic() > began + 0.25", False),
    ],
)
def test_a_short_bound_and_a_judged_duration_are_seen(line: str, *, found: bool) -> None:
    assert bool(SHORT.search(line) or JUDGED.search(line)) is found


def test_no_test_depends_on_the_speed_of_the_machine() -> None:
    told = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in sources()
        if str(file.relative_to(ROOT)) not in PROMISED and file != Path(__file__)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if SHORT.search(line) or JUDGED.search(line)
    ]
    if told:
        pytest.fail("\n".join(told), pytrace=False)
