"""`yiwang outgoing`: work that is to be done outside a transaction and is not done yet, shown and redriven."""

import asyncio
from typing import Annotated

import typer

from yiwang import upkeep
from yiwang.commands.options import KeptIn, ServiceName
from yiwang.terminal import console

app = typer.Typer(help="待做的工作(如制作文书):列出及其原因,重新去做。", no_args_is_help=True)
Kind = Annotated[str, typer.Argument(help="种类,见 outgoing list")]
Subject = Annotated[str, typer.Argument(help="对象,见 outgoing list;不给则为该种类中停下的全部")]


@app.command("list")
def outgoing_list(name: ServiceName, data_dir: KeptIn = None) -> None:
    """列出一个服务还没有做成的工作,停下的在前,及其上次没有做成的原因。"""
    asyncio.run(upkeep.list_outgoing(console, name, data_dir))


@app.command("redrive")
def outgoing_redrive(name: ServiceName, kind: Kind, subject: Subject = "", data_dir: KeptIn = None) -> None:
    """从头再试一项工作,或停下的全部;由运行中的服务去做,效果只有一次。"""
    many = asyncio.run(upkeep.redrive_outgoing(name, data_dir, kind, subject))
    console.print(f"已交给服务重新去做:{many} 项")
