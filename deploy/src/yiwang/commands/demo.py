"""`yiwang demo`: one matter, told from the search to its papers."""

import asyncio
from typing import Annotated, Literal

import typer
from chassis.base.problems import Problem, StartRefused
from gateway.development.flow import SignInRefused

from yiwang import demo as told
from yiwang.commands.options import VAR, DataDir, Port
from yiwang.journey import Unexpected
from yiwang.terminal import tell_wrong
from yiwang.wording import LANGUAGES

app = typer.Typer()
TERMINATED = 143


@app.command()
def demo(
    *,
    data_dir: DataDir = VAR,
    port: Port = 8000,
    keep: Annotated[bool, typer.Option("--keep", help="讲完后系统继续运行,直到按 Ctrl+C")] = False,
    lang: Annotated[Literal["zh", "en"], typer.Option(help="以何种语言讲述 language of the story")] = "zh",
    as_json: Annotated[bool, typer.Option("--json", help="输出机器可读的结果")] = False,
) -> None:
    """从检索到办结,讲一遍“新生儿出生”,文书与证照放在数据目录的 demo 中;系统未运行时自动启动,讲完停止。"""
    words = LANGUAGES[lang]
    try:
        ended_well = asyncio.run(told.demo(port, data_dir, words, as_json=as_json, keep=keep))
    except (told.NotStarted, SignInRefused, Unexpected, Problem, StartRefused) as failure:
        tell_wrong(words.unfinished.format(why=failure))
        raise typer.Exit(1) from failure
    except asyncio.CancelledError as ended:
        raise typer.Exit(TERMINATED) from ended
    if not ended_well:
        raise typer.Exit(1)
