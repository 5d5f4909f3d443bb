"""What is exported of a ranking is enough to compute it again, by a script that shares no code with the suite."""

import ast
import asyncio
import csv
import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.testing.builders import staff
from chassis.worktime import LimitUnit
from evaluation_svc.domain.scoring import Criterion, Rules
from evaluation_svc.domain.terms import Term
from evaluation_svc.handlers import compute_assessment
from evaluation_svc.handlers.assessed import Assessed, Member
from evaluation_svc.handlers.assessing import as_kept, standing_rows
from evaluation_svc.schemas.assessments import AssessmentBody
from evaluation_svc.store.figure_tables import tallies
from evaluation_svc.store.learned import units_told
from typer.testing import CliRunner
from yiwang.main import app
from yiwang.ranking_export import write
from yiwang.suite import embedded

SCRIPT = Path(__file__).parents[2] / "docs" / "recompute_ranking.py"
MEASURES = ("cases", "online_cases", "cases_closed", "cases_overdue", "ratings_active", "ratings_satisfied")
FORMULAS = (
    "100 * online_cases / cases",
    "100 * cases_overdue / cases_closed",
    "(100 * ratings_satisfied + 60 * min(ratings_active, cases)) / ratings_active",
    "100 * (cases - max(cases_overdue, 2)) / (cases - online_cases)",
    "-cases_overdue + 3\n * cases / 7",
)
POINTS = ("min(100, 100 * value / target)", "max(0, 100 - 10 * value)", "min(100, max(0, value))", "100")


def rules(chance: Random) -> Rules:
    """Return rules by chance: formulas, weights, targets (0 among them), minimum volumes and sizes."""
    criteria = tuple(
        Criterion(
            indicator=f"indicator_{number}",
            name=f"指标{number}",
            formula=chance.choice(FORMULAS),
            direction=chance.choice(["up", "down"]),
            unit="percent",
            weight=chance.randint(1, 40),
            target=chance.choice([0, 60, 85]),
            points=chance.choice(POINTS),
            volume=chance.choice(MEASURES),
            minimum=chance.choice([0, 1, 5]),
        )
        for number in range(chance.randint(1, 8))
    )
    sizes = {"top": chance.randint(0, 5), "bottom": chance.randint(0, 5)}
    return Rules(
        group="departments",
        name="市级部门",
        **sizes,
        volume="cases",
        minimum=chance.choice([0, 4]),
        minimum_share=chance.choice([1, 50, 100]),
        persistence=3,
        criteria=criteria,
    )


def exported(folder: Path, seed: int) -> Path:
    """Export a ranking of made-up counts, few of each so that ties and zeros are common."""
    chance = Random(seed)
    made = rules(chance)
    units = [f"U{number:02d}" for number in range(1, chance.randint(1, 49))]
    most = chance.choice([2, 9, 1000])
    counts = {unit: {name: chance.randint(0, most) for name in made.measures} for unit in units}
    term = Term(5, LimitUnit.WORKDAY)
    members = {unit: Member(unit, unit, f"单位,“{unit}”") for unit in units}
    found = Assessed(made, {"assessment": 1}, members, counts, None, term, term)
    row = {
        "assessment_id": "a",
        "period": "2026-03",
        "revision": 1,
        "reason": "",
        "state": "PUBLISHED",
        "computed_at": datetime(2026, 4, 1, tzinfo=UTC),
        "counted_until": datetime(2026, 4, 1, tzinfo=UTC),
        "published_at": datetime(2026, 4, 20, tzinfo=UTC),
        "documents": {"assessment": 1},
        "rules": as_kept(made),
    }
    write(folder, row, standing_rows("a", made, found))
    return folder


def recomputed(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script as a stranger would: without the suite on its path."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


@pytest.mark.parametrize("seed", range(30))
def test_a_stranger_gets_the_same_ranking(seed: int, tmp_path: Path) -> None:
    done = recomputed(exported(tmp_path, seed))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    with (tmp_path / "ranking.csv").open(encoding="utf-8") as file:
        listed = [row["unit"] for row in csv.DictReader(file)]
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == listed


def test_the_examples_have_ties_both_ends_and_units_without_a_place(tmp_path: Path) -> None:
    seen: set[str] = set()
    for seed in range(30):
        with (exported(tmp_path / str(seed), seed) / "ranking.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        places = [row["place"] for row in rows if row["place"]]
        seen |= {row["end"] or row["unranked"] for row in rows} | ({"tie"} if len(set(places)) < len(places) else set())
    assert seen == {"", "TOP", "BOTTOM", "below_minimum", "share_too_small", "tie"}


def changed(folder: Path, name: str, column: str, *, resign: bool) -> None:
    """Change the first row's value in a column, and perhaps the manifest with it, as a forger would."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    row: dict[str, Any] = rows[0]
    row[column] = str(int(row[column] or 0) + 1000)
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    if resign:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        manifest["sha256"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "column"), [("counts.csv", "count"), ("indicators.csv", "weight"), ("ranking.csv", "place")]
)
def test_what_was_changed_is_noticed(name: str, column: str, tmp_path: Path) -> None:
    changed(exported(tmp_path, 3), name, column, resign=False)
    done = recomputed(tmp_path)
    assert done.returncode == 1
    assert name in done.stderr


@pytest.mark.parametrize(("name", "column"), [("counts.csv", "count"), ("ranking.csv", "place")])
def test_what_was_changed_together_with_its_digest_is_noticed_too(name: str, column: str, tmp_path: Path) -> None:
    changed(exported(tmp_path, 3), name, column, resign=True)
    done = recomputed(tmp_path)
    assert done.returncode == 1
    assert "U" in done.stderr


def test_the_script_is_short_and_shares_no_code_with_the_suite() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    tree = ast.parse(text)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


async def computed(folder: Path) -> None:
    """Have the departments of the city assessed in an embedded suite, a draft."""
    suite = embedded(folder, public_url="http://127.0.0.1:1")
    officer = staff("officer-1", unit="ZWB", roles=frozenset({"evaluation_officer"}))
    async with suite.running():
        database = suite.service("evaluation").database
        async with asyncio.timeout(60):
            while not await told(database):
                await asyncio.sleep(0.1)
        async with database.unit_of_work() as work:
            await work.connection.execute(tallies.insert(), COUNTED)
            await compute_assessment(work, officer, AssessmentBody(group="departments", period="2026-03"))


async def told(database: Database) -> bool:
    async with database.reading() as connection:
        return len(await units_told(connection)) == UNITS


UNITS = 58
COUNTED = [
    {"generation": 1, "dimension": "unit", "period": "2026-03", "key": unit, "measure": measure, "amount": amount}
    for place, unit in enumerate(["U05", "U09", "U13", "U23"])
    for measure, amount in {"cases": 40, "online_cases": 10 * place, "cases_closed": 40}.items()
]


def test_the_command_writes_what_the_script_computes_again_and_refuses_what_was_never_computed(tmp_path: Path) -> None:
    asyncio.run(computed(tmp_path / "var"))
    given = ["evaluation", "export", "--out", str(tmp_path / "out"), "--data-dir", str(tmp_path / "var"), "--period"]
    ran = CliRunner().invoke(app, [*given, "2026-03"])
    assert ran.exit_code == 0, ran.output
    folder = tmp_path / "out" / "2026-03" / "departments"
    done = recomputed(folder)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 48), done.stderr
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["state"], manifest["revision"], manifest["rules"]["top"]) == ("DRAFT", 1, 5)
    assert CliRunner().invoke(app, [*given, "2026-13"]).exit_code == 2
    assert CliRunner().invoke(app, [*given, "2026-03", "--group", "nobody"]).exit_code == 2
    assert CliRunner().invoke(app, [*given, "2026-02"]).exit_code == 1
