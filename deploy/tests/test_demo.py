"""The story as it is told, in each language."""

import io
import re
import stat
import subprocess
import sys
from collections import Counter
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest
from chassis.base.clock import local
from chassis.http.asgi import App, Receive, Scope, Send
from intake_svc.domain.progress import Happening
from rich.console import Console
from yiwang import demo
from yiwang.city import read_pack
from yiwang.demo_papers import Folder, put_root
from yiwang.journey import MATTER
from yiwang.suite import CITY, embedded
from yiwang.wording import EN, LANGUAGES, PAPERS, TASKS, TIMELINE, UNITS, ZH, Words
from yiwang.wording_rating import RatingWords

HAN = re.compile("[\u3400-\u9fff]+")
URL = "http://127.0.0.1:1"


async def test_the_story_in_english_says_each_name_with_a_gloss_and_all_else_in_english(tmp_path: Path) -> None:
    suite, printed = embedded(tmp_path, public_url=URL), io.StringIO()
    console = Console(file=printed, width=300)
    async with suite.running():
        story = await demo.play(suite.gateway, console, EN, Folder.below(tmp_path))
    assert demo.succeeded(story)
    text = printed.getvalue()
    assert "新生儿出生 (a child is born), led by 郑州市卫生健康委员会 (health commission)" in text
    assert "public security bureau begins: household registration of the birth" in text
    assert "One matter, done in one go." in text
    assert (
        "受理通知书 (notice of acceptance) 郑卫受通字〔2026〕1号".replace("2026", f"{local(datetime.now(UTC)).year}")
        in text
    )
    assert [text.count(f"  {word} {tmp_path / 'demo'}") for word in ("valid", "invalid")] == [1, 2]
    files = sorted((tmp_path / "demo").iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert Counter(file.name.partition("-")[0] for file in files) == {
        "receipt.pdf": 1,
        "acceptance.pdf": 1,
        "decision": 7,
        "licence": 5,
        "licence_copy": 1,
        "forged": 2,
    }
    assert {one["title"] for one in story.result["documents"]} <= PAPERS.keys()
    told = {one["file"] for one in (*story.result["documents"], *story.result["verifications"])}
    assert {str(file) for file in files} - told == {story.result["copy"]["file"]}
    assert not [step["step"] for step in story.steps if HAN.search(step["step"])]


@pytest.mark.parametrize("name", [one.name for one in fields(RatingWords)])
def test_each_text_on_ratings_has_the_same_places_in_all_languages(name: str) -> None:
    zh, en = (getattr(words.rating, name) for words in (ZH, EN))
    assert set(re.findall(r"{(\w+)", zh)) == set(re.findall(r"{(\w+)", en))
    assert HAN.search(re.sub("{.*?}", "", zh)) or not re.search("[a-z]{2}", re.sub(r"{.*?}|\[.*?\]", "", zh))
    assert not HAN.search(en)


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


async def test_the_command_that_the_demo_tells_finds_its_papers_valid_by_the_folders_own_root(tmp_path: Path) -> None:
    suite = embedded(tmp_path, public_url=URL)
    async with suite.running():
        folder = Folder.below(tmp_path)
        await demo.play(suite.gateway, Console(quiet=True), EN, folder)
    root = put_root(folder, tmp_path)
    for name, code in (("receipt.pdf", 0), ("forged-byte-changed.pdf", 1)):
        command = [sys.executable, "-m", "yiwang", "verify", str(folder.path / name), "--trust", str(root)]
        assert subprocess.run(command, capture_output=True, check=False).returncode == code  # noqa: ASYNC221  at the end


def test_a_folder_without_keys_has_no_root_to_tell(tmp_path: Path) -> None:
    assert put_root(Folder.below(tmp_path), tmp_path) is None
