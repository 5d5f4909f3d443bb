"""`yiwang demo`: one matter told on the terminal, or as JSON for machines."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from chassis.base.clock import local
from chassis.base.problems import Problem
from chassis.http import serving
from chassis.http.asgi import App
from chassis.http.upstream import HttpUpstream, call
from gateway.app import DEVELOPMENT_PATH
from gateway.development.flow import sign_in
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from yiwang import disk, journey
from yiwang.demo_papers import Folder, Teller, as_expected, put_root, tell_by_hand
from yiwang.demo_rating import Rating, as_rated
from yiwang.demo_sharing import Sharing, as_shared
from yiwang.journey import Actor, Cast
from yiwang.keyfile import secure
from yiwang.terminal import machine_readable
from yiwang.wording import Words

CITIZEN = "dev-citizen"
CLERK = "dev-clerk-u23"
REVIEWERS = {unit: f"dev-reviewer-{unit.lower()}" for unit in ("U09", "U23", "U30", "U36", "U43")}
GOOD, HERE, DEFAULT_PORT = "granted", "127.0.0.1", 8000


class NotStarted(Exception):  # noqa: N818  named after the fact
    """The suite did not come up."""


@dataclass(slots=True)
class Story:
    """The steps with the seconds each took, and what came of it; `unit` is the word for seconds."""

    unit: str
    steps: list[dict[str, Any]] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=dict)

    @contextlib.contextmanager
    def step(self, name: str) -> Any:
        """Time a step."""
        started = perf_counter()
        yield
        self.steps.append({"step": name, "seconds": round(perf_counter() - started, 3)})

    def line(self, text: str) -> str:
        """Return the line that tells the last step: its name, what came of it, how long it took."""
        return f"[bold]{self.steps[-1]['step']}[/] {text} [dim]{self.steps[-1]['seconds']:.2f} {self.unit}[/]"


async def sign_in_cast(gateway: App) -> Cast:
    """Sign all actors in at the development identity provider."""
    tokens = await asyncio.gather(*(sign_in(gateway, who) for who in (CITIZEN, CLERK, *REVIEWERS.values())))
    actors = [Actor(gateway, token) for token in tokens]
    return Cast(actors[0], actors[1], dict(zip(REVIEWERS, actors[2:], strict=True)))


@asynccontextmanager
async def suite_at(
    port: int, data_dir: Path, console: Console, words: Words
) -> AsyncIterator[tuple[HttpUpstream, "subprocess.Popen[bytes] | None"]]:
    """Give the gateway at a port, and the process that runs it meanwhile, if nobody had started one."""
    gateway = HttpUpstream(url_of(port))
    started: subprocess.Popen[bytes] | None = None
    try:
        if not await _answers(gateway):
            serving.require_free((HERE, port))
            log = data_dir / "suite.log"
            started = _start(port, data_dir, log)
            _end_when_told()
            console.print(words.starting.format(port=port, data_dir=data_dir, log=log), style="dim")
            await until_up(gateway, started, log)
        console.print(f"[bold red]{words.notice}[/]")
        yield gateway, started
    finally:
        await gateway.close()
        if started is not None:
            started.terminate()
            await asyncio.to_thread(started.wait)


def url_of(port: int) -> str:
    """Return where a suite of this machine is reached."""
    return f"http://{HERE}:{port}"


def _end_when_told() -> None:
    """Let whoever ends this process end what it started too."""
    me = asyncio.current_task()
    for each in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(each, lambda: me and me.cancel())


def _start(port: int, data_dir: Path, log: Path) -> "subprocess.Popen[bytes]":
    with disk.usable(data_dir):
        secure(data_dir)
    disk.require_room(data_dir)
    command = [sys.executable, "-m", "yiwang", "run", "--port", str(port), "--data-dir", str(data_dir)]
    command += ["--operators", "127.0.0.1:0"]  # nobody asks after a suite that only the demo needs
    spoken = {**os.environ, "PYTHONIOENCODING": "utf-8"}  # whatever this terminal can show
    with log.open("ab") as kept:
        return subprocess.Popen(command, stdout=kept, stderr=kept, env=spoken, process_group=0)  # noqa: S603  ours


async def _answers(gateway: App) -> bool:
    """Tell whether a suite answers at which the demo's people can sign in."""
    try:
        return (await call(gateway, "GET", f"{DEVELOPMENT_PATH}/jwks", within=2.0)).status == 200
    except Problem:
        return False


async def until_up(gateway: App, started: "subprocess.Popen[bytes]", log: Path, *, pause: float = 0.1) -> None:
    """Wait as long as the process lives, however slow the machine. Raises NotStarted."""
    while not await _answers(gateway):
        if started.poll() is not None:
            raise NotStarted(f"启动失败,原因见 {log}:{_last_words(log)}")
        await asyncio.sleep(pause)


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line for line in reversed(lines) if line and not line.startswith("{")), "")


async def play(gateway: App, console: Console, words: Words, folder: Folder) -> Story:
    """Tell the matter, and its papers, whose files go to a folder; the story's result says how it ended."""
    story = Story(words.seconds)
    with story.step(words.sign_in):
        cast = await sign_in_cast(gateway)
    with story.step(words.search):
        found = await journey.find(cast.citizen)
    matter, lead = words.matter_of(found["name"]), words.unit(found["lead_unit_name"], found["lead_unit"])
    console.print(story.line(words.found.format(matter=matter, unit=lead)))
    with story.step(words.guide):
        guide = await journey.ask_guide(cast.citizen)
    _tell_guide(console, story, guide, words)
    shared = Sharing(gateway, cast.citizen, console, words, story, folder.path.parent / "simulators")
    with story.step(words.draft):
        saved = await shared.draft()
    filled, named, left = (len(saved[name]) for name in ("form", "materials", "missing"))
    console.print(story.line(words.filled.format(filled=filled, named=named, left=left)))
    await shared.tell_sources(saved)
    application = await _hand_in(shared, await shared.differ(saved))
    with story.step(words.accept):
        accepted = await journey.accept(cast.clerk, application["application_id"])
    unit = words.unit(accepted["unit_name"], accepted["unit"])
    console.print(story.line(f"{unit} {accepted['accept_doc_no']}"))
    with story.step(words.work):
        total = sum(task["by"] == "UNIT" for task in guide["tasks"])
        decided = await _tell_work(console, cast, application, total, words)
    with story.step(words.own):
        paid = await journey.complete_steps(cast.citizen, application["application_id"])
    console.print(story.line("、".join(words.task(task["name"], task["task_key"]) for task in paid)))
    await shared.answer(application["application_id"])
    timeline = await _look(cast, application, story)
    _tell_end(console, story, timeline, words)
    await shared.tell_ledger(application["application_id"])
    await shared.tell_accesses()
    await Teller(gateway, cast.citizen, console, words, story, folder, decided).tell()
    await Rating(gateway, cast.citizen, console, words, story, application["application_id"]).tell()
    return story


async def _hand_in(shared: Sharing, saved: dict[str, Any]) -> dict[str, Any]:
    """Submit while a network is out, and say so; return the application."""
    story, words = shared.story, shared.words
    async with shared.one_out():
        with story.step(words.submit):
            application = await journey.submit(shared.citizen, saved)
        shared.console.print(story.line(words.number.format(number=application["application_number"])))
        await shared.tell_out(application["application_id"])
    return application


async def _look(cast: Cast, application: dict[str, Any], story: Story) -> dict[str, Any]:
    """Keep what machines are told of the end; return the timeline."""
    timeline: dict[str, Any] = await cast.citizen.get(f"/applications/{application['application_id']}/timeline")
    case = (await cast.citizen.get("/cases", application_id=application["application_id"]))["items"][0]
    told = ("state", "outcome", "tasks_total", "tasks_done", "elapsed_working_minutes", "expected_finish")
    story.result |= {
        "application_id": application["application_id"],
        "application_number": application["application_number"],
        "case_id": case["case_id"],
        **{name: timeline[name] for name in told},
        "timeline": timeline["entries"],
    }
    return timeline


def _tell_guide(console: Console, story: Story, guide: dict[str, Any], words: Words) -> None:
    counts = {
        "items": len(guide["items"]),
        "fields": sum(len(section["fields"]) for section in guide["form"]["sections"]),
        "materials": len(guide["materials"]),
        "named": sum(one["needs_reference"] for one in guide["materials"]),
        "brought": sum(one["obtain_mode"] == "UPLOAD" or one["to_bring"] for one in guide["materials"]),
        "saved": sum(one["copies"] for one in guide["saved"]),
    }
    console.print(story.line(words.asked.format(**counts)))
    promise = words.promise.format(finish=local(datetime.fromisoformat(guide["promise"]["finish"])))
    console.print(f"     {promise}{words.provisional if guide['promise']['provisional'] else ''}")


async def _tell_work(console: Console, cast: Cast, application: dict[str, Any], total: int, words: Words) -> list[Any]:
    decided = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(words.work, total=total)
        async for task in journey.work_through(cast, application):
            unit, name = words.unit(task["unit_name"], task["unit"]), words.task(task["name"], task["task_key"])
            progress.console.print(f"  [green]✓[/] {words.done.format(unit=unit, task=name)}")
            progress.advance(bar)
            decided.append(task)
    return decided


def _tell_end(console: Console, story: Story, timeline: dict[str, Any], words: Words) -> None:
    table = Table(title=words.table, title_justify="left")
    table.add_column(words.time)
    table.add_column(words.progress)
    for entry in timeline["entries"]:
        at = local(datetime.fromisoformat(entry["at"]))
        table.add_row(
            f"{at:%m-%d %H:%M:%S}", words.entry(entry["kind"], entry["text"], entry["unit"], entry["task_key"])
        )
    console.print(table)
    spent = sum(one["seconds"] for one in story.steps)
    console.print(words.spent.format(spent=spent, minutes=timeline["elapsed_working_minutes"]))
    done = timeline["outcome"] == GOOD
    console.print(
        f"[bold green]{words.good}[/]" if done else f"[bold red]{words.bad.format(outcome=timeline['outcome'])}[/]"
    )


def succeeded(story: Story) -> bool:
    """Tell whether the case closed, and its papers were judged, as they should."""
    result = story.result
    closed = (result["state"], result["outcome"], result["tasks_done"]) == ("closed", GOOD, result["tasks_total"])
    return closed and as_shared(story) and as_expected(story) and as_rated(story)


def _tell_links(console: Console, port: int, story: Story, words: Words, *, stays: bool) -> None:
    """Say where to look on, as whom, and how: a page to open, and lines to run as they are."""
    url, data = url_of(port), story.result
    heading = words.links if stays else words.links_later
    console.print(heading.format(url=url, again=f"yiwang run --port {port}"), style="bold", highlight=False)
    whom = words.as_whom.format(person=CITIZEN)
    console.print(f"  {words.page} {url}/docs  {whom}", soft_wrap=True, highlight=False)
    token = f".venv/bin/yiwang token {CITIZEN} --plain{'' if port == DEFAULT_PORT else f' --port {port}'}"
    for name, path in {
        words.timeline_link: f"applications/{data['application_id']}/timeline",
        words.case_link: f"cases/{data['case_id']}",
    }.items():
        console.print(f"  {name}  {whom}", highlight=False)
        line = f'    curl -H "Authorization: Bearer $({token})" {url}/api/v1/{path}'
        console.print(line, soft_wrap=True, highlight=False, markup=False)


async def _until_told(started: "subprocess.Popen[bytes]") -> None:
    """Let a suite run until Ctrl-C, or until it ends of itself."""
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.to_thread(started.wait)


async def demo(port: int, data_dir: Path, words: Words, *, as_json: bool, keep: bool) -> bool:
    """Tell the matter against the suite at a port, started if need be; return whether it ended well.

    A suite that was started is stopped at the end; when it is to be kept, at Ctrl-C.
    """
    console = Console(quiet=as_json)
    async with suite_at(port, data_dir, console, words) as (gateway, started):
        folder = Folder.below(data_dir)
        story = await play(gateway, console, words, folder)
        tell_by_hand(console, words, folder, put_root(folder, data_dir))
        _tell_links(console, port, story, words, stays=keep or started is None)
        if as_json:
            sys.stdout.write(machine_readable({**story.result, "steps": story.steps}) + "\n")
            sys.stdout.flush()
        if keep and started is not None:
            console.print(f"[bold]{words.kept}[/]")
            await _until_told(started)
            console.print(words.stopped)
    return succeeded(story)
