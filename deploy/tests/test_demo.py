"""The story as it is told, in each language."""

import io
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from chassis.http.asgi import App, Receive, Scope, Send
from intake_svc.domain.progress import Happening
from rich.console import Console
from yiwang import demo
from yiwang.city import read_pack
from yiwang.journey import MATTER
from yiwang.suite import CITY, embedded
from yiwang.wording import EN, LANGUAGES, TASKS, TIMELINE, UNITS, ZH, Words

HAN = re.compile("[\u3400-\u9fff]+")
URL = "http://127.0.0.1:1"


async def test_the_story_in_english_says_each_name_with_a_gloss_and_all_else_in_english(tmp_path: Path) -> None:
    suite, printed = embedded(tmp_path, public_url=URL), io.StringIO()
    console = Console(file=printed, width=300)
    async with suite.running():
        story = await demo.play(suite.gateway, console, EN)
    assert demo.succeeded(story)
    text = printed.getvalue()
    assert "新生儿出生 (a child is born), led by 郑州市卫生健康委员会 (health commission)" in text
    assert "public security bureau begins: household registration of the birth" in text
    assert "One matter, done in one go." in text
    assert not [step["step"] for step in story.steps if HAN.search(step["step"])]


@pytest.mark.parametrize("name", [one.name for one in fields(Words) if one.type is str])
def test_each_text_has_the_same_places_in_all_languages(name: str) -> None:
    places = {lang: set(re.findall(r"{(\w+)", getattr(words, name))) for lang, words in LANGUAGES.items()}
    assert len({frozenset(one) for one in places.values()}) == 1, places
    if name not in {"matter", "done"}:
        assert HAN.search(getattr(ZH, name))
        assert not HAN.search(getattr(EN, name).replace("生孩子", ""))


def test_all_that_the_story_can_meet_has_english_words() -> None:
    pack, _ = read_pack(CITY)
    matter = next(one for one in pack.matters if one.matter_code == MATTER)
    assert {*Happening} <= TIMELINE.keys()
    assert {task.task_key for task in matter.tasks} <= TASKS.keys()
    assert {matter.lead_unit, *matter.cooperating_units} <= UNITS.keys()


def answering_after(refusals: int) -> tuple[App, list[str]]:
    """Return a gateway that refuses so many times before it answers, and what it was asked."""
    asked: list[str] = []

    async def gateway(scope: Scope, _receive: Receive, send: Send) -> None:
        asked.append(scope["path"])
        await send({"type": "http.response.start", "status": 503 if len(asked) <= refusals else 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    return gateway, asked


async def test_a_slow_machine_is_waited_for_while_the_process_lives(tmp_path: Path) -> None:
    gateway, asked = answering_after(1000)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as alive:
        await demo.until_up(gateway, alive, tmp_path / "log", pause=0)
        alive.kill()
    assert len(asked) == 1001


async def test_a_process_that_ended_is_told_with_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text('数据目录 var 不能使用:磁盘已满\n{"event": "x"}\n', encoding="utf-8")
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    with pytest.raises(demo.NotStarted, match="数据目录 var 不能使用:磁盘已满"):
        await demo.until_up(answering_after(9)[0], ended, log)
