"""The house's rules, kept by reading the sources."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from chassis.events.bus import Keeps
from chassis.events.standing import Joins
from yiwang.services import SERVICES as DECLARED
from yiwang.suite import described

ROOT = Path(__file__).resolve().parents[2]
SERVICES = {one.folder: one.package for one in DECLARED.values()}
MEMBERS = {"chassis": "chassis", "gateway": "gateway", **SERVICES, "deploy": "yiwang"}
ROOMS = {"app", "routes", "handlers", "store", "events", "schemas", "domain", "errors", "settings", "migrations"}
ROOMS_BY_NEED = {"consumers", "outside", "siblings"}  # reads events, speaks with the world, asks another service
NAMELESS = {"common", "helper", "helpers", "misc", "tool", "tools", "util", "utils"}
SOURCES = sorted(
    file
    for folder, package in MEMBERS.items()
    for file in (ROOT / folder / "src" / package).rglob("*.py")
    if "versions" not in file.parts
)
LONGEST_MODULE, LONGEST_FUNCTION = 300, 40
GRANTS_TOLD = "for the units' own systems and the authority's supervision; datashare itself asks its own tables"
READ_BY_NO_ONE = {
    **{f"datashare.grant.{step}": GRANTS_TOLD for step in ("requested", "checked", "returned", "supplemented")},
    **{f"datashare.grant.{step}": GRANTS_TOLD for step in ("escalated", "decided", "withdrawn", "expired")},
    "datashare.dispute.filed": "for the units' own systems; here the inbox is asked",
    "datashare.dispute.overdue": "for whoever supervises sharing; here the inbox is asked",
    "datashare.log.head_signed": "for whoever keeps heads of the evidence log outside of this installation",
    "datashare.dispute.withdrawn": "for the units' own systems; what was claimed stays beside the source in intake",
    "evaluation.rating.submitted": "for whoever supervises; the figures are a fold of evaluation's own journal",
    "evaluation.supervision.escalated": "for the units' own systems; here the head finds it first in its list",
    "evaluation.rectification.overdue": "for the units' own systems and whoever supervises; here the inbox is asked",
    "evaluation.ranking.published": "for the city's appraisal of performance, of which rankings are a part",
    "esign.seal.changed": "for the authority that seals are filed with; esign itself asks its own registry",
}


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def code_lines(text: str) -> int:
    tree = ast.parse(text)
    counted = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt)
        for line in range(node.lineno, (node.end_lineno or 0) + 1)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            counted -= set(range(node.lineno, (node.end_lineno or 0) + 1))
    lines = text.splitlines()
    return sum(bool(lines[line - 1].strip()) for line in counted)


@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_modules_are_short_and_say_what_they_are_for(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert code_lines(text) <= LONGEST_MODULE
    assert ast.get_docstring(ast.parse(text)), "a module says what it is for"


@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_functions_are_short(file: Path) -> None:
    for function in functions(ast.parse(file.read_text(encoding="utf-8"))):
        body = function.body[1:] if ast.get_docstring(function) else function.body
        if body:
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1
            nested = any(isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) for node in body)
            assert length <= (3 * LONGEST_FUNCTION if nested else LONGEST_FUNCTION), f"{function.name}: {length} lines"


COMMITS = re.compile(r"\.(?:commit|begin|begin_nested)\(")
COMMITTING = {  # where a transaction ends, and where a reader's place in a topic does
    "chassis/src/chassis/data/database.py": r"connection\.commit\(",
    "chassis/src/chassis/data/migrate.py": r"connection\.commit\(",
    "chassis/src/chassis/events/inbox.py": r"_subscription\.commit\(",
    "chassis/src/chassis/events/kafka.py": r"consumer\.commit\(",
    "chassis/src/chassis/http/idempotency.py": r"Idempotent\.begin\(",
    "chassis/src/chassis/testing/bus_suite.py": r"(?:subscription|first)\.commit\(",
    "deploy/src/yiwang/simulators/tables.py": r"engine\.begin\(",  # a simulated office's own database
}
TAKES = re.compile(
    r"\b(?:datetime|date)\.(?:now|utcnow|today|fromtimestamp)\(|\btime\.(?:time|monotonic|perf_counter)(?:_ns)?\("
    r"|\bmonotonic(?:_ns)?\(|\bperf_counter(?:_ns)?\(|\buuid[1-8]\(|\burandom\b|\brandom\.|\bsecrets\."
    r"|^\s*(?:from (?:time|random|secrets|uuid) import|import (?:time|random|secrets|uuid)\b)",
    re.MULTILINE,
)


def commits(place: str, text: str) -> list[str]:
    """Return the lines that end, or begin, a transaction where that is not done."""
    allowed = COMMITTING.get(place, "(?!)")
    return [line for line in text.splitlines() if COMMITS.search(re.sub(allowed, "", line))]


@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_only_the_database_commits(file: Path) -> None:
    assert commits(name(file), file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("line", ["await c.commit()", "async with work.connection.begin():", "self.db.begin_nested()"])
def test_a_commit_of_anything_is_seen(line: str) -> None:
    assert commits("intake-svc/src/intake_svc/handlers/submit.py", line)
    assert commits("chassis/src/chassis/events/inbox.py", line)


def _spread_values(tree: ast.Module) -> list[int]:
    """Return the lines on which a statement is made for the row at hand: it costs more to build than to run."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [
        call.lineno
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "values"
        and any(word.arg is None for word in call.keywords)
    ]


@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_no_statement_is_made_for_a_row(file: Path) -> None:
    assert _spread_values(ast.parse(file.read_text(encoding="utf-8"))) == []


def test_a_statement_made_for_a_row_is_seen() -> None:
    assert _spread_values(ast.parse("work(table.insert().values(**row))\nwork(table.insert(), row)")) == [1]


@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_time_ids_and_chance_are_given_not_taken(file: Path) -> None:
    if any(folder in file.parts for folder in SERVICES):
        assert not TAKES.search(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now(UTC)",
        "datetime.utcnow()",
        "date.today()",
        "time.time()",
        "time.monotonic_ns()",
        "monotonic()",
        "secrets.token_hex()",
        "os.urandom(8)",
        "uuid4()",
        "random.random()",
        "from time import sleep",
        "import secrets",
    ],
)
def test_what_takes_time_or_chance_is_seen(line: str) -> None:
    assert TAKES.search(f"import os\n{line}")


@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_modules_have_names_that_say_what_is_in_them(file: Path) -> None:
    assert not {file.stem, *file.relative_to(ROOT).parts[3:-1]} & NAMELESS


@pytest.mark.parametrize("folder", SERVICES)
def test_each_service_has_exactly_the_rooms_of_the_house(folder: str) -> None:
    inside = {entry.stem for entry in (ROOT / folder / "src" / SERVICES[folder]).iterdir() if entry.name[0] not in "_."}
    assert inside - {"py"} <= ROOMS | ROOMS_BY_NEED
    assert inside >= ROOMS


def test_every_event_has_a_reader_or_a_reason() -> None:
    services = described()
    published = {event.type for service in services for event in service.publishes}
    read = {event.type for service in services for event in service.reads}
    assert published - read == set(READ_BY_NO_ONE)
    assert read <= published


def test_what_keeps_the_last_word_is_read_in_any_version() -> None:
    services = described()
    kept = {event.topic for service in services for event in service.publishes if event.keeps is Keeps.LAST_WORD}
    joins = {pair for service in services if service.consumer for pair in service.consumer.joins.items()}
    assert {topic for topic, how in joins if how is Joins.ANY_VERSION} == kept
    assert not [topic for topic, how in joins if how is not Joins.ANY_VERSION and topic in kept]


def test_what_a_reader_may_want_from_the_start_is_kept_from_the_start() -> None:
    services = described()
    published = [event for service in services for event in service.publishes if event.type not in READ_BY_NO_ONE]
    kept = {event.topic for event in published if event.keeps is Keeps.HISTORY}
    joins = {pair for service in services if service.consumer for pair in service.consumer.joins.items()}
    assert {topic for topic, how in joins if how is Joins.REPUBLISHED} == kept


@pytest.mark.parametrize("file", sorted((ROOT / "docs/decisions").glob("*.md")), ids=lambda file: file.stem)
def test_a_decision_is_headed_by_its_number_as_its_file_is(file: Path) -> None:
    assert file.read_text(encoding="utf-8").startswith(f"# {int(file.name[:4])}. ")


def tracked() -> list[Path]:
    if not (ROOT / ".git").exists():  # an unpacked archive
        return [file for file in ROOT.rglob("*") if file.is_file() and not {".venv", "var"} & set(file.parts)]
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in listed.splitlines()]


def test_nothing_names_a_registry_or_this_machine() -> None:
    words = ["py" + "pi.org", "pythonhosted" + ".org", "npmjs" + ".", "crates" + ".io", "maven" + ".org", "/wo" + "rk/"]
    for file in tracked():
        if file.exists() and file.suffix != ".png":
            text = file.read_text(encoding="utf-8", errors="replace")
            assert not [word for word in words if word in text], file


@pytest.mark.parametrize("readme", ["README.md", "README.en.md", "docs/architecture.md"])
def test_trees_in_the_readmes_are_true(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    blocks = re.split(r"^```.*$", text, flags=re.MULTILINE)[1::2]
    named = [path for block in blocks for path in re.findall(r"^([\w.*-]+/[\w./-]*|Makefile) ", block, re.MULTILINE)]
    assert named, "a README shows the tree"
    for path in named:
        assert list(ROOT.glob(path)), f"{readme} names {path}"


@pytest.mark.parametrize("document", sorted((ROOT / "docs").rglob("*.md")), ids=name)
def test_the_files_that_a_document_names_are_there(document: Path) -> None:
    if document.parent.name == "decisions":  # true on the day they were taken
        return
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|md|yaml|toml|csv|json))`", document.read_text(encoding="utf-8"))
    somewhere = {str(file.relative_to(ROOT)) for file in tracked()}
    for path in named:
        assert any(file == path or file.endswith(f"/{path}") for file in somewhere), path


NOWHERE = ("410199", "810099", "820099", "830099", "9998")
"""Divisions that do not exist: permits of Hong Kong, Macao and Taiwan begin 810000, 820000, 830000."""


def test_id_numbers_in_the_repository_are_of_no_one() -> None:
    for file in tracked():
        if file.suffix in {".py", ".yaml", ".json", ".md", ".csv"} and file.exists():
            text = file.read_text(encoding="utf-8")
            for number in re.findall(
                r"(?<![\dA-Z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])\d{5}[\dX](?![\dA-Z])", text
            ):
                assert number.startswith(NOWHERE), f"{number} in {file.name}"
