"""`yiwang bench`: what this machine does, and on which backend."""

import asyncio
from typing import Annotated

import typer
from chassis.base import telemetry

from yiwang import bench as measures
from yiwang.terminal import console

app = typer.Typer()


@app.command()
def bench(
    count: Annotated[int, typer.Option(min=1, help="每轮完整办理多少件")] = 30,
    at_once: Annotated[int, typer.Option(min=1, help="并行多少件")] = 8,
    rounds: Annotated[int, typer.Option(min=1, help="多少轮")] = 3,
    postgresql: Annotated[str, typer.Option(help="另在此 PostgreSQL 上测量(postgresql://…,须可建库)")] = "",
    kafka: Annotated[str, typer.Option(help="与 --postgresql 一起给出:kafka://host:port")] = "",
) -> None:
    """测量:每秒办结多少件、中继多快、网关占多少;给出服务器地址则两种后端交替测量。"""
    if bool(postgresql) != bool(kafka):
        raise typer.BadParameter("--postgresql 与 --kafka 须一起给出")
    telemetry.configure(level="ERROR")
    servers = (postgresql, kafka) if postgresql else None
    asyncio.run(measures.bench(console, count=count, at_once=at_once, rounds=rounds, servers=servers))
