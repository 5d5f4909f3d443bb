"""`yiwang events`: has published events published again."""

import asyncio
from datetime import datetime
from typing import Annotated

import typer
from chassis.base.clock import SHANGHAI

from yiwang import upkeep
from yiwang.commands.options import KeptIn, ServiceName
from yiwang.terminal import console

app = typer.Typer(help="事件:再发布一次。", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Be a group, though there is one command in it."""


@app.command("republish")
def events_republish(
    name: ServiceName,
    since: Annotated[datetime, typer.Option(help="自何时(北京时间)起发布过的,如 2026-03-01 或 2026-03-01T09:00:00")],
    topic: Annotated[str, typer.Option(help="只限此主题")] = "",
    subject: Annotated[str, typer.Option(help="只限此对象")] = "",
    data_dir: KeptIn = None,
) -> None:
    """把已发布的事件按原编号、原次序再发布一次;已处理过的读者不受影响。"""
    moment = since.replace(tzinfo=since.tzinfo or SHANGHAI)
    asked = upkeep.republish(name, data_dir, moment, topic=topic, subject=subject)
    console.print(f"{name}:{asyncio.run(asked)} 条事件将由运行中的服务再发布一次")
