"""`yiwang migrate`: brings one service's database to its newest structure."""

import asyncio
from typing import Annotated

import typer

from yiwang import alone, upgrade
from yiwang.commands.options import ServiceName
from yiwang.terminal import console

app = typer.Typer()


@app.command()
def migrate(
    name: ServiceName,
    *,
    plan: Annotated[bool, typer.Option("--plan", help="只说将做什么、如何先留副本,不作改动")] = False,
) -> None:
    """把一个服务的数据库升级到最新结构;设置取自环境变量。"""
    service, _ = alone.service(name)
    told = asyncio.run((upgrade.plan if plan else upgrade.upgrade)(service))
    console.print(told, highlight=False, markup=False, soft_wrap=True)
