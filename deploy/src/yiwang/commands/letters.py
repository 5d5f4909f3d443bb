"""`yiwang dead-letters`: what waits or is dead, shown, redriven, discarded."""

import asyncio
from typing import Annotated

import typer

from yiwang import upkeep
from yiwang.commands.options import EventId, KeptIn, ServiceName
from yiwang.terminal import console

app = typer.Typer(help="死信与等待中的事件:列出、查看、重新处理、放弃。", no_args_is_help=True)


@app.command("list")
def letters_list(
    name: ServiceName,
    *,
    data_dir: KeptIn = None,
    everything: Annotated[bool, typer.Option("--all", help="也列出正在重试的")] = False,
) -> None:
    """列出一个服务的死信和等待中的事件,及其原因。"""
    asyncio.run(upkeep.list_parked(console, name, data_dir, everything=everything))


@app.command("show")
def letters_show(name: ServiceName, event_id: EventId, data_dir: KeptIn = None) -> None:
    """查看一条死信的全文与原因。"""
    found = asyncio.run(upkeep.show_parked(name, data_dir, event_id))
    console.print_json(upkeep.pretty(found))


@app.command("redrive")
def letters_redrive(name: ServiceName, event_id: EventId, data_dir: KeptIn = None) -> None:
    """重新处理一条死信,或不再等待所缺的而处理;由运行中的服务执行,效果只有一次。"""
    asyncio.run(upkeep.redrive(name, data_dir, event_id))
    console.print("已交给服务重新处理")


@app.command("discard")
def letters_discard(
    name: ServiceName,
    event_id: EventId,
    reason: Annotated[str, typer.Option(help="为何不处理;记入审计")],
    data_dir: KeptIn = None,
) -> None:
    """放弃一条停放的事件:视为已处理而无效果,同一对象其后的事件得以继续。"""
    asyncio.run(upkeep.discard(name, data_dir, event_id, reason))
    console.print("已放弃")
