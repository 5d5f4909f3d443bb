"""`yiwang demo`: one matter told on the terminal, or as JSON for machines."""

import asyncio
import contextlib
import json
import os
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
from chassis.http.upstream import HttpUpstream, call
from gateway.app import DEVELOPMENT_PATH
from gateway.development.flow import sign_in
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from yiwang import disk, journey
from yiwang.journey import Actor, Cast
from yiwang.keyfile import secure

CITIZEN = "dev-citizen"
CLERK = "dev-clerk-u23"
REVIEWERS = {unit: f"dev-reviewer-{unit.lower()}" for unit in ("U09", "U23", "U30", "U36", "U43")}
GOOD, HERE = "granted", "127.0.0.1"


class NotStarted(Exception):  # noqa: N818  named after the fact
    """The suite did not come up."""


@dataclass(slots=True)
class Story:
    """The steps with the seconds each took, and what came of it."""

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
        return f"[bold]{self.steps[-1]['step']}[/] {text} [dim]{self.steps[-1]['seconds']:.2f} 秒[/]"


async def sign_in_cast(gateway: HttpUpstream) -> Cast:
    """Sign all actors in at the development identity provider."""
    tokens = await asyncio.gather(*(sign_in(gateway, who) for who in (CITIZEN, CLERK, *REVIEWERS.values())))
    actors = [Actor(gateway, token) for token in tokens]
    return Cast(actors[0], actors[1], dict(zip(REVIEWERS, actors[2:], strict=True)))


@asynccontextmanager
async def suite_at(port: int, data_dir: Path, console: Console) -> AsyncIterator[tuple[HttpUpstream, bool]]:
    """Give the gateway at a port, and whether it goes on afterwards: one that nobody has started runs meanwhile."""
    gateway = HttpUpstream(f"http://{HERE}:{port}")
    started: subprocess.Popen[bytes] | None = None
    try:
        if not await _answers(gateway):
            log = data_dir / "suite.log"
            serving.require_free((HERE, port))
            started = _start(port, data_dir, log)
            console.print(f"一网未在 {port} 端口运行,现在启动(数据目录 {data_dir},日志 {log})……", style="dim")
            await _until_up(gateway, started, log)
        console.print("[bold red]登录用的是开发用身份提供方,不得用于生产[/]")
        yield gateway, started is None
    finally:
        await gateway.close()
        if started is not None:
            started.terminate()
            await asyncio.to_thread(started.wait, 25)


def _start(port: int, data_dir: Path, log: Path) -> "subprocess.Popen[bytes]":
    with disk.usable(data_dir):
        secure(data_dir)
    disk.require_room(data_dir)
    command = [sys.executable, "-m", "yiwang", "run", "--port", str(port), "--data-dir", str(data_dir)]
    command += ["--operators", "127.0.0.1:0"]  # nobody asks after a suite that only the demo needs
    spoken = {**os.environ, "PYTHONIOENCODING": "utf-8"}  # whatever this terminal can show
    with log.open("ab") as kept:
        return subprocess.Popen(command, stdout=kept, stderr=kept, env=spoken)  # noqa: S603  our own command


async def _answers(gateway: HttpUpstream) -> bool:
    """Tell whether a suite answers at which the demo's people can sign in."""
    try:
        return (await call(gateway, "GET", f"{DEVELOPMENT_PATH}/jwks", within=2.0)).status == 200
    except Problem:
        return False


async def _until_up(gateway: HttpUpstream, started: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait as long as the process lives, however slow the machine. Raises NotStarted."""
    while not await _answers(gateway):
        if started.poll() is not None:
            raise NotStarted(f"启动失败,原因见 {log}:{_last_words(log)}")
        await asyncio.sleep(0.1)


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line for line in reversed(lines) if line and not line.startswith("{")), "")


async def play(gateway: HttpUpstream, console: Console) -> Story:
    """Tell the matter; the story's result says how it ended."""
    story = Story()
    with story.step("登录"):
        cast = await sign_in_cast(gateway)
    with story.step("检索"):
        found = await journey.find(cast.citizen)
    console.print(story.line(f"“生孩子” → [bold cyan]{found['name']}[/](牵头:{found['lead_unit_name']})"))
    with story.step("情形引导"):
        guide = await journey.ask_guide(cast.citizen)
    _tell_guide(console, story, guide)
    with story.step("填写草稿"):
        saved = await journey.draft(cast.citizen)
    filled, named, left = (len(saved[name]) for name in ("form", "materials", "missing"))
    console.print(story.line(f"填写 {filled} 项,证照号码 {named} 个,还缺 {left} 处"))
    with story.step("提交"):
        application = await journey.submit(cast.citizen, saved["draft_id"])
    console.print(story.line(f"办件编号 [bold]{application['application_number']}[/]"))
    with story.step("受理"):
        accepted = await journey.accept(cast.clerk, application["application_id"])
    console.print(story.line(f"{accepted['unit_name']} {accepted['accept_doc_no']}"))
    with story.step("并联办理"):
        await _tell_work(console, cast, application, len(guide["tasks"]))
    path = f"/applications/{application['application_id']}/timeline"
    timeline = await cast.citizen.get(path)
    case = (await cast.citizen.get("/cases", application_id=application["application_id"]))["items"][0]
    story.result = {
        "application_id": application["application_id"],
        "application_number": application["application_number"],
        "case_id": case["case_id"],
        "state": timeline["state"],
        "outcome": timeline["outcome"],
        "tasks_total": timeline["tasks_total"],
        "tasks_done": timeline["tasks_done"],
        "elapsed_working_minutes": timeline["elapsed_working_minutes"],
        "expected_finish": timeline["expected_finish"],
        "timeline": timeline["entries"],
    }
    _tell_end(console, story, timeline)
    return story


def _tell_guide(console: Console, story: Story, guide: dict[str, Any]) -> None:
    saved = sum(one["copies"] for one in guide["saved"])
    finish = local(datetime.fromisoformat(guide["promise"]["finish"]))
    fields = sum(len(section["fields"]) for section in guide["form"]["sections"])
    named = sum(one["needs_reference"] for one in guide["materials"])
    console.print(
        story.line(
            f"{len(guide['items'])} 个事项 → 一张表单({fields} 项)、{len(guide['materials'])} 份材料"
            f"(其中 {named} 份只填证照号码),少交 {saved} 份纸质材料"
        )
    )
    provisional = "(所跨年度放假通知未发布,暂定)" if guide["promise"]["provisional"] else ""
    console.print(f"     若现在受理,承诺 [bold]{finish:%Y-%m-%d %H:%M}[/] 前办结{provisional}")


async def _tell_work(console: Console, cast: Cast, application: dict[str, Any], total: int) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("并联办理", total=total)
        async for task in journey.work_through(cast, application):
            progress.console.print(f"  [green]✓[/] {task['unit_name']}:{task['name']}")
            progress.advance(bar)


def _tell_end(console: Console, story: Story, timeline: dict[str, Any]) -> None:
    table = Table(title="时间轴", title_justify="left")
    table.add_column("时间")
    table.add_column("进展")
    for entry in timeline["entries"]:
        table.add_row(f"{local(datetime.fromisoformat(entry['at'])):%m-%d %H:%M:%S}", entry["text"])
    console.print(table)
    spent = sum(one["seconds"] for one in story.steps)
    console.print(
        f"从登录到办结 {spent:.2f} 秒;占用工作时间 {timeline['elapsed_working_minutes']} 分钟(办公时间外不计)"
    )
    done = timeline["outcome"] == GOOD
    console.print("[bold green]一件事,一次办成。[/]" if done else f"[bold red]结果:{timeline['outcome']}[/]")


def succeeded(story: Story) -> bool:
    """Tell whether the case closed as it should."""
    result = story.result
    return (result["state"], result["outcome"], result["tasks_done"]) == ("closed", GOOD, result["tasks_total"])


def _tell_links(console: Console, url: str, story: Story, *, still_up: bool) -> None:
    api, data = f"{url}/api/v1", story.result
    console.print("继续看:" if still_up else "继续看(演示启动的系统已停止,先 make run):", style="bold")
    for name, link in {
        "接口文档(以 dev-citizen 登录后可试用下列接口)": f"{url}/docs",
        "本次进度": f"{api}/applications/{data['application_id']}/timeline",
        "时限推算": f"{api}/cases/{data['case_id']}",
    }.items():
        console.print(f"  {name}  {link}", soft_wrap=True)


async def demo(port: int, data_dir: Path, *, as_json: bool) -> bool:
    """Tell the matter against the suite at a port, started if need be; return whether it ended well."""
    console = Console(quiet=as_json)
    async with suite_at(port, data_dir, console) as (gateway, still_up):
        story = await play(gateway, console)
    _tell_links(console, f"http://127.0.0.1:{port}", story, still_up=still_up)
    if as_json:
        sys.stdout.write(json.dumps({**story.result, "steps": story.steps}, ensure_ascii=False) + "\n")
    return succeeded(story)
